// A TCP relay between the gateway and PostgreSQL that fails where a test wants it to: at the commit of an intent, or altogether.
import { once } from 'node:events';
import net from 'node:net';

export type CommitFault =
  /** The connection is lost before PostgreSQL hears of the commit. */
  | 'neverArrives'
  /** PostgreSQL commits; the connection is lost before the gateway hears of it. */
  | 'acknowledgementLost'
  /** The same, and the database stays away afterwards. */
  | 'acknowledgementLostAndGone'
  /** PostgreSQL commits; its answer waits until `release()`. */
  | 'acknowledgementLate';

export interface DatabaseProxy {
  /** The database's URL, through the relay. */
  readonly url: string;
  /** What happens to the next commit of an intent; each happens once. */
  failNextIntent(fault: CommitFault): void;
  /** Resolves when a commit of an intent has met its fault. */
  faulted(): Promise<void>;
  /** Lets late acknowledgements through. */
  release(): void;
  /** The database is gone: open connections are lost, new ones refused. */
  cut(): void;
  restore(): void;
  stop(): Promise<void>;
}

const INTENT = 'INSERT INTO "transfers"';
const COMMIT = 'COMMIT\0';

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<net.Socket>();
  const events = new EventTarget();
  let fault: CommitFault | null = null;
  let faultCount = 0;
  let isCut = false;
  let held: (() => void)[] = [];

  const server = net.createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = net.connect({ host: target.hostname, port: Number(target.port) });
    let hasIntent = false;
    let atReply: CommitFault | null = null;
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        drop();
      });
    }
    const meetFault = () => {
      faultCount += 1;
      events.dispatchEvent(new Event('fault'));
    };
    client.on('data', (chunk) => {
      if (chunk.includes(INTENT)) hasIntent = true;
      if (hasIntent && chunk.includes(COMMIT)) {
        hasIntent = false;
        atReply = fault;
        fault = null;
        if (atReply === 'neverArrives') {
          drop();
          meetFault();
          return;
        }
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      const now = atReply;
      atReply = null;
      if (now === null) {
        client.write(chunk);
      } else if (now === 'acknowledgementLate') {
        held.push(() => client.write(chunk));
        meetFault();
      } else {
        if (now === 'acknowledgementLostAndGone') cut();
        drop();
        meetFault();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);

  function cut(): void {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  }

  return {
    url: url.href,
    failNextIntent: (next) => {
      fault = next;
      faultCount = 0;
    },
    faulted: async () => {
      if (faultCount === 0)
        await new Promise((resolve) => events.addEventListener('fault', resolve, { once: true }));
    },
    release: () => {
      for (const send of held) send();
      held = [];
    },
    cut,
    restore: () => {
      isCut = false;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
