// initiateTransfer, step by step: what each gate refuses, what is written before Eko is called and after, and what a
// caller gets when another request, the clock or the database comes in between.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { classifyInquiry } from '../../src/eko/outcome.js';
import type { OtpChallenge } from '../../src/entities/index.js';
import { Transfer } from '../../src/entities/index.js';
import type { Agent } from '../../src/transfers/agent.js';
import { applyOutcome } from '../../src/transfers/apply-outcome.js';
import type { InitiateTransferInput } from '../../src/transfers/index.js';
import { startDatabaseProxy, type CommitFault } from '../support/database-proxy.js';
import { reply, toDebitReply, toInquiryReply, toTid, type DebitScript } from '../support/scripted-eko.js';
import {
  AGENT,
  findQueuedInquiry,
  getTransfer,
  newRef,
  OTHER_AGENT,
  OTHERS_REVOKED,
  readTimeline,
  refusalOf,
  revoke,
  REVOKED_CALLERS,
  START_MS,
  startUseCases,
  storeChallenge,
  TRANSFER_TIMEOUT_MS,
  untilBlocked,
  type UseCases,
} from '../support/use-cases.js';

const SECOND = 1_000;
const at = (ms: number) => new Date(START_MS + ms);

let place: UseCases;
let succeed: DebitScript;
beforeAll(async () => {
  place = await startUseCases({ maxTransfersInFlight: 3 });
  succeed = place.eko.onDebit;
});
afterAll(() => place.stop());
beforeEach(() => {
  place.clock.ms = START_MS;
  place.eko.onDebit = succeed;
  place.told.storeFailures.length = 0;
});
afterEach(() => {
  expect(place.capacities.transfers.inFlight).toBe(0);
});

function toInput(
  challenge: OtpChallenge,
  changes: Partial<InitiateTransferInput> = {},
): InitiateTransferInput {
  return {
    customerId: challenge.customerId,
    recipientId: challenge.recipientId,
    amountRupees: challenge.amountRupees,
    channel: 'IMPS',
    otp: '123456',
    otpRefId: challenge.otpRefId ?? '',
    latlong: '28.6139,77.2090',
    clientRefId: newRef(),
    ...changes,
  };
}
const newInput = async (changes: Partial<InitiateTransferInput> = {}) =>
  toInput(await storeChallenge(place), changes);
const initiate = (input: InitiateTransferInput, agent: Agent = AGENT, at = place) =>
  at.transfers.initiateTransfer(agent, input);
const debitsOf = ({ clientRefId }: { clientRefId: string | null }) =>
  place.eko.debits.filter((debit) => debit.clientRefId === clientRefId);
const findByRef = (clientRefId: string | null) =>
  place.dataSource.manager.findOneBy(Transfer, { clientRefId: clientRefId ?? '' });

/** Debits wait until they are let go; then they succeed. */
function holdDebits(): { arrived: (count: number) => Promise<void>; letGo: () => void } {
  const held: (() => void)[] = [];
  place.eko.onDebit = (...call) => held.push(() => succeed(...call));
  return {
    arrived: async (count) => {
      while (held.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    letGo: () => held.splice(0).forEach((go) => go()),
  };
}

/** The next intent is not written, as when another request has its OTP until it comes to nothing. */
function holdBackOnce() {
  return jest.spyOn(place.store, 'commitIntent').mockResolvedValueOnce(null);
}

/** What happens while a table is locked against the use cases. */
async function whileLocked(lock: string, run: () => Promise<void>): Promise<void> {
  await place.dataSource.transaction(async (manager) => {
    await manager.query(`LOCK TABLE ${lock} MODE`);
    await run();
  });
}

/**
 * Requests that have come one after the other before any of them is written; `written` of them get so far as to try, the
 * others look for earlier ones.
 */
async function settleAtOnce<Answer>(calls: readonly (() => Promise<Answer>)[], written: number) {
  const all: Promise<Answer>[] = [];
  const lastGate = jest.spyOn(place.store, 'findEarlier');
  await whileLocked('transfers IN EXCLUSIVE', async () => {
    for (const call of calls) {
      const answer = call();
      answer.catch(() => undefined);
      all.push(answer);
      await untilBlocked(place, Math.min(all.length, written));
      while (lastGate.mock.results.length < all.length - written) await new Promise(setImmediate);
      await Promise.all(lastGate.mock.results.map(({ value }) => value as Promise<unknown>));
      await new Promise(setImmediate);
    }
  });
  lastGate.mockRestore();
  return Promise.allSettled(all);
}

describe('the outcome of a debit', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('is written on the row as it was committed, without reading it again', async () => {
    const read = jest.spyOn(place.store, 'findForOutcome');
    const { transfer } = await initiate(await newInput());
    expect(read).not.toHaveBeenCalled();
    expect(transfer).toMatchObject({ status: 'SUCCESS', eventCount: 2 });
    expect(await getTransfer(place, transfer.id)).toEqual(transfer);
  });

  test('keeps what somebody else wrote while Eko had it', async () => {
    const debits = holdDebits();
    const input = await newInput();
    const answer = initiate(input);
    await debits.arrived(1);
    const { id } = (await findByRef(input.clientRefId))!;
    await place.sql('UPDATE transfers SET last_inquiry_at = $2 WHERE id = $1', [id, at(SECOND)]);
    const read = jest.spyOn(place.store, 'findForOutcome');
    debits.letGo();
    const { transfer } = await answer;
    expect(read).toHaveBeenCalledTimes(1);
    expect(transfer).toMatchObject({ status: 'SUCCESS', lastInquiryAt: at(SECOND) });
    expect(await getTransfer(place, id)).toEqual(transfer);
  });

  test('that names the tid of another transfer is a contradiction', async () => {
    const { transfer: other } = await initiate(await newInput());
    place.eko.onDebit = (response, call) => reply(response, toDebitReply(call, { tid: other.tid }));
    const { transfer, timeline } = await initiate(await newInput());
    expect(transfer).toMatchObject({ status: 'SUBMITTING', tid: null, needsReview: true });
    expect(timeline?.at(-1)?.message).toBe('Eko’s answer names the tid of another transfer');
    expect(await getTransfer(place, transfer.id)).toEqual(transfer);
  });

  test('is applied to the row as it is by then, when the connection was lost as it was written', async () => {
    const write = jest.spyOn(place.store, 'writeOutcome').mockImplementationOnce(async (...given) => {
      write.mockRestore();
      expect(await place.store.writeOutcome(...given)).toBe(true);
      throw new Error('the acknowledgement was lost');
    });
    const { transfer, timeline } = await initiate(await newInput());
    expect(transfer).toMatchObject({ status: 'SUCCESS', eventCount: 2 });
    expect(timeline).toHaveLength(2);
    expect(await readTimeline(place, transfer.id)).toHaveLength(2);
  });
});

describe('a new request', () => {
  test('is written, sent once and answered with the transfer and its whole timeline', async () => {
    const challenge = await storeChallenge(place, { amountRupees: 777 });
    const input = toInput(challenge);
    const read = jest.spyOn(place.store, 'findTimeline');
    const { transfer, timeline, isReplayed } = await initiate(input);
    expect(isReplayed).toBe(false);
    // After the debit an answer must not depend on another read.
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    expect(transfer).toEqual(await getTransfer(place, transfer.id));
    expect(timeline).toEqual(await readTimeline(place, transfer.id));
    expect(timeline?.map(({ source, toStatus }) => `${source} ${toStatus}`)).toEqual([
      'CLIENT SUBMITTING',
      'EKO_RESPONSE SUCCESS',
    ]);
    expect(transfer).toMatchObject({
      clientRefId: input.clientRefId,
      agentUserCode: AGENT.userCode,
      customerId: challenge.customerId,
      recipientId: '98765',
      amountRupees: 777,
      currency: 'INR',
      channel: 'IMPS',
      latlong: '28.6139,77.2090',
      otpChallengeId: challenge.id,
      isSimulated: true,
      status: 'SUCCESS',
      tid: toTid(input.clientRefId ?? ''),
      needsReview: false,
      createdAt: at(0),
    });
    expect(debitsOf(input)).toMatchObject([{ amount: 777, recipientId: 98_765, otpRefId: input.otpRefId }]);
    expect(place.told.applied.at(-1)).toMatchObject({ hasChanged: true, transfer: { id: transfer.id } });
  });

  test('is there before Eko is asked, with the inquiry that finds its outcome', async () => {
    const input = await newInput();
    const { arrived, letGo } = holdDebits();
    const answer = initiate(input);
    await arrived(1);
    const row = (await findByRef(input.clientRefId))!;
    expect(row).toMatchObject({
      status: 'SUBMITTING',
      isAcknowledged: false,
      inquiryCount: 0,
      notFoundCount: 0,
      nextInquiryAt: at(TRANSFER_TIMEOUT_MS + 5 * SECOND),
      updatedAt: at(0),
    });
    expect(await findQueuedInquiry(place, row.id)).toEqual(row.nextInquiryAt);
    letGo();
    expect((await answer).transfer.id).toBe(row.id);
  });

  test('without a reference gets one of ours', async () => {
    const { transfer } = await initiate(await newInput({ clientRefId: null }));
    expect(transfer.clientRefId).toMatch(/^T[0-9a-z]{19}$/);
    expect(debitsOf(transfer)).toHaveLength(1);
  });

  test('whose answer is lost is there as AWAITED', async () => {
    const input = await newInput();
    place.eko.onDebit = (response) => response.destroy();
    const { transfer, timeline } = await initiate(input);
    expect(transfer.status).toBe('AWAITED');
    expect(timeline).toHaveLength(2);
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('is answered with what an inquiry found first, and its whole timeline', async () => {
    const input = await newInput();
    const { arrived, letGo } = holdDebits();
    const answer = initiate(input);
    await arrived(1);
    const { id } = (await findByRef(input.clientRefId))!;
    const facts = { clientRefId: input.clientRefId ?? '', amount: input.amountRupees };
    place.eko.onInquiry = (response) => reply(response, toInquiryReply(facts));
    await place.inquiries.inquire(id, { spacingMs: 0, isPlanned: false });
    letGo();
    const { transfer, timeline } = await answer;
    expect(transfer.status).toBe('SUCCESS');
    expect(timeline?.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_INQUIRY']);
  });

  test('that this server cannot send is unknown, and inquired after', async () => {
    const broken = await startUseCases({ ekoUrl: 'nowhere', databaseUrl: place.databaseUrl });
    try {
      const { transfer, timeline } = await initiate(await newInput(), AGENT, broken);
      expect(transfer.status).toBe('AWAITED');
      expect(timeline?.at(-1)).toMatchObject({
        message: expect.stringContaining('fault of this server'),
        evidence: {},
      });
    } finally {
      await broken.stop();
    }
  });
});

const apply = (transfer: Transfer, body: object) =>
  applyOutcome(
    { store: place.store, clock: place.clock, policy: place.policies.inquiry, onApplied: () => {} },
    {
      transferId: transfer.id,
      outcome: classifyInquiry({
        kind: 'answered',
        httpStatus: 200,
        body: JSON.stringify(body),
        dateMs: null,
      }),
      source: 'EKO_INQUIRY',
      askedAt: new Date(place.clock.ms),
    },
  );

/** Eko says that it succeeded after all; a person settles it, and the status stays. */
async function closeReview(transfer: Transfer): Promise<void> {
  const data = { client_ref_id: transfer.clientRefId, tid: transfer.tid, tx_status: 0 };
  place.clock.ms += SECOND;
  expect(await apply(transfer, { status: 0, message: 'found', data })).toMatchObject({ isForReview: true });
  await place.reviews.resolve({ transferId: transfer.id, operator: 'admin', reason: 'settled outside' });
}

async function sayNeverReceived(transfer: Transfer): Promise<void> {
  for (const minutes of [25, 31]) {
    place.clock.ms = START_MS + minutes * 60 * SECOND;
    await apply(transfer, { status: 168, message: 'TID does not exist' });
  }
}

describe('the same request again', () => {
  test.each([
    ['under both keys', {}],
    ['under its OTP alone', { clientRefId: null }],
    ['with another OTP typed and from another place', { otp: '654321', latlong: '12.9,77.5' }],
  ])('%s is the same transfer, and Eko is not called', async (_what, change) => {
    const input = await newInput();
    const first = await initiate(input);
    place.clock.ms += 3_600 * SECOND; // the OTP has long expired
    const again = await initiate({ ...input, ...change });
    expect(again).toEqual({ transfer: first.transfer, timeline: null, isReplayed: true });
    expect(debitsOf(input)).toHaveLength(1);
  });

  test.each<[string, Partial<InitiateTransferInput>, typeof AGENT]>([
    ['agent', {}, OTHER_AGENT],
    ['customer', { customerId: '6222222222' }, AGENT],
    ['recipient', { recipientId: '98766' }, AGENT],
    ['amount', { amountRupees: 501 }, AGENT],
    ['channel', { channel: 'NEFT' as 'IMPS' }, AGENT],
    ['OTP', { otpRefId: 'OTP-OF-NOBODY' }, AGENT],
  ])('for another %s is refused under either key', async (what, change, agent) => {
    const input = await newInput();
    await initiate(input);
    const isSameTransfer = what === 'OTP';
    expect(await refusalOf(initiate({ ...input, ...change }, agent))).toMatchObject({
      code: 'CLIENT_REF_CONFLICT',
      // Whoever took another reference for the same transfer would pay twice.
      retry: isSameTransfer ? 'DO_NOT_RETRY' : 'CORRECT_INPUT',
      fields: [
        {
          path: 'input.clientRefId',
          message: isSameTransfer
            ? 'is that of this transfer, made with another OTP'
            : 'is in use for another transfer',
        },
      ],
    });
    const isOthers = what === 'agent' || what === 'OTP';
    expect(await refusalOf(initiate({ ...input, clientRefId: null, ...change }, agent))).toMatchObject(
      isOthers
        ? {
            code: 'OTP_NOT_FOUND',
            fields: [{ path: 'input.otpRefId', message: 'is not one that was sent for this agent' }],
          }
        : {
            code: 'OTP_ALREADY_USED',
            fields: [{ path: 'input.otpRefId', message: 'has authorised another transfer' }],
          },
    );
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('under another reference has used its OTP', async () => {
    const input = await newInput();
    await initiate(input);
    const again = { ...input, clientRefId: newRef() };
    expect(await refusalOf(initiate(again))).toMatchObject({ code: 'OTP_ALREADY_USED' });
  });

  test('with an OTP of its own is a conflict', async () => {
    const input = await newInput();
    await initiate(input);
    const other = await storeChallenge(place, { customerId: input.customerId });
    const again = { ...input, otpRefId: other.otpRefId ?? '' };
    expect(await refusalOf(initiate(again))).toMatchObject({
      code: 'CLIENT_REF_CONFLICT',
      retry: 'DO_NOT_RETRY',
    });
  });

  test.each<[string, string, boolean, boolean]>([
    // what became of it, its tx_status, whether a person has to look, whether another one may be begun
    ['has failed', '1', false, true],
    ['has failed, but Eko contradicts itself', '1', true, false],
    ['is awaited', '2', false, false],
    ['has come back', '3', false, false],
  ])('after it %s is told what to do instead', async (_what, txStatus, isInReview, mayStartAgain) => {
    const input = await newInput();
    place.eko.onDebit = (response, call) => reply(response, toDebitReply(call, {}, { tx_status: txStatus }));
    const { transfer } = await initiate(input);
    if (isInReview) await place.sql('UPDATE transfers SET needs_review = true WHERE id = $1', [transfer.id]);
    const { otpRefId } = await storeChallenge(place, { customerId: input.customerId });
    const message = 'This transfer has already been made. Look at that one; do not send it again.';
    expect(await refusalOf(initiate({ ...input, otpRefId: otpRefId ?? '' }))).toMatchObject(
      mayStartAgain
        ? {
            code: 'CLIENT_REF_CONFLICT',
            retry: 'CORRECT_INPUT',
            message: 'The transfer under this clientRefId has failed. Another one needs a new clientRefId.',
            fields: [
              { path: 'input.clientRefId', message: 'is that of a transfer that has failed; make a new one' },
            ],
          }
        : { code: 'CLIENT_REF_CONFLICT', retry: 'DO_NOT_RETRY', message },
    );
    const path = 'input.otpRefId';
    expect(await refusalOf(initiate({ ...input, clientRefId: newRef() }))).toMatchObject(
      mayStartAgain
        ? {
            code: 'OTP_ALREADY_USED',
            retry: 'NEW_OTP',
            fields: [{ path, message: 'has authorised a transfer that has failed' }],
          }
        : {
            code: 'OTP_ALREADY_USED',
            retry: 'DO_NOT_RETRY',
            message,
            fields: [
              {
                path,
                message:
                  'has authorised this transfer, under another clientRefId; send it without clientRefId to get it',
              },
            ],
          },
    );
    expect(debitsOf(input)).toHaveLength(1);
  });

  test.each<[string, (transfer: Transfer) => Promise<unknown>]>([
    ['a review of it was closed', closeReview],
    ['Eko has said that it never received it', sayNeverReceived],
  ])('after it has failed, and %s, is not sent again by a program', async (_what, happen) => {
    const input = await newInput();
    const isDecline = happen === closeReview;
    place.eko.onDebit = (response, call) =>
      isDecline ? reply(response, toDebitReply(call, {}, { tx_status: '1' })) : void response.destroy();
    await happen((await initiate(input)).transfer);
    expect(await findByRef(input.clientRefId)).toMatchObject({ status: 'FAILED', needsReview: false });
    const { otpRefId } = await storeChallenge(place, { customerId: input.customerId });
    for (const change of [{ otpRefId: otpRefId ?? '' }, { clientRefId: newRef() }])
      expect(await refusalOf(initiate({ ...input, ...change }))).toMatchObject({ retry: 'DO_NOT_RETRY' });
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('after Eko refused it at the door is for support to look at first', async () => {
    const input = await newInput();
    place.eko.onDebit = (response) => void response.writeHead(403).end();
    expect((await initiate(input)).transfer.failureReason).toBe('EKO_REJECTED');
    expect(await refusalOf(initiate({ ...input, clientRefId: newRef() }))).toMatchObject({
      retry: 'DO_NOT_RETRY',
    });
  });
});

describe('a caller who is revoked, though this process has not heard of it', () => {
  afterEach(() => place.sql('DELETE FROM revocations'));

  test.each(REVOKED_CALLERS)(
    '%s, moves no money and is told of none',
    async (_how, { kind, value, tokenId }) => {
      const [fresh, known] = [await newInput(), await newInput()];
      await initiate(known);
      await revoke(place, kind, value);
      for (const input of [fresh, known, { ...fresh, otpRefId: 'OTP-UNKNOWN' }])
        expect(await refusalOf(initiate(input, { ...AGENT, tokenId }))).toMatchObject({
          code: 'UNAUTHENTICATED',
        });
      expect(await findByRef(fresh.clientRefId)).toBeNull();
      expect(debitsOf(fresh)).toEqual([]);
    },
  );

  test.each(OTHERS_REVOKED)('is not one where %s is', async (_who, kind, value) => {
    await revoke(place, kind, value);
    const { transfer } = await initiate(await newInput(), { ...AGENT, tokenId: 'token-1' });
    expect(transfer.status).toBe('SUCCESS');
  });
});

describe('an OTP', () => {
  test('is valid until the moment it expires', async () => {
    const [input, late] = [await newInput(), await newInput()];
    place.clock.ms = START_MS + 600 * SECOND - 1;
    expect((await initiate(input)).isReplayed).toBe(false);
    place.clock.ms += 1;
    expect(await refusalOf(initiate(late))).toMatchObject({
      code: 'OTP_EXPIRED',
      fields: [{ path: 'input.otpRefId', message: 'has expired' }],
    });
    expect(await findByRef(late.clientRefId)).toBeNull();
  });

  test.each<[string, Partial<InitiateTransferInput>, string[]]>([
    ['customer', { customerId: '6222222222' }, ['input.customerId']],
    ['recipient', { recipientId: '98766' }, ['input.recipientId']],
    ['amount', { amountRupees: 501 }, ['input.amount']],
    [
      'anything',
      { customerId: '6222222222', recipientId: '98766', amountRupees: 501 },
      ['input.customerId', 'input.recipientId', 'input.amount'],
    ],
  ])('sent for another %s is refused, and says where', async (_what, change, paths) => {
    const input = await newInput(change);
    expect(await refusalOf(initiate(input))).toMatchObject({
      code: 'OTP_MISMATCH',
      fields: paths.map((path) => ({ path, message: 'is not what the OTP was sent for' })),
    });
    expect(await findByRef(input.clientRefId)).toBeNull();
    expect(debitsOf(input)).toEqual([]);
  });
});

describe('two requests at the same moment', () => {
  test.each([
    ['under the same keys', {}],
    ['the second without a reference', { clientRefId: null }],
  ])('%s are one debit, and both get its outcome', async (_what, change) => {
    const input = await newInput();
    const { arrived, letGo } = holdDebits();
    const first = initiate(input);
    await arrived(1);
    const others = [initiate({ ...input, ...change }), initiate({ ...input, ...change })];
    letGo();
    const { transfer } = await first;
    for (const other of await Promise.all(others)) {
      expect(other).toMatchObject({ isReplayed: true, transfer: { id: transfer.id, status: 'SUCCESS' } });
    }
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('the second read before the outcome was there, and answered after: it has the outcome', async () => {
    const input = await newInput();
    const { arrived, letGo } = holdDebits();
    const first = initiate(input);
    await arrived(1);
    const find = place.store.findEarlier.bind(place.store);
    const reading = jest.spyOn(place.store, 'findEarlier').mockImplementationOnce(async (...given) => {
      const found = await find(...given);
      letGo();
      await first;
      return found;
    });
    const second = await initiate(input);
    reading.mockRestore();
    expect(second).toEqual({ transfer: (await first).transfer, timeline: null, isReplayed: true });
    expect(debitsOf(input)).toHaveLength(1);
  });

  test.each<[string, Partial<InitiateTransferInput>, object]>([
    ['under the same keys', {}, { value: { isReplayed: true } }],
    ['both without a reference', { clientRefId: null }, { value: { isReplayed: true } }],
    [
      'the second under another reference',
      { clientRefId: 'REQ-SECOND-000001' },
      { reason: { code: 'OTP_ALREADY_USED' } },
    ],
  ])('before either is written, %s: one is made, the other waits for it', async (_what, change, expected) => {
    const input = await newInput();
    const first = change.clientRefId === null ? { ...input, ...change } : input;
    const [one, two] = await settleAtOnce(
      [() => initiate(first), () => initiate({ ...input, ...change })],
      1,
    );
    expect(one).toMatchObject({ value: { isReplayed: false, transfer: { status: 'SUCCESS' } } });
    expect(two).toMatchObject(expected);
    if (one?.status === 'fulfilled' && two?.status === 'fulfilled') {
      expect(two.value).toEqual({ ...one.value, isReplayed: true });
    }
    expect(place.eko.debits.filter(({ otpRefId }) => otpRefId === input.otpRefId)).toHaveLength(1);
  });

  test('the OTP expires while the first is written: the second gets what becomes of the first', async () => {
    const input = toInput(await storeChallenge(place, { expiresAt: at(SECOND) }));
    const all: ReturnType<typeof initiate>[] = [];
    await whileLocked('transfers IN EXCLUSIVE', async () => {
      all.push(initiate(input));
      await untilBlocked(place);
      place.clock.ms += 2 * SECOND;
      const gate = jest.spyOn(place.store, 'findEarlier');
      all.push(initiate(input));
      await gate.mock.results[0]!.value;
      gate.mockRestore();
    });
    const [first, second] = await Promise.all(all);
    expect(second).toEqual({ ...first, isReplayed: true });
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('the first of which cannot be written: the second is made in its own right', async () => {
    const challenge = await storeChallenge(place, { amountRupees: 4_998 });
    const input = toInput(challenge);
    await place.sql(
      `ALTER TABLE transfers ADD CONSTRAINT not_this_one CHECK (client_ref_id <> '${input.clientRefId}') NOT VALID`,
    );
    const second = { ...input, clientRefId: newRef() };
    const [one, two] = await settleAtOnce([() => initiate(input), () => initiate(second)], 1);
    expect(one).toMatchObject({ reason: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(two).toMatchObject({
      value: { isReplayed: false, transfer: { clientRefId: second.clientRefId } },
    });
  });

  test.each<[string, Partial<InitiateTransferInput>, object]>([
    ['under the same keys', {}, { value: { isReplayed: true } }],
    [
      'under another reference',
      { clientRefId: 'REQ-SECOND-000002' },
      { reason: { code: 'OTP_ALREADY_USED' } },
    ],
  ])('to two servers, %s: one debit, and the other is told', async (_what, change, expected) => {
    const other = await startUseCases({ databaseUrl: place.databaseUrl });
    try {
      const input = await newInput();
      const calls = [() => initiate(input), () => initiate({ ...input, ...change }, AGENT, other)];
      const both = await settleAtOnce(calls, 2);
      const isMade = (outcome: (typeof both)[number]) =>
        outcome.status === 'fulfilled' && !outcome.value.isReplayed;
      expect(both.filter(isMade)).toMatchObject([{ value: { timeline: [{}, {}] } }]);
      expect(both.filter((outcome) => !isMade(outcome))).toMatchObject([expected]);
      expect(
        [...place.eko.debits, ...other.eko.debits].filter(({ otpRefId }) => otpRefId === input.otpRefId),
      ).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  test.each<[string, Partial<InitiateTransferInput>, object]>([
    ['is the same transfer', {}, { isReplayed: true }],
    ['for another amount is a conflict', { amountRupees: 501 }, { code: 'CLIENT_REF_CONFLICT' }],
    [
      'under another reference has used its OTP',
      { clientRefId: 'REQ-SECOND-000003' },
      { code: 'OTP_ALREADY_USED' },
    ],
  ])('the first written while the second is on its way: the second %s', async (_what, change, expected) => {
    const input = await newInput();
    const commit = place.store.commitIntent.bind(place.store);
    const intent = jest.spyOn(place.store, 'commitIntent').mockImplementationOnce(async (...given) => {
      await initiate(input);
      return commit(...given);
    });
    const answer = await initiate({ ...input, ...change }).catch((error: unknown) => error);
    intent.mockRestore();
    expect(answer).toMatchObject(expected);
    expect(place.eko.debits.filter(({ otpRefId }) => otpRefId === input.otpRefId)).toHaveLength(1);
  });

  test.each<[string, Partial<InitiateTransferInput>, object]>([
    ['is the same transfer', {}, { isReplayed: true }],
    ['for another amount does not fit its OTP', { amountRupees: 501 }, { code: 'OTP_MISMATCH' }],
    [
      'under another reference has used its OTP',
      { clientRefId: 'REQ-SECOND-000004' },
      { code: 'OTP_ALREADY_USED' },
    ],
  ])('the first written while the second is at its gates: the second %s', async (_what, change, expected) => {
    const input = await newInput();
    const find = place.store.findEarlier.bind(place.store);
    const intent = holdBackOnce();
    const gate = jest.spyOn(place.store, 'findEarlier').mockImplementationOnce(async (...given) => {
      const found = await find(...given);
      await initiate(input);
      return found;
    });
    const answer = await initiate({ ...input, ...change }).catch((error: unknown) => error);
    intent.mockRestore();
    gate.mockRestore();
    expect(answer).toMatchObject(expected);
    expect(place.eko.debits.filter(({ otpRefId }) => otpRefId === input.otpRefId)).toHaveLength(1);
  });

  test('the first comes to nothing while the second is on its way: the second is made', async () => {
    const input = await newInput();
    const intent = holdBackOnce();
    expect(await initiate(input)).toMatchObject({ isReplayed: false, transfer: { status: 'SUCCESS' } });
    intent.mockRestore();
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('the OTP expires between the gates and the intent: it is refused, and nothing is written', async () => {
    const input = toInput(await storeChallenge(place, { expiresAt: at(SECOND) }));
    const [intent, time] = [holdBackOnce(), jest.spyOn(place.clock, 'nowMs')];
    const find = place.store.findEarlier.bind(place.store);
    const gate = jest.spyOn(place.store, 'findEarlier').mockImplementationOnce(async (...given) => {
      const found = await find(...given);
      time.mockReturnValue(START_MS + SECOND).mockReturnValueOnce(START_MS + SECOND - 1);
      return found;
    });
    const refusal = await refusalOf(initiate(input));
    for (const spy of [intent, time, gate]) spy.mockRestore();
    expect(refusal).toMatchObject({ code: 'OTP_EXPIRED' });
    expect(await findByRef(input.clientRefId)).toBeNull();
    expect(debitsOf(input)).toEqual([]);
  });

  test('one by another agent, which is stuck: the OTP’s own agent does not wait for it', async () => {
    const input = await newInput();
    let letGo = () => {};
    const intent = jest.spyOn(place.store, 'commitIntent').mockImplementationOnce(
      () =>
        new Promise((resolve) => {
          letGo = () => resolve(null);
        }),
    );
    const foreign = initiate({ ...input, clientRefId: newRef() }, OTHER_AGENT);
    expect(await initiate(input)).toMatchObject({ isReplayed: false, transfer: { status: 'SUCCESS' } });
    letGo();
    intent.mockRestore();
    expect(await refusalOf(foreign)).toMatchObject({ code: 'OTP_NOT_FOUND' });
  });

  test('with two OTPs under one reference: the second is a conflict', async () => {
    const clientRefId = newRef();
    const [one, two] = [await newInput({ clientRefId }), await newInput({ clientRefId })];
    const outcomes = await Promise.allSettled([initiate(one), initiate(two)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CLIENT_REF_CONFLICT' },
    });
    expect(debitsOf({ clientRefId })).toHaveLength(1);
  });
});

/** A server that takes no new debits still answers these as ever. */
async function prepareOthers() {
  const [made, other] = [await newInput(), await newInput()];
  const { transfer } = await initiate(made);
  return async () => {
    expect(await initiate(made)).toMatchObject({ isReplayed: true, transfer: { id: transfer.id } });
    expect(await refusalOf(initiate({ ...other, amountRupees: 501 }))).toMatchObject({
      code: 'OTP_MISMATCH',
    });
  };
}

describe('a server with enough to do', () => {
  test('refuses before anything is written, and answers what needs no debit', async () => {
    const answerOthers = await prepareOthers();
    const inputs = [await newInput(), await newInput(), await newInput()];
    const { arrived, letGo } = holdDebits();
    const under = inputs.map((input) => initiate(input));
    await arrived(3);
    const input = await newInput();
    expect(await refusalOf(initiate(input))).toMatchObject({ code: 'OVERLOADED' });
    expect(await findByRef(input.clientRefId)).toBeNull();
    await answerOthers();
    letGo();
    await Promise.all(under);
    place.eko.onDebit = succeed;
    expect((await initiate(input)).transfer.status).toBe('SUCCESS');
  });
});

describe('while Eko leaves outcomes open', () => {
  afterEach(() => place.breaker.record('succeeded'));

  test('a debit is refused, and the one that finds out is none that needs no debit', async () => {
    const answerOthers = await prepareOthers();
    const [input, second] = [await newInput(), await newInput()];
    for (let count = 0; count < 3; count += 1) place.breaker.record('unknown');
    expect(await refusalOf(initiate(input))).toMatchObject({ code: 'OVERLOADED' });
    expect(await findByRef(input.clientRefId)).toBeNull();
    await answerOthers();

    place.clock.ms += 30 * SECOND;
    await answerOthers();
    place.eko.onDebit = (response) => response.destroy();
    expect(await initiate(input)).toMatchObject({ isReplayed: false, transfer: { status: 'AWAITED' } });
    expect(await refusalOf(initiate(second))).toMatchObject({ code: 'OVERLOADED' });
  });
});

describe('many requests that a gate refuses, at the same moment', () => {
  afterEach(() => void jest.restoreAllMocks());

  test.each([
    ['the intent takes longer than the look at the gates', 10, 0],
    ['the look at the gates takes longer', 0, 10],
  ])('each tries once and is told (%s)', async (_what, intentMs, gatesMs) => {
    const input = { ...(await newInput()), amountRupees: 501 };
    const commit = place.store.commitIntent.bind(place.store);
    const find = place.store.findEarlier.bind(place.store);
    const intents = jest.spyOn(place.store, 'commitIntent').mockImplementation(async (...given) => {
      await delay(intentMs);
      return commit(...given);
    });
    const gates = jest.spyOn(place.store, 'findEarlier').mockImplementation(async (...given) => {
      await delay(gatesMs);
      return find(...given);
    });
    const burst = Array.from({ length: 20 }, async (_, index) => {
      await delay(index);
      return refusalOf(initiate(input));
    });
    expect((await Promise.all(burst)).map(({ code }) => code)).toEqual(burst.map(() => 'OTP_MISMATCH'));
    expect(intents.mock.calls.length).toBeLessThanOrEqual(burst.length);
    expect(gates.mock.calls.length).toBeLessThanOrEqual(burst.length ** 2 / 2);
  });
});

describe('a request that waited for the database', () => {
  async function waitFor(lock: string, waitedMs: number, input: InitiateTransferInput) {
    let answer: ReturnType<typeof initiate> | undefined;
    await whileLocked(lock, async () => {
      answer = initiate(input);
      answer.catch(() => undefined);
      await untilBlocked(place);
      place.clock.ms += waitedMs;
    });
    return answer!;
  }

  test('for ten seconds is still made', async () => {
    const input = await newInput();
    const intent = holdBackOnce();
    const { transfer } = await waitFor('otp_challenges IN ACCESS EXCLUSIVE', 10 * SECOND, input);
    intent.mockRestore();
    expect(transfer.status).toBe('SUCCESS');
  });

  test('for longer is refused before it is written: its caller has gone', async () => {
    const input = await newInput();
    const intent = holdBackOnce();
    const answer = waitFor('otp_challenges IN ACCESS EXCLUSIVE', 10 * SECOND + 1, input);
    expect(await refusalOf(answer)).toMatchObject({ code: 'OVERLOADED' });
    intent.mockRestore();
    expect(await findByRef(input.clientRefId)).toBeNull();
  });

  const LOCKS = ['transfers IN EXCLUSIVE', 'otp_challenges IN ACCESS EXCLUSIVE'];

  test.each(LOCKS)('for ten seconds while it was written is still sent (%s)', async (lock) => {
    const input = await newInput();
    expect((await waitFor(lock, 10 * SECOND, input)).transfer.status).toBe('SUCCESS');
  });

  test.each(LOCKS)('for longer while it was written is there, and never sent (%s)', async (lock) => {
    const input = await newInput();
    const answer = await waitFor(lock, 10 * SECOND + 1, input);
    expect(answer).toMatchObject({ timeline: null, isReplayed: false, transfer: { status: 'SUBMITTING' } });
    expect(await findByRef(input.clientRefId)).toMatchObject({
      id: answer.transfer.id,
      status: 'SUBMITTING',
    });
    expect(debitsOf(input)).toEqual([]);
  });
});

describe('when the commit of the intent fails', () => {
  test('for good, it is a fault of ours, with its cause, and nothing was sent', async () => {
    await place.sql('ALTER TABLE transfers ADD CONSTRAINT not_this_amount CHECK (amount_rupees <> 4999)');
    const input = toInput(await storeChallenge(place, { amountRupees: 4_999 }));
    const failure = initiate(input);
    await expect(failure).rejects.toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
      cause: { message: expect.stringContaining('not_this_amount') },
    });
    expect(debitsOf(input)).toEqual([]);
  });

  describe('and the request is', () => {
    afterEach(() => void jest.restoreAllMocks());
    const failOnce = () =>
      jest.spyOn(place.store, 'commitIntent').mockRejectedValueOnce(new Error('the table is locked'));

    test('a replay, it is answered', async () => {
      const input = await newInput();
      const { transfer } = await initiate(input);
      failOnce();
      expect(await initiate(input)).toEqual({ transfer, timeline: null, isReplayed: true });
      expect(debitsOf(input)).toHaveLength(1);
    });

    test('one that a gate refuses, it is told', async () => {
      const input = await newInput({ otpRefId: 'OTP-OF-NOBODY' });
      failOnce();
      expect(await refusalOf(initiate(input))).toMatchObject({ code: 'OTP_NOT_FOUND' });
    });

    test('a new one, it is a fault of ours, with its cause, and the same request is good later', async () => {
      const input = await newInput();
      failOnce();
      await expect(initiate(input)).rejects.toMatchObject({
        code: 'INTERNAL_SERVER_ERROR',
        cause: { message: 'the table is locked' },
      });
      expect(await initiate(input)).toMatchObject({ isReplayed: false, transfer: { status: 'SUCCESS' } });
    });
  });

  test.each<[CommitFault, string]>([
    ['neverArrives', 'INTERNAL_SERVER_ERROR'],
    ['acknowledgementLost', 'SUBMITTING'],
    ['acknowledgementLostAndGone', 'INTERNAL_SERVER_ERROR'],
  ])('on its way (%s), nothing is sent: %s', async (fault, expected) => {
    const proxy = await startDatabaseProxy(place.databaseUrl);
    const other = await startUseCases({ databaseUrl: proxy.url });
    try {
      const input = await newInput();
      proxy.failNextIntent(fault);
      const answer = await initiate(input, AGENT, other).catch((error: unknown) => error);
      expect(answer).toMatchObject(
        expected === 'SUBMITTING'
          ? { transfer: { status: expected }, timeline: null, isReplayed: false }
          : { code: expected },
      );
      expect(other.eko.debits).toEqual([]);
      expect((await findByRef(input.clientRefId)) !== null).toBe(fault !== 'neverArrives');
    } finally {
      proxy.restore();
      await other.stop();
      await proxy.stop();
    }
  });
});

describe('when the outcome cannot be stored', () => {
  /** The next statements that write an outcome fail so often, with this SQLSTATE. */
  async function failOutcomes(times: number, sqlState: string): Promise<void> {
    await place.sql('DROP TABLE IF EXISTS faults');
    await place.sql('CREATE TABLE faults AS SELECT generate_series(1, $1::int) AS number', [times]);
    await place.sql('DROP SEQUENCE IF EXISTS fault_number');
    await place.sql('CREATE SEQUENCE fault_number');
    await place.sql(`CREATE OR REPLACE FUNCTION fail_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('fault_number') <= ${times} THEN
          RAISE EXCEPTION 'a fault of the test' USING ERRCODE = '${sqlState}';
        END IF;
        RETURN NEW;
      END $$`);
    await place.sql(
      'CREATE OR REPLACE TRIGGER fail_outcome BEFORE UPDATE ON transfers FOR EACH ROW EXECUTE FUNCTION fail_outcome()',
    );
  }
  afterEach(() => place.sql('DROP TRIGGER IF EXISTS fail_outcome ON transfers'));

  test('for a while, it is tried again, and Eko is not asked again', async () => {
    await failOutcomes(3, '40001');
    const input = await newInput();
    const startedAt = performance.now();
    const { transfer, timeline } = await initiate(input);
    expect(transfer.status).toBe('SUCCESS');
    expect(timeline).toHaveLength(2);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50 + 200 + 1_000 - 50);
    expect(place.told.storeFailures).toHaveLength(3);
    expect(debitsOf(input)).toHaveLength(1);
  });

  test('because the schema refuses it, it is not tried again: what is known is told', async () => {
    await failOutcomes(1, '23514');
    const input = await newInput();
    const { transfer, timeline, isReplayed } = await initiate(input);
    expect(transfer.status).toBe('SUBMITTING');
    expect(timeline).toHaveLength(1);
    expect(isReplayed).toBe(false);
    expect(place.told.storeFailures).toEqual([expect.objectContaining({ message: 'a fault of the test' })]);
    expect(await findByRef(input.clientRefId)).toMatchObject({ status: 'SUBMITTING' });
    expect(debitsOf(input)).toHaveLength(1);
  });
});

describe('an outcome that is not stored in time', () => {
  test('keeps nobody waiting: the transfer is told as it was written', async () => {
    const other = await startUseCases({ databaseUrl: place.databaseUrl, transferTimeoutMs: 100 });
    try {
      const input = await newInput();
      let startedAt = 0;
      let answer: Awaited<ReturnType<typeof initiate>> | undefined;
      await place.dataSource.transaction(async (manager) => {
        other.eko.onDebit = (response, call) => {
          const lock = 'SELECT FROM transfers WHERE client_ref_id = $1 FOR UPDATE';
          void manager.query(lock, [call.clientRefId]).then(() => reply(response, toDebitReply(call)));
        };
        startedAt = performance.now();
        answer = await initiate(input, AGENT, other);
      });
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(5_100 - 50);
      expect(answer).toMatchObject({ isReplayed: false, transfer: { status: 'SUBMITTING' }, timeline: [{}] });
      expect(answer?.timeline).toHaveLength(1);
      // It is stored when it can be.
      await other.capacities.transfers.drain();
      expect((await findByRef(input.clientRefId))?.status).toBe('SUCCESS');
    } finally {
      await other.stop();
    }
  });
});

describe('after several unknown outcomes in a row', () => {
  test('new debits are refused before anything is written, until Eko answers one', async () => {
    const other = await startUseCases({ databaseUrl: place.databaseUrl });
    try {
      other.eko.onDebit = (response) => response.destroy();
      for (let debit = 0; debit < 3; debit += 1) {
        expect((await initiate(await newInput(), AGENT, other)).transfer.status).toBe('AWAITED');
      }
      const input = await newInput();
      expect(await refusalOf(initiate(input, AGENT, other))).toMatchObject({
        code: 'OVERLOADED',
        retryAfterMs: 30_000,
      });
      expect(await findByRef(input.clientRefId)).toBeNull();
      expect(other.capacities.transfers.inFlight).toBe(0);
      other.clock.ms += 30 * SECOND;
      // One that finds no place is not the one that finds out.
      const leaves = Array.from({ length: 10 }, () => other.capacities.transfers.enter());
      expect(await refusalOf(initiate(input, AGENT, other))).toMatchObject({ code: 'OVERLOADED' });
      for (const leave of leaves) leave();
      other.eko.onDebit = (response, call) => reply(response, toDebitReply(call));
      expect((await initiate(input, AGENT, other)).transfer.status).toBe('SUCCESS');
      expect((await initiate(await newInput(), AGENT, other)).transfer.status).toBe('SUCCESS');
    } finally {
      await other.stop();
    }
  });
});
