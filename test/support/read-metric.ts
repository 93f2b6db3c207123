// One figure of a server's `/metrics`.
import type { RealServer } from './real-server.js';

/** NaN when there is none of that name. */
export async function readMetric({ url }: Pick<RealServer, 'url'>, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}
