// `revoke`: a token or an agent is good no longer; or is again.
import { parseArgs } from 'node:util';
import { createDataSource } from '../../ormconfig.js';
import { loadConfig } from '../config/config.js';
import { Revocation, type RevocationKind } from '../entities/index.js';
import { withDatabaseUrl } from './database-access.js';
import { UsageError } from './usage-error.js';

const USAGE = 'Usage: npm run revoke -- --agent USER_CODE | --token JTI, and --reason TEXT or --reinstate';
const MAX_REASON_CHARACTERS = 300;

export async function runRevoke(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      agent: { type: 'string' },
      token: { type: 'string' },
      reason: { type: 'string', default: '' },
      reinstate: { type: 'boolean', default: false },
    },
  });
  const { agent, token, reason, reinstate } = values;
  const isOne = (agent === undefined) !== (token === undefined);
  const value = agent ?? token ?? '';
  if (!isOne || value === '' || value.length > 200 || reinstate === (reason.trim() !== ''))
    throw new UsageError(USAGE);
  if (reason.length > MAX_REASON_CHARACTERS)
    throw new UsageError(`--reason is at most ${MAX_REASON_CHARACTERS} characters`);
  const kind: RevocationKind = agent === undefined ? 'TOKEN' : 'AGENT';
  const said = await withDatabaseUrl(loadConfig(), (url) => change(url, { kind, value, reason, reinstate }));
  process.stdout.write(`${said}\n`);
}

async function change(
  databaseUrl: string,
  given: { kind: RevocationKind; value: string; reason: string; reinstate: boolean },
): Promise<string> {
  const { kind, value, reason, reinstate } = given;
  const who = kind === 'AGENT' ? `agent ${value}` : 'the token';
  const dataSource = await createDataSource(databaseUrl).initialize();
  try {
    const revocations = dataSource.getRepository(Revocation);
    if (reinstate) {
      const { affected } = await revocations.delete({ kind, value });
      return affected === 1 ? `${who} is good again.` : `${who} was not revoked.`;
    }
    await revocations.upsert({ kind, value, reason: reason.trim(), revokedAt: new Date() }, [
      'kind',
      'value',
    ]);
    return `${who} is revoked: no money operation from now on, on any server.`;
  } finally {
    await dataSource.destroy();
  }
}
