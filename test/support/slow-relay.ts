// A TCP relay in front of an Eko that makes it slow: what Eko answers is passed on as it was, some time later.
import { once } from 'node:events';
import net from 'node:net';

export interface SlowRelay {
  /** Eko's base URL, through the relay. */
  readonly url: string;
  /** From now on, how long what Eko says is held; 0 at first. */
  holdFor(ms: number): void;
  stop(): Promise<void>;
}

export async function startSlowRelay(ekoUrl: string): Promise<SlowRelay> {
  const target = new URL(ekoUrl);
  const sockets = new Set<net.Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let heldMs = 0;

  const server = net.createServer((client) => {
    const eko = net.connect({ host: target.hostname, port: Number(target.port) });
    for (const socket of [client, eko]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(eko);
    client.on('close', () => eko.destroy());
    // Timers of one length keep their order.
    const later = (act: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, heldMs);
      timers.add(timer);
    };
    eko.on('data', (chunk) => later(() => void client.write(chunk)));
    eko.on('close', () => later(() => client.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(ekoUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);

  return {
    url: url.href,
    holdFor: (ms) => {
      heldMs = ms;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
