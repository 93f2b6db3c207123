// Closing a review, to the row: what is written down, what does not change, and which words are no reason.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ReviewedAt1796000000000 } from '../../src/database/migrations/1796000000000-reviewed-at.js';
import type { Transfer } from '../../src/entities/index.js';
import { isForReview } from '../../src/transfers/contradictions.js';
import { reply, toInquiryReply } from '../support/scripted-eko.js';
import {
  getTransfer,
  readTimeline,
  refusalOf,
  START_MS,
  startUseCases,
  storeIntent,
  untilBlocked,
  type UseCases,
} from '../support/use-cases.js';

const REASON = 'Eko wrote that its answer was wrong';
const at = (ms: number) => new Date(START_MS + ms);

let place: UseCases;
beforeAll(async () => {
  place = await startUseCases();
});
afterAll(() => place.stop());
beforeEach(() => {
  place.clock.ms = START_MS;
});

/** After an inquiry that named another amount. */
async function storeInReview(): Promise<Transfer> {
  const transfer = await storeIntent(place);
  const facts = { clientRefId: transfer.clientRefId, amount: 501 };
  place.eko.onInquiry = (response) => reply(response, toInquiryReply(facts));
  await place.inquiries.inquire(transfer.id, { spacingMs: 0, isPlanned: false });
  return getTransfer(place, transfer.id);
}
const resolve = ({ id }: Pick<Transfer, 'id'>, reason = REASON, operator = 'admin@example.org') =>
  place.reviews.resolve({ transferId: id, operator, reason });

describe('closing a review', () => {
  test('writes down who and why, and leaves everything else as it is', async () => {
    const transfer = await storeInReview();
    expect(transfer.needsReview).toBe(true);
    place.clock.ms += 5_000;
    const closed = await resolve(transfer, `  ${REASON}\n`);
    const row = await getTransfer(place, transfer.id);
    const changed = { needsReview: false, reviewedAt: at(5_000), eventCount: 3, updatedAt: at(5_000) };
    expect(row).toEqual({ ...transfer, ...changed });
    expect(closed).toEqual(row);
    expect((await readTimeline(place, transfer.id)).at(-1)).toEqual({
      id: expect.any(String),
      transferId: transfer.id,
      sequence: 3,
      source: 'OPERATOR',
      fromStatus: 'SUBMITTING',
      toStatus: 'SUBMITTING',
      message: `A person has looked at it and closed the review: ${REASON}`,
      evidence: { operator: 'admin@example.org', reason: REASON },
      occurredAt: at(5_000),
    });
  });

  test('before it was kept in the row is found in the timeline by the migration', async () => {
    const [closed, open] = [await storeInReview(), await storeInReview()];
    place.clock.ms += 5_000;
    await resolve(closed);
    const runner = place.dataSource.createQueryRunner();
    const migration = new ReviewedAt1796000000000();
    await migration.down(runner);
    await migration.up(runner);
    await runner.release();
    expect((await getTransfer(place, closed.id)).reviewedAt).toEqual(at(5_000));
    expect((await getTransfer(place, open.id)).reviewedAt).toBeNull();
  });

  test('again with the same words by the same person changes nothing', async () => {
    const transfer = await storeInReview();
    const closed = await resolve(transfer);
    expect(await resolve(transfer)).toEqual(closed);
    expect(await readTimeline(place, transfer.id)).toHaveLength(3);
  });

  test.each([
    ['other words', 'Somebody else looked at it', undefined],
    ['another person', REASON, 'other@example.org'],
  ])('again with %s is refused', async (_what, reason, operator) => {
    const transfer = await storeInReview();
    await resolve(transfer);
    expect(await refusalOf(resolve(transfer, reason, operator))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.id', message: 'is not in review: there is nothing to close' }],
    });
  });

  test('compares with the last word, not with one before it', async () => {
    const transfer = await storeInReview();
    await resolve(transfer, 'The first reason');
    await place.sql('UPDATE transfers SET needs_review = true WHERE id = $1', [transfer.id]);
    await resolve(transfer, 'The second reason');
    expect(await refusalOf(resolve(transfer, 'The first reason'))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await resolve(transfer, 'The second reason')).id).toBe(transfer.id);
  });

  test('that was never opened is refused, and one of no transfer finds nothing', async () => {
    expect(await refusalOf(resolve(await storeIntent(place)))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.id' }],
    });
    expect(await refusalOf(resolve({ id: '0190a000-0000-7000-8000-00000000ffff' }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('at the same moment twice is written once, and both are told that it is closed', async () => {
    const transfer = await storeInReview();
    let both: Promise<Transfer[]> | undefined;
    await place.dataSource.transaction(async (manager) => {
      await manager.query('SELECT FROM transfers WHERE id = $1 FOR UPDATE', [transfer.id]);
      both = Promise.all([resolve(transfer), resolve(transfer)]);
      both.catch(() => undefined);
      await untilBlocked(place, 2);
    });
    for (const { needsReview } of (await both)!) expect(needsReview).toBe(false);
    expect(await readTimeline(place, transfer.id)).toHaveLength(3);
  });
});

describe('a reason', () => {
  test.each([
    ['too short', '123456789'],
    ['too short without the space around it', '   123456789   '],
    ['too long', 'x'.repeat(301)],
    ['on two lines', 'looked at it\nand closed it'],
    ['with a control character', 'looked at it \u0007 today'],
    ['with a line separator', 'looked at it \u2028 today'],
    ['with a paragraph separator', 'looked at it \u2029 today'],
    ['with a joiner that joins no letters', 'looked at it \u200d today'],
    ['with two joiners in a row', 'क\u200d\u200cष देख लिया गया'],
  ])('%s is refused, and not repeated', async (_what, reason) => {
    const transfer = await storeInReview();
    const refusal = await refusalOf(resolve(transfer, reason));
    expect(refusal).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.reason', message: 'must be 10-300 printable characters on one line' }],
    });
    expect((await getTransfer(place, transfer.id)).needsReview).toBe(true);
  });

  test.each([
    ['as short as may be', '1234567890'],
    ['as long as may be, in characters that take two units', '😀'.repeat(300)],
    ['with a joiner inside a word', 'क्\u200dष देख लिया गया है'],
    ['with a non-joiner after a letter', 'می\u200cخواهم ببینم'],
  ])('%s is kept as it is', async (_what, reason) => {
    const transfer = await storeInReview();
    await resolve(transfer, reason);
    expect((await readTimeline(place, transfer.id)).at(-1)?.evidence).toMatchObject({ reason });
  });
});

test('the open reviews are counted', async () => {
  const before = await place.reviews.countOpen();
  const transfer = await storeInReview();
  await storeIntent(place);
  expect(await place.reviews.countOpen()).toBe(before + 1);
  await resolve(transfer);
  expect(await place.reviews.countOpen()).toBe(before);
});

describe('an event is the reason for a review', () => {
  const EVENT = {
    id: '',
    transferId: '',
    sequence: 2,
    evidence: {},
    occurredAt: at(0),
    source: 'EKO_INQUIRY',
    fromStatus: 'AWAITED',
    toStatus: 'AWAITED',
    message: 'Eko’s answer names another amount',
  } as const;
  test.each([
    ['when it changed no status', {}, true],
    ['also from a debit’s answer', { source: 'EKO_RESPONSE' }, true],
    ['not when a person said so', { source: 'OPERATOR' }, false],
    ['not when it was recovered', { source: 'RECOVERY' }, false],
    ['not when the status changed', { toStatus: 'SUCCESS', message: 'Eko says: success' }, false],
    [
      'but when it came under another tid',
      { toStatus: 'SUCCESS', message: 'Eko says: success, under another tid than 17' },
      true,
    ],
  ] as const)('%s', (_what, change, expected) => {
    expect(isForReview({ ...EVENT, ...change })).toBe(expected);
  });
});
