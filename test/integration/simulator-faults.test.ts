// The fault plan on the wire and in the ledger: every row of its tables, healing, and what an auditor can read.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runSimulator } from '../../src/commands/simulator.js';
import { CALLBACK_FAULTS } from '../../src/simulator/callback-faults.js';
import { createFaultPlan } from '../../src/simulator/fault-plan.js';
import type { Dialect, LedgerEntry, SimulatorOptions } from '../../src/simulator/index.js';
import { INQUIRY_FAULTS } from '../../src/simulator/inquiry-faults.js';
import { TRANSFER_FAULTS } from '../../src/simulator/transfer-faults.js';
import {
  SEED_ONLY,
  TERMS,
  call,
  clock,
  inquire,
  requestTransfer,
  sendOtp,
  simulator,
  start,
  transfer,
  type EkoBody,
} from '../support/simulator-caller.js';

const REF = 'REQ-20260101-001';
const NOT_FOUND = 'No transaction found for the given reference.';
const DIALECTS: Dialect[] = ['seed', 'live'];
/** Long enough for a loopback reply, short enough to wait for one that never comes. */
const DEADLINE_MS = 300;

let origin: string;

afterEach(() => simulator.stop());

async function startStruck(
  kinds: readonly string[],
  { dialect = 'seed', ...options }: SimulatorOptions = {},
): Promise<void> {
  await start(dialect, {
    reversalDelayMs: 20,
    faults: {
      seed: 42,
      rate: 1,
      kinds,
      lateDebitMs: { min: 600, max: 650 },
      indexLagMs: { min: 500, max: 600 },
    },
    ...options,
  });
  origin = new URL((await call('/nowhere')).url).origin;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

interface Heard {
  readonly how: 'reply' | 'reset' | 'closed' | 'silence' | 'cut' | 'slow' | 'http-error' | 'not-json';
  readonly http?: number;
  readonly type?: string | null;
  readonly date?: string | null;
  readonly text?: string;
  readonly body?: EkoBody;
}

/** What a caller with a deadline makes of an answer. */
async function hear(send: (init: RequestInit) => Promise<Response>): Promise<Heard> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  let response: Response;
  try {
    response = await send({ signal });
  } catch (error) {
    if (signal.aborted) return { how: 'silence' };
    const code = (error as { cause?: { code?: string } }).cause?.code;
    return { how: code === 'ECONNRESET' ? 'reset' : 'closed' };
  }
  const head = {
    http: response.status,
    type: response.headers.get('content-type'),
    date: response.headers.get('date'),
  };
  let text: string;
  try {
    text = await response.text();
  } catch {
    return { how: signal.aborted ? 'slow' : 'cut', ...head };
  }
  if (response.status !== 200) return { how: 'http-error', ...head, text };
  try {
    return { how: 'reply', ...head, text, body: JSON.parse(text) as EkoBody };
  } catch {
    return { how: 'not-json', ...head, text };
  }
}

const ask = (reference = `client_ref_id:${REF}`) =>
  hear((init) => call(`/tools/reference/transaction/${reference}?initiator_id=9962981729`, init));

const door = (path: string, init: RequestInit = {}) => fetch(`${origin}/_simulator/${path}`, init);
const view = async (path: string): Promise<unknown> => (await door(path)).json();
const act = async (path: string, body: object = {}) => {
  const response = await door(path, { method: 'POST', body: JSON.stringify(body) });
  return { http: response.status, body: await response.json() };
};

function stateIn({ body }: Heard): unknown {
  return body?.tx_status ?? body?.data['tx_status'];
}

function entries(): LedgerEntry[] {
  return simulator.ledger.entries();
}

interface Expected {
  readonly heard: Partial<Heard>;
  /** Null when Eko never looks at it; else what inquiries say in turn, the last being the final state. */
  readonly inquired: readonly (string | null)[] | null;
  /** Anything more that the reply says, given the ledger's entry. */
  readonly says?: (body: EkoBody, entry: LedgerEntry) => void;
}

const never = (heard: Partial<Heard>): Expected => ({ heard, inquired: null });
const done = (heard: Partial<Heard>): Expected => ({ heard, inquired: ['0', '0'] });
const said = (says: NonNullable<Expected['says']>): Expected => ({
  heard: { how: 'reply' },
  inquired: ['0'],
  says,
});
const moving = (first: string, ...inquired: string[]): Expected => ({
  heard: { how: 'reply' },
  inquired,
  says: (body) => expect(body.tx_status ?? body.data['tx_status']).toBe(first),
});
const statusesOf = (body: EkoBody) =>
  [body.tx_status, body.data['tx_status']].filter((item) => item !== undefined);

const PLAIN_500: Partial<Heard> = {
  how: 'http-error',
  http: 500,
  type: 'text/plain',
  text: 'Internal server error',
};
const HTML_502: Partial<Heard> = {
  how: 'http-error',
  http: 502,
  type: expect.stringContaining('text/html') as unknown as string,
};
const HTML_200: Partial<Heard> = {
  how: 'not-json',
  http: 200,
  type: expect.stringContaining('text/html') as unknown as string,
};

/** "Not found", as often as the plan has it for this reference. */
const LAG = Array<null>(
  createFaultPlan({ seed: 42, rate: 1 }).pick(REF, 'index lag', { min: 1, max: 3 }),
).fill(null);

/** What each row of transfer-faults.ts must do: a new row without a line here fails. */
const TRANSFERS: Readonly<Record<string, Expected>> = {
  'close-before-debit': never({ how: 'closed' }),
  'reset-before-debit': never({ how: 'reset' }),
  'timeout-before-debit': never({ how: 'silence' }),
  'http-500-before-debit': never(PLAIN_500),
  'html-502-before-debit': never(HTML_502),
  'clock-401-before-debit': never({ how: 'http-error', http: 401 }),
  'http-403-before-debit': never({ how: 'http-error', http: 403 }),
  'http-429-before-debit': never({ how: 'http-error', http: 429 }),
  'close-after-debit': done({ how: 'closed' }),
  'reset-after-debit': done({ how: 'reset' }),
  'timeout-after-debit': done({ how: 'silence' }),
  'http-500-after-debit': done(PLAIN_500),
  'html-502-after-debit': done(HTML_502),
  'html-200-after-debit': done(HTML_200),
  'http-429-after-debit': done({ how: 'http-error', http: 429 }),
  'cut-body': done({ how: 'cut', http: 200 }),
  'half-json': done({ how: 'not-json', http: 200, type: 'application/json;charset=UTF-8' }),
  'slow-drip': done({ how: 'slow', http: 200 }),
  'other-transaction': said((body, entry) => {
    expect(body.data).toMatchObject({ client_ref_id: 'REQ-of-somebody-else' });
    expect(body.data['tid']).not.toBe(entry.tid);
    expect(statusesOf(body)).toEqual(['0']);
  }),
  'wrong-amount': said((body) => expect(Number(body.data['amount'])).toBe(501)),
  'unlisted-tx-status': said((body) => expect(statusesOf(body)).toEqual(['9'])),
  'missing-tx-status': said((body, entry) => {
    expect(statusesOf(body)).toEqual([]);
    expect(body.data['tid']).toBe(entry.tid);
  }),
  'contradictory-tx-status': said((body) => expect(statusesOf(body).sort()).toEqual(['0', '1'])),
  'success-without-tid': said((body) => {
    expect(body.data).not.toHaveProperty('tid');
    expect(statusesOf(body)).toEqual(['0']);
  }),
  'two-tids-success': said((body, entry) => {
    expect(body.data['tid']).toBe(entry.wrongTid);
    expect(entry.wrongTid).not.toBe(entry.tid);
  }),
  'two-tids-awaited': {
    heard: { how: 'reply' },
    inquired: ['2', '0'],
    says: (body, entry) => {
      expect(statusesOf(body)).toEqual(['2']);
      expect(body.data['tid']).toBe(entry.wrongTid);
    },
  },
  'late-debit-timeout': { heard: { how: 'silence' }, inquired: ['0'] },
  'late-debit-reset': { heard: { how: 'reset' }, inquired: ['0'] },
  'late-debit-http-500': { heard: PLAIN_500, inquired: ['0'] },
  'awaited-then-success': moving('2', '2', '0', '0'),
  'awaited-then-failed': moving('2', '2', '1', '1'),
  'awaited-then-refund-pending': moving('2', '2', '3', '3'),
  'awaited-then-refunded': moving('2', '2', '3', '3', '4', '4'),
  'on-hold-then-success': moving('5', '5', '0', '0'),
  'response-awaited-then-success': moving('6', '6', '0', '0'),
  'reversed-then-refunded': moving('0', '3', '4', '4'),
  'index-lags-by-inquiries': { heard: { how: 'reset' }, inquired: [...LAG, '0'] },
  'index-lags-by-time': { heard: PLAIN_500, inquired: [null, '0'] },
};

describe.each(DIALECTS)('in the %s dialect, the transfer fault', (dialect) => {
  test.each(TRANSFER_FAULTS.map((row) => [row.name, row] as const))(
    '%s does to the wire and the ledger what its row says',
    async (name, row) => {
      const expected = TRANSFERS[name];
      if (expected === undefined) throw new Error(`no expectation for ${name}`);
      await startStruck([name], { dialect });
      const balance = simulator.walletBalancePaise('20810200');
      const heard = await hear((init) => requestTransfer({}, init));
      expect(heard).toMatchObject(expected.heard);
      expect(await view('attempts')).toEqual({ [REF]: 1 });
      expect(await view('faults')).toMatchObject({ seed: 42, rate: 1, struck: { [name]: 1 } });

      if (expected.inquired === null) {
        expect(entries()).toEqual([]);
        expect((await ask()).body).toMatchObject({ status: 1, message: NOT_FOUND });
        expect(simulator.walletBalancePaise('20810200')).toBe(balance);
        return;
      }
      if (row.processing === 'late') {
        expect(entries()).toEqual([]);
        expect((await ask()).body).toMatchObject({ message: NOT_FOUND });
        expect(await view('faults')).toMatchObject({ lateDebitsWaiting: 1 });
        await until(() => entries().length > 0);
      }
      const [booked] = entries();
      expect(booked).toMatchObject({ clientRefId: REF, fault: name, behaviour: name, declineReason: null });
      expect(booked!.debitedPaise).toBeGreaterThan(0n);
      expect(simulator.walletBalancePaise('20810200')).toBe(balance - booked!.debitedPaise);
      if (heard.body) expected.says?.(heard.body, booked!);

      if (name === 'reversed-then-refunded') await until(() => entries()[0]?.state === 3);
      for (const state of expected.inquired) {
        const found = await ask();
        if (state === null) expect(found.body).toMatchObject({ message: NOT_FOUND });
        else
          expect(found.body?.data).toMatchObject({ tx_status: state, tid: booked!.tid, client_ref_id: REF });
        if (name === 'index-lags-by-time') clock.ms += 600;
      }
      const [entry, ...more] = entries();
      const end = Number(expected.inquired.at(-1));
      expect(more).toEqual([]);
      expect(entry).toMatchObject({ state: end, finalState: end, nextChange: null, laterChanges: [] });
      expect(entry!.finalReachedAtMs).not.toBeNull();
      expect(booked!.finalState).toBe(end);
      expect(entry!.returnedPaise).toBe(end === 1 || end === 4 ? entry!.debitedPaise : 0n);
      expect(simulator.walletBalancePaise('20810200')).toBe(
        balance - entry!.debitedPaise + entry!.returnedPaise,
      );
    },
  );
});

test('no expectation is left over from a row that is gone', () => {
  expect(Object.keys(TRANSFERS).sort()).toEqual(TRANSFER_FAULTS.map(({ name }) => name).sort());
  expect(Object.keys(INQUIRIES).sort()).toEqual(INQUIRY_FAULTS.map(({ name }) => name).sort());
  expect(Object.keys(CALLBACKS).sort()).toEqual(CALLBACK_FAULTS.map(({ name }) => name).sort());
});

describe('a transfer fault', () => {
  test('of the clock carries a Date that the caller may believe and still be let in with', async () => {
    await startStruck(['clock-401-before-debit']);
    const { date, text } = await hear((init) => requestTransfer({}, init));
    const aheadMs = Date.parse(date ?? '') - clock.ms;
    expect(aheadMs).toBeGreaterThan(80_000);
    expect(aheadMs).toBeLessThan(120_000);
    expect(JSON.parse(text!)).toMatchObject({ status: 2485 });
    clock.ms += aheadMs;
    const aheadOfEko = call('/tools/reference/transaction/1?initiator_id=9962981729');
    clock.ms -= aheadMs;
    expect((await aheadOfEko).status).toBe(200);
  });

  test('before the debit leaves the OTP unused', async () => {
    await startStruck(['reset-before-debit']);
    const { data } = await sendOtp();
    await hear((init) => requestTransfer({ otp_ref_id: data['otp_ref_id'] }, init));
    await act('faults', { rate: 0 });
    expect(await transfer({ otp_ref_id: data['otp_ref_id'] })).toMatchObject({ tx_status: '0' });
    expect(await view('attempts')).toEqual({ [REF]: 2 });
  });

  test.each(['wrong-amount', 'late-debit-timeout'])('does not strike a decline: %s', async (kind) => {
    await startStruck([kind]);
    expect(await transfer({ otp: '000000' })).toMatchObject({ tx_status: '1', message: 'Wrong OTP' });
    expect(entries()).toMatchObject([{ declineReason: 'WRONG_OTP', fault: null, finalState: 1 }]);
    expect(await view('faults')).toMatchObject({ struck: { [kind]: 0 } });
  });

  test('takes another real transaction for the wrong one when there is one', async () => {
    await startStruck(['other-transaction']);
    await transfer({ client_ref_id: 'REQ-the-first' });
    const { data } = await transfer({ client_ref_id: 'REQ-the-second' });
    expect(data).toMatchObject({ client_ref_id: 'REQ-the-first', tid: entries()[0]?.tid });
  });

  test('strikes before a magic amount does, and spares a request without a reference', async () => {
    await startStruck(['awaited-then-failed']);
    expect(await transfer({ amount: 101 })).toMatchObject({ tx_status: '2' });
    expect(await transfer({ client_ref_id: undefined })).toMatchObject({ tx_status: '0' });
  });
});

/** What each row of inquiry-faults.ts must do with the inquiry of a success. */
const INQUIRIES: Readonly<Record<string, Partial<Heard>>> = {
  'inquiry-http-500': PLAIN_500,
  'inquiry-timeout': { how: 'silence' },
  'inquiry-reset': { how: 'reset' },
  'inquiry-http-429': { how: 'http-error', http: 429 },
  'inquiry-clock-401': { how: 'http-error', http: 401 },
  'inquiry-html-200': HTML_200,
  'inquiry-html-502': HTML_502,
  'inquiry-cut-body': { how: 'cut' },
  'inquiry-half-json': { how: 'not-json', http: 200 },
  'inquiry-other-transaction': replying({ client_ref_id: 'REQ-of-somebody-else', tx_status: '0' }),
  'inquiry-wrong-amount': replying({ client_ref_id: REF, tx_status: '0', amount: '501.0' }),
  'inquiry-stale': replying({ client_ref_id: REF, tx_status: '2', bank_ref_num: '' }),
};

function replying(data: object): Partial<Heard> {
  return {
    how: 'reply',
    body: expect.objectContaining({ data: expect.objectContaining(data) }) as unknown as EkoBody,
  };
}

describe('the inquiry fault', () => {
  test.each(INQUIRY_FAULTS.map((row) => [row.name, row] as const))(
    '%s falsifies the answer and leaves the ledger alone',
    async (name, row) => {
      const expected = INQUIRIES[name];
      if (expected === undefined) throw new Error(`no expectation for ${name}`);
      await startStruck([name]);
      const { data } = await transfer();
      for (let nth = 1; nth <= 4; nth += 1) expect(await ask()).toMatchObject(expected);
      expect(entries()).toMatchObject([
        { state: 0, fault: null, inquiries: 4, inquiriesSinceFinal: 4, truthfulInquiriesSinceFinal: 0 },
      ]);
      expect((await ask()).body?.data).toMatchObject({ tx_status: '0', amount: '500.0', tid: data['tid'] });
      expect(entries()).toMatchObject([{ inquiriesSinceFinal: 5, truthfulInquiriesSinceFinal: 1 }]);

      const missing = await ask('client_ref_id:REQ-unknown');
      if (row.needsEntry) expect(missing.body).toMatchObject({ status: 1, message: NOT_FOUND });
      else if (row.delivery === 'reply') expect(missing.body?.data).toMatchObject({ client_ref_id: REF });
      else expect(missing).toMatchObject({ how: expected.how });
      expect(await view('faults')).toMatchObject({ struck: { [name]: row.needsEntry ? 4 : 5 } });
    },
  );

  test('is counted by the transfer, asked for by reference or by tid', async () => {
    await startStruck(['inquiry-stale']);
    const { data } = await transfer();
    const tid = String(data['tid']);
    for (const reference of [tid, REF, tid, `client_ref_id:${REF}`])
      expect(stateIn(await ask(reference))).toBe('2');
    expect(stateIn(await ask(tid))).toBe('0');
  });

  test('does not keep an awaited transfer from moving on', async () => {
    await startStruck(['inquiry-http-500']);
    await transfer({ amount: 103 });
    await ask();
    expect(entries()).toMatchObject([{ state: 2, finalReachedAtMs: null, inquiriesSinceFinal: 0 }]);
    await ask();
    expect(entries()).toMatchObject([{ state: 0, inquiriesSinceFinal: 1, truthfulInquiriesSinceFinal: 0 }]);
  });
});

interface ExpectedCallbacks {
  /** What is posted once ₹500 is booked as a success. */
  readonly booked: readonly unknown[];
  /** What is posted for a change from awaited to success besides what came at the booking. */
  readonly changed: readonly unknown[];
}

const GARBAGE = Array.from({ length: 7 }, () => 'garbage');
/** [old_tx_status, tx_status] of each post, by row of callback-faults.ts. */
const CALLBACKS: Readonly<Record<string, ExpectedCallbacks>> = {
  'callback-never': { booked: [], changed: [] },
  'callback-duplicated': { booked: Array(4).fill([2, 0]), changed: Array(4).fill([2, 0]) },
  'callback-reordered': {
    booked: [
      [2, 0],
      [2, 2],
    ],
    changed: [
      [2, 0],
      [2, 2],
    ],
  },
  'callback-forged': {
    booked: [[2, 1]],
    changed: [
      [2, 1],
      [2, 0],
    ],
  },
  'callback-early': { booked: [[2, 0]], changed: [[2, 0]] },
  'callback-garbage': { booked: GARBAGE, changed: [...GARBAGE, [2, 0]] },
};

describe('the callback fault', () => {
  let received: { text: string; atMs: number }[];
  let callbackUrl: string;
  const receiver = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      received.push({ text, atMs: performance.now() });
      response.end();
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/eko/path-secret`;
  });
  beforeEach(() => {
    received = [];
  });
  afterAll(() => new Promise((resolve) => receiver.close(resolve)));

  const posted = () =>
    received.map(({ text }) => {
      if (!text.includes(REF)) return 'garbage';
      const { old_tx_status, tx_status } = JSON.parse(text) as Record<string, number>;
      return [old_tx_status, tx_status];
    });
  /** A change of another transfer, announced honestly: by then anything too much would be there too. */
  async function drain(): Promise<void> {
    await act('faults', { rate: 0 });
    await transfer({ amount: 108, client_ref_id: 'REQ-last-one' });
    await until(() => received.some(({ text }) => text.includes('REQ-last-one')));
    received = received.filter(({ text }) => !text.includes('REQ-last-one'));
  }

  test.each(CALLBACK_FAULTS.map(({ name }) => name))('%s posts what its row says', async (name) => {
    const expected = CALLBACKS[name];
    if (expected === undefined) throw new Error(`no expectation for ${name}`);
    await startStruck([name], { callbackUrl });
    expect(await transfer()).toMatchObject({ tx_status: '0' });
    await until(() => received.length >= expected.booked.length);
    await drain();
    expect(posted()).toEqual(expected.booked);
    expect(entries()[0]).toMatchObject({ state: 0, fault: null, callbackFault: name });
  });

  test.each(CALLBACK_FAULTS.map(({ name }) => name))(
    '%s strikes the callback of a change too',
    async (name) => {
      await startStruck([name], { callbackUrl });
      await transfer({ amount: 103 });
      await inquire();
      // As many as for a success: the states differ, the kinds of bodies do not.
      const { booked, changed } = CALLBACKS[name]!;
      await until(() => received.length >= booked.length);
      await inquire();
      await until(() => received.length >= booked.length + changed.length);
      await drain();
      expect(posted().slice(booked.length)).toEqual(changed);
    },
  );

  test('callback-early comes before the reply', async () => {
    await startStruck(['callback-early'], { callbackUrl });
    await transfer();
    const repliedAtMs = performance.now();
    expect(received).toHaveLength(1);
    expect(received[0]!.atMs).toBeLessThan(repliedAtMs);
  });

  test('callback-forged claims a success for a request that was never processed', async () => {
    await startStruck(['callback-forged', 'reset-before-debit'], { callbackUrl });
    await hear((init) => requestTransfer({}, init));
    await until(() => received.length === 1);
    expect(posted()).toEqual([[2, 0]]);
    expect(entries()).toEqual([]);
  });

  test('is made up for when told to settle: a reversal that nobody heard of is announced', async () => {
    await startStruck(['callback-never'], { callbackUrl });
    await transfer({ amount: 108 });
    await transfer({ client_ref_id: 'REQ-unchanged' });
    await until(() => entries()[0]?.state === 3);
    expect((await act('settle')).body).toEqual({ booked: 0, hurried: 0, announced: 1 });
    await until(() => received.length === 1);
    expect(posted()).toEqual([[2, 3]]);
    await ask();
    expect((await act('settle')).body).toMatchObject({ announced: 0 });
  });

  test('ends with the heal: a reversal is announced after all', async () => {
    await startStruck(['callback-never'], { callbackUrl, reversalDelayMs: 100 });
    await transfer({ amount: 108 });
    await act('faults', { rate: 0 });
    await until(() => received.length === 1);
    expect(posted()).toEqual([[0, 3]]);
  });
});

describe('faults', () => {
  test('strike by seed and reference alone: another order, the same fates', async () => {
    const refs = Array.from({ length: 25 }, (_, index) => `REQ-order-${index}`);
    const fates = async (order: readonly string[]) => {
      const kinds = ['wrong-amount', 'awaited-then-failed', 'reset-before-debit', 'http-500-after-debit'];
      await start('seed', { limits: 'none', faults: { seed: 5, rate: 0.5, kinds } });
      const heard: [string, string][] = [];
      for (const ref of order) {
        const { how, body } = await hear((init) => requestTransfer({ client_ref_id: ref }, init));
        heard.push([ref, `${how} ${body?.tx_status} ${String(body?.data['amount'])}`]);
      }
      const result = Object.fromEntries(heard);
      await simulator.stop();
      return result;
    };
    const forwards = await fates(refs);
    expect(await fates([...refs].reverse())).toEqual(forwards);
    expect(new Set(Object.values(forwards)).size).toBe(5);
  });

  test('leave a trace in the ledger that agrees with the plan', async () => {
    await startStruck(['wrong-amount', 'callback-never', 'half-json']);
    const plan = createFaultPlan({
      seed: 42,
      rate: 1,
      kinds: ['wrong-amount', 'callback-never', 'half-json'],
    });
    for (const ref of ['REQ-a', 'REQ-b', 'REQ-c'])
      await hear((init) => requestTransfer({ client_ref_id: ref }, init));
    for (const { clientRefId, fault, callbackFault } of entries()) {
      expect(fault).toBe(plan.findTransferFault(clientRefId!)?.name);
      expect(callbackFault).toBe('callback-never');
    }
  });

  test('are off without a plan, and cannot be switched on without a seed', async () => {
    await start('seed');
    origin = new URL((await call('/nowhere')).url).origin;
    expect(await view('faults')).toMatchObject({ seed: null, rate: 0, lateDebitsWaiting: 0 });
    expect((await act('faults', { rate: 0.3 })).http).toBe(400);
    expect(await act('faults', { rate: 1, seed: 7 })).toMatchObject({
      http: 200,
      body: { seed: 7, rate: 1 },
    });
    await act('faults', { rate: 0 });
    expect(await transfer()).toMatchObject({ tx_status: '0', data: { amount: 500 } });
  });

  test.each([{}, { rate: 2 }, { rate: '0' }, { rate: 0, seed: 0.5 }])(
    'are not changed by %j',
    async (body) => {
      await startStruck(['wrong-amount']);
      expect((await act('faults', body)).http).toBe(400);
      expect(await view('faults')).toMatchObject({ rate: 1 });
    },
  );

  test('heal: what is new is honest, what is under way still happens', async () => {
    await startStruck(['late-debit-reset', 'index-lags-by-time', 'reversed-then-refunded', 'inquiry-stale'], {
      reversalDelayMs: 300,
    });
    const fateOf = (ref: string) =>
      createFaultPlan({
        seed: 42,
        rate: 1,
        kinds: ['late-debit-reset', 'index-lags-by-time', 'reversed-then-refunded'],
      }).findTransferFault(ref)?.name;
    const refs = ['late-debit-reset', 'index-lags-by-time', 'reversed-then-refunded'].map((name) => {
      let index = 0;
      while (fateOf(`REQ-${name.slice(0, 8)}-${index}`) !== name) index += 1;
      return `REQ-${name.slice(0, 8)}-${index}`;
    });
    for (const ref of refs) await hear((init) => requestTransfer({ client_ref_id: ref }, init));
    const [lateRef, hiddenRef, reversedRef] = refs;
    await act('faults', { rate: 0 });

    expect(stateIn(await ask(hiddenRef))).toBe('0');
    expect(await transfer({ client_ref_id: 'REQ-after-the-heal' })).toMatchObject({ tx_status: '0' });
    expect((await ask(lateRef)).body).toMatchObject({ message: NOT_FOUND });
    await until(() => entries().some(({ clientRefId }) => clientRefId === lateRef));
    expect(stateIn(await ask(lateRef))).toBe('0');
    await until(() => entries().some(({ state }) => state === 3));
    expect(stateIn(await ask(reversedRef))).toBe('3');
    expect(stateIn(await ask(reversedRef))).toBe('4');
    expect(entries().filter(({ finalReachedAtMs }) => finalReachedAtMs === null)).toEqual([]);
  });

  test('settle at once when told to', async () => {
    await startStruck(
      ['late-debit-reset', 'awaited-then-refunded', 'reversed-then-refunded', 'index-lags-by-inquiries'],
      {
        reversalDelayMs: 60_000,
        faults: {
          seed: 42,
          rate: 1,
          lateDebitMs: { min: 60_000, max: 60_000 },
          kinds: [
            'late-debit-reset',
            'awaited-then-refunded',
            'reversed-then-refunded',
            'index-lags-by-inquiries',
          ],
        },
      },
    );
    const refs = Array.from({ length: 12 }, (_, index) => `REQ-settle-${index}`);
    for (const ref of refs) await hear((init) => requestTransfer({ client_ref_id: ref, amount: 100 }, init));
    const { body } = await act('settle');
    const late = (body as { booked: number }).booked;
    expect(late).toBeGreaterThan(0);
    const open = entries().filter(({ nextChange }) => nextChange !== null).length;
    expect(body).toEqual({ booked: late, hurried: 12 - late, announced: open });
    expect(await view('faults')).toMatchObject({ lateDebitsWaiting: 0 });
    for (const ref of refs) {
      const state = stateIn(await ask(ref));
      expect(state).toBe(String(entries().find(({ clientRefId }) => clientRefId === ref)?.finalState));
    }
    for (const entry of entries()) {
      expect(entry).toMatchObject({ inquiries: 1, inquiriesSinceFinal: 1, truthfulInquiriesSinceFinal: 1 });
      expect(entry.state).toBe(entry.finalState);
    }
  });

  test('do not survive in a ledger file as anything but what happened', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'simulator-faults-'));
    const ledgerFile = join(directory, 'ledger.jsonl');
    try {
      await startStruck(['awaited-then-failed'], { ledgerFile });
      await transfer();
      await ask();
      const before = entries();
      await simulator.stop();
      await start('seed', { ledgerFile });
      expect(entries()).toEqual(before);
      expect(stateIn({ how: 'reply', body: await inquire() })).toBe('1');
      expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n);
      await simulator.stop();
      await start('seed', { ledgerFile });
      expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('an auditor', () => {
  test('reads the ledger line by line, paise as digits', async () => {
    await startStruck(['wrong-amount'], { limits: 'none' });
    const refs = Array.from({ length: 300 }, (_, index) => `REQ-line-${index}`);
    for (const ref of refs) await transfer({ client_ref_id: ref });
    const response = await door('ledger?format=ndjson');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(read.map(({ clientRefId }) => clientRefId)).toEqual(refs);
    expect(read[0]).toMatchObject({
      fault: 'wrong-amount',
      debitedPaise: String(entries()[0]!.debitedPaise),
    });
  });

  test('counts the debit requests of a reference, refused ones too', async () => {
    await startStruck([]);
    await transfer();
    await transfer();
    const body = JSON.stringify({ ...TERMS, ...SEED_ONLY, amount: 99, client_ref_id: 'REQ-malformed' });
    await call('/customer/payment/dmt-fino', { method: 'POST', body });
    const unsigned = { 'content-type': 'application/json' };
    await fetch(`${origin}/ekoapi/v3/customer/payment/dmt-fino`, { method: 'POST', headers: unsigned, body });
    await fetch(`${origin}/ekoapi/v3/customer/payment/dmt-fino`, {
      method: 'POST',
      headers: unsigned,
      body: '{',
    });
    expect(await view('attempts')).toEqual({ [REF]: 2, 'REQ-malformed': 2 });
  });

  test('may not post to a view, nor read an action', async () => {
    await startStruck([]);
    expect((await act('attempts')).http).toBe(405);
    expect((await door('settle')).status).toBe(405);
    expect((await door('outage', { method: 'POST', body: '[]' })).status).toBe(400);
    expect((await act('outage', { forMs: 60_001 })).http).toBe(400);
  });
});

describe('an outage', () => {
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1');
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
      socket.on('error', () => resolve(true));
    });

  test('refuses connections for as long as told, and lets those that stand go on', async () => {
    await startStruck(['callback-early'], { reversalDelayMs: 20 });
    const standing = transfer();
    await until(() => entries().length === 1);
    expect(await act('outage', { forMs: 200 })).toEqual({ http: 200, body: { forMs: 200 } });
    while (!(await isRefused())) await new Promise(setImmediate);
    expect(await standing).toMatchObject({ tx_status: '0' });
    while (await isRefused()) await new Promise(setImmediate);
    expect(stateIn(await ask())).toBe('0');
  });

  test('ends with the simulator, and so do the calls that hung through it', async () => {
    await startStruck(['timeout-after-debit']);
    const hung = requestTransfer().catch((error: unknown) => error);
    await until(() => entries().length === 1);
    await act('outage', { forMs: 20 });
    while (!(await isRefused())) await new Promise(setImmediate);
    while (await isRefused()) await new Promise(setImmediate);
    await act('outage', { forMs: 60_000 });
    await simulator.stop();
    expect(await hung).toMatchObject({ message: 'fetch failed' });
  });
});

describe('an option for campaigns', () => {
  test('lifts the monthly limit, and fills the wallet', async () => {
    await start('live', { limits: 'none' });
    for (let sent = 0; sent < 6; sent += 1) expect((await transfer({ amount: 5000 })).status).toBe(0);
    expect((await transfer({ amount: 5000 })).data['balance']).toBe('999964921.46');
  });

  test.each([
    [undefined, 403],
    [false, 200],
  ])('lets a timestamp be used twice: checksReplays %p', async (checksReplays, http) => {
    await start('seed', checksReplays === undefined ? {} : { checksReplays });
    const path = '/tools/reference/transaction/1?initiator_id=9962981729';
    expect((await call(path)).status).toBe(200);
    clock.ms -= 1;
    expect((await call(path)).status).toBe(http);
  });
});

describe('the command', () => {
  beforeEach(() => start('seed'));

  test.each([
    [['--faults', '1.5', '--seed', '1'], '--faults'],
    [['--faults', 'often', '--seed', '1'], '--faults'],
    [['--faults', '0.3'], '--seed'],
    [['--seed', '42'], '--faults'],
    [['--faults', '0.3', '--seed', 'x'], '--seed'],
    [['--faults', '0.3', '--seed', '1', '--fault-kinds', 'no-such'], 'no-such'],
    [['--faults', '0.3', '--seed', '1', '--late-debit-ms', '300-200'], '--late-debit-ms'],
    [['--index-lag-ms', '1-2'], '--faults'],
    [['--reversal-delay-ms', 'soon'], '--reversal-delay-ms'],
  ])('does not start with %j', async (args, named) => {
    await expect(runSimulator(args)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(named),
    });
  });
});
