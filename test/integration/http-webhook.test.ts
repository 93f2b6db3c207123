import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { parseBody, sendRaw, type RawAnswer } from '../support/raw-http.js';
import { expectRefusal } from '../support/refusals.js';
import { readTransaction, transfer } from '../support/transfer-client.js';

interface Delivery {
  readonly tid: string | null;
  readonly client_ref_id: string | null;
  readonly claimed_tx_status: string | null;
  readonly transfer_id: string | null;
  readonly delivery_count: number;
}

describe('Eko’s callback', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ parts: { api: true, worker: false } });
  });
  afterAll(() => gateway.stop());
  const post = (
    body: string | Buffer | undefined,
    { url = gateway.callbackUrl, type = 'application/json' } = {},
  ) =>
    sendRaw(url, {
      method: 'POST',
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: body as string }),
    });
  const deliveries = () =>
    gateway.sql<Delivery & { body_digest: string }>('SELECT * FROM webhook_deliveries ORDER BY id');
  /** What the delivery of one body left behind. */
  async function receive(body: string | Buffer, type?: string): Promise<Delivery[]> {
    const known = new Set((await deliveries()).map((row) => row.body_digest));
    const answer = await post(body, type === undefined ? {} : { type });
    expect({ status: answer.status, body: JSON.parse(answer.text) as unknown }).toEqual({
      status: 200,
      body: { status: 'received' },
    });
    return (await deliveries()).filter((row) => !known.has(row.body_digest));
  }
  const withoutId = (answer: RawAnswer) => {
    const [error] = parseBody(answer).errors ?? [];
    return {
      status: answer.status,
      message: error?.message,
      extensions: { ...error?.extensions, requestId: 'any' },
    };
  };

  test('is stored, brings the inquiry forward, and changes nothing itself', async () => {
    const { id, clientRefId, tid } = await transfer(gateway, 103);
    const inquiries = gateway.simulator.requests().length;
    const stored = await receive(
      JSON.stringify({ tx_status: '0', client_ref_id: clientRefId, tid, amount: '103.0' }),
    );
    expect(stored).toMatchObject([
      { transfer_id: id, client_ref_id: clientRefId, claimed_tx_status: '0', delivery_count: 1 },
    ]);
    expect(await readTransaction(gateway, id)).toMatchObject({ status: 'AWAITED', isFinal: false });
    expect(gateway.simulator.requests()).toHaveLength(inquiries);
    const [row] = await gateway.sql<{ hinted: boolean }>(
      'SELECT hinted_at IS NOT NULL AS hinted FROM transfers WHERE id = $1',
      [id],
    );
    expect(row).toEqual({ hinted: true });
  });

  test('that comes again is counted, not stored twice, however many come at once', async () => {
    const body = JSON.stringify({ tx_status: 0, client_ref_id: 'DUPLICATE-REF-1', tid: '777' });
    await Promise.all(Array.from({ length: 10 }, () => post(body)));
    const same = (await deliveries()).filter((row) => row.client_ref_id === 'DUPLICATE-REF-1');
    expect(same).toMatchObject([{ delivery_count: 10, transfer_id: null }]);
  });

  test.each<[what: string, body: string | Buffer, type?: string]>([
    ['no JSON', 'garbage'],
    ['cut JSON', '{"tid": "1'],
    ['JSON null', 'null'],
    ['a number', '7'],
    ['a list', '[{"tid": "1"}]'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    [
      'NUL in every name',
      JSON.stringify({ tid: 'a\u0000b', client_ref_id: 'REF\u0000-123456', tx_status: '\u0000' }),
    ],
    ['half a surrogate pair', '{"tid": "\\ud800", "client_ref_id": "\\udfff", "tx_status": "\\ud800"}'],
    [
      'very long values',
      JSON.stringify({
        tid: '9'.repeat(3_000),
        client_ref_id: 'R'.repeat(3_000),
        tx_status: '1'.repeat(1_000),
      }),
    ],
    ['objects for values', JSON.stringify({ tid: { a: 1 }, client_ref_id: ['x'], tx_status: { b: 2 } })],
    ['a huge number', '{"tid": 1e400, "client_ref_id": 12345678901234567890, "tx_status": -1e99}'],
    ['a prototype', '{"__proto__": {"tid": "1"}, "constructor": {"prototype": {"tid": "2"}}}'],
    ['depth', `${'['.repeat(3_500)}${']'.repeat(3_500)}`],
    ['SQL', JSON.stringify({ tid: "1'; DROP TABLE transfers; --", client_ref_id: "' OR 1=1 --" })],
    ['a form', 'tid=1&tx_status=0', 'application/x-www-form-urlencoded'],
    ['plain text', 'tid 1 is done', 'text/plain'],
    ['an unknown type', '<tid>1</tid>', 'application/x-eko'],
  ])('of %s is stored without a transfer', async (...[, body, type]) => {
    expect(await receive(body, type)).toMatchObject([{ transfer_id: null, delivery_count: 1 }]);
  });

  test('without a body or a type is acknowledged', async () => {
    const answer = await sendRaw(gateway.callbackUrl, { method: 'POST' });
    expect(answer.status).toBe(200);
  });

  test('of 8 kB is stored, a larger one is refused', async () => {
    expect(await receive(`{"padding": "${'x'.repeat(8 * 1024 - 15)}"}`)).toHaveLength(1);
    const before = await deliveries();
    const answer = await post('x'.repeat(9 * 1024));
    expect(answer.status).toBe(413);
    expectRefusal(answer);
    expect(answer.text).not.toMatch(/32768/);
    expect(await deliveries()).toEqual(before);
  });

  test.each([
    ['a wrong secret', '/webhooks/eko/test-webhook-secret-0123456780'],
    ['a short secret', '/webhooks/eko/x'],
    ['a secret with more behind it', '/webhooks/eko/test-webhook-secret-01234567890'],
    ['an encoded secret in part', '/webhooks/eko/test-webhook-secret-012345678%38'],
    ['a secret in upper case', '/webhooks/eko/TEST-WEBHOOK-SECRET-0123456789'],
    ['no secret', '/webhooks/eko/'],
    ['nothing at all', '/webhooks'],
  ])('with %s meets the same nothing as any unknown address', async (_what, path) => {
    const before = await deliveries();
    const body = JSON.stringify({ tx_status: 0, tid: '1', client_ref_id: 'WRONG-SECRET-1' });
    const answer = await post(body, { url: `${gateway.url}${path}` });
    const nothing = await post(body, { url: `${gateway.url}/no-such-address` });
    expect(answer.status).toBe(404);
    expect(withoutId(answer)).toEqual(withoutId(nothing));
    expect([...answer.headers.keys()].sort()).toEqual([...nothing.headers.keys()].sort());
    expect(await deliveries()).toEqual(before);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('is nothing for %s', async (method) => {
    const answer = await sendRaw(gateway.callbackUrl, { method });
    expect(answer.status).toBe(404);
    expectRefusal(answer);
  });

  test('of a large body with a wrong secret does not tell that there is an address', async () => {
    const answer = await post('x'.repeat(9 * 1024), {
      url: `${gateway.url}/webhooks/eko/wrong-secret-0123456789`,
      type: 'text/plain',
    });
    const nothing = await post('x'.repeat(9 * 1024), {
      url: `${gateway.url}/no-such-address`,
      type: 'text/plain',
    });
    expect(withoutId(answer)).toEqual(withoutId(nothing));
  });

  test('forged for another transfer changes no status', async () => {
    const success = await transfer(gateway);
    await receive(
      JSON.stringify({ tx_status: 4, client_ref_id: success.clientRefId, tid: success.tid, amount: 500 }),
    );
    expect(await readTransaction(gateway, success.id)).toMatchObject({ status: 'SUCCESS' });
  });
});

test('a callback makes the worker inquire at once', async () => {
  const gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '3600000' } });
  try {
    const { id, clientRefId } = await transfer(gateway, 103);
    await sendRaw(gateway.callbackUrl, {
      method: 'POST',
      body: JSON.stringify({ client_ref_id: clientRefId, tx_status: 0 }),
    });
    await eventually(async () => {
      const [row] = await gateway.sql<{ at: Date | null }>(
        'SELECT last_inquiry_at AS at FROM transfers WHERE id = $1',
        [id],
      );
      return row?.at;
    });
  } finally {
    await gateway.stop();
  }
});
