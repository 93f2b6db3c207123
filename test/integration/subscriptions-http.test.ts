// Live status over plain HTTP: what Apollo Client and Apollo Sandbox do without being set up for it.
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { WATCH, watchOverHttp } from '../support/live-status.js';
import { readMetric } from '../support/read-metric.js';
import { transfer } from '../support/transfer-client.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '300,600' } });
});
afterAll(() => gateway.stop());

const countOpen = () => readMetric(gateway, 'gateway_subscriptions');

test('an awaited transfer: the present state first, then each change, and the end after the final one', async () => {
  const { id } = await transfer(gateway, 103);
  const live = await watchOverHttp(gateway, { id });
  expect(live.response.status).toBe(200);
  expect(live.response.headers.get('content-type')).toBe(
    'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  );
  await live.ended;
  const told = live.messages.map(({ data }) => data?.transactionUpdated);
  expect(told.map((one) => one?.status)).toEqual(['AWAITED', 'SUCCESS']);
  expect(told.map((one) => one?.isFinal)).toEqual([false, true]);
  expect(told[1]?.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(told[0]).toMatchObject({ id, events: [{ sequence: 1 }, { sequence: 2, toStatus: 'AWAITED' }] });
});

test('a final transfer: one message, and the end', async () => {
  const { id } = await transfer(gateway);
  const live = await watchOverHttp(gateway, { id });
  await live.ended;
  expect(live.messages).toMatchObject([{ data: { transactionUpdated: { id, status: 'SUCCESS' } } }]);
});

test('several who watch the same transfer are all told', async () => {
  const { id } = await transfer(gateway, 105);
  const all = await Promise.all(Array.from({ length: 5 }, () => watchOverHttp(gateway, { id })));
  await Promise.all(all.map(({ ended }) => ended));
  for (const { messages } of all) {
    const statuses = messages.map(({ data }) => data?.transactionUpdated.status);
    expect(statuses).toEqual(['ON_HOLD', 'SUCCESS']);
  }
});

describe('is refused, as a message with errors and the end,', () => {
  const refusals: [string, { query?: string; variables: object; code: string; message?: string }][] = [
    ['for an id that is none', { variables: { id: 'nonsense' }, code: 'NOT_FOUND' }],
    [
      'for a transfer that is not there',
      { variables: { id: '01890000-0000-7000-8000-000000000000' }, code: 'NOT_FOUND' },
    ],
    ['without its variable', { variables: {}, code: 'BAD_USER_INPUT' }],
    ['with a variable of the wrong type', { variables: { id: { a: 1 } }, code: 'BAD_USER_INPUT' }],
    [
      'with a field that does not exist',
      {
        query: 'subscription ($id: ID!) { transactionUpdated(id: $id) { nothing } }',
        variables: { id: 'x' },
        code: 'BAD_USER_INPUT',
      },
    ],
    [
      'with too many aliases',
      {
        query: `subscription ($id: ID!) { transactionUpdated(id: $id) { ${'abcdef'
          .split('')
          .map((name) => `${name}: id`)
          .join(' ')} } }`,
        variables: { id: 'x' },
        code: 'QUERY_TOO_COMPLEX',
      },
    ],
  ];
  test.each(refusals)('%s', async (_name, { query, variables, code }) => {
    const live = await watchOverHttp(gateway, variables, query === undefined ? {} : { query });
    await live.ended;
    expect(live.messages).toHaveLength(1);
    expect(live.messages[0]?.errors).toMatchObject([{ extensions: { code } }]);
    expect(live.messages[0]?.errors?.[0]?.extensions).toHaveProperty('requestId');
  });

  test('with twenty of a hundred mistakes', async () => {
    const mistakes = Array.from({ length: 100 }, (_, index) => `wrong${index}`).join(' ');
    const query = `subscription ($id: ID!) { transactionUpdated(id: $id) { id ${mistakes} } }`;
    const live = await watchOverHttp(gateway, { id: 'x' }, { query });
    await live.ended;
    expect(live.messages[0]?.errors).toHaveLength(21);
  });

  test('for another agent’s transfer, which looks like none', async () => {
    const { id } = await transfer(gateway);
    const token = await gateway.token('agent', '20810299');
    const live = await watchOverHttp(gateway, { id }, { headers: { authorization: `Bearer ${token}` } });
    await live.ended;
    expect(live.messages).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
  });
});

test('with a bad token: 401 and a code, as for queries', async () => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'multipart/mixed;subscriptionSpec="1.0", application/json',
      authorization: 'Bearer nonsense',
    },
    body: JSON.stringify({ query: 'subscription { transactionUpdated(id: "1") { id } }' }),
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});

test('sent like a query, it is told how to send it', async () => {
  const query = 'subscription { transactionUpdated(id: "1") { id } }';
  const { httpStatus, errors } = await gateway.request(query);
  expect(httpStatus).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(errors?.[0]?.message).toContain('multipart/mixed;subscriptionSpec=1.0');
});

test('a query with the header of a subscription is answered as a query', async () => {
  const { httpStatus, data } = await gateway.request<object>('{ __typename }', undefined, {
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
  });
  expect([httpStatus, data]).toEqual([200, { __typename: 'Query' }]);
});

test('a token that ends, ends it', async () => {
  const { id } = await transfer(gateway, 107);
  const token = await gateway.token('agent');
  const shortened = await gateway.token('agent', undefined, 2);
  const headers = (bearer: string) => ({ headers: { authorization: `Bearer ${bearer}` } });
  const lasting = await watchOverHttp(gateway, { id }, headers(token));
  const ending = await watchOverHttp(gateway, { id }, headers(shortened));
  await ending.ended;
  expect(ending.messages.at(-1)?.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(lasting.messages.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  lasting.leave();
});

test('a client that leaves is forgotten', async () => {
  const { id } = await transfer(gateway, 107);
  const before = await countOpen();
  const all = await Promise.all(Array.from({ length: 20 }, () => watchOverHttp(gateway, { id })));
  expect(await countOpen()).toBe(before + 20);
  for (const live of all) live.leave();
  await eventually(async () => ((await countOpen()) <= before ? true : null));
});

test('one after another on a connection that is kept: each leaves nothing behind', async () => {
  const { id } = await transfer(gateway);
  const seen = new Map<Socket, number[]>();
  const onRequest = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    seen.set(socket, [...(seen.get(socket) ?? []), countListeners(socket)]);
  };
  diagnostics.subscribe('http.server.request.start', onRequest);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': 'application/json', accept: 'multipart/mixed;subscriptionSpec=1.0' };
  for (let index = 0; index < 15; index += 1) {
    const asked = request(`${gateway.url}/graphql`, { method: 'POST', agent, headers });
    asked.end(JSON.stringify({ query: WATCH, variables: { id } }));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
  }
  agent.destroy();
  diagnostics.unsubscribe('http.server.request.start', onRequest);
  const [counts, ...others] = [...seen.values()].filter(({ length }) => length > 1);
  expect(others).toEqual([]);
  expect(counts).toHaveLength(15);
  expect(Math.max(...counts!.slice(2))).toBe(counts![1]);
});

/** Of every kind together. */
function countListeners(socket: Socket): number {
  return socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);
}

test('a server that stops says so, and the stream ends', async () => {
  const other = await startGateway({ databaseUrl: gateway.databaseUrl, parts: { api: true, worker: false } });
  const { id } = await transfer(gateway, 107);
  const live = await watchOverHttp(other, { id });
  await eventually(() => (live.messages.length > 0 ? true : null));
  await other.stop();
  await live.ended;
  expect(live.messages.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'DRAINING' } }] });
});
