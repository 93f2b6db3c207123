// Evidence is checked before it is believed, and weaker evidence never overwrites stronger.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { becomes, expectGapFree, findRow, forgetLastInquiry, postCallback } from '../support/records.js';
import {
  reply,
  sayNotFound,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  toTid,
  type DebitScript,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import {
  readTransaction,
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  type TestTransaction,
} from '../support/transfer-client.js';

let eko: ScriptedEko;
let gateway: Gateway;
beforeAll(async () => {
  eko = await startScriptedEko();
  // A slow schedule: these tests ask when they want an answer.
  gateway = await startGateway({
    ekoUrl: eko.url,
    settings: { INQUIRY_SCHEDULE_MS: '3600000', EKO_TRANSFER_TIMEOUT_MS: '3000' },
  });
});
afterAll(async () => {
  await gateway.stop();
  await eko.stop();
});
const cut: DebitScript = (response) => response.socket?.resetAndDestroy();

/** One inquiry now, whatever the spacing; `data` and `envelope` are what Eko says. */
async function ask(
  transaction: TestTransaction,
  data: object = {},
  envelope: object = {},
): Promise<TestTransaction> {
  eko.onInquiry = (response) => reply(response, toInquiryReply(transaction, data, envelope));
  await forgetLastInquiry(gateway, transaction.id);
  const answer = await tryRefresh(gateway, transaction.id);
  if (!answer.data?.refreshTransaction) throw new Error(JSON.stringify(answer.errors));
  return answer.data.refreshTransaction.transaction;
}

const FOREIGN: readonly (readonly [string, object, string])[] = [
  ['another reference', { client_ref_id: 'REQ-somebody-else' }, 'another reference'],
  ['another amount', { amount: '500.01' }, 'another amount'],
  ['ten times the amount', { amount: '5000' }, 'another amount'],
  ['another recipient', { recipient_id: 12345 }, 'another recipient'],
  ['an unreadable amount', { amount: 'five hundred' }, 'cannot be read'],
  ['an amount with thirds of a paisa', { amount: '500.001' }, 'cannot be read'],
];

describe.each(['the debit’s own answer', 'an inquiry'] as const)('%s', (by) => {
  /** An AWAITED or SUBMITTING transfer to which Eko has said `data`. */
  async function toldOf(data: object): Promise<TestTransaction> {
    eko.onInquiry = sayNotFound;
    if (by === 'an inquiry') {
      eko.onDebit = cut;
      return ask(await transfer(gateway), data);
    }
    eko.onDebit = (response, call) => reply(response, toDebitReply(call, data));
    return transfer(gateway);
  }

  test.each(FOREIGN)('that names %s proves nothing: a person has to look', async (_, data, words) => {
    const doubted = await toldOf(data);
    expect(doubted).toMatchObject({
      status: 'AWAITED',
      isFinal: false,
      needsReview: true,
      nextAction: 'CONTACT_SUPPORT',
      tid: null,
      bankReference: null,
    });
    expect(doubted.nextCheckAt).not.toBeNull();
    expect(doubted.events.at(-1)?.message).toContain(words);
    expectGapFree(doubted);

    // The same contradiction again, or in turn with another, is no news.
    const again = await ask(doubted, data);
    expect(again.events).toHaveLength(doubted.events.length);
    const other = await ask(again, { recipient_id: 55555 });
    expect(await ask(other, data)).toMatchObject({ events: other.events });
    expect((await findRow(gateway, doubted.id))['tid']).toBeNull();

    const settled = await ask(again);
    expect(settled).toMatchObject({ status: 'SUCCESS', needsReview: true, tid: toTid(doubted.clientRefId) });
  });

  test('that names the tid of another transfer proves nothing', async () => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    const other = await transfer(gateway);
    const doubted = await toldOf({ tid: other.tid });
    expect(doubted).toMatchObject({ status: 'AWAITED', needsReview: true, tid: null });
    expect(doubted.events.at(-1)?.message).toContain('tid of another transfer');
    expect(await readTransaction(gateway, other.id)).toEqual(other);
  });
});

test('a debit whose only answer was about another transfer is AWAITED once no other can come', async () => {
  eko.onDebit = (response, call) =>
    reply(response, toDebitReply(call, { client_ref_id: 'REQ-somebody-else' }));
  eko.onInquiry = sayNotFound;
  const { id } = await transfer(gateway);
  expect((await findRow(gateway, id))['status']).toBe('SUBMITTING');

  const endsWithinMs = 3_000 + 5_000;
  const recovered = await eventually(async () => {
    await forgetLastInquiry(gateway, id);
    const { data } = await tryRefresh(gateway, id);
    const found = data?.refreshTransaction?.transaction;
    return found?.events.some(({ source }) => source === 'RECOVERY') ? found : null;
  }, endsWithinMs + 15_000);
  expect((await findRow(gateway, id))['status']).toBe('AWAITED');
  expect(recovered).toMatchObject({ status: 'AWAITED', needsReview: true });
  expect(recovered.events.at(-1)?.message).toContain('contradicts itself');
  expectGapFree(recovered);
});

test('an inquiry whose answer names no transaction proves nothing', async () => {
  eko.onDebit = cut;
  const doubted = await ask(await transfer(gateway), { client_ref_id: '' });
  expect(doubted).toMatchObject({ status: 'AWAITED', needsReview: true, tid: null });
});

test('a second tid for one reference is never taken over', async () => {
  eko.onDebit = (response, call) =>
    reply(response, toDebitReply(call, { tx_status: '2' }, { tx_status: '2' }));
  const awaited = await transfer(gateway);
  expect(awaited.tid).toBe(toTid(awaited.clientRefId));
  const doubted = await ask(awaited, { tid: '999000111' });
  expect(doubted).toMatchObject({ status: 'AWAITED', needsReview: true, tid: awaited.tid });
  expect(doubted.events.at(-1)?.message).toContain('another tid');
});

/** Brings a transfer to a state by inquiries alone. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  AWAITED: ['2'],
  ON_HOLD: ['5'],
  SUCCESS: ['0'],
  FAILED: ['1'],
  REFUND_PENDING: ['0', '3'],
  REFUNDED: ['0', '3', '4'],
};
const TX_STATUS: Readonly<Record<string, string>> = {
  AWAITED: '2',
  ON_HOLD: '5',
  SUCCESS: '0',
  FAILED: '1',
  REFUND_PENDING: '3',
  REFUNDED: '4',
};
/** What an inquiry's answer does to each state: the new state, `=` nothing, `!` a contradiction. */
const EFFECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AWAITED: {
    AWAITED: '=',
    ON_HOLD: 'ON_HOLD',
    SUCCESS: 'SUCCESS',
    FAILED: 'FAILED',
    REFUND_PENDING: 'REFUND_PENDING',
    REFUNDED: 'REFUNDED',
  },
  ON_HOLD: {
    AWAITED: 'AWAITED',
    ON_HOLD: '=',
    SUCCESS: 'SUCCESS',
    FAILED: 'FAILED',
    REFUND_PENDING: 'REFUND_PENDING',
    REFUNDED: 'REFUNDED',
  },
  SUCCESS: {
    AWAITED: '=',
    ON_HOLD: '=',
    SUCCESS: '=',
    FAILED: '!',
    REFUND_PENDING: 'REFUND_PENDING',
    REFUNDED: 'REFUNDED',
  },
  FAILED: { AWAITED: '!', ON_HOLD: '!', SUCCESS: '!', FAILED: '=', REFUND_PENDING: '!', REFUNDED: '!' },
  REFUND_PENDING: {
    AWAITED: '=',
    ON_HOLD: '=',
    SUCCESS: '!',
    FAILED: '!',
    REFUND_PENDING: '=',
    REFUNDED: 'REFUNDED',
  },
  REFUNDED: { AWAITED: '=', ON_HOLD: '=', SUCCESS: '!', FAILED: '!', REFUND_PENDING: '!', REFUNDED: '=' },
};

describe.each(Object.keys(PATHS))('a transfer that is %s', (from) => {
  test.each(Object.entries(EFFECTS[from] ?? {}))('told %s by an inquiry: %s', async (said, effect) => {
    eko.onDebit = cut;
    let transaction = await transfer(gateway);
    for (const txStatus of PATHS[from] ?? []) transaction = await ask(transaction, { tx_status: txStatus });
    expect(transaction).toMatchObject({ status: from, needsReview: false });

    const after = await ask(transaction, { tx_status: TX_STATUS[said] });
    const isMove = effect !== '=' && effect !== '!';
    expect(after).toMatchObject({ status: isMove ? effect : from, needsReview: effect === '!' });
    expect(after.events).toHaveLength(transaction.events.length + (effect === '=' ? 0 : 1));
    expectGapFree(after);
    if (effect === '!') {
      expect(after.nextAction).toBe('CONTACT_SUPPORT');
      // The same contradiction again is no news.
      expect((await ask(after, { tx_status: TX_STATUS[said] })).events).toHaveLength(after.events.length);
    }
  });
});

describe('an answer that was asked for earlier', () => {
  /** The debit's answer waits while an inquiry is answered. */
  async function lateAnswer(inquirySays: object, debitSays: DebitScript): Promise<TestTransaction> {
    let answer: () => void = () => undefined;
    let isHeld = false;
    eko.onDebit = (response, call, index) => {
      isHeld = true;
      answer = () => debitSays(response, call, index);
    };
    const otpRefId = await sendOtp(gateway);
    const running = tryInitiate(gateway, { otpRefId });
    await eventually(() => (isHeld ? true : null));
    const [row] = await gateway.sql<{ id: string; client_ref_id: string }>(
      `SELECT t.id, t.client_ref_id FROM transfers t JOIN otp_challenges c ON c.id = t.otp_challenge_id WHERE otp_ref_id = $1`,
      [otpRefId],
    );
    const found = await readTransaction(gateway, row?.id ?? '');
    await ask(found!, inquirySays);
    answer();
    const { data } = await running;
    return data!.initiateTransfer!.transaction;
  }

  test.each<[string, object, DebitScript, string]>([
    [
      'awaited, after success',
      {},
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' })),
      'SUCCESS',
    ],
    [
      'awaited, after failed',
      { tx_status: '1' },
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' })),
      'FAILED',
    ],
    [
      'awaited, after on hold',
      { tx_status: '5' },
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' })),
      'ON_HOLD',
    ],
    [
      'success, after refund pending',
      { tx_status: '3' },
      (response, call) => reply(response, toDebitReply(call)),
      'REFUND_PENDING',
    ],
    ['nothing usable, after success', {}, (response) => reply(response, 'Bad gateway', 502), 'SUCCESS'],
    [
      'nothing usable, after on hold',
      { tx_status: '5' },
      (response) => reply(response, 'Bad gateway', 502),
      'ON_HOLD',
    ],
  ])('is old news: %s', async (_, inquirySays, debitSays, status) => {
    const transaction = await lateAnswer(inquirySays, debitSays);
    expect(transaction).toMatchObject({ status, needsReview: false });
    expectGapFree(transaction);
  });

  test.each<[string, object, DebitScript]>([
    ['success, after failed', { tx_status: '1' }, (response, call) => reply(response, toDebitReply(call))],
    [
      'failed, after success',
      {},
      (response, call) => reply(response, toDebitReply(call, {}, { status: 1, tx_status: '1' })),
    ],
    // Eko knows the transaction, so it did begin to process it, whatever a door in front of it says.
    [
      'refused at the door, after awaited',
      { tx_status: '2' },
      (response) => reply(response, { status: 1, message: 'Forbidden' }, 403),
    ],
    [
      'refused at the door, after on hold',
      { tx_status: '5' },
      (response) => reply(response, { status: 1, message: 'Unauthorized' }, 401),
    ],
    [
      'a parameter refused, after awaited',
      { tx_status: '2' },
      (response) =>
        reply(response, {
          status: 463,
          response_status_id: 1,
          response_type_id: -1,
          message: 'No',
          invalid_params: { customer_id: 'No' },
        }),
    ],
  ])('contradicts what is known: %s', async (_, inquirySays, debitSays) => {
    const transaction = await lateAnswer(inquirySays, debitSays);
    const known = ['SUCCESS', 'FAILED', 'AWAITED', '', '', 'ON_HOLD'][
      Number((inquirySays as { tx_status?: string }).tx_status ?? '0')
    ];
    expect(transaction).toMatchObject({ status: known, needsReview: true, nextAction: 'CONTACT_SUPPORT' });
    expectGapFree(transaction);
  });
});

describe('with a policy that gives up quickly', () => {
  let quick: Gateway;
  beforeAll(async () => {
    quick = await startGateway({
      ekoUrl: eko.url,
      settings: {
        NOT_RECEIVED_AFTER_MS: '100',
        NOT_RECEIVED_ANSWERS: '1',
        NOT_RECEIVED_SPACING_MS: '50',
      },
    });
  });
  afterAll(() => quick.stop());
  afterEach(() => {
    eko.onInquiry = sayNotFound;
  });

  /** All else that NOT_RECEIVED needs is there; resolves when it could have been said several times. */
  async function untilAskedOften({ id, clientRefId }: TestTransaction, tid: string): Promise<void> {
    await quick.sql(
      'UPDATE otp_challenges SET expires_at = created_at WHERE id = (SELECT otp_challenge_id FROM transfers WHERE id = $1)',
      [id],
    );
    const begun = eko.inquiries.length;
    const isOfIt = ({ reference }: { reference: string }) =>
      reference === tid || reference.endsWith(clientRefId);
    await eventually(() => (eko.inquiries.slice(begun).filter(isOfIt).length >= 6 ? true : null));
  }

  test.each<[string, DebitScript]>([
    ['a success of another amount', (response, call) => reply(response, toDebitReply(call, { amount: 1 }))],
    [
      'an unlisted tx_status with a tid',
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '9' })),
    ],
    ['a 500 that names a tid', (response, call) => reply(response, toDebitReply(call), 500)],
    [
      'awaited, without a tid',
      (response, call) => reply(response, toDebitReply(call, { tid: '' }, { tx_status: '2' })),
    ],
  ])('never calls a transfer not received that was answered with %s', async (_, debitSays) => {
    eko.onDebit = debitSays;
    eko.onInquiry = sayNotFound;
    const transaction = await transfer(quick);
    const { id } = transaction;
    await untilAskedOften(transaction, toTid(transaction.clientRefId));
    expect(await readTransaction(quick, id)).toMatchObject({ status: 'AWAITED' });
    expect((await findRow(quick, id))['not_found_count']).toBe(0);
  });

  test('nor one whose inquiry was once answered with a tid and nothing usable', async () => {
    eko.onDebit = cut;
    const spokenOf = new Set<string>();
    eko.onInquiry = (response, call) => {
      if (spokenOf.has(call.reference)) return sayNotFound(response, call);
      spokenOf.add(call.reference);
      reply(
        response,
        toInquiryReply(
          { clientRefId: call.reference.replace('client_ref_id:', ''), amount: 500 },
          { tx_status: '9' },
        ),
      );
    };
    const transaction = await transfer(quick);
    await untilAskedOften(transaction, toTid(transaction.clientRefId));
    expect(await readTransaction(quick, transaction.id)).toMatchObject({ status: 'AWAITED' });
  });
});

describe('words of Eko’s that no column can hold', () => {
  test.each([
    ['a balance of a thousand billion', { balance: '1000000000000' }],
    ['a balance with a large exponent', { balance: '9.0E16' }],
    ['a fee beyond all bounds', { fee: '999999999999999' }],
    ['a name of ten thousand letters', { recipient_name: 'x'.repeat(10_000) }],
    ['a name with a NUL', { recipient_name: 'a\u0000b' }],
    ['a name with half a character', { recipient_name: 'a\ud800b' }],
    ['a very long IFSC', { ifsc: 'SBIN'.repeat(100) }],
    ['a very long account', { account: '1'.repeat(1000) }],
    ['a very long timestamp', { timestamp: `2026-01-01T00:00:00.${'0'.repeat(100)}Z` }],
  ])('do not keep the outcome from being stored: %s', async (_, data) => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call, data));
    const transaction = await transfer(gateway);
    expect(transaction).toMatchObject({ status: 'SUCCESS', isFinal: true });
    expectGapFree(transaction);
  });
});

describe('a callback whose inquiry fails', () => {
  test('is not forgotten: the transfer is asked after again', async () => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    const { id, clientRefId, amount, status } = await transfer(gateway);
    expect(status).toBe('SUCCESS');
    let asked = 0;
    eko.onInquiry = (response) => {
      asked += 1;
      reply(response, 'Service unavailable', 503);
    };
    await postCallback(gateway, { tx_status: 3, client_ref_id: clientRefId });
    await eventually(() => (asked > 0 ? true : null));
    const row = await eventually(async () => {
      const found = await findRow(gateway, id);
      return Number(found['next_inquiry_at']) > Number(found['last_inquiry_at']) ? found : null;
    });
    expect(row['hinted_at']).not.toBeNull();

    eko.onInquiry = (response) =>
      reply(response, toInquiryReply({ clientRefId, amount }, { tx_status: '3' }));
    await gateway.sql(`UPDATE transfers SET next_inquiry_at = now() WHERE id = $1`, [id]);
    await gateway.sql(
      `SELECT graphile_worker.add_job('inquire', json_build_object('transferId', $1::text), job_key => 'inquire:' || $1)`,
      [id],
    );
    expect(await becomes(gateway, id, 'REFUND_PENDING')).toMatchObject({ needsReview: false });
  });
});
