import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listMagicAmounts } from '../../src/simulator/index.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import {
  becomes,
  countRows,
  debitRequests,
  expectGapFree,
  findRow,
  forgetLastInquiry,
  ledgerOf,
  postCallback,
} from '../support/records.js';
import {
  readTransaction,
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  trySendOtp,
} from '../support/transfer-client.js';
import {
  startScriptedEko,
  reply,
  sayNotFound,
  toInquiryReply,
  type ScriptedEko,
} from '../support/scripted-eko.js';

interface Story {
  readonly amount: number;
  readonly first: string;
  /** `statusReason.code` of the first answer and of the last. */
  readonly reasons: readonly [string | null, string | null];
  readonly last: string;
  readonly nextActions: readonly [string, string];
  readonly isFinal: boolean;
  /** Whom the events after the client's come from. */
  readonly sources: readonly string[];
  readonly debits: 0 | 1;
}

const PROMPT = ['EKO_RESPONSE'];
const LATER = ['EKO_RESPONSE', 'EKO_INQUIRY'];

const ACTIONS: Readonly<Record<string, string>> = {
  SUCCESS: 'NONE',
  FAILED: 'START_AGAIN',
  AWAITED: 'WAIT',
  ON_HOLD: 'WAIT',
  REFUND_PENDING: 'COLLECT_REFUND_OTP',
};
const STATUS_OF_TX_STATUS = [
  'SUCCESS',
  'FAILED',
  'AWAITED',
  'REFUND_PENDING',
  'REFUNDED',
  'ON_HOLD',
  'AWAITED',
];

const STORIES: readonly Story[] = [
  story(500, 'SUCCESS', { sources: PROMPT }),
  story(101, 'FAILED', {
    reasons: ['INSUFFICIENT_BALANCE', 'INSUFFICIENT_BALANCE'],
    debits: 0,
    sources: PROMPT,
  }),
  story(102, 'FAILED', { reasons: ['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED'], debits: 0, sources: PROMPT }),
  story(103, 'AWAITED', {}),
  story(104, 'AWAITED', { last: 'REFUND_PENDING', reasons: ['EKO_UNAVAILABLE', 'EKO_DECLINED'] }),
  story(105, 'ON_HOLD', {}),
  story(106, 'AWAITED', {}),
  story(107, 'AWAITED', { last: 'FAILED', reasons: ['EKO_UNAVAILABLE', 'NOT_RECEIVED'], debits: 0 }),
  story(108, 'SUCCESS', { last: 'REFUND_PENDING', reasons: [null, 'EKO_DECLINED'] }),
  story(109, 'AWAITED', {}),
  story(110, 'SUCCESS', { sources: PROMPT }),
  story(111, 'AWAITED', {}),
  story(112, 'AWAITED', {}),
  story(113, 'AWAITED', { last: 'FAILED', reasons: ['EKO_UNAVAILABLE', 'NOT_RECEIVED'], debits: 0 }),
];

/** Soon enough for a test, and still all the conditions of "never received". */
const QUICK_NOT_RECEIVED = {
  NOT_RECEIVED_AFTER_MS: '500',
  NOT_RECEIVED_ANSWERS: '2',
  NOT_RECEIVED_SPACING_MS: '100',
  OTP_LIFETIME_MS: '1500',
};

function story(
  amount: number,
  first: string,
  rest: Partial<Pick<Story, 'last' | 'reasons' | 'sources' | 'debits'>>,
): Story {
  const isFailed = rest.last === 'FAILED' && rest.reasons?.[1] === 'NOT_RECEIVED';
  const isPrompt = first === 'SUCCESS' || first === 'FAILED';
  const last = rest.last ?? (isPrompt ? first : 'SUCCESS');
  return {
    amount,
    first,
    last,
    reasons: [isPrompt ? null : 'EKO_UNAVAILABLE', null],
    nextActions: [ACTIONS[first] ?? '', ACTIONS[last] ?? ''],
    // The money is where it will stay; REFUND_PENDING waits for the refund, NOT_RECEIVED is provisional.
    isFinal: last !== 'REFUND_PENDING' && !isFailed,
    sources: LATER,
    debits: 1,
    ...rest,
  };
}

test('the table of stories has every magic amount', () => {
  const magic = listMagicAmounts().map(([amount]) => amount);
  expect(STORIES.map(({ amount }) => amount)).toEqual([500, ...magic]);
});

describe.each(['seed', 'live'] as const)('in the %s dialect', (dialect) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ simulator: { dialect }, settings: QUICK_NOT_RECEIVED });
  });
  afterAll(() => gateway.stop());

  test.each(STORIES)('₹$amount is answered with $first and comes to rest at $last', async (expected) => {
    const { simulator } = gateway;
    const answered = await transfer(gateway, expected.amount);
    expect(answered).toMatchObject({
      status: expected.first,
      nextAction: expected.nextActions[0],
      isFinal: ['SUCCESS', 'FAILED'].includes(expected.first),
      needsReview: false,
      isSimulated: true,
      amount: expected.amount,
    });
    expect(answered.statusReason?.code ?? null).toBe(expected.reasons[0]);
    expectGapFree(answered);

    const settled = await becomes(gateway, answered.id, expected.last);
    expect(settled).toMatchObject({
      nextAction: expected.nextActions[1],
      isFinal: expected.isFinal,
      needsReview: false,
    });
    expect(settled.statusReason?.code ?? null).toBe(expected.reasons[1]);
    expectGapFree(settled);
    expect(settled.events.slice(1).map(({ source }) => source)).toEqual(expected.sources);

    expect(debitRequests(simulator, answered.clientRefId)).toHaveLength(1);
    const booked = ledgerOf(simulator, answered.clientRefId);
    expect(booked.filter(({ debitedAtMs }) => debitedAtMs !== null)).toHaveLength(expected.debits);
    const [entry] = booked;
    if (entry === undefined) {
      expect(settled).toMatchObject({ tid: null, bankReference: null, fee: null, balance: null });
      return;
    }
    expect(booked).toHaveLength(1);
    expect(entry.nextChange).toBeNull();
    expect(entry.state).toBe(entry.finalState);
    expect(STATUS_OF_TX_STATUS[entry.finalState]).toBe(settled.status);
    if (expected.debits === 1) {
      expect(settled).toMatchObject({ tid: entry.tid, bankReference: entry.bankReference });
    } else {
      expect(settled.bankReference).toBeNull();
    }
  });

  test.each([
    ['000000', 'WRONG_OTP'],
    ['111111', 'OTP_EXPIRED'],
    ['222222', 'OTP_ALREADY_USED'],
  ])('the OTP %s is a decline, %s, without a debit', async (otp, code) => {
    const declined = await transfer(gateway, 500, { otp });
    expect(declined).toMatchObject({
      status: 'FAILED',
      isFinal: true,
      nextAction: 'START_AGAIN',
      nextCheckAt: null,
      statusReason: { code },
    });
    expectGapFree(declined);
    const [entry, ...more] = ledgerOf(gateway.simulator, declined.clientRefId);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ debitedAtMs: null, debitedPaise: 0n });
  });

  test.each([
    ['an unknown customer', { customerId: '6222222222' }, 'CUSTOMER_NOT_FOUND', 'input.customerId'],
    ['an unknown recipient', { recipientId: '99999' }, 'RECIPIENT_NOT_FOUND', 'input.recipientId'],
  ])('no OTP is sent for %s', async (_, input, code, path) => {
    const { data, errors } = await trySendOtp(gateway, input);
    expect(data).toEqual({ sendTransferOtp: null });
    expect(errors).toMatchObject([{ extensions: { code, fields: [{ path }] } }]);
  });

  test('what left the wallet is what the ledger debited once for each transfer that was not declined', () => {
    const debited = gateway.simulator.ledger.entries().filter(({ debitedAtMs }) => debitedAtMs !== null);
    expect(new Set(debited.map(({ clientRefId }) => clientRefId)).size).toBe(debited.length);
    const sum = debited.reduce((total, { debitedPaise }) => total + debitedPaise, 0n);
    expect(gateway.simulator.walletBalancePaise('20810200')).toBe(100_000_000n - sum);
  });
});

describe('a transfer that Eko says it never received', () => {
  let gateway: Gateway;
  let eko: ScriptedEko;
  beforeAll(async () => {
    eko = await startScriptedEko();
    gateway = await startGateway({ ekoUrl: eko.url, settings: QUICK_NOT_RECEIVED });
  });
  afterAll(async () => {
    await gateway.stop();
    await eko.stop();
  });

  test.each([
    ['awaited', { tx_status: '2' }, 'AWAITED'],
    ['success', {}, 'SUCCESS'],
    ['refund pending', { tx_status: '3' }, 'REFUND_PENDING'],
    ['failed', { tx_status: '1' }, 'FAILED'],
  ])('is reopened when an inquiry later says %s, and never sent again', async (_, said, status) => {
    eko.onDebit = (response) => response.socket?.destroy();
    eko.onInquiry = sayNotFound;
    const before = eko.debits.length;
    const { id, clientRefId, amount } = await transfer(gateway);
    const failed = await becomes(gateway, id, 'FAILED');
    expect(failed).toMatchObject({ isFinal: false, statusReason: { code: 'NOT_RECEIVED' } });
    expect(Date.parse(failed.nextCheckAt ?? '') - Date.parse(failed.updatedAt)).toBe(3_600_000);

    eko.onInquiry = (response) => reply(response, toInquiryReply({ clientRefId, amount }, said));
    await forgetLastInquiry(gateway, id);
    const { data } = await tryRefresh(gateway, id);
    expect(data?.refreshTransaction).toMatchObject({
      changed: true,
      transaction: { status, needsReview: false },
    });
    const reopened = await readTransaction(gateway, id);
    expectGapFree(reopened!);
    expect(reopened?.statusReason?.code).not.toBe('NOT_RECEIVED');
    expect(eko.debits.length).toBe(before + 1);
  });

  test('is reopened by the inquiry that a callback causes', async () => {
    eko.onDebit = (response) => response.socket?.destroy();
    eko.onInquiry = sayNotFound;
    const { id, clientRefId, amount } = await transfer(gateway);
    await becomes(gateway, id, 'FAILED');
    eko.onInquiry = (response) => reply(response, toInquiryReply({ clientRefId, amount }));
    await forgetLastInquiry(gateway, id);
    expect(await postCallback(gateway, { tx_status: 0, client_ref_id: clientRefId })).toBe(200);
    expect(await becomes(gateway, id, 'SUCCESS')).toMatchObject({ isFinal: true, nextCheckAt: null });
  });

  test('stays unknown while the OTP could still be used', async () => {
    const patient = await startGateway({
      ekoUrl: eko.url,
      settings: { ...QUICK_NOT_RECEIVED, OTP_LIFETIME_MS: '600000' },
    });
    try {
      eko.onDebit = (response) => response.socket?.destroy();
      eko.onInquiry = sayNotFound;
      const { id, clientRefId } = await transfer(patient);
      const asked = () => eko.inquiries.filter(({ reference }) => reference.endsWith(clientRefId)).length;
      await eventually(() => (asked() >= 8 ? true : null));
      expect(await readTransaction(patient, id)).toMatchObject({ status: 'AWAITED', isFinal: false });
      expect((await findRow(patient, id))['not_found_count']).toBeGreaterThanOrEqual(2);
    } finally {
      await patient.stop();
    }
  });
});

test('an error means that nothing was written to transfers and nothing was sent', async () => {
  const gateway = await startGateway();
  try {
    const otpRefId = await sendOtp(gateway);
    const refused = await Promise.all([
      tryInitiate(gateway, { otpRefId: 'UNKNOWN' }),
      tryInitiate(gateway, { otpRefId, amount: 501 }),
      tryInitiate(gateway, { otpRefId, amount: 99 }),
      tryInitiate(gateway, { otpRefId, otp: 'abc' }),
    ]);
    for (const { data, errors } of refused) {
      expect(data?.initiateTransfer ?? null).toBeNull();
      expect(errors).toHaveLength(1);
    }
    expect(await countRows(gateway)).toBe(0);
    expect(await countRows(gateway, 'transfer_events')).toBe(0);
    expect(debitRequests(gateway.simulator)).toEqual([]);
  } finally {
    await gateway.stop();
  }
});
