// Requests over kept connections, so many at once or so many a second, and what they cost the server.
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from './servers.js';

export interface Load {
  readonly perSecond: number;
  /** Of each request, shortest first. */
  readonly latenciesMs: readonly number[];
}
export interface Measured {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
type Ask = (index: number) => Promise<unknown>;

export async function measure(
  server: BenchServer,
  given: { body: string; requests: number; concurrency: number },
): Promise<Measured> {
  const { body, requests, concurrency } = given;
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
  const cpuBefore = server.cpuMs();
  const load = await drive({ requests, concurrency, ask: () => post(server, { body, agent }) });
  const cpuMs = server.cpuMs() - cpuBefore;
  agent.destroy();
  return {
    cpuMicros: (cpuMs / requests) * 1000,
    perSecond: load.perSecond,
    p50Ms: quantile(load.latenciesMs, 0.5),
    p99Ms: quantile(load.latenciesMs, 0.99),
  };
}

/** So many at once: each asks again when it was answered. */
export async function drive(given: { requests: number; concurrency: number; ask: Ask }): Promise<Load> {
  const { requests, concurrency, ask } = given;
  const latenciesMs: number[] = [];
  let next = 0;
  const work = async () => {
    while (next < requests) {
      const index = next;
      next += 1;
      latenciesMs.push(await time(() => ask(index)));
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  const perSecond = requests / ((performance.now() - startedAtMs) / 1000);
  return { perSecond, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

/** So many a second, whether answered or not: waiting in a queue counts. */
export async function driveAt(given: { requests: number; perSecond: number; ask: Ask }): Promise<void> {
  const { requests, perSecond, ask } = given;
  const startedAtMs = performance.now();
  const asked: Promise<unknown>[] = [];
  for (let index = 0; index < requests; index += 1) {
    const waitMs = startedAtMs + (index * 1000) / perSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const answered = ask(index);
    answered.catch(() => {}); // told when all have been asked
    asked.push(answered);
  }
  await Promise.all(asked);
}

export async function time(ask: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await ask();
  return performance.now() - startedAtMs;
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Rejects for anything but data. */
export function post(
  { url, headers }: Pick<BenchServer, 'url' | 'headers'>,
  { body, agent }: { body: string; agent: http.Agent },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        if (response.statusCode === 200 && text.startsWith('{"data":{')) resolve(text);
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    request.end(body);
  });
}
