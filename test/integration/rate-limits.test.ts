// Requests of a minute: counted for each agent and each address, over all servers, and refused before they cost anything.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { startGateway, type Gateway } from '../support/gateway.js';
import { WATCH } from '../support/live-status.js';

const LIMIT = 120;
const PING = '{"query":"{ __typename }"}';

let first: Gateway;
let second: Gateway;
let byAddress: Gateway;
let behindProxy: Gateway;
beforeAll(async () => {
  const start = (settings: Record<string, string>, databaseUrl?: string) =>
    startGateway({
      settings,
      isSandbox: false,
      parts: { api: true, worker: false },
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
  const perAgent = { RATE_LIMIT_PER_AGENT: String(LIMIT) };
  first = await start(perAgent);
  second = await start(perAgent, first.databaseUrl);
  const perAddress = { RATE_LIMIT_PER_ADDRESS: '60' };
  byAddress = await start(perAddress);
  behindProxy = await start({ ...perAddress, TRUSTED_PROXIES: '127.0.0.0/8,::1' });
});
afterAll(async () => {
  for (const gateway of [second, first, byAddress, behindProxy]) await gateway.stop();
});

function ask({ url }: Gateway, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: PING,
  });
}

async function countStatuses(requests: Promise<Response>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(requests)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('an agent', () => {
  test('has its requests of a minute over all servers, however many come at once', async () => {
    const authorization = `Bearer ${await first.token('agent', '20810201')}`;
    const requests = Array.from({ length: 3 * LIMIT }, (_, index) =>
      ask(index % 2 === 0 ? first : second, { authorization }),
    );
    const counts = await countStatuses(requests);
    // Each server may hold one lease that it did not use up.
    expect(counts[200]).toBeLessThanOrEqual(LIMIT);
    expect(counts[200]).toBeGreaterThanOrEqual(LIMIT - 4);
    expect(counts[429]).toBe(3 * LIMIT - counts[200]!);
  });

  test('is told when to come again', async () => {
    const authorization = `Bearer ${await first.token('agent', '20810202')}`;
    await countStatuses(Array.from({ length: LIMIT }, () => ask(first, { authorization })));
    const refused = await ask(first, { authorization });
    expect(refused.status).toBe(429);
    const { errors } = (await refused.json()) as {
      errors: { extensions: { code: string; retry: string; retryAfterMs: number } }[];
    };
    expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retry: 'SAME_REQUEST_LATER' } }]);
    const waitMs = errors[0]!.extensions.retryAfterMs;
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(Number(refused.headers.get('retry-after'))).toBe(Math.ceil(waitMs / 1_000));
  });

  test('is counted for its subscriptions too', async () => {
    const token = await first.token('agent', '20810203');
    const authorization = `Bearer ${token}`;
    const connect = (lazy: boolean) =>
      createClient({
        url: `${first.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization },
        retryAttempts: 0,
        lazy,
      });
    const subscribe = (client: Client) => client.iterate({ query: WATCH, variables: { id: 'any' } }).next();
    const connected = connect(false);
    await expect(subscribe(connected)).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    await countStatuses(Array.from({ length: LIMIT }, () => ask(first, { authorization })));
    await expect(subscribe(connected)).rejects.toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    await connected.dispose();
    // Before a subscription too: a connection by itself is a request.
    const another = connect(true);
    await expect(subscribe(another)).rejects.toMatchObject({ code: 1013, reason: 'RATE_LIMITED' });
    await another.dispose();
    const multipart = await ask(first, { authorization, accept: 'multipart/mixed;subscriptionSpec=1.0' });
    expect(multipart.status).toBe(429);
  });

  test('is not held back by another', async () => {
    const greedy = `Bearer ${await first.token('agent', '20810204')}`;
    await countStatuses(Array.from({ length: 2 * LIMIT }, () => ask(first, { authorization: greedy })));
    const modest = `Bearer ${await first.token('agent', '20810205')}`;
    expect((await ask(first, { authorization: modest })).status).toBe(200);
  });
});

describe('an address', () => {
  test('is counted whoever it says it is, and whatever it makes up of other addresses', async () => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      ask(byAddress, { authorization: 'Bearer nonsense', 'x-forwarded-for': `203.0.113.${index}` }),
    );
    expect(await countStatuses(requests)).toEqual({ 401: 60, 429: 40 });
    const socket = new WebSocket(`${byAddress.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('429');
    const guess = await fetch(`${byAddress.url}/webhooks/eko/not-the-secret`, { method: 'POST', body: '{}' });
    expect(guess.status).toBe(429);
    const callback = await fetch(byAddress.callbackUrl, { method: 'POST', body: '{}' });
    expect(callback.status).toBe(200);
    expect((await fetch(`${byAddress.url}/livez`)).status).toBe(200);
  });

  test('is what a trusted proxy says it is', async () => {
    const from = (address: string) => ask(behindProxy, { 'x-forwarded-for': address });
    expect(await countStatuses(Array.from({ length: 70 }, () => from('203.0.113.7')))).toEqual({
      401: 60,
      429: 10,
    });
    expect((await from('203.0.113.8')).status).toBe(401);
    // What stands before the proxy's own entry is the caller's word.
    expect((await from('203.0.113.9, 203.0.113.7')).status).toBe(429);
  });
});

describe('a list of trusted documents', () => {
  const LISTED = 'query Listed { transactions(first: 1) { edges { node { id } } } }';
  const WATCHED = 'subscription Watched($id: ID!) { transactionUpdated(id: $id) { status } }';
  const startWith = async (list: unknown) => {
    const file = join(await mkdtemp(join(tmpdir(), 'trusted-')), 'list.json');
    await writeFile(file, typeof list === 'string' ? list : JSON.stringify(list));
    return startGateway({ settings: { TRUSTED_DOCUMENTS: file }, parts: { api: true, worker: false } });
  };
  const LISTS: [string, object][] = [
    [
      'of Apollo’s manifest',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          { id: 'abc', name: 'Listed', type: 'query', body: LISTED },
          { id: 'def', name: 'Watched', type: 'subscription', body: WATCHED },
        ],
      },
    ],
    ['of hashes', { abc: LISTED, def: WATCHED }],
  ];

  test.each(LISTS)('%s: its operations and no others', async (_name, list) => {
    const gateway = await startWith(list);
    const post = async (body: object, headers = {}) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return (await response.text()).replace(/"requestId":"[^"]*"/, '');
    };
    try {
      const found = '{"data":{"transactions":{"edges":[]}}}\n';
      expect(await post({ query: LISTED })).toBe(found);
      expect(await post({ query: `# a comment\n${LISTED.replaceAll(' ', '\n ')}` })).toBe(found);
      const byHash = { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } };
      expect(await post(byHash)).toBe(found);
      for (const query of ['{ __typename }', '{ __schema { types { name } } }', LISTED.replace('1', '2')]) {
        expect(await post({ query })).toContain('"code":"FORBIDDEN"');
      }
      const subscription = { query: WATCH, variables: { id: 'x' } };
      const accept = { accept: 'multipart/mixed;subscriptionSpec=1.0' };
      expect(await post(subscription, accept)).toContain('"code":"FORBIDDEN"');
      const toHash = (sha256Hash: string) => ({
        extensions: { persistedQuery: { version: 1, sha256Hash } },
        variables: { id: 'x' },
      });
      for (const listed of [{ query: WATCHED, variables: { id: 'x' } }, toHash('def')])
        expect(await post(listed, accept)).toContain('"code":"NOT_FOUND"');
      expect(await post(toHash('ghi'), { accept: `${accept.accept}, application/json` })).toContain(
        '"code":"BAD_USER_INPUT"',
      );
      const client = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      const overWebSocket = client.iterate({ query: '', ...toHash('def') });
      await expect(overWebSocket.next()).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
      await client.dispose();
    } finally {
      await gateway.stop();
    }
  });

  test.each([
    ['something else', '[1]'],
    ['not JSON', '{'],
    ['not GraphQL', '{"abc":"query {"}'],
  ])('that is %s: the server does not start', async (_name, text) => {
    await expect(startWith(text)).rejects.toThrow(/The list of TRUSTED_DOCUMENTS cannot be used/);
  });
});
