// The server as a process: how soon it is ready, what memory it takes, and whether that grows.
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fill } from './data.js';
import { drive, post, quantile } from './load.js';
import { createPlace } from './place.js';
import { PAGE } from './reads.js';
import type { BenchServer } from './servers.js';

export interface ProcessOptions {
  readonly rows: number;
  /** Under load, after the starts. */
  readonly minutes: number;
}

const STARTS = 5;
const SAMPLES = 10;
const CONCURRENCY = 8;

export async function benchProcess({ rows, minutes }: ProcessOptions): Promise<string[]> {
  const place = await createPlace();
  try {
    await fill(place.ownerUrl, rows, place.sealer);
    const startsMs: number[] = [];
    for (let start = 0; start < STARTS; start += 1) {
      const startedAtMs = performance.now();
      const server = await place.startGateway();
      await untilReady(server);
      startsMs.push(performance.now() - startedAtMs);
      await server.stop();
    }
    startsMs.sort((a, b) => a - b);
    const gateway = await place.startGateway();
    await untilReady(gateway);
    const idleMb = gateway.rssMb();
    const samples = await soak(gateway, minutes);
    return [
      `Ready, on a database that is there: ${Math.round(quantile(startsMs, 0.5))} ms (median of ${STARTS} starts, slowest ${Math.round(startsMs.at(-1)!)} ms).`,
      '',
      `Memory (RSS) when it is idle: ${Math.round(idleMb)} MB. Over ${minutes} minutes of pages, ${CONCURRENCY} at once:`,
      '',
      `| minutes | ${samples.map(({ minute }) => minute.toFixed(1)).join(' | ')} |`,
      `| --- |${' --- |'.repeat(samples.length)}`,
      `| MB | ${samples.map(({ mb }) => Math.round(mb)).join(' | ')} |`,
      `| requests/s | ${samples.map(({ perSecond }) => Math.round(perSecond)).join(' | ')} |`,
    ];
  } finally {
    await place.stop();
  }
}

async function soak(gateway: BenchServer, minutes: number) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const body = JSON.stringify({ query: PAGE, variables: { first: 20 } });
  const samples: { minute: number; mb: number; perSecond: number }[] = [];
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    const endsAtMs = performance.now() + (minutes * 60_000) / SAMPLES;
    const perSecond: number[] = [];
    while (performance.now() < endsAtMs) {
      const load = await drive({
        requests: 1_000,
        concurrency: CONCURRENCY,
        ask: () => post(gateway, { body, agent }),
      });
      perSecond.push(load.perSecond);
    }
    perSecond.sort((a, b) => a - b);
    samples.push({
      minute: (minutes * sample) / SAMPLES,
      mb: gateway.rssMb(),
      perSecond: quantile(perSecond, 0.5),
    });
  }
  agent.destroy();
  return samples;
}

async function untilReady({ url }: BenchServer): Promise<void> {
  const ready = new URL('/readyz', url);
  while (!(await fetch(ready).then(({ ok }) => ok))) await delay(5);
}
