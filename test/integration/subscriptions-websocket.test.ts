// Live status over graphql-ws, with its own client; 500 subscriptions over two server processes on one database.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import pg from 'pg';
import WebSocket from 'ws';
import { SUBSCRIPTION } from '../../src/config/limits.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { WATCH, type LiveMessage, type LiveTransaction } from '../support/live-status.js';
import { readMetric } from '../support/read-metric.js';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import { moveTransfer, storeTransfers } from '../support/stored-transfers.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { transfer } from '../support/transfer-client.js';

let gateway: Gateway;
const clients: Client[] = [];
beforeAll(async () => {
  gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '300,600' } });
});
afterAll(async () => {
  for (const client of clients) await client.dispose();
  await gateway.stop();
});

const toWebSocketUrl = (url: string) => `${url.replace('http', 'ws')}/graphql`;

function connect(url: string, connectionParams: Record<string, unknown> = {}, retryAttempts = 0): Client {
  const client = createClient({
    url: toWebSocketUrl(url),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts,
    // In Node a refused connection is an error, in a browser a close that is tried again anyway.
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
  });
  clients.push(client);
  return client;
}

/** Everything told, until the end. */
async function collect(client: Client, id: string, query = WATCH): Promise<LiveMessage[]> {
  const messages: LiveMessage[] = [];
  for await (const message of client.iterate({ query, variables: { id } })) {
    messages.push(message as LiveMessage);
  }
  return messages;
}

const statusesOf = (messages: readonly LiveMessage[]) =>
  messages.map(({ data }) => data?.transactionUpdated.status);

test('an awaited transfer: the present state first, then each change, and the end after the final one', async () => {
  const { id } = await transfer(gateway, 103);
  expect(statusesOf(await collect(connect(gateway.url), id))).toEqual(['AWAITED', 'SUCCESS']);
});

test('the token may come with the greeting, or as a header', async () => {
  const { id } = await transfer(gateway);
  const authorization = `Bearer ${await gateway.token('agent')}`;
  expect(statusesOf(await collect(connect(gateway.url, { authorization }), id))).toEqual(['SUCCESS']);
  const withHeader = createClient({
    url: toWebSocketUrl(gateway.url),
    webSocketImpl: class extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers: { authorization } });
      }
    },
    retryAttempts: 0,
  });
  clients.push(withHeader);
  expect(statusesOf(await collect(withHeader, id))).toEqual(['SUCCESS']);
});

test.each([['Bearer nonsense'], [''], [42], [{}]])(
  'the token %j closes the connection, for good',
  async (authorization) => {
    const client = connect(gateway.url, { authorization }, 5);
    await expect(collect(client, 'any')).rejects.toMatchObject({ code: 4401, reason: 'UNAUTHENTICATED' });
  },
);

describe('is refused with an error by the table:', () => {
  const refusals: [string, string, string][] = [
    ['an id that is none', WATCH, 'NOT_FOUND'],
    ['a field that is none', 'subscription { nothing }', 'BAD_USER_INPUT'],
    ['a query', '{ __typename }', 'BAD_USER_INPUT'],
    ['a mutation', 'mutation { refreshTransaction(id: "1") { changed } }', 'BAD_USER_INPUT'],
    ['no document', 'subscription {', 'BAD_USER_INPUT'],
  ];
  test.each(refusals)('%s', async (_name, query, code) => {
    const error: unknown = await collect(connect(gateway.url), 'nonsense', query).catch(
      (one: unknown) => one,
    );
    expect(error).toMatchObject([{ extensions: { code } }]);
  });
});

test('one connection may have so many subscriptions, and no more', async () => {
  const { id } = await transfer(gateway, 107);
  const client = connect(gateway.url);
  const before = await readMetric(gateway, 'gateway_subscriptions');
  const ended: unknown[] = [];
  const ends = Array.from({ length: SUBSCRIPTION.maxPerConnection + 1 }, () =>
    client.subscribe(
      { query: WATCH, variables: { id } },
      { next: () => {}, error: (error) => ended.push(error), complete: () => {} },
    ),
  );
  await eventually(() => (ended.length === 1 ? true : null));
  expect(ended).toMatchObject([[{ extensions: { code: 'RATE_LIMITED' } }]]);
  for (const end of ends) end();
  await eventually(async () =>
    (await readMetric(gateway, 'gateway_subscriptions')) <= before ? true : null,
  );
});

describe('a page of another origin', () => {
  const open = (origin: string | undefined) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(toWebSocketUrl(gateway.url), 'graphql-transport-ws', {
        ...(origin === undefined ? {} : { origin }),
      });
      socket.once('open', () => {
        socket.close();
        resolve('open');
      });
      socket.once('error', (error) => resolve(error.message));
    });

  test.each([[undefined], ['https://studio.apollographql.com'], ['http://localhost:5173']])(
    'may connect as %s',
    async (origin) => {
      expect(await open(origin)).toBe('open');
    },
  );

  test.each([['https://evil.example'], ['null'], ['https://studio.apollographql.com.evil.example']])(
    'may not connect as %s',
    async (origin) => {
      expect(await open(origin)).toContain('403');
    },
  );
});

test('another address is none', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
  const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
  expect(error.message).toContain('404');
});

test.each([
  ['garbage', 'not JSON', 4400],
  ['a subscription before the greeting', '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}', 4401],
  ['what only a server may say', '{"id":"1","type":"next","payload":{}}', 4400],
  ['more than a request may hold', 'x'.repeat(40_000), 1009],
])('%s closes the connection with a code', async (_name, text, code) => {
  const socket = new WebSocket(toWebSocketUrl(gateway.url), 'graphql-transport-ws');
  socket.once('open', () => socket.send(text));
  const closed = await new Promise<number>((resolve) => socket.once('close', resolve));
  expect(closed).toBe(code);
});

test('a server that still waits for a debit as it stops sends new subscribers away, to come again', async () => {
  const stopping = await startGateway({ settings: { EKO_TRANSFER_TIMEOUT_MS: '1500' } });
  const client = connect(stopping.url);
  const { id } = await transfer(stopping);
  expect(statusesOf(await collect(client, id))).toEqual(['SUCCESS']);
  const debit = transfer(stopping, 106);
  await eventually(async () =>
    (await readMetric(stopping, 'gateway_transfers_in_flight')) === 1 ? true : null,
  );
  const stopped = stopping.stop();
  await expect(collect(connect(stopping.url), id)).rejects.toMatchObject({ code: 1001 });
  expect((await debit).status).toBe('AWAITED');
  await stopped;
});

describe('over two server processes', () => {
  const COUNT = 500;
  /** A hundred changes a second and more, and no more of them on their way than this: else they would measure the machine. */
  const COMMIT_EVERY_MS = 5;
  const MOST_UNTOLD = 20;
  const STEPS = ['ON_HOLD', 'AWAITED', 'SUCCESS'];
  let database: TestDatabase;
  let servers: RealServer[];
  beforeAll(async () => {
    database = await createTestDatabase();
    const start = () => startRealServer({ databaseUrl: database.url, ekoUrl: 'http://127.0.0.1:1' });
    servers = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(async () => {
    await killRealServers();
    await database.drop();
  });

  test(`every change of ${COUNT} transfers arrives once, in order, within a second of its commit`, async () => {
    const stored = await storeTransfers(
      database.url,
      Array.from({ length: COUNT }, () => ({ status: 'AWAITED' as const, isSimulated: false })),
    );
    const told = new Map(stored.map(({ id }): [string, { sequence: number; atMs: number }[]] => [id, []]));
    const errors: unknown[] = [];
    const watchers = servers.map(({ url, agentToken }) =>
      connect(url, { authorization: `Bearer ${agentToken}` }),
    );
    let [ended, changesTold] = [0, -COUNT]; // of each its first state is told before
    for (const [index, { id }] of stored.entries()) {
      watchers[index % 2]!.subscribe<{ transactionUpdated: LiveTransaction }>(
        { query: WATCH, variables: { id } },
        {
          next: ({ data }) => {
            changesTold += 1;
            told.get(id)!.push({
              sequence: data?.transactionUpdated.events.length ?? NaN,
              atMs: performance.now(),
            });
          },
          error: (error) => errors.push(error),
          complete: () => (ended += 1),
        },
      );
    }
    await eventually(() => ([...told.values()].every(({ length }) => length === 1) ? true : null), 60_000);

    const client = new pg.Client({ connectionString: database.url, application_name: 'test' });
    await client.connect();
    const committed = new Map<string, number>();
    let from = 'AWAITED';
    for (const [index, to] of STEPS.entries()) {
      const sequence = index + 3;
      for (const { id } of stored) {
        await moveTransfer(client, { id, sequence, from, to });
        committed.set(`${id} ${sequence}`, performance.now());
        do await delay(COMMIT_EVERY_MS);
        while (committed.size - changesTold > MOST_UNTOLD && ended < COUNT);
      }
      from = to;
    }
    await client.end();
    await eventually(() => (ended === COUNT ? true : null), 60_000);

    expect(errors).toEqual([]);
    const sequences = [...told.values()].map((all) => all.map(({ sequence }) => sequence).join(' '));
    expect(new Set(sequences)).toEqual(new Set(['2 3 4 5']));
    const delays = [...told].flatMap(([id, all]) =>
      all.slice(1).map(({ sequence, atMs }) => atMs - committed.get(`${id} ${sequence}`)!),
    );
    expect(Math.max(...delays)).toBeLessThan(1_000);
  }, 150_000);

  test.each([['SIGKILL'], ['SIGTERM']] as const)(
    'a server that ends by %s and comes back: the client connects again, and the first message is what it missed',
    async (signal) => {
      const [stored] = await storeTransfers(database.url, [{ status: 'AWAITED', isSimulated: false }]);
      const { id } = stored!;
      const first = servers[1];
      const port = new URL(first!.url).port;
      const statuses: (string | undefined)[] = [];
      const client = connect(first!.url, { authorization: `Bearer ${first!.agentToken}` }, 50);
      const end = new Promise<void>((resolve, reject) => {
        client.subscribe<{ transactionUpdated: LiveTransaction }>(
          { query: WATCH, variables: { id } },
          {
            next: ({ data }) => statuses.push(data?.transactionUpdated.status),
            error: reject,
            complete: resolve,
          },
        );
      });
      await eventually(() => (statuses.length === 1 ? true : null));
      first!.process.kill(signal);
      await first!.process.exited();
      const sql = new pg.Client({ connectionString: database.url, application_name: 'test' });
      await sql.connect();
      await moveTransfer(sql, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
      await sql.end();
      servers[1] = await startRealServer({
        databaseUrl: database.url,
        ekoUrl: 'http://127.0.0.1:1',
        settings: { PORT: port },
      });
      await end;
      expect(statuses).toEqual(['AWAITED', 'SUCCESS']);
    },
    60_000,
  );

  test('changes while the connection to PostgreSQL was lost are told when it is back', async () => {
    const [stored] = await storeTransfers(database.url, [{ status: 'AWAITED', isSimulated: false }]);
    const { id } = stored!;
    const [server] = servers;
    const collected = collect(connect(server!.url, { authorization: `Bearer ${server!.agentToken}` }), id);
    const sql = new pg.Client({ connectionString: database.url, application_name: 'test' });
    await sql.connect();
    await eventually(async () => ((await readMetric(server!, 'gateway_subscriptions')) > 0 ? true : null));
    await sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'eko-transfer-gateway session'`,
    );
    await moveTransfer(sql, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
    await sql.end();
    expect(statusesOf(await collected)).toEqual(['AWAITED', 'SUCCESS']);
  });
});
