// `start`, `serve` and `worker`: the server in whole or in part, until a signal.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { loadConfig, type Config } from '../config/config.js';
import { createLogger } from '../observability/index.js';
import { RIGHT_OTP } from '../simulator/index.js';
import { runUntilSignal } from './lifetime.js';
import { createDevelopmentToken, DEMO_USER_CODE, startSystem, type System } from './system.js';

export async function start(): Promise<void> {
  const config = loadConfig();
  const say = (message: string) => process.stdout.write(`${message}\n`);
  await run(config, {
    parts: { api: true, worker: true },
    migrates: true,
    onProgress: (message) => say(`… ${message}`),
    onReady: async (system) => {
      say(await toBanner(config, system));
    },
    onSignal: () =>
      say('\nStopping: running transfers are finished first. Press Ctrl-C again to leave at once.'),
  });
}

/** The API alone; `npm run migrate` comes first. */
export async function serve(): Promise<void> {
  await runPart({ api: true, worker: false });
}

/** The reconciliation worker alone. */
export async function work(): Promise<void> {
  await runPart({ api: false, worker: true });
}

async function runPart(parts: { api: boolean; worker: boolean }): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  await run(config, {
    parts,
    migrates: false,
    onProgress: (message) => logger.info(message),
    onReady: (system) => Promise.resolve(logger.info({ url: system.url, ...parts }, 'started')),
    onSignal: (signal) => logger.info({ signal }, 'stopping'),
  });
}

interface RunOptions {
  readonly parts: { readonly api: boolean; readonly worker: boolean };
  readonly migrates: boolean;
  readonly onProgress: (message: string) => void;
  readonly onReady: (system: System) => Promise<void>;
  readonly onSignal: (signal: string) => void;
}

/**
 * Where V8 guesses that what a place in the program makes lives for long, it makes it among the old at once, and what that
 * holds is kept with it until all of the heap is collected. With rows that PostgreSQL sent it guesses wrong: without, a page
 * costs 0.85 of the CPU.
 */
const NO_GUESSES = '--no-allocation-site-pretenuring';

/**
 * How much the heap may grow between two collections of all of it. Where there is room V8 lets a small one grow fourfold: a
 * server that is asked for pages all the time then takes up to 297 MB (RSS) instead of 202, at the same CPU. Where there is
 * less, V8 is stricter than this by itself.
 */
const HEAP_GROWS_BY = '--heap-growing-percent=100';
const MUCH_ROOM_BYTES = 2 ** 31;

async function run(config: Config, options: RunOptions): Promise<void> {
  setFlagsFromString(NO_GUESSES);
  if (getHeapStatistics().heap_size_limit >= MUCH_ROOM_BYTES) setFlagsFromString(HEAP_GROWS_BY);
  const logger = createLogger(config.logLevel);
  const { parts, migrates, onProgress } = options;
  await runUntilSignal({
    start: async () => {
      const system = await startSystem({ config, logger, parts, migrates, onProgress });
      await options.onReady(system);
      return system;
    },
    transferTimeoutMs: config.ekoTimeouts.transferMs,
    onSignal: options.onSignal,
  });
}

async function toBanner(config: Config, { url = '', simulatorUrl }: System): Promise<string> {
  if (simulatorUrl === undefined)
    return `\nEko transfer gateway is ready: ${url}/graphql, in front of Eko.\n`;
  const hasOwnKey = config.auth.key.kind === 'generated' || config.auth.key.kind === 'secret';
  const token = hasOwnKey
    ? await createDevelopmentToken(config, {
        userCode: DEMO_USER_CODE,
        role: 'agent',
        lifetimeSeconds: 86_400,
      })
    : null;
  return `
Eko transfer gateway is ready. This is the sandbox: everything is simulated, no money moves.

  GraphQL         ${url}/graphql   (in a browser: Apollo Sandbox, the flow pre-filled)
  Example page    ${url}/demo   (send money, live status, history)
  Explorer        ${url}/explorer   (GraphiQL without the internet: five tabs, press play in each)
  Start page      ${url}/   (links, and the OTPs the simulator has sent)
  Eko simulator   ${simulatorUrl}
  OTP             ${RIGHT_OTP}
  Agent           ${DEMO_USER_CODE}   (requests without a token act as this one)
  Token           ${token === null ? 'from your identity provider' : `${token}`}

Try this next, in another terminal:

  curl -s ${url}/graphql -H 'content-type: application/json' -d '{"query":"mutation { sendTransferOtp(input: {customerId: \\"6111111111\\", recipientId: \\"98765\\", amount: 500}) { transferOtp { otpRefId sentTo expiresAt } } }"}'

Ctrl-C stops all of it.
`;
}
