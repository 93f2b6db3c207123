import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { renderSandboxPage } from '../../src/http/index.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { parseBody, postRaw, sendRaw } from '../support/raw-http.js';
import { expectRefusal } from '../support/refusals.js';
import { sendOtp, transfer, tryInitiate } from '../support/transfer-client.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the addresses of the sandbox', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());
  const get = (path: string, headers: Record<string, string> = {}) =>
    sendRaw(`${gateway.url}${path}`, { headers });

  test.each(['/livez', '/readyz'])('%s answers 200', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch('text/plain');
  });

  test('needs no token for what machines look at', async () => {
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await get(path, { authorization: 'Bearer garbage' })).status).toBe(200);
  });

  test('/metrics counts, in the format of Prometheus', async () => {
    const read = async (line: string) =>
      Number(
        new RegExp(`^${line.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec(
          (await get('/metrics')).text,
        )?.[1] ?? 0,
      );
    const errorLine = 'gateway_graphql_errors_total{code="NOT_FOUND"}';
    const before = await read(errorLine);
    await gateway.request('mutation { refreshTransaction(id: "x") { changed } }');
    expect(await read(errorLine)).toBe(before + 1);
    await transfer(gateway);
    expect(await read('gateway_transfer_transitions_total{status="SUCCESS"}')).toBeGreaterThan(0);
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toMatch('text/plain; version=0.0.4');
    expect(answer.text).toMatch(/^gateway_transfers_in_flight 0$/m);
    expect(answer.text).not.toMatch(/6111111111|98765|123456/);
  });

  test('/schema.graphql is the schema', async () => {
    const answer = await get('/schema.graphql');
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^type Transaction implements Node \{$/m);
  });

  test('/ shows an OTP as soon as it is sent, and runs no script', async () => {
    expect((await get('/')).text).not.toMatch('₹777');
    const otpRefId = await sendOtp(gateway, 777);
    const { status, headers, text } = await get('/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain(`<td>123456</td><td>${otpRefId}</td>`);
    expect(text).toContain('<td>₹777</td>');
    for (const link of ['/graphql', '/schema.graphql', '/readyz', '/livez', '/metrics'])
      expect(text).toContain(`href="${link}"`);
    for (const amount of [101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113])
      expect(text).toContain(`<td>₹${amount}</td>`);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|default-src \*/);
    expect(text).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//i);
  });

  test('/graphql is Apollo Sandbox for a browser, with the flow pre-filled', async () => {
    const answer = await get('/graphql', BROWSER);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch('text/html');
    expect(answer.text).toMatch(/apollographql\.com/);
    expect(answer.text).toMatch(/SendTransferOtp[\s\S]*InitiateTransfer[\s\S]*otpRefId/);
  });

  test('/graphql answers a query by GET when it cannot come from any web page', async () => {
    const answer = await get(`/graphql?query=${encodeURIComponent('{ __typename }')}`, {
      'apollo-require-preflight': '1',
      accept: 'application/json',
    });
    expect(parseBody(answer)).toEqual({ data: { __typename: 'Query' } });
  });

  test('introspection is on', async () => {
    const answer = await postRaw(`${gateway.url}/graphql`, { query: '{ __schema { queryType { name } } }' });
    expect(parseBody(answer).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });

  test('every answer has an id of its own, and its type is not guessed', async () => {
    const answers = await Promise.all(['/livez', '/nothing', '/', '/graphql'].map((path) => get(path)));
    const ids = answers.map((answer) => answer.headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(4);
    for (const answer of answers) expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('a caller cannot choose the id', async () => {
    const answer = await get('/livez', { 'x-request-id': 'CANARY', 'request-id': 'CANARY' });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('for other origins', () => {
    const preflight = (origin: string) =>
      sendRaw(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        },
      });

    test.each([
      'https://studio.apollographql.com',
      'http://localhost:3000',
      'http://localhost',
      'https://localhost:8443',
      'http://127.0.0.1:5173',
    ])('%s may ask', async (origin) => {
      const answer = await preflight(origin);
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
      const post = await postRaw(`${gateway.url}/graphql`, { query: '{ __typename }' }, { origin });
      expect(post.headers.get('access-control-allow-origin')).toBe(origin);
    });

    test.each([
      'https://evil.example',
      'https://studio.apollographql.com.evil.example',
      'http://studio.apollographql.com',
      'https://localhost.evil.example',
      'http://evil-localhost:3000',
      'http://127.0.0.1.evil.example',
      'null',
    ])('%s may not', async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
      const post = await postRaw(`${gateway.url}/graphql`, { query: '{ __typename }' }, { origin });
      expect(post.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  test('the origins of the settings replace those of the sandbox', async () => {
    const other = await startGateway({
      parts: { api: true, worker: false },
      settings: { CORS_ORIGINS: 'https://app.example.in, https://desk.example.in' },
    });
    try {
      for (const [origin, isAllowed] of [
        ['https://app.example.in', true],
        ['https://desk.example.in', true],
        ['https://studio.apollographql.com', false],
        ['http://localhost:3000', false],
      ] as const) {
        const answer = await postRaw(`${other.url}/graphql`, { query: '{ __typename }' }, { origin });
        expect(answer.headers.get('access-control-allow-origin')).toBe(isAllowed ? origin : null);
      }
    } finally {
      await other.stop();
    }
  });
});

test('the start page writes what it is given as text', () => {
  const evil = `<script>alert("x")</script>'&`;
  const page = renderSandboxPage({
    latestOtps: [{ otpRefId: evil, customerId: evil, recipientId: evil, amount: 1, otp: evil, sentAtMs: 0 }],
    magicAmounts: [[evil, evil]],
    hasDemo: true,
  });
  expect(page).not.toContain('<script');
  expect(page).not.toContain(`"x"`);
  expect(page.match(/&#60;script&#62;alert\(&#34;x&#34;\)&#60;\/script&#62;&#39;&#38;/g)).toHaveLength(6);
});

describe('readiness', () => {
  test('is gone while the database does not answer, and back with it', async () => {
    const gateway = await startGateway({ parts: { api: true, worker: false } });
    const name = new URL(gateway.databaseUrl).pathname.slice(1);
    const admin = new pg.Client({ connectionString: process.env['TEST_SERVER_URL'] });
    await admin.connect();
    const allow = async (isAllowed: boolean) => {
      await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${isAllowed}`);
      if (!isAllowed)
        await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ]);
    };
    const waitFor = (path: string, status: number) =>
      eventually(async () => ((await sendRaw(`${gateway.url}${path}`)).status === status ? true : null));
    try {
      await waitFor('/readyz', 200);
      await allow(false);
      await waitFor('/readyz', 503);
      expect((await sendRaw(`${gateway.url}/livez`)).status).toBe(200);
      const answer = await postRaw(`${gateway.url}/graphql`, { query: '{ transactions { totalCount } }' });
      const [error] = expectRefusal(answer);
      expect(error?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      expect(error?.message).toBe('A fault of this server; quote requestId.');
      expect(answer.text).not.toMatch(/connection|database|postgres|gateway_test/i);
      await allow(true);
      await waitFor('/readyz', 200);
      expect((await transfer(gateway)).status).toBe('SUCCESS');
    } finally {
      await allow(true);
      await admin.end();
      await gateway.stop();
    }
  });

  test('is gone while a transfer is finished before the end, and new ones are refused', async () => {
    const gateway = await startGateway({
      parts: { api: true, worker: false },
      settings: { EKO_TRANSFER_TIMEOUT_MS: '2000' },
    });
    // 106: the money moves, and the reply never comes.
    const [slowOtp, lateOtp] = [await sendOtp(gateway, 106), await sendOtp(gateway, 500)];
    const slow = tryInitiate(gateway, { amount: 106, otpRefId: slowOtp });
    await eventually(() => (gateway.simulator.ledger.entries().length === 1 ? true : null));
    const stopped = gateway.stop();
    const readiness = await sendRaw(`${gateway.url}/readyz`);
    const late = await tryInitiate(gateway, { otpRefId: lateOtp });
    const otp = await postRaw(`${gateway.url}/graphql`, {
      query:
        'mutation { sendTransferOtp(input: {customerId: "6111111111", recipientId: "98765", amount: 500}) { transferOtp { amount } } }',
    });
    expect(readiness.status).toBe(503);
    expect(late.errors?.map((error) => error.extensions)).toMatchObject([
      { code: 'DRAINING', retry: 'SAME_REQUEST_LATER' },
    ]);
    expect(expectRefusal(otp).map((error) => error.extensions.code)).toEqual(['DRAINING']);
    expect((await slow).data?.initiateTransfer?.transaction.status).toBe('AWAITED');
    await stopped;
    expect(gateway.simulator.ledger.entries()).toHaveLength(1);
    await expect(sendRaw(`${gateway.url}/livez`)).rejects.toThrow();
  });

  test('does not wait for a caller that never ends its request', async () => {
    const gateway = await startGateway({ parts: { api: true, worker: false } });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await sendRaw(`${gateway.url}/livez`);
    const startedAt = performance.now();
    await gateway.stop();
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await closed;
  });
});
