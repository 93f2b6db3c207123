// Which state may follow which: data, checked at start, and enforced a second time by a database trigger.
import type { FailureReason, TransferStatus } from '../entities/index.js';
import { assert } from '../shared/assert.js';

/** A status, with the one failure that is provisional told apart from those that are final. */
export type LifecycleState = TransferStatus | 'NOT_RECEIVED';

const LATER: readonly LifecycleState[] = ['SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'];

export const TRANSITIONS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  SUBMITTING: ['AWAITED', 'ON_HOLD', ...LATER],
  AWAITED: ['ON_HOLD', ...LATER],
  ON_HOLD: ['AWAITED', ...LATER],
  /** A bank can return the money later. */
  SUCCESS: ['REFUND_PENDING', 'REFUNDED'],
  REFUND_PENDING: ['REFUNDED'],
  REFUNDED: [],
  FAILED: [],
  /** Any later evidence reopens it. */
  NOT_RECEIVED: ['AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'REFUND_PENDING', 'REFUNDED'],
};

export const INITIAL_STATE: LifecycleState = 'SUBMITTING';
const FINAL_STATES: readonly LifecycleState[] = ['REFUNDED', 'FAILED'];

export function canTransition(from: LifecycleState, to: LifecycleState): boolean {
  return TRANSITIONS[from].includes(to);
}

export function toLifecycleState(status: TransferStatus, reason: FailureReason | null): LifecycleState {
  return status === 'FAILED' && reason === 'NOT_RECEIVED' ? 'NOT_RECEIVED' : status;
}

export function toStatus(state: LifecycleState): TransferStatus {
  return state === 'NOT_RECEIVED' ? 'FAILED' : state;
}

/** Crashes the start when the table makes no sense: a state out of reach, or one without exit that is not final. */
export function assertTransitionsAreSound(table: typeof TRANSITIONS = TRANSITIONS): void {
  const reached = new Set<LifecycleState>([INITIAL_STATE]);
  for (const state of reached) for (const next of table[state]) reached.add(next);
  for (const state of Object.keys(table) as LifecycleState[]) {
    assert(reached.has(state), `no way leads to ${state}`);
    assert(table[state].length > 0 || FINAL_STATES.includes(state), `no way leads out of ${state}`);
    assert(!table[state].includes(INITIAL_STATE), `${state} leads back to the beginning`);
  }
}
