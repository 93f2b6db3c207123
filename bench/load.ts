// Requests over kept connections, so many at once, and what they cost the server.
import http from 'node:http';
import type { BenchServer } from './servers.js';

export interface Measured {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measure(
  server: BenchServer,
  given: { body: string; requests: number; concurrency: number },
): Promise<Measured> {
  const { body, requests, concurrency } = given;
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  let next = 0;
  const work = async () => {
    while (next < requests) {
      next += 1;
      const startedAtMs = performance.now();
      await post(server, { body, agent });
      latencies.push(performance.now() - startedAtMs);
    }
  };
  const cpuBefore = server.cpuMs();
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpuMs = server.cpuMs() - cpuBefore;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    cpuMicros: (cpuMs / requests) * 1000,
    perSecond: requests / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
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
