// `token`: a signed token for development.
import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../auth/index.js';
import { loadConfig } from '../config/config.js';
import { USER_CODE } from '../shared/identifiers.js';
import { createDevelopmentToken, DEMO_USER_CODE } from './system.js';
import { UsageError } from './usage-error.js';

export async function printToken(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'user-code': { type: 'string', default: DEMO_USER_CODE },
      role: { type: 'string', default: 'agent' },
      hours: { type: 'string', default: '24' },
    },
  });
  const userCode = values['user-code'];
  const role = ROLES.find((known): known is Role => known === values.role);
  const hours = Number(values.hours);
  if (!USER_CODE.test(userCode)) throw new UsageError('--user-code is 4-20 letters and digits');
  if (role === undefined) throw new UsageError(`--role is one of ${ROLES.join(', ')}`);
  if (!(hours > 0 && hours <= 8_760)) throw new UsageError('--hours is a number from 0 to 8760');
  const lifetimeSeconds = Math.ceil(hours * 3_600);
  process.stdout.write(
    `${await createDevelopmentToken(loadConfig(), { userCode, role, lifetimeSeconds })}\n`,
  );
}
