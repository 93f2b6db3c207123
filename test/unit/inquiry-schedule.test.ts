import { describe, expect, test } from '@jest/globals';
import type { Transfer } from '../../src/entities/index.js';
import { AssertionError } from '../../src/shared/assert.js';
import {
  doesNotFoundCount,
  isNotReceived,
  toNextInquiryAt,
  type InquiryPolicy,
} from '../../src/transfers/inquiry-schedule.js';
import { afterCreation, toTransfer } from '../support/transfer-row.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const POLICY: InquiryPolicy = {
  scheduleMs: [2_000, 5_000, 600_000, HOUR],
  notReceivedAfterMs: 30 * MINUTE,
  notReceivedAnswers: 5,
  notReceivedSpacingMs: 5 * MINUTE,
};

describe('"not found" means "never received"', () => {
  /** Everything that it takes, each exactly at its bound. */
  const enough: Partial<Transfer> = { status: 'AWAITED', notFoundCount: 5 };
  const facts = { now: afterCreation(30 * MINUTE), otpExpiresAt: afterCreation(30 * MINUTE), policy: POLICY };

  test('with all of its conditions, when AWAITED', () => {
    expect(isNotReceived(toTransfer({ ...enough, status: 'AWAITED' }), facts)).toBe(true);
  });

  test('not while its debit may still be on its way', () => {
    expect(isNotReceived(toTransfer({ ...enough, status: 'SUBMITTING' }), facts)).toBe(false);
  });

  test.each<[string, Partial<Transfer>, Partial<typeof facts>]>([
    ['when one answer is missing', { notFoundCount: 4 }, {}],
    [
      'when it is a millisecond too young',
      {},
      { now: afterCreation(30 * MINUTE - 1), otpExpiresAt: afterCreation(0) },
    ],
    ['while the OTP could be used', {}, { otpExpiresAt: afterCreation(30 * MINUTE + 1) }],
    ['when Eko once spoke of it', { isAcknowledged: true }, {}],
    ['when on hold', { status: 'ON_HOLD' }, {}],
    ['when a success', { status: 'SUCCESS' }, {}],
    ['when refund pending', { status: 'REFUND_PENDING' }, {}],
    ['when refunded', { status: 'REFUNDED' }, {}],
    ['when failed for good', { status: 'FAILED', failureReason: 'EKO_DECLINED' }, {}],
    ['when that was said before', { status: 'FAILED', failureReason: 'NOT_RECEIVED' }, {}],
  ])('not %s', (_, change, factChange) => {
    expect(isNotReceived(toTransfer({ ...enough, ...change }), { ...facts, ...factChange })).toBe(false);
  });

  test('at any age with too few answers, and with any number of answers too early', () => {
    expect(isNotReceived(toTransfer({ notFoundCount: 4 }), { ...facts, now: afterCreation(1e12) })).toBe(
      false,
    );
    expect(
      isNotReceived(toTransfer({ notFoundCount: 1e6 }), { ...facts, now: afterCreation(29 * MINUTE) }),
    ).toBe(false);
  });
});

describe('a "not found" counts', () => {
  test.each<[string, Partial<Transfer>, boolean]>([
    ['as the first', {}, true],
    ['exactly the spacing after the last', { lastNotFoundAt: afterCreation(0), notFoundCount: 1 }, true],
    ['not a millisecond sooner', { lastNotFoundAt: afterCreation(1), notFoundCount: 1 }, false],
    ['never once Eko has spoken of the transaction', { isAcknowledged: true }, false],
    ['never while the debit may be on its way out', { status: 'SUBMITTING' }, false],
  ])('%s', (_, change, expected) => {
    expect(doesNotFoundCount(toTransfer(change), afterCreation(5 * MINUTE), POLICY)).toBe(expected);
  });
});

describe('the next inquiry', () => {
  const now = afterCreation(HOUR);
  const delayMs = (change: Partial<Transfer>, policy = POLICY, wasHinted = false) => {
    const next = toNextInquiryAt(toTransfer(change), { now, policy, hasFailed: false, wasHinted });
    return next === null ? null : next.getTime() - now.getTime();
  };

  test.each([
    [0, 2_000],
    [1, 5_000],
    [2, 600_000],
    [3, HOUR],
    [4, HOUR],
    [1_000, HOUR],
  ])('after %i inquiries is in %i ms', (inquiryCount, expected) => {
    for (const status of ['SUBMITTING', 'AWAITED', 'ON_HOLD', 'REFUND_PENDING'] as const) {
      expect(delayMs({ status, inquiryCount })).toBe(expected);
    }
  });

  test.each([
    ['00000000', 600_000],
    ['80000000', 630_000],
    ['ffffffff', 660_000],
  ])(
    'of the transfer that ends in %s is after %i ms: what was due at one moment comes apart',
    (end, expected) => {
      const id = `0190a000-0000-7000-8000-0000${end}`;
      expect(delayMs({ id, inquiryCount: 2 })).toBe(expected);
    },
  );

  test('comes sooner when answers are counted, so that they are soon enough counted', () => {
    expect(delayMs({ notFoundCount: 1, inquiryCount: 3 })).toBe(5 * MINUTE);
    expect(delayMs({ notFoundCount: 1, inquiryCount: 1 })).toBe(5_000);
  });

  test('never follows at once, also when the spacing is set to 0', () => {
    const policy = { ...POLICY, notReceivedSpacingMs: 0 };
    expect(delayMs({ notFoundCount: 1, inquiryCount: 3 }, policy)).toBe(2_000);
  });

  test.each([
    ['SUCCESS', null],
    ['REFUNDED', null],
    ['FAILED', 'EKO_DECLINED'],
    ['FAILED', 'EKO_UNREACHABLE'],
    ['FAILED', 'EKO_REJECTED'],
  ] as const)('is not planned when %s (%s)', (status, failureReason) => {
    expect(delayMs({ status, failureReason })).toBeNull();
  });

  test.each([
    [0, HOUR],
    [HOUR, 6 * HOUR],
    [6 * HOUR, 24 * HOUR],
    [24 * HOUR, 72 * HOUR],
    [72 * HOUR, 168 * HOUR],
    [168 * HOUR, null],
  ])('of one not received %i ms ago is %s ms after that', (agoMs, lookMs) => {
    const notReceivedAt = new Date(now.getTime() - agoMs);
    const transfer = toTransfer({ status: 'FAILED', failureReason: 'NOT_RECEIVED', notReceivedAt });
    const next = toNextInquiryAt(transfer, { now, policy: POLICY, hasFailed: false, wasHinted: false });
    expect(next === null ? null : next.getTime() - notReceivedAt.getTime()).toBe(lookMs);
    // One that failed was no look: also the last one is made again.
    const again = toNextInquiryAt(transfer, { now, policy: POLICY, hasFailed: true, wasHinted: false });
    expect(again).toEqual(new Date(now.getTime() + 2_000));
  });

  describe('after a callback', () => {
    const at = (ms: number) => new Date(now.getTime() + ms);
    test.each<[string, Partial<Transfer>, number]>([
      ['is now when there was none yet', { status: 'SUCCESS', hintedAt: at(0) }, 0],
      ['is 10 s after the last', { status: 'SUCCESS', hintedAt: at(0), lastInquiryAt: at(-4_000) }, 6_000],
      [
        'is now when the last was long ago',
        { status: 'SUCCESS', hintedAt: at(0), lastInquiryAt: at(-11_000) },
        0,
      ],
      ['is so too when planned sooner', { hintedAt: at(0), lastInquiryAt: at(-1_000) }, 9_000],
      ['is sooner than planned', { hintedAt: at(0), lastInquiryAt: at(-4_000), inquiryCount: 3 }, 6_000],
      [
        'follows the schedule when the last was made at its very moment',
        { status: 'SUCCESS', hintedAt: at(-5), lastInquiryAt: at(-5), inquiryCount: 2 },
        600_000,
      ],
      [
        'follows the schedule when one made since told nothing',
        { status: 'SUCCESS', hintedAt: at(-9), lastInquiryAt: at(-5), inquiryCount: 2 },
        600_000,
      ],
      [
        'follows it, also one of a transfer that is awaited, but not faster than every 10 s',
        { hintedAt: at(-9), lastInquiryAt: at(-5), inquiryCount: 0 },
        9_995,
      ],
      [
        'but not faster than every 10 s',
        { status: 'SUCCESS', hintedAt: at(-9), lastInquiryAt: at(-5), inquiryCount: 0 },
        10_000,
      ],
    ])('%s', (_, change, expected) => {
      expect(delayMs(change)).toBe(expected);
    });

    test.each<[string, Partial<Transfer>, number | null]>([
      ['follows the schedule', { inquiryCount: 2, lastInquiryAt: at(-5) }, 600_000],
      ['but not within 10 s', { inquiryCount: 0, lastInquiryAt: at(-5) }, 9_995],
      ['is none of a final one', { status: 'SUCCESS', lastInquiryAt: at(-5) }, null],
    ])('that was answered: %s', (_, change, expected) => {
      expect(delayMs(change, POLICY, true)).toBe(expected);
    });
  });
});

describe('a broken invariant stops the plan', () => {
  test('a schedule without a delay', () => {
    const policy = { ...POLICY, scheduleMs: [] };
    expect(() =>
      toNextInquiryAt(toTransfer(), { now: afterCreation(0), policy, hasFailed: false, wasHinted: false }),
    ).toThrow(AssertionError);
  });

  test('a transfer that was not received, and does not say since when', () => {
    const transfer = toTransfer({ status: 'FAILED', failureReason: 'NOT_RECEIVED' });
    expect(() =>
      toNextInquiryAt(transfer, {
        now: afterCreation(0),
        policy: POLICY,
        hasFailed: false,
        wasHinted: false,
      }),
    ).toThrow(AssertionError);
  });
});
