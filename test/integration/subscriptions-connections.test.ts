// WebSocket connections are bounded like what is asked on them, and end with the right of their caller.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import WebSocket from 'ws';
import { DEMO_AGENT, type RevocationList } from '../../src/auth/index.js';
import { CONNECTION } from '../../src/config/limits.js';
import { Connections, type ConnectionLimits } from '../../src/http/connections.js';
import { addWebSocket, type WebSocketOptions } from '../../src/http/websocket-subscriptions.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { WATCH, watchOverHttp } from '../support/live-status.js';
import { runProcess } from '../support/real-process.js';
import { storeTransfers } from '../support/stored-transfers.js';

let gateway: Gateway;
const sockets: WebSocket[] = [];
beforeAll(async () => {
  gateway = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await gateway.stop();
});

interface Greeted {
  readonly socket: WebSocket;
  readonly messages: string[];
  /** Resolves to the code and the reason. */
  readonly closed: Promise<string>;
}

/** Resolves when the greeting is answered, one way or the other. */
async function greet(url: string, token?: string): Promise<Greeted> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  sockets.push(socket);
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(String(data)));
  const closed = once(socket, 'close').then(([code, reason]) => `${String(code)} ${String(reason)}`);
  closed.catch(() => {}); // of a connection that is refused, which `open` tells
  await once(socket, 'open');
  const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answered = Promise.race([once(socket, 'message'), closed]);
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await answered;
  return { socket, messages, closed };
}

function subscribe({ socket }: Greeted, id: string): void {
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: WATCH, variables: { id } } }));
}

const storeAwaited = async (agent: string) => {
  const [row] = await storeTransfers(gateway.databaseUrl, [{ agent, status: 'AWAITED', isSimulated: false }]);
  return row!.id;
};

test('a connection ends with its token, after its subscriptions have said so', async () => {
  const id = await storeAwaited('20810301');
  const short = await gateway.token('agent', '20810301', 2);
  const [watching, idle] = [await greet(gateway.url, short), await greet(gateway.url, short)];
  const lasting = await greet(gateway.url, await gateway.token('agent', '20810301'));
  subscribe(watching, id);
  expect(await watching.closed).toBe('4401 UNAUTHENTICATED');
  expect(await idle.closed).toBe('4401 UNAUTHENTICATED');
  expect(watching.messages.join()).toContain('"code":"UNAUTHENTICATED"');
  expect(lasting.socket.readyState).toBe(WebSocket.OPEN);
});

test('the connections and the subscriptions of an agent that is revoked end, and no others', async () => {
  const revoked = await gateway.token('agent', '20810302');
  const kept = await gateway.token('agent', '20810303');
  const id = await storeAwaited('20810302');
  const [watching, idle] = [await greet(gateway.url, revoked), await greet(gateway.url, revoked)];
  const others = await greet(gateway.url, kept);
  subscribe(watching, id);
  const overHttp = await watchOverHttp(gateway, { id }, { headers: { authorization: `Bearer ${revoked}` } });
  await eventually(() => (overHttp.messages.length === 1 && watching.messages.length === 2 ? true : null));

  const { code } = await runProcess(['revoke', '--agent', '20810302', '--reason', 'a stolen phone'], {
    cwd: tmpdir(),
    env: { DATABASE_URL: gateway.databaseUrl },
  });
  expect(code).toBe(0);
  await overHttp.ended;
  expect(overHttp.messages.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await watching.closed).toBe('4401 UNAUTHENTICATED');
  expect(await idle.closed).toBe('4401 UNAUTHENTICATED');
  expect(watching.messages.join()).toContain('"code":"UNAUTHENTICATED"');
  expect(others.socket.readyState).toBe(WebSocket.OPEN);
  const again = await greet(gateway.url, revoked);
  expect(await again.closed).toBe('4401 UNAUTHENTICATED');
  expect(again.messages).toEqual([]);
}, 30_000);

test('a caller may keep so many connections, and takes no room of another; a closed one makes room', async () => {
  const token = await gateway.token('agent', '20810304');
  const kept: Greeted[] = [];
  for (let index = 0; index < CONNECTION.maxPerCaller; index += 1) kept.push(await greet(gateway.url, token));
  const refused = await greet(gateway.url, token);
  expect(await refused.closed).toBe('1013 RATE_LIMITED');
  expect((await greet(gateway.url, await gateway.token('agent', '20810305'))).messages).toHaveLength(1);
  kept[0]!.socket.close();
  await kept[0]!.closed;
  await eventually(async () => ((await greet(gateway.url, token)).messages.length === 1 ? true : null));
}, 30_000);

const NOBODY_REVOKED = { assertNotKnown: () => {}, watch: () => () => {} } as unknown as RevocationList;

/** A server of WebSockets with limits of its own, that lets everybody in as one agent. */
async function startSmall(limits: Partial<ConnectionLimits>) {
  const server = createServer();
  const close = addWebSocket(server, {
    schema: buildSchema('type Query { a: Int }'),
    admission: {
      admitAddress: () => Promise.resolve(),
      admitAgent: () => Promise.resolve(),
      identify: () => Promise.resolve(DEMO_AGENT),
    },
    services: { revocations: NOBODY_REVOKED },
    connectionLimits: { ...CONNECTION, ...limits },
    corsOrigins: [],
  } as unknown as WebSocketOptions);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    await close();
    server.close();
  };
  return { url, stop };
}

test('a server keeps so many connections, greeted or not', async () => {
  const { url, stop } = await startSmall({ maxInAll: 2 });
  const first = await greet(url);
  const silent = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(silent, 'open');
  await expect(greet(url)).rejects.toThrow('503');
  first.socket.close();
  await first.closed;
  await eventually(async () => (await greet(url).catch(() => null)) ?? null);
  silent.terminate();
  await stop();
});

test('a connection without a subscription is closed after a while; the client may come again', async () => {
  const { url, stop } = await startSmall({ idleAfterMs: 50 });
  const idle = await greet(url);
  expect(await idle.closed).toBe('1000 idle');
  await stop();
});

test('a connection with a subscription is not idle, however long it takes', async () => {
  const { url, stop } = await startSmall({});
  const { socket, closed } = await greet(url);
  let checks = 0;
  let isSubscribed = true;
  new Connections({ ...CONNECTION, idleAfterMs: 20 }, NOBODY_REVOKED).keep({
    socket,
    identity: DEMO_AGENT,
    hasSubscriptions: () => {
      checks += 1;
      return isSubscribed;
    },
  });
  await eventually(() => (checks > 5 ? true : null));
  expect(socket.readyState).toBe(WebSocket.OPEN);
  isSubscribed = false;
  expect(await closed).toMatch(/^1000/);
  await stop();
});
