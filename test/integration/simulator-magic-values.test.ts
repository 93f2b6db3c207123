// What a caller hears of a transfer, in both dialects: documented replies, magic amounts, callbacks.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Dialect } from '../../src/simulator/index.js';
import {
  clock,
  inquire,
  requestTransfer,
  sendOtp,
  simulator,
  start,
  transfer,
  type EkoBody,
} from '../support/simulator-caller.js';

const DIALECTS: Dialect[] = ['seed', 'live'];

afterEach(() => simulator.stop());

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

function stateOf(body: EkoBody): unknown {
  return body.tx_status ?? body.data['tx_status'];
}

describe('the documented replies', () => {
  test('of the seed dialect are its own', async () => {
    await start('seed');
    expect(await sendOtp()).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'OTP sent successfully',
      response_type_id: 1388,
      data: { otp_ref_id: expect.stringMatching(/^TXNOTP\d+$/), mobile: 'XXXXXX1111' },
    });
    expect(await transfer()).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Transaction successful',
      response_type_id: 325,
      tx_status: '0',
      txstatus_desc: 'Success',
      data: {
        tid: expect.stringMatching(/^\d+$/),
        utrnumber: expect.stringMatching(/^\d{12}$/),
        amount: 500,
        recipient_name: 'Sunil Sharma',
        account: '012345678901',
        ifsc: 'SBIN0001234',
        fee: 10,
        commission: 5.67,
        balance: 999_495.56,
        client_ref_id: 'REQ-20260101-001',
        timestamp: '2026-07-23T09:46:35Z',
      },
    });
    expect(await transfer({ amount: 103 })).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Transaction in progress',
      tx_status: '2',
      txstatus_desc: 'Awaited',
      data: { tid: expect.any(String), amount: 103 },
    });
  });

  test('of the live dialect are its own', async () => {
    await start('live');
    expect(await sendOtp()).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Send OTP',
      response_type_id: 2133,
      data: { otp_ref_id: expect.stringMatching(/^\d+$/) },
    });
    expect(await transfer({ amount: 100 })).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Transaction successful',
      response_type_id: 325,
      data: {
        tx_status: '0',
        txstatus_desc: 'Success',
        tid: expect.stringMatching(/^\d+$/),
        amount: '100.00',
        fee: '10.0',
        collectable_amount: '110.0',
        service_tax: '1.53',
        tds: '0.11',
        commission: '5.67',
        sender_name: expect.any(String),
        recipient_name: 'Sunil Sharma',
        recipient_id: 98765,
        bank: 'State Bank of India',
        account: '012345678901',
        channel_desc: 'IMPS',
        bank_ref_num: expect.stringMatching(/^\d{12}$/),
        balance: '999895.56',
        client_ref_id: 'REQ-20260101-001',
        currency: 'INR',
        timestamp: new Date(clock.ms).toISOString(),
      },
    });
    expect(await transfer({ amount: 103 })).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Transaction in progress',
      data: { tx_status: '2', txstatus_desc: 'Awaited', tid: expect.any(String), amount: '103.00' },
    });
  });

  test.each([
    ['Insufficient balance', 347, { amount: 101 }],
    ['Sender/beneficiary monthly limit exhausted', 945, { amount: 102 }],
    ['Wrong OTP', 302, { otp: '000000' }],
    ['OTP expired', 303, { otp: '111111' }],
    ['OTP already Consumed', 302, { otp: '222222' }],
  ])('of the decline %s are those of each dialect, without a debit', async (text, code, changes) => {
    await start('seed');
    expect(await transfer(changes)).toEqual({
      status: 1,
      response_status_id: code,
      message: text,
      response_type_id: 1388,
      tx_status: '1',
      txstatus_desc: 'Failed',
      data: {},
    });
    simulator.setDialect('live');
    const live = await transfer(changes);
    expect(live).toEqual({
      status: 55,
      response_status_id: 1,
      message: 'Transaction declined. Please try after sometime.',
      response_type_id: 55,
      data: {
        tx_status: '1',
        txstatus_desc: 'Failed',
        reason: text,
        amount: `${'amount' in changes ? changes.amount : 500}.00`,
        tid: expect.any(String),
        client_ref_id: 'REQ-20260101-001',
        balance: '1000000.0',
      },
    });
    expect((await inquire(String(live.data['tid']))).data).toMatchObject({ tx_status: '1', fee: '0.0' });
    for (const entry of simulator.ledger.entries()) {
      expect(entry).toMatchObject({ state: 1, finalState: 1, debitedAtMs: null, debitedPaise: 0n });
    }
  });
});

describe.each(DIALECTS)('in the %s dialect, the magic amount', (dialect) => {
  test.each([
    [103, '2', ['2', '0', '0'], 0],
    [104, '2', ['2', '3', '3'], 3],
    [105, '5', ['5', '0', '0'], 0],
    [109, '6', ['6', '0', '0'], 0],
    [110, '0', ['0', '0'], 0],
    [500, '0', ['0', '0'], 0],
  ])('%d is answered with %s, then inquired as %j', async (amount, first, later, finalState) => {
    await start(dialect);
    expect(stateOf(await transfer({ amount }))).toBe(first);
    expect(simulator.ledger.entries()).toMatchObject([{ state: Number(first), finalState }]);
    for (const state of later) expect(stateOf(await inquire())).toBe(state);
    const [entry] = simulator.ledger.entries();
    expect(entry).toMatchObject({ state: finalState, inquiries: later.length, nextChange: null });
    expect(entry!.debitedPaise).toBeGreaterThan(0n);
    expect(entry!.refundDuePaise).toBe(finalState === 3 ? BigInt(amount) * 100n + 1_000n : 0n);
  });

  test('108 is a success that is reversed by itself', async () => {
    await start(dialect, { reversalDelayMs: 20 });
    expect(stateOf(await transfer({ amount: 108 }))).toBe('0');
    await until(() => simulator.ledger.entries()[0]?.state === 3);
    expect(stateOf(await inquire())).toBe('3');
    expect(simulator.ledger.entries()[0]?.history.map(({ cause }) => cause)).toEqual(['transfer', 'timer']);
  });

  test.each([106, 107])('%d leaves the caller without a reply', async (amount) => {
    await start(dialect);
    const caller = new AbortController();
    const reply = requestTransfer({ amount }, { signal: caller.signal });
    // Patience begins when the request has arrived, after that for the OTP.
    void until(() => simulator.requests().length === 2).then(() =>
      setTimeout(() => caller.abort(new Error('no reply')), 80),
    );
    await expect(reply).rejects.toThrow('no reply');
    expect(simulator.ledger.entries()).toHaveLength(amount === 106 ? 1 : 0);
    const found = await inquire();
    if (amount === 106) expect(stateOf(found)).toBe('0');
    else expect(found).toMatchObject({ status: 1, message: 'No transaction found for the given reference.' });
  });

  test('111 is an HTTP 500 in plain text after the debit', async () => {
    await start(dialect);
    const response = await requestTransfer({ amount: 111 });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(await response.text()).toBe('Internal server error');
    expect(simulator.ledger.entries()).toMatchObject([{ state: 0, amountRupees: 111 }]);
  });

  test('112 cuts the reply in the middle after the debit', async () => {
    await start(dialect);
    const response = await requestTransfer({ amount: 112 });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(simulator.ledger.entries()).toMatchObject([{ state: 0, amountRupees: 112 }]);
  });

  test('113 resets the connection, and nothing is processed', async () => {
    await start(dialect);
    await expect(requestTransfer({ amount: 113 })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(simulator.ledger.entries()).toEqual([]);
  });
});

describe('a caller without a reply', () => {
  test('is let go after the limit', async () => {
    await start('seed', { hangLimitMs: 20 });
    await expect(requestTransfer({ amount: 107 })).rejects.toThrow('fetch failed');
  });

  test('is let go when the simulator stops', async () => {
    await start('seed');
    const reply = requestTransfer({ amount: 106 }).catch((error: unknown) => error);
    await until(() => simulator.ledger.entries().length > 0);
    await simulator.stop();
    expect(await reply).toMatchObject({ message: 'fetch failed' });
  });
});

describe('a status callback', () => {
  interface Callback {
    tx_status: number;
    old_tx_status: number;
    tid: number;
  }
  let received: Callback[];
  /** Posts the receiver has not answered yet, and the most there were at once. */
  let posts: { open: number; mostOpen: number };
  let url: string;
  const receiver = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const mine = posts;
    mine.open += 1;
    mine.mostOpen = Math.max(mine.mostOpen, mine.open);
    incoming.on('end', () => {
      received.push(JSON.parse(text) as Callback);
      const status = received.length === 1 ? 500 : 200;
      setTimeout(() => {
        mine.open -= 1;
        response.writeHead(status).end();
      }, 5);
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/eko/path-secret`;
  });
  beforeEach(() => {
    received = [];
    posts = { open: 0, mostOpen: 0 };
  });
  afterAll(() => new Promise((resolve) => receiver.close(resolve)));
  const states = () => received.map(({ old_tx_status, tx_status }) => [old_tx_status, tx_status]);

  test('tells of a change at an inquiry, in the documented shape', async () => {
    await start('live', { callbackUrl: url });
    const { data } = await transfer({ amount: 103 });
    await inquire();
    expect(received).toEqual([]);
    await inquire();
    await until(() => received.length > 0);
    expect(received).toEqual([
      {
        tx_status: 0,
        txstatus_desc: 'Success',
        old_tx_status: 2,
        old_tx_status_desc: 'Initiated',
        tid: Number(data['tid']),
        client_ref_id: 'REQ-20260101-001',
        amount: 103,
        fee: 10,
        gst: 1.53,
        payment_mode: '5',
        bank_ref_num: expect.stringMatching(/^\d{12}$/),
        ifsc: 'SBIN0001234',
        account: '012345678901',
        recipient_name: 'Sunil Sharma',
        sender_name: expect.any(String),
        beneficiary_account_type: null,
        timestamp: '2026-07-23 15:16:35',
      },
    ]);
  });

  test('tells of a reversal', async () => {
    await start('seed', { callbackUrl: url, reversalDelayMs: 10 });
    await transfer({ amount: 108 });
    await until(() => received.length > 0);
    expect(states()).toEqual([[0, 3]]);
  });

  test('comes twice and out of order for 110, whatever the receiver answers', async () => {
    await start('seed');
    simulator.setCallbackUrl(url);
    await transfer({ amount: 110 });
    await until(() => received.length === 3);
    expect(states()).toEqual([
      [2, 0],
      [2, 2],
      [2, 0],
    ]);
    expect(new Set(received.map(({ tid }) => tid)).size).toBe(1);
    expect(posts.mostOpen).toBe(1);
  });

  test('that nobody receives harms nothing', async () => {
    await start('seed', { callbackUrl: 'http://127.0.0.1:1/nobody' });
    await transfer({ amount: 110 });
    expect(stateOf(await inquire())).toBe('0');
  });

  test('goes to http addresses only', async () => {
    await start('seed');
    expect(() => simulator.setCallbackUrl('https://example.com/')).toThrow('http:');
    expect(() => simulator.setCallbackUrl('nowhere')).toThrow();
  });
});
