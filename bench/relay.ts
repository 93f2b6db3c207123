// Stands between the gateway and the simulator, and notes how long each transfer was out.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Relay {
  /** For EKO_BASE_URL. */
  readonly url: string;
  /** From when the request for this transfer's debit was there until its answer was gone. */
  tookMs(clientRefId: string): number;
  stop(): Promise<void>;
}

export async function startRelay(ekoUrl: string): Promise<Relay> {
  const eko = new URL(ekoUrl);
  const took = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const startedAtMs = performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks);
      const { method, headers, url: path } = request;
      const onward = http.request({
        agent: false,
        host: eko.hostname,
        port: eko.port,
        method,
        headers,
        path,
      });
      onward.once('error', () => response.destroy());
      onward.once('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).once('finish', () => {
          const { client_ref_id: reference } = JSON.parse(body.toString()) as { client_ref_id: string };
          took.set(reference, performance.now() - startedAtMs);
        });
      });
      onward.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${eko.pathname}`,
    tookMs: (clientRefId) => {
      const ms = took.get(clientRefId);
      if (ms === undefined) throw new Error(`no debit of ${clientRefId} went by`);
      return ms;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
