// A gateway in a process of its own for attacks of many requests: its memory is its own, and so is its end.
import { once } from 'node:events';
import { startGateway } from './gateway.js';

/** What it says to who forked it. */
export type AttackServerMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly token: string }
  /** After a collection of garbage. */
  | { readonly kind: 'measured'; readonly heapBytes: number; readonly cpuMs: number };

// Run with `--expose-gc`, and with the URL of a migrated database. Every message to it asks to be measured.
await main(process.argv[2] ?? '');

async function main(databaseUrl: string): Promise<void> {
  const gateway = await startGateway({
    databaseUrl,
    parts: { api: true, worker: false },
    // What succeeds is soon refused: the simulator and the tables do not grow with the inputs.
    settings: { OTP_MAX_PER_HOUR: '5', OTP_MAX_PER_DAY: '10' },
  });
  const say = (message: AttackServerMessage) => void process.send?.(message);
  process.on('message', () => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    say({ kind: 'measured', heapBytes: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1_000 });
  });
  say({ kind: 'ready', url: gateway.url, token: await gateway.token('agent', undefined, 36_000) });
  await once(process, 'disconnect');
  await gateway.stop();
}
