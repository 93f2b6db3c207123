// `simulator`: the Eko simulator alone, for a server that runs elsewhere.
import { parseArgs } from 'node:util';
import { findLiveCredentials } from '../config/config.js';
import { createSimulator, listMagicAmounts, RIGHT_OTP, SIMULATOR_CREDENTIALS } from '../simulator/index.js';
import { runUntilSignal } from './lifetime.js';
import { UsageError } from './usage-error.js';

export async function runSimulator(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '4010' },
      dialect: { type: 'string', default: 'seed' },
      'callback-url': { type: 'string' },
      ledger: { type: 'string' },
    },
  });
  const { dialect } = values;
  const port = Number(values.port);
  if (dialect !== 'seed' && dialect !== 'live') throw new UsageError('--dialect is seed or live');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port is a number from 0 to 65535');
  const live = findLiveCredentials();
  if (live.length > 0)
    throw new UsageError(`the simulator does not start with live credentials: unset ${live.join(', ')}`);

  const simulator = createSimulator({
    port,
    dialect,
    ...(values['callback-url'] === undefined ? {} : { callbackUrl: values['callback-url'] }),
    ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
  });
  const { url } = await simulator.start();
  const amounts = listMagicAmounts().map(([amount, happens]) => `  ${amount}   ${happens}`);
  process.stdout.write(`The Eko simulator (${dialect} dialect) is ready. A server uses it with

  EKO_BASE_URL=${url}
  EKO_DEVELOPER_KEY=${SIMULATOR_CREDENTIALS.developerKey}
  EKO_ACCESS_KEY=${SIMULATOR_CREDENTIALS.accessKey}
  EKO_INITIATOR_ID=${SIMULATOR_CREDENTIALS.initiatorId}

The right OTP is ${RIGHT_OTP}. Amounts that make things happen:
${amounts.join('\n')}
`);
  await runUntilSignal({ stop: () => simulator.stop(), transferTimeoutMs: 0, onSignal: () => {} });
}
