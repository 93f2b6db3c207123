// The legal steps of a transfer, written down independently of src after transfer-lifecycle.md, "Transitions".

/** A stored status; FAILED for the reason NOT_RECEIVED is a state of its own. */
export type LifecycleState =
  | 'SUBMITTING'
  | 'AWAITED'
  | 'ON_HOLD'
  | 'SUCCESS'
  | 'FAILED'
  | 'NOT_RECEIVED'
  | 'REFUND_PENDING'
  | 'REFUNDED';

export const LEGAL_STEPS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  SUBMITTING: ['AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  AWAITED: ['ON_HOLD', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  ON_HOLD: ['AWAITED', 'SUCCESS', 'FAILED', 'NOT_RECEIVED', 'REFUND_PENDING', 'REFUNDED'],
  SUCCESS: ['REFUND_PENDING', 'REFUNDED'],
  FAILED: [],
  NOT_RECEIVED: ['AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'REFUND_PENDING', 'REFUNDED'],
  REFUND_PENDING: ['REFUNDED'],
  REFUNDED: [],
};

/** Legal, and yet never made: an earlier rule always makes another step first. */
export const NEVER_MADE: ReadonlyMap<string, string> = new Map([
  ['SUBMITTING → NOT_RECEIVED', 'what a dead process left behind becomes AWAITED before it is asked after'],
  ['ON_HOLD → NOT_RECEIVED', 'what Eko has called on hold it has received'],
]);

export function toStep(from: LifecycleState, to: LifecycleState): string {
  return `${from} → ${to}`;
}

export const ALL_LEGAL_STEPS: readonly string[] = (Object.keys(LEGAL_STEPS) as LifecycleState[]).flatMap(
  (from) => LEGAL_STEPS[from].map((to) => toStep(from, to)),
);
