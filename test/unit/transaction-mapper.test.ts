// What a screen is told of a transaction, in every state: the same as the lifecycle's table, in sentences that agree with
// the button beside them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FAILURE_REASONS, Transfer, type TransferStatus } from '../../src/entities/index.js';
import { toTransaction } from '../../src/resolvers/transaction.mapper.js';

type Failure = (typeof FAILURE_REASONS)[number];
interface State {
  readonly status: TransferStatus;
  readonly failureReason: Failure | null;
  /** Whether Eko will be asked again. */
  readonly isAskedAgain: boolean;
  readonly wasReviewed: boolean;
}
const state = (
  status: TransferStatus,
  isAskedAgain: boolean,
  failureReason: Failure | null = null,
  wasReviewed = false,
): State => ({ status, failureReason, isAskedAgain, wasReviewed });
const OTHER_REASONS = FAILURE_REASONS.filter((reason) => !/EKO_REJECTED|NOT_RECEIVED/.test(reason));

/** By the first column of the table. */
const STATES: Readonly<Record<string, readonly State[]>> = {
  '`SUBMITTING`, `AWAITED`': [state('SUBMITTING', true), state('AWAITED', true)],
  '`ON_HOLD`': [state('ON_HOLD', true)],
  '`SUCCESS`': [state('SUCCESS', false)],
  '`REFUND_PENDING`': [state('REFUND_PENDING', true)],
  '`REFUNDED`': [state('REFUNDED', false)],
  '`FAILED(EKO_REJECTED)`': [state('FAILED', false, 'EKO_REJECTED')],
  '`FAILED(NOT_RECEIVED)`': [state('FAILED', true, 'NOT_RECEIVED'), state('FAILED', false, 'NOT_RECEIVED')],
  '`FAILED`, any other reason': OTHER_REASONS.map((reason) => state('FAILED', false, reason)),
  '`FAILED`, a review closed': OTHER_REASONS.map((reason) => state('FAILED', false, reason, true)),
};
const [, table = ''] =
  /## What the API shows[^|]*([^]*?)\n\n/.exec(readFileSync('docs/transfer-lifecycle.md', 'utf8')) ?? [];
const ROWS = table
  .split('\n')
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

function show({ status, failureReason, isAskedAgain, wasReviewed }: State, needsReview: boolean) {
  const nextInquiryAt = isAskedAgain ? new Date() : null;
  return toTransaction(
    Object.assign(new Transfer(), {
      status,
      failureReason,
      needsReview,
      reviewedAt: wasReviewed ? new Date() : null,
      nextInquiryAt,
      ekoStatus: null,
      ekoMessage: null,
    }),
  );
}
const inTicks = (text: unknown) => (text === null ? 'null' : `\`${String(text)}\``);

/** What the sentence has to say for each button, and must not say for any other. */
const WORDS = {
  WAIT: /[Pp]lease wait/,
  COLLECT_REFUND_OTP: /refund OTP/,
  CONTACT_SUPPORT: /support/,
  START_AGAIN: /start again with a new OTP/i,
};

test('the table has a row for every state', () => {
  expect(ROWS.map(([name]) => name)).toEqual([...Object.keys(STATES), 'any, with `needs_review`']);
});

describe.each(Object.entries(STATES))('%s', (name, states) => {
  const [, status, isFinal = '', nextAction, code = ''] = ROWS.find(([first]) => first === name) ?? [];

  test.each(states)('is shown as the table says: %j', (one) => {
    const shown = show(one, false);
    expect(inTicks(shown.status)).toBe(status);
    expect(String(shown.isFinal)).toBe(
      /^(true once|as above)/.test(isFinal) ? String(!one.isAskedAgain) : isFinal,
    );
    expect(inTicks(shown.nextAction)).toBe(nextAction);
    expect(inTicks(shown.statusReason?.code ?? null)).toBe(
      code === 'the reason' ? inTicks(one.failureReason) : code,
    );
    expect(shown.nextCheckAt === null).toBe(!one.isAskedAgain);
  });

  test.each(states)('in review sends to support, whatever it says else: %j', (one) => {
    const shown = show(one, true);
    expect(shown.nextAction).toBe('CONTACT_SUPPORT');
    expect(shown.statusReason).toMatchObject({
      code: show(one, false).statusReason?.code ?? 'EKO_UNAVAILABLE',
      message: 'What became of this transfer is not clear. Please contact support; do not send it again.',
    });
  });

  test.each(states)('has a sentence that says what the button does, and nothing else: %j', (one) => {
    const { nextAction, statusReason } = show(one, false);
    const button: string = nextAction;
    for (const [action, words] of Object.entries(WORDS))
      expect(words.test(statusReason?.message ?? '')).toBe(action === button);
  });
});

test('an object of a transaction is made once, however many of its fields are looked at', () => {
  const shown = show(state('FAILED', false, 'WRONG_OTP'), false);
  expect(shown.statusReason).not.toBeNull();
  expect(shown.statusReason).toBe(shown.statusReason);
  expect(shown.recipient).toBe(shown.recipient);
  expect(show(state('SUCCESS', false), false).statusReason).toBeNull();
});
