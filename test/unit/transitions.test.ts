import { describe, expect, test } from '@jest/globals';
import { FAILURE_REASONS, TRANSFER_STATUSES } from '../../src/entities/index.js';
import {
  assertTransitionsAreSound,
  canTransition,
  INITIAL_STATE,
  toLifecycleState,
  toStatus,
  TRANSITIONS,
  type LifecycleState,
} from '../../src/transfers/transitions.js';

const STATES = Object.keys(TRANSITIONS) as LifecycleState[];
/** The legal steps as docs/transfer-lifecycle.md §1 lists them, written down a second time. */
const LEGAL: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  SUBMITTING: ['AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  AWAITED: ['ON_HOLD', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  ON_HOLD: ['AWAITED', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  SUCCESS: ['REFUND_PENDING', 'REFUNDED'],
  FAILED: [],
  NOT_RECEIVED: ['AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'REFUND_PENDING', 'REFUNDED'],
  REFUND_PENDING: ['REFUNDED'],
  REFUNDED: [],
};

test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
  '%s → %s is as the lifecycle says',
  (from, to) => {
    expect(canTransition(from, to)).toBe(LEGAL[from].includes(to));
  },
);

test('money that was sent is never called failed, and a final failure never anything else', () => {
  for (const state of ['SUCCESS', 'REFUND_PENDING', 'REFUNDED'] as const) {
    expect(canTransition(state, 'FAILED')).toBe(false);
    expect(canTransition(state, 'NOT_RECEIVED')).toBe(false);
  }
  for (const state of STATES) expect(canTransition('FAILED', state)).toBe(false);
});

test('nothing leads back to the beginning', () => {
  for (const state of STATES) expect(canTransition(state, INITIAL_STATE)).toBe(false);
});

test('only the provisional failure is a state of its own', () => {
  for (const reason of FAILURE_REASONS) {
    expect(toLifecycleState('FAILED', reason)).toBe(reason === 'NOT_RECEIVED' ? 'NOT_RECEIVED' : 'FAILED');
  }
  for (const status of TRANSFER_STATUSES.filter((candidate) => candidate !== 'FAILED')) {
    expect(toLifecycleState(status, null)).toBe(status);
    expect(toLifecycleState(status, 'NOT_RECEIVED')).toBe(status);
    expect(toStatus(status)).toBe(status);
  }
  expect(toStatus('NOT_RECEIVED')).toBe('FAILED');
});

describe('a table that makes no sense stops the start', () => {
  test('the one in use makes sense', () => {
    expect(() => assertTransitionsAreSound()).not.toThrow();
  });

  test.each<[string, Partial<typeof TRANSITIONS>]>([
    [
      'a state out of reach',
      {
        SUCCESS: ['REFUNDED'],
        SUBMITTING: ['AWAITED'],
        AWAITED: ['SUCCESS', 'FAILED', 'NOT_RECEIVED'],
        NOT_RECEIVED: ['FAILED'],
      },
    ],
    ['a state without exit that is not final', { REFUND_PENDING: [] }],
    ['a way back to the beginning', { NOT_RECEIVED: ['SUBMITTING'] }],
  ])('%s', (_, change) => {
    expect(() => assertTransitionsAreSound({ ...TRANSITIONS, ...change })).toThrow();
  });
});
