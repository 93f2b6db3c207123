// `simulator`: the Eko simulator alone, for a server that runs elsewhere, and for the fault campaign.
import { parseArgs } from 'node:util';
import { findLiveCredentials } from '../config/config.js';
import {
  createSimulator,
  FAULT_KINDS,
  listMagicAmounts,
  RIGHT_OTP,
  SIMULATOR_CREDENTIALS,
} from '../simulator/index.js';
import type { Bounds, Dialect, FaultOptions, SimulatorOptions } from '../simulator/index.js';
import { runUntilSignal } from './lifetime.js';
import { UsageError } from './usage-error.js';

export async function runSimulator(args: string[]): Promise<void> {
  const options = parseFlags(args);
  const live = findLiveCredentials();
  if (live.length > 0)
    throw new UsageError(`the simulator does not start with live credentials: unset ${live.join(', ')}`);

  const simulator = createSimulator(options);
  await runUntilSignal({
    start: async () => {
      const { url } = await simulator.start();
      process.stdout.write(toBanner(url, options));
      return simulator;
    },
    transferTimeoutMs: 0,
    onSignal: () => {},
  });
}

function toBanner(url: string, options: ReturnType<typeof parseFlags>): string {
  const amounts = listMagicAmounts().map(([amount, happens]) => `  ${amount}   ${happens}`);
  return `The Eko simulator (${options.dialect} dialect) is ready. A server uses it with

  EKO_BASE_URL=${url}
  EKO_DEVELOPER_KEY=${SIMULATOR_CREDENTIALS.developerKey}
  EKO_ACCESS_KEY=${SIMULATOR_CREDENTIALS.accessKey}
  EKO_INITIATOR_ID=${SIMULATOR_CREDENTIALS.initiatorId}

The right OTP is ${RIGHT_OTP}. Amounts that make things happen:
${amounts.join('\n')}
${toFaultText(options.faults)}`;
}

type Flags = ReturnType<typeof readFlags>;

function parseFlags(args: string[]): SimulatorOptions & { readonly dialect: Dialect } {
  const flags = readFlags(args);
  const { dialect } = flags;
  if (dialect !== 'seed' && dialect !== 'live') throw new UsageError('--dialect is seed or live');
  const port = Number(flags.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port is a number from 0 to 65535');
  const reversalDelayMs = flags['reversal-delay-ms'];
  if (reversalDelayMs !== undefined && !/^\d{1,9}$/.test(reversalDelayMs))
    throw new UsageError('--reversal-delay-ms is a number of milliseconds');
  const faults = findFaults(flags);
  return {
    port,
    dialect,
    limits: flags['no-limits'] ? 'none' : 'eko',
    checksReplays: !flags['no-replay-check'],
    ...(flags['callback-url'] === undefined ? {} : { callbackUrl: flags['callback-url'] }),
    ...(flags.ledger === undefined ? {} : { ledgerFile: flags.ledger }),
    ...(reversalDelayMs === undefined ? {} : { reversalDelayMs: Number(reversalDelayMs) }),
    ...(faults === undefined ? {} : { faults }),
  };
}

function readFlags(args: string[]) {
  return parseArgs({
    args,
    options: {
      port: { type: 'string', default: '4010' },
      dialect: { type: 'string', default: 'seed' },
      'callback-url': { type: 'string' },
      ledger: { type: 'string' },
      // For campaigns: what strikes how often, by which seed; all of it without chance when left out.
      faults: { type: 'string' },
      seed: { type: 'string' },
      'fault-kinds': { type: 'string' },
      'late-debit-ms': { type: 'string' },
      'index-lag-ms': { type: 'string' },
      'reversal-delay-ms': { type: 'string' },
      'no-limits': { type: 'boolean', default: false },
      'no-replay-check': { type: 'boolean', default: false },
    },
  }).values;
}

/** Undefined when none are asked for. */
function findFaults(flags: Flags): FaultOptions | undefined {
  const { faults, seed, 'fault-kinds': kinds } = flags;
  if (faults === undefined) {
    const stray = (['seed', 'fault-kinds', 'late-debit-ms', 'index-lag-ms'] as const).find(
      (name) => flags[name] !== undefined,
    );
    if (stray !== undefined) throw new UsageError(`--${stray} needs --faults`);
    return undefined;
  }
  const rate = Number(faults);
  if (faults === '' || !(rate >= 0 && rate <= 1)) throw new UsageError('--faults is a rate from 0 to 1');
  if (seed === undefined || !/^\d{1,15}$/.test(seed))
    throw new UsageError(
      '--faults needs a --seed, a whole number: what struck once can be made to strike again',
    );
  const unknown = kinds?.split(',').filter((kind) => !FAULT_KINDS.includes(kind)) ?? [];
  if (unknown.length > 0)
    throw new UsageError(`--fault-kinds: no ${unknown.join(', ')} in ${FAULT_KINDS.join(', ')}`);
  const lateDebitMs = findBounds(flags, 'late-debit-ms');
  const indexLagMs = findBounds(flags, 'index-lag-ms');
  return {
    seed: Number(seed),
    rate,
    ...(kinds === undefined ? {} : { kinds: kinds.split(',') }),
    ...(lateDebitMs === undefined ? {} : { lateDebitMs }),
    ...(indexLagMs === undefined ? {} : { indexLagMs }),
  };
}

function findBounds(flags: Flags, name: 'late-debit-ms' | 'index-lag-ms'): Bounds | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const [, min, max] = /^(\d{1,9})-(\d{1,9})$/.exec(text) ?? [];
  if (min === undefined || Number(min) > Number(max))
    throw new UsageError(`--${name} is two numbers of milliseconds, the smaller first, e.g. 200-3000`);
  return { min: Number(min), max: Number(max) };
}

function toFaultText(faults: FaultOptions | undefined): string {
  if (faults === undefined) return '';
  return `\nFaults strike transfers, inquiries and callbacks at a rate of ${faults.rate}, by seed ${faults.seed}.\n`;
}
