// The one writer of a status, to the row: what each kind of answer writes, what it leaves, and what is asked next.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { classifyDebit, classifyInquiry } from '../../src/eko/outcome.js';
import type { EventSource, Transfer } from '../../src/entities/index.js';
import { AssertionError } from '../../src/shared/assert.js';
import { applyOutcome, type AppliedOutcome } from '../../src/transfers/apply-outcome.js';
import type { Outcome } from '../../src/transfers/decision.js';
import {
  findQueuedInquiry,
  getTransfer,
  readTimeline,
  START_MS,
  startUseCases,
  storeIntent,
  untilBlocked,
  type UseCases,
} from '../support/use-cases.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const at = (ms: number) => new Date(START_MS + ms);

let place: UseCases;
beforeAll(async () => {
  place = await startUseCases();
});
afterAll(() => place.stop());
beforeEach(() => {
  place.clock.ms = START_MS;
  place.told.applied.length = 0;
});

const toAnswer = (body: object, httpStatus = 200) =>
  ({ kind: 'answered', httpStatus, body: JSON.stringify(body), dateMs: null }) as const;

let nextTid = 3_000_000_000;
function newTid(): string {
  nextTid += 1;
  return String(nextTid);
}
const toDebit = ({ clientRefId }: Transfer, data: object, envelope: object = {}): Outcome =>
  classifyDebit(
    toAnswer({ status: 0, message: 'ok', ...envelope, data: { client_ref_id: clientRefId, ...data } }),
  );
const toInquiry = ({ clientRefId }: Transfer, data: object, envelope: object = {}): Outcome =>
  classifyInquiry(
    toAnswer({ status: 0, message: 'found', ...envelope, data: { client_ref_id: clientRefId, ...data } }),
  );
const NOT_FOUND = classifyInquiry(toAnswer({ status: 168, message: 'TID does not exist' }));
const FAILED_INQUIRY = classifyInquiry({ kind: 'lost', cause: 'timeout' });
const LOST = classifyDebit({ kind: 'lost', cause: 'timeout' });

function apply(
  transfer: Pick<Transfer, 'id'>,
  outcome: Outcome,
  more: {
    source?: Exclude<EventSource, 'CLIENT' | 'OPERATOR'>;
    askedAt?: Date;
    begunAt?: Date;
    isTidDenied?: boolean;
  } = {},
): Promise<AppliedOutcome> {
  const context = {
    store: place.store,
    clock: place.clock,
    policy: place.policies.inquiry,
    onApplied: (applied: AppliedOutcome) => place.told.applied.push(applied),
  };
  const { source = 'EKO_INQUIRY', askedAt = new Date(place.clock.ms), ...rest } = more;
  return applyOutcome(context, { transferId: transfer.id, outcome, source, askedAt, ...rest });
}

/** Without the jitter of the transfer's own. */
function expectNear(found: Date | null, ms: number): void {
  const delay = (found?.getTime() ?? NaN) - place.clock.ms;
  expect(delay).toBeGreaterThanOrEqual(ms);
  expect(delay).toBeLessThanOrEqual(ms * 1.1);
}

/** One that is AWAITED after a lost answer, a second after it began. */
async function storeAwaited(): Promise<Transfer> {
  const transfer = await storeIntent(place);
  place.clock.ms += SECOND;
  await apply(transfer, LOST, { source: 'EKO_RESPONSE', askedAt: at(0) });
  return getTransfer(place, transfer.id);
}

const EVERYTHING = {
  tx_status: '0',
  txstatus_desc: 'Success',
  bank_ref_num: '620415011744',
  amount: '500.00',
  recipient_id: '98765',
  recipient_name: 'ASHA RAO',
  account: '50100099887766',
  ifsc: 'HDFC0000001',
  fee: '10.00',
  commission: '4.25',
  balance: '10131.18',
  service_tax: '1.53',
  tds: '0.01',
  collectable_amount: '510',
  timestamp: '2026-01-01T10:30:00Z',
};

/** All that Eko says, as it stands in the row. */
const toWords = (transfer: Transfer) => ({
  bankReference: transfer.bankReference,
  recipientName: transfer.recipientName,
  maskedAccount: transfer.maskedAccount,
  ifsc: transfer.ifsc,
  fee: transfer.fee,
  commission: transfer.commission,
  balance: transfer.balance,
  serviceTax: transfer.serviceTax,
  tds: transfer.tds,
  collectableAmount: transfer.collectableAmount,
  ekoTimestamp: transfer.ekoTimestamp,
  ekoTxStatus: transfer.ekoTxStatus,
  statusDescription: transfer.statusDescription,
});
const WORDS = {
  bankReference: '620415011744',
  recipientName: 'ASHA RAO',
  maskedAccount: 'XXXXXXXXXX7766',
  ifsc: 'HDFC0000001',
  fee: '10.00',
  commission: '4.25',
  balance: '10131.18',
  serviceTax: '1.53',
  tds: '0.01',
  collectableAmount: '510.00',
  ekoTimestamp: '2026-01-01T10:30:00Z',
  ekoTxStatus: 0,
  statusDescription: 'Success',
};
const NO_WORDS = Object.fromEntries(Object.keys(WORDS).map((key) => [key, null]));

describe('the answer of a debit', () => {
  test('is written with all that it says, its event, and no further inquiry', async () => {
    const transfer = await storeIntent(place);
    const tid = newTid();
    place.clock.ms += 3 * SECOND;
    const outcome = toDebit(
      transfer,
      { ...EVERYTHING, tid },
      { message: 'Transaction successful', response_status_id: 0, response_type_id: 325 },
    );
    const applied = await apply(transfer, outcome, { source: 'EKO_RESPONSE', askedAt: at(SECOND) });
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({
      status: 'SUCCESS',
      failureReason: null,
      needsReview: false,
      isAcknowledged: true,
      tid,
      ekoStatus: 0,
      ekoMessage: 'Transaction successful',
      ekoResponseStatusId: 0,
      ekoResponseTypeId: 325,
      evidenceAskedAt: at(SECOND),
      eventCount: 2,
      nextInquiryAt: null,
      updatedAt: at(3 * SECOND),
    });
    expect(toWords(row)).toEqual(WORDS);
    expect(applied).toEqual({
      transfer: row,
      hasChanged: true,
      event: expect.anything(),
      isForReview: false,
    });
    expect(place.told.applied).toEqual([applied]);
    expect(await findQueuedInquiry(place, transfer.id)).toBeNull();
    expect((await readTimeline(place, transfer.id)).slice(1)).toEqual([
      {
        id: applied.event?.id,
        transferId: transfer.id,
        sequence: 2,
        source: 'EKO_RESPONSE',
        fromStatus: 'SUBMITTING',
        toStatus: 'SUCCESS',
        message: 'Eko says: success',
        evidence: expect.objectContaining({ httpStatus: 200, txStatus: 0, tid }),
        occurredAt: at(3 * SECOND),
      },
    ]);
  });

  test('that is a decline keeps Eko’s reason and words', async () => {
    const transfer = await storeIntent(place);
    const outcome = toDebit(
      transfer,
      { tx_status: '1', reason: 'Wrong OTP' },
      { status: 302, message: 'Transaction declined.' },
    );
    await apply(transfer, outcome, { source: 'EKO_RESPONSE' });
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'FAILED',
      failureReason: 'WRONG_OTP',
      ekoStatus: 302,
      ekoMessage: 'Wrong OTP',
      nextInquiryAt: null,
    });
  });

  test('that was lost writes no word of Eko’s, and has it inquired after', async () => {
    const row = await storeAwaited();
    expect(row).toMatchObject({
      status: 'AWAITED',
      isAcknowledged: false,
      tid: null,
      ekoStatus: null,
      evidenceAskedAt: null,
      eventCount: 2,
      updatedAt: at(SECOND),
    });
    expect(toWords(row)).toEqual(NO_WORDS);
    expectNear(row.nextInquiryAt, 2 * SECOND);
    expect(await findQueuedInquiry(place, row.id)).toEqual(row.nextInquiryAt);
  });

  test('that proves nothing is not quoted, but what it names was known to Eko', async () => {
    const transfer = await storeIntent(place);
    const outcome = toDebit(transfer, { ...EVERYTHING, tid: newTid() }, { status: 17 });
    expect(outcome.kind).toBe('unknown');
    await apply(transfer, outcome, { source: 'EKO_RESPONSE' });
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({ status: 'AWAITED', isAcknowledged: true, tid: null, ekoStatus: null });
    expect(toWords(row)).toEqual(NO_WORDS);
  });

  test('that was never sent is a failure for good, without a word of Eko’s', async () => {
    const transfer = await storeIntent(place);
    const notSent = classifyDebit({ kind: 'notSent', cause: 'ECONNREFUSED' });
    await apply(transfer, notSent, { source: 'EKO_RESPONSE' });
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({
      status: 'FAILED',
      failureReason: 'EKO_UNREACHABLE',
      isAcknowledged: false,
      ekoStatus: null,
      ekoMessage: null,
      nextInquiryAt: null,
    });
    expect((await readTimeline(place, transfer.id)).at(-1)?.evidence).toEqual({ transport: 'ECONNREFUSED' });
  });

  test('that was refused at the door is a failure for good, with Eko’s words', async () => {
    const transfer = await storeIntent(place);
    const refused = classifyDebit(toAnswer({ status: 17, message: 'Forbidden' }, 403));
    const applied = await apply(transfer, refused, { source: 'EKO_RESPONSE' });
    expect(applied.transfer).toMatchObject({
      status: 'FAILED',
      failureReason: 'EKO_REJECTED',
      ekoStatus: 17,
      ekoMessage: 'Forbidden',
      ekoTxStatus: null,
    });
    expect(await getTransfer(place, transfer.id)).toEqual(applied.transfer);
  });

  test('need not repeat our reference, as an inquiry’s has to', async () => {
    const [debited, inquired] = [await storeIntent(place), await storeIntent(place)];
    const nameless = (tid: string) => classifyInquiry(toAnswer({ status: 0, data: { tx_status: 0, tid } }));
    await apply(debited, nameless(newTid()), { source: 'EKO_RESPONSE' });
    expect((await getTransfer(place, debited.id)).status).toBe('SUCCESS');
    await apply(inquired, nameless(newTid()), { source: 'EKO_INQUIRY' });
    expect(await getTransfer(place, inquired.id)).toMatchObject({ status: 'SUBMITTING', needsReview: true });
  });

  test('twice is the same as once', async () => {
    const transfer = await storeIntent(place);
    const outcome = toDebit(transfer, { ...EVERYTHING, tid: newTid() });
    await apply(transfer, outcome, { source: 'EKO_RESPONSE' });
    const row = await getTransfer(place, transfer.id);
    const again = await apply(transfer, outcome, { source: 'EKO_RESPONSE' });
    expect(again).toEqual({ transfer: row, hasChanged: false, event: null, isForReview: false });
    expect(await getTransfer(place, transfer.id)).toEqual(row);
  });

  test('of no transfer of ours is a broken invariant', async () => {
    const nobody = { id: '0190a000-0000-7000-8000-00000000ffff' };
    await expect(apply(nobody, LOST)).rejects.toThrow(AssertionError);
    expect(place.told.applied).toEqual([]);
  });
});

describe('an answer that confirms', () => {
  test('adds what it says, keeps what it leaves out, and tells nothing new', async () => {
    const transfer = await storeIntent(place);
    const tid = newTid();
    await apply(transfer, toDebit(transfer, { ...EVERYTHING, tid }), { source: 'EKO_RESPONSE' });
    place.clock.ms += MINUTE;
    const more = { tid, tx_status: 0, utr: '777', fee: '', commission: '5.00', txstatus_desc: 'Done' };
    const { event, hasChanged } = await apply(
      transfer,
      toInquiry(transfer, more, { status: 0, message: 'x' }),
    );
    expect([event, hasChanged]).toEqual([null, false]);
    const row = await getTransfer(place, transfer.id);
    expect(toWords(row)).toEqual({
      ...WORDS,
      bankReference: '777',
      commission: '5.00',
      statusDescription: 'Done',
    });
    expect(row).toMatchObject({
      tid,
      ekoMessage: 'ok',
      evidenceAskedAt: at(MINUTE),
      updatedAt: at(MINUTE),
      eventCount: 2,
    });
  });

  test('gives Eko’s words where there were none, of the transfer and not of the inquiry', async () => {
    const transfer = await storeAwaited();
    const awaited = { tx_status: '2', txstatus_desc: 'Response Awaited', tid: newTid() };
    await apply(transfer, toInquiry(transfer, awaited, { response_type_id: 1472 }));
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'AWAITED',
      eventCount: 2,
      tid: awaited.tid,
      ekoStatus: 0,
      ekoMessage: 'Response Awaited',
      ekoResponseTypeId: 1472,
      ekoTxStatus: 2,
    });
  });

  test('does not take over an amount that the table cannot hold', async () => {
    const transfer = await storeIntent(place);
    const tooMuch = { balance: '1000000000000', fee: '-1000000000000' };
    const most = { commission: '999999999999.99', tds: '-999999999999.99' };
    const data = { ...EVERYTHING, tid: newTid(), ...tooMuch, ...most };
    await apply(transfer, toDebit(transfer, data), { source: 'EKO_RESPONSE' });
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'SUCCESS',
      balance: null,
      fee: null,
      ...most,
    });
  });
});

describe('an inquiry that finds nothing out', () => {
  test('changes nothing but when it is asked again', async () => {
    const before = await storeAwaited();
    await place.sql('UPDATE transfers SET inquiry_count = 1 WHERE id = $1', [before.id]);
    place.clock.ms += MINUTE;
    const { event, hasChanged } = await apply(before, FAILED_INQUIRY);
    expect([event, hasChanged]).toEqual([null, false]);
    const row = await getTransfer(place, before.id);
    expect(row).toEqual({ ...before, inquiryCount: 1, nextInquiryAt: row.nextInquiryAt });
    expectNear(row.nextInquiryAt, 5 * SECOND);
  });

  test('is made again soon where the next look was an hour away', async () => {
    const transfer = await storeAwaited();
    for (const afterMs of [25 * MINUTE, 30 * MINUTE]) {
      place.clock.ms = START_MS + afterMs;
      await apply(transfer, NOT_FOUND);
    }
    place.clock.ms = START_MS + 30 * MINUTE + HOUR;
    await apply(transfer, FAILED_INQUIRY);
    const row = await getTransfer(place, transfer.id);
    expect(row.failureReason).toBe('NOT_RECEIVED');
    expectNear(row.nextInquiryAt, 2 * SECOND);
  });

  test('changes nothing at all of a settled transfer', async () => {
    const transfer = await storeAwaited();
    await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid() }));
    const before = await getTransfer(place, transfer.id);
    place.clock.ms += MINUTE;
    expect(await apply(transfer, FAILED_INQUIRY)).toMatchObject({ hasChanged: false, event: null });
    expect(await getTransfer(place, transfer.id)).toEqual(before);
  });
});

describe('"not found"', () => {
  const sayNotFound = (transfer: Transfer, afterMs: number) => {
    place.clock.ms = START_MS + afterMs;
    return apply(transfer, NOT_FOUND);
  };

  test('counts when it is far enough from the last one, and does not by itself change a status', async () => {
    const transfer = await storeAwaited();
    for (const [afterMs, count, lastMs] of [
      [10 * MINUTE, 1, 10 * MINUTE],
      [15 * MINUTE - 1, 1, 10 * MINUTE],
      [15 * MINUTE, 2, 15 * MINUTE],
      [20 * MINUTE, 3, 20 * MINUTE],
    ] as const) {
      const { hasChanged, event } = await sayNotFound(transfer, afterMs);
      expect([hasChanged, event]).toEqual([false, null]);
      expect(await getTransfer(place, transfer.id)).toMatchObject({
        status: 'AWAITED',
        notFoundCount: count,
        lastNotFoundAt: at(lastMs),
        isAcknowledged: false,
        updatedAt: at(SECOND),
      });
    }
  });

  test('often enough, long enough and after the OTP is a provisional failure, looked at again', async () => {
    const transfer = await storeAwaited();
    await sayNotFound(transfer, 25 * MINUTE);
    const { hasChanged, isForReview } = await sayNotFound(transfer, 30 * MINUTE);
    expect([hasChanged, isForReview]).toEqual([true, false]);
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({
      status: 'FAILED',
      failureReason: 'NOT_RECEIVED',
      notReceivedAt: at(30 * MINUTE),
      nextInquiryAt: at(30 * MINUTE + HOUR),
      tid: null,
      ekoStatus: null,
      eventCount: 3,
    });
    expect((await readTimeline(place, transfer.id)).at(-1)).toMatchObject({
      source: 'EKO_INQUIRY',
      fromStatus: 'AWAITED',
      toStatus: 'FAILED',
      message: 'Eko said 2 times that it never received this transfer',
    });

    // Any later evidence opens it again.
    await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid() }));
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'SUCCESS',
      failureReason: null,
      notReceivedAt: null,
      nextInquiryAt: null,
    });
  });

  test('that was asked for before the last one proves nothing, however late it is applied', async () => {
    const transfer = await storeAwaited();
    for (const afterMs of [20 * MINUTE, 25 * MINUTE]) await sayNotFound(transfer, afterMs);
    // Twice is often enough, and by now it is long enough; but this is what was known at 25 minutes, and at 24.
    place.clock.ms = START_MS + 35 * MINUTE;
    for (const askedAt of [at(25 * MINUTE), at(24 * MINUTE)]) await apply(transfer, NOT_FOUND, { askedAt });
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'AWAITED',
      notFoundCount: 2,
      updatedAt: at(SECOND),
    });
    await sayNotFound(transfer, 36 * MINUTE);
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'FAILED',
      failureReason: 'NOT_RECEIVED',
    });
  });

  test('is no proof while the OTP could still be used', async () => {
    place.policies.otp = { ...place.policies.otp, lifetimeMs: HOUR };
    const transfer = await storeAwaited();
    place.policies.otp = { ...place.policies.otp, lifetimeMs: 10 * MINUTE };
    await sayNotFound(transfer, 30 * MINUTE);
    await sayNotFound(transfer, 40 * MINUTE);
    expect(await getTransfer(place, transfer.id)).toMatchObject({ status: 'AWAITED', notFoundCount: 2 });
  });

  test.each<[string, object, boolean]>([
    ['Eko has named a tid', { tid: '31' }, true],
    ['Eko has named a status', { tx_status: '2' }, true],
    ['an answer named neither', { bank_ref_num: '17' }, false],
    ['Eko spoke of another reference', { tid: '32', client_ref_id: 'REQ-ANOTHER-ONE-1' }, false],
    ['Eko named a tid and no reference', { tid: '33', client_ref_id: '' }, true],
  ])('after %s: counted no more is %j → %s', async (_what, data, isAcknowledged) => {
    const transfer = await storeAwaited();
    // HTTP 200 with an unknown status: nothing is believed.
    await apply(transfer, toInquiry(transfer, data, { status: 17 }));
    expect((await getTransfer(place, transfer.id)).isAcknowledged).toBe(isAcknowledged);
    await sayNotFound(transfer, 10 * MINUTE);
    const row = await getTransfer(place, transfer.id);
    expect(row.notFoundCount).toBe(isAcknowledged ? 0 : 1);
    expect(row.isAcknowledged).toBe(isAcknowledged);
  });
});

describe('an answer that cannot be true', () => {
  test('is written down for a person, and nothing of it is taken over', async () => {
    const transfer = await storeAwaited();
    place.clock.ms += MINUTE;
    const data = { ...EVERYTHING, tid: newTid(), amount: '501.00' };
    const { hasChanged, isForReview, event } = await apply(transfer, toInquiry(transfer, data));
    expect([hasChanged, isForReview]).toEqual([false, true]);
    expect(event).toMatchObject({ message: 'Eko’s answer names another amount' });
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({
      status: 'AWAITED',
      needsReview: true,
      isAcknowledged: true,
      tid: null,
      evidenceAskedAt: null,
      eventCount: 3,
      updatedAt: new Date(place.clock.ms),
    });
    expect(toWords(row)).toEqual(NO_WORDS);
    expect((await readTimeline(place, transfer.id)).at(-1)).toMatchObject({
      fromStatus: 'AWAITED',
      toStatus: 'AWAITED',
      evidence: { amount: '501.00' },
    });
  });

  test('twice is told once, while its review is open', async () => {
    const transfer = await storeAwaited();
    await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid(), amount: 501 }));
    const row = await getTransfer(place, transfer.id);
    place.clock.ms += MINUTE;
    const again = await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid(), amount: 502 }));
    expect(again).toMatchObject({ hasChanged: false, event: null, isForReview: false });
    const after = await getTransfer(place, transfer.id);
    expect(after).toEqual({ ...row, nextInquiryAt: after.nextInquiryAt });
  });

  test('is told again of a transfer that has become something else', async () => {
    const transfer = await storeAwaited();
    const tid = newTid();
    const wrong = { tx_status: 0, tid, amount: 501 };
    await apply(transfer, toInquiry(transfer, wrong));
    await apply(transfer, toInquiry(transfer, { tx_status: 0, tid }));
    expect((await apply(transfer, toInquiry(transfer, wrong))).event).toMatchObject({
      message: 'Eko’s answer names another amount',
      toStatus: 'SUCCESS',
    });
  });

  test.each<[string, object, object, boolean]>([
    ['the same words about the same facts are old news', {}, {}, false],
    ['the same words with less said are old news', {}, { amount: '' }, false],
    ['the same words with more said are old news', { amount: '' }, {}, false],
    ['another tid is news', {}, { tid: '999' }, true],
    ['another recipient is news', {}, { recipient_id: 4712 }, true],
  ])('after the review was closed, %s', async (_what, before, change, isNews) => {
    const transfer = await storeAwaited();
    const said = { tx_status: 0, tid: '998', recipient_id: 4711, amount: 500 };
    await apply(transfer, toInquiry(transfer, { ...said, ...before }));
    await place.reviews.resolve({
      transferId: transfer.id,
      operator: 'admin',
      reason: 'Eko wrote: a mistake',
    });
    const { event, isForReview } = await apply(transfer, toInquiry(transfer, { ...said, ...change }));
    expect(event !== null).toBe(isNews);
    expect(isForReview).toBe(isNews);
    expect((await getTransfer(place, transfer.id)).needsReview).toBe(isNews);
  });

  test('names the tid of another transfer', async () => {
    const [first, second] = [await storeAwaited(), await storeAwaited()];
    const tid = newTid();
    await apply(first, toInquiry(first, { tx_status: 0, tid }));
    const applied = await apply(second, toInquiry(second, { tx_status: 0, tid }));
    expect(applied.event?.message).toBe('Eko’s answer names the tid of another transfer');
    expect(await getTransfer(place, second.id)).toMatchObject({
      status: 'AWAITED',
      needsReview: true,
      tid: null,
    });
    // That it is not the one it had before is said first, and an answer that proves nothing contradicts nothing.
    const [third, fourth] = [await storeAwaited(), await storeIntent(place)];
    await apply(third, toInquiry(third, { tx_status: 2, tid: newTid() }));
    expect((await apply(third, toInquiry(third, { tx_status: 0, tid }))).event?.message).toBe(
      'Eko’s answer names another tid than before',
    );
    await apply(fourth, toDebit(fourth, { tx_status: 0, tid }, { status: 17 }), { source: 'EKO_RESPONSE' });
    expect(await getTransfer(place, fourth.id)).toMatchObject({ status: 'AWAITED', needsReview: false });
    // Its own is no other’s.
    expect((await apply(first, toInquiry(first, { tx_status: 3, tid }))).hasChanged).toBe(true);
  });
});

describe('what somebody else has written since it was read', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('time and again, is given up for now, and nothing was written', async () => {
    const transfer = await storeAwaited();
    const write = jest.spyOn(place.store, 'writeOutcome').mockResolvedValue(false);
    await expect(apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid() }))).rejects.toThrow(
      'others wrote the row each time',
    );
    expect(write).toHaveBeenCalledTimes(20);
    expect(await getTransfer(place, transfer.id)).toEqual(transfer);
    expect(place.told.applied.filter(({ hasChanged }) => hasChanged)).toHaveLength(1);
  });

  test('may be the tid of the answer, under another transfer: it is judged again', async () => {
    const [first, second] = [await storeAwaited(), await storeAwaited()];
    const tid = newTid();
    await apply(first, toInquiry(first, { tx_status: 0, tid }));
    const judged = await place.store.findForOutcome(second.id, tid);
    jest.spyOn(place.store, 'findForOutcome').mockResolvedValueOnce({ ...judged!, isTidTaken: false });
    const applied = await apply(second, toInquiry(second, { tx_status: 0, tid }));
    expect(applied.event?.message).toBe('Eko’s answer names the tid of another transfer');
    expect((await getTransfer(place, second.id)).status).toBe('AWAITED');
  });

  test('is no excuse for a database that refuses it', async () => {
    const transfer = await storeAwaited();
    const refused = Object.assign(new Error('no'), { code: '23505' });
    jest.spyOn(place.store, 'writeOutcome').mockRejectedValue(refused);
    const judged = await place.store.findForOutcome(transfer.id, null);
    jest.spyOn(place.store, 'findForOutcome').mockResolvedValue({ ...judged!, isTidTaken: true });
    await expect(apply(transfer, NOT_FOUND)).rejects.toBe(refused);
  });
});

describe('a tid that Eko denies', () => {
  test('gives way to the one that it names now, and a person looks at it', async () => {
    const transfer = await storeAwaited();
    await apply(transfer, toInquiry(transfer, { tx_status: 2, tid: newTid() }));
    const tid = newTid();
    const applied = await apply(transfer, toInquiry(transfer, { tx_status: 0, tid }), { isTidDenied: true });
    expect(applied).toMatchObject({ hasChanged: true, isForReview: true });
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'SUCCESS',
      needsReview: true,
      tid,
    });
  });

  test('is a contradiction when it was not denied', async () => {
    const transfer = await storeAwaited();
    const tid = newTid();
    await apply(transfer, toInquiry(transfer, { tx_status: 2, tid }));
    const applied = await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid() }));
    expect(applied).toMatchObject({ hasChanged: false, isForReview: true });
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'AWAITED',
      needsReview: true,
      tid,
    });
  });
});

describe('a hint', () => {
  const hintAt = (transfer: Transfer, ms: number, lastInquiryAt: Date | null = null) =>
    place.sql('UPDATE transfers SET hinted_at = $2, last_inquiry_at = $3 WHERE id = $1', [
      transfer.id,
      at(ms),
      lastInquiryAt,
    ]);

  test.each<[string, Outcome, number | null, boolean]>([
    ['an answer of an inquiry begun at its moment', NOT_FOUND, 20, true],
    ['an answer of one begun later', NOT_FOUND, 21, true],
    ['an answer of one begun before, another begun since', NOT_FOUND, 19, false],
    ['an answer to no inquiry', NOT_FOUND, null, false],
    ['an inquiry that failed', FAILED_INQUIRY, 21, false],
  ])('and %s', async (_what, outcome, begunSeconds, isAnswered) => {
    const transfer = await storeAwaited();
    await hintAt(transfer, 20 * SECOND, at(25 * SECOND));
    place.clock.ms = START_MS + 30 * SECOND;
    const begun = begunSeconds === null ? {} : { begunAt: at(begunSeconds * SECOND) };
    await apply(transfer, outcome, { askedAt: at(26 * SECOND), ...begun });
    const { hintedAt } = await getTransfer(place, transfer.id);
    expect(hintedAt).toEqual(isAnswered ? null : at(20 * SECOND));
  });

  test('that comes for a settled transfer has it looked at again', async () => {
    const transfer = await storeAwaited();
    await apply(transfer, toInquiry(transfer, { tx_status: 0, tid: newTid() }));
    await hintAt(transfer, 20 * SECOND);
    place.clock.ms = START_MS + 30 * SECOND;
    await apply(transfer, FAILED_INQUIRY);
    expect(await findQueuedInquiry(place, transfer.id)).not.toBeNull();
  });
});

describe('two answers at the same moment', () => {
  test('are written one after the other: one moves, the other confirms', async () => {
    const transfer = await storeAwaited();
    const outcome = toInquiry(transfer, { tx_status: 0, tid: newTid() });
    let both: Promise<AppliedOutcome[]> | undefined;
    await place.dataSource.transaction(async (manager) => {
      await manager.query('SELECT FROM transfers WHERE id = $1 FOR UPDATE', [transfer.id]);
      both = Promise.all([apply(transfer, outcome), apply(transfer, outcome)]);
      both.catch(() => undefined);
      await untilBlocked(place, 2);
    });
    expect((await both)?.map(({ hasChanged }) => hasChanged).sort()).toEqual([false, true]);
    expect(await readTimeline(place, transfer.id)).toHaveLength(3);
  });

  test('of which the older comes last do not undo each other', async () => {
    const transfer = await storeAwaited();
    place.clock.ms = START_MS + MINUTE;
    await apply(transfer, toInquiry(transfer, { tx_status: 5, tid: newTid() }), { askedAt: at(30 * SECOND) });
    const { hasChanged } = await apply(transfer, toInquiry(transfer, { tx_status: 2 }), {
      askedAt: at(20 * SECOND),
    });
    expect(hasChanged).toBe(false);
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'ON_HOLD',
      evidenceAskedAt: at(30 * SECOND),
    });
  });
});

test('nothing is written when the database refuses a part of it', async () => {
  const transfer = await storeAwaited();
  const before = await getTransfer(place, transfer.id);
  await place.sql(`ALTER TABLE transfer_events ADD CONSTRAINT no_success CHECK (to_status <> 'REFUNDED')`);
  await expect(apply(transfer, toInquiry(transfer, { tx_status: 4, tid: newTid() }))).rejects.toThrow(
    'no_success',
  );
  expect(await getTransfer(place, transfer.id)).toEqual(before);
  expect(place.told.applied.map(({ transfer: { status } }) => status)).toEqual(['AWAITED']);
});
