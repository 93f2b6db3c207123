// What stands between the gateway and Eko: a test closes it, makes it deaf, or lets it answer in Eko's place.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { toHttpReply } from './stub-server.js';

export type FrontMode =
  | 'open'
  /** Nobody listens. */
  | 'closed'
  /** Connections are accepted, and nothing is ever said. */
  | 'silent'
  /** As a proxy answers whose server is away or busy: the request goes no further. */
  | { readonly httpStatus: number; readonly body: string };

export interface EkoFront {
  /** Eko's base URL, through the front. */
  readonly url: string;
  /** From now on; connections of before are lost. */
  set(mode: FrontMode): Promise<void>;
  stop(): Promise<void>;
}

const PORT_PATIENCE_MS = 20_000;

export async function startEkoFront(ekoUrl: string): Promise<EkoFront> {
  const target = new URL(ekoUrl);
  const sockets = new Set<net.Socket>();
  let mode: FrontMode = 'open';
  const watch = (socket: net.Socket, onClose: () => void) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      onClose();
    });
  };
  const server = net.createServer((client) => {
    watch(client, () => undefined);
    if (mode === 'open') {
      const eko = net.connect({ host: target.hostname, port: Number(target.port) });
      watch(client, () => eko.destroy());
      watch(eko, () => client.destroy());
      client.pipe(eko).pipe(client);
    } else if (typeof mode === 'object') {
      const { httpStatus, body } = mode;
      client.once('data', () =>
        client.end(toHttpReply(httpStatus, body, { 'content-type': 'text/html', connection: 'close' })),
      );
    }
  });
  const listen = async (port: number) => {
    for (const beganAtMs = performance.now(); ; await delay(50)) {
      try {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
        return;
      } catch (error) {
        // While it was closed, its port may have become somebody's end of a connection.
        if (performance.now() - beganAtMs > PORT_PATIENCE_MS) throw error;
      }
    }
  };
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  const url = new URL(ekoUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    set: async (next) => {
      if (mode !== 'closed') await close();
      mode = next;
      if (mode !== 'closed') await listen(port);
    },
    stop: async () => {
      if (mode !== 'closed') await close();
    },
  };
}
