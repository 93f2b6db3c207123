// A TCP relay between the gateway and PostgreSQL that fails where a test wants it to: at the commit of an intent or of
// an outcome, or altogether: gone, or there and silent.
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
  | 'acknowledgementLate'
  /** The database freezes before it hears of the commit. */
  | 'frozen';

export interface DatabaseProxy {
  /** The database's URL, through the relay. */
  readonly url: string;
  /** What happens to the next commit of an intent; each happens once. */
  failNextIntent(fault: CommitFault): void;
  /** The same of an outcome. */
  failNextOutcome(fault: CommitFault): void;
  /** The job queue is not told that it listens. */
  holdNextListen(): void;
  /** Resolves when a commit has met its fault. */
  faulted(): Promise<void>;
  /** Lets late acknowledgements through. */
  release(): void;
  /** The database is gone: open connections are lost, new ones refused. */
  cut(): void;
  /** The database is starting: it says so to every new connection, and closes it. */
  begin(): void;
  /** The database is there and silent: connections stay open, new ones are accepted, and nothing goes through. */
  freeze(): void;
  /** After `freeze`: all goes on, late. */
  thaw(): void;
  /** New connections are served. Those that were frozen stay silent for ever, as after a failover. */
  restore(): void;
  stop(): Promise<void>;
}

/** The names of the prepared statements, each of which commits by itself. */
const MARKS = { intent: 'commit_intent', outcome: 'write_outcome' } as const;
const LISTEN = 'LISTEN "jobs:insert"';

/** PostgreSQL's ErrorResponse. */
const STARTING = toErrorResponse({ S: 'FATAL', C: '57P03', M: 'the database system is starting up' });

function toErrorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const body = `${Object.entries(fields)
    .map(([name, text]) => `${name}${text}\0`)
    .join('')}\0`;
  const length = Buffer.alloc(4);
  length.writeInt32BE(length.length + Buffer.byteLength(body));
  return Buffer.concat([Buffer.from('E'), length, Buffer.from(body)]);
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const relays = new Set<Relay>();
  const events = new EventTarget();
  let plan: { readonly mark: string; readonly fault: CommitFault } | null = null;
  let faultCount = 0;
  let state: 'served' | 'cut' | 'starting' | 'frozen' = 'served';
  let held: (() => void)[] = [];

  const server = net.createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    if (state === 'starting') {
      client.once('data', () => client.end(STARTING));
      return;
    }
    const relay = createRelay(client, () => {
      const upstream = net.connect({ host: target.hostname, port: Number(target.port) });
      passOn(relay, client, upstream);
      return upstream;
    });
    relays.add(relay);
    client.on('close', () => relays.delete(relay));
    if (state === 'served') relay.resume();
  });

  function passOn({ drop }: Relay, client: net.Socket, upstream: net.Socket): void {
    let atReply: CommitFault | null = null;
    const meetFault = () => {
      faultCount += 1;
      events.dispatchEvent(new Event('fault'));
    };
    client.on('data', (chunk) => {
      if (plan !== null && chunk.includes(plan.mark)) {
        atReply = plan.fault;
        plan = null;
        if (atReply === 'neverArrives') {
          drop();
          meetFault();
          return;
        }
        if (atReply === 'frozen') {
          atReply = null;
          freeze();
          client.unshift(chunk); // read again when it thaws
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
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);

  function cut(): void {
    state = 'cut';
    for (const relay of relays) relay.drop();
  }
  function freeze(): void {
    state = 'frozen';
    for (const relay of relays) relay.pause();
  }
  function failNext(mark: string, fault: CommitFault): void {
    plan = { mark, fault };
    faultCount = 0;
  }

  return {
    url: url.href,
    failNextIntent: (fault) => failNext(MARKS.intent, fault),
    failNextOutcome: (fault) => failNext(MARKS.outcome, fault),
    holdNextListen: () => failNext(LISTEN, 'acknowledgementLate'),
    faulted: async () => {
      if (faultCount === 0)
        await new Promise((resolve) => events.addEventListener('fault', resolve, { once: true }));
    },
    release: () => {
      for (const send of held) send();
      held = [];
    },
    cut,
    freeze,
    thaw: () => {
      state = 'served';
      for (const relay of relays) relay.resume();
    },
    begin: () => {
      state = 'starting';
    },
    restore: () => {
      state = 'served';
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const relay of relays) relay.drop();
      await closed;
    },
  };
}

interface Relay {
  /** Nothing goes through until `resume`; what is sent meanwhile waits. */
  pause(): void;
  /** Connects, the first time. */
  resume(): void;
  /** Both sides are closed. */
  drop(): void;
}

function createRelay(client: net.Socket, connect: () => net.Socket): Relay {
  let upstream: net.Socket | undefined;
  const drop = () => {
    client.destroy();
    upstream?.destroy();
  };
  const watch = (socket: net.Socket) => {
    socket.on('error', () => undefined);
    socket.on('close', drop);
  };
  client.pause();
  watch(client);
  return {
    drop,
    pause: () => {
      client.pause();
      upstream?.pause();
    },
    resume: () => {
      if (upstream === undefined) watch((upstream = connect()));
      client.resume();
      upstream.resume();
    },
  };
}
