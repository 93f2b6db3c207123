// What happens to a transfer, as data: one row per magic amount (README). What the ledger sees and how
// the caller hears of it are separate columns, so that a fault plan can combine them freely.
import type { DeliveryKind, SilentKind } from './delivery.js';
import type { Distortion } from './distortions.js';
import type { DeclineReason, PlannedChange, TxStatus } from './ledger.js';

export type Behaviour = ProcessedBehaviour | LateBehaviour | UnprocessedBehaviour;

/** Eko never looks at the request: no ledger entry, no OTP used, inquiry never finds it. */
export interface UnprocessedBehaviour {
  readonly name: string;
  readonly processing: 'never';
  readonly delivery: SilentKind;
}

export interface ProcessedBehaviour {
  readonly name: string;
  readonly processing: 'normal';
  /** Refused after the OTP was accepted, without a debit. */
  readonly decline: DeclineReason | null;
  /** State the debit is answered with. */
  readonly firstState: TxStatus;
  /** Later changes, in this order, and what brings each about. */
  readonly changes: readonly PlannedChange[];
  /** Callbacks sent right after the debit, in this order, besides those that a change sends. */
  readonly callbacks: readonly TxStatus[];
  /** How an accepted transfer is answered; a declined one is always answered plainly. */
  readonly delivery: DeliveryKind;
  /** What is false in the reply. */
  readonly distortion: Distortion | null;
  /** For how long inquiries do not find it: some inquiries or some time. */
  readonly indexLag: 'inquiries' | 'time' | null;
}

/** Accepted, and debited only after the caller was turned away: until then inquiry does not find it. */
export interface LateBehaviour extends Omit<ProcessedBehaviour, 'processing' | 'delivery'> {
  readonly processing: 'late';
  readonly delivery: SilentKind;
}

export const SUCCESS: ProcessedBehaviour = {
  name: 'success',
  processing: 'normal',
  decline: null,
  firstState: 0,
  changes: [],
  callbacks: [],
  delivery: 'reply',
  distortion: null,
  indexLag: null,
};

const MAGIC_AMOUNTS: ReadonlyMap<number, Behaviour> = new Map<number, Behaviour>([
  [101, { ...SUCCESS, name: 'insufficient balance', decline: 'INSUFFICIENT_BALANCE' }],
  [102, { ...SUCCESS, name: 'monthly limit', decline: 'MONTHLY_LIMIT' }],
  [103, { ...SUCCESS, name: 'awaited, then success', firstState: 2, changes: [atSecondInquiry(0)] }],
  [104, { ...SUCCESS, name: 'awaited, then refund pending', firstState: 2, changes: [atSecondInquiry(3)] }],
  [105, { ...SUCCESS, name: 'on hold, then success', firstState: 5, changes: [atSecondInquiry(0)] }],
  [106, { ...SUCCESS, name: 'debited, reply never comes', delivery: 'hang' }],
  [107, { name: 'never processed, reply never comes', processing: 'never', delivery: 'hang' }],
  [108, { ...SUCCESS, name: 'success, later reversed', changes: [{ to: 3, trigger: 'delay' }] }],
  [109, { ...SUCCESS, name: 'tx_status 6, then success', firstState: 6, changes: [atSecondInquiry(0)] }],
  [110, { ...SUCCESS, name: 'duplicate and out-of-order callbacks', callbacks: [0, 2, 0] }],
  [111, { ...SUCCESS, name: 'HTTP 500 after the debit', delivery: 'plainText500' }],
  [112, { ...SUCCESS, name: 'reply cut after the debit', delivery: 'cutBody' }],
  [113, { name: 'connection reset before processing', processing: 'never', delivery: 'reset' }],
]);

/** Amount in rupees and what happens to it, for people. */
export function listMagicAmounts(): (readonly [amountRupees: number, happens: string])[] {
  return [...MAGIC_AMOUNTS].map(([amount, behaviour]) => [amount, behaviour.name] as const);
}

export function toBehaviour(amountRupees: number): Behaviour {
  return MAGIC_AMOUNTS.get(amountRupees) ?? SUCCESS;
}

export function atSecondInquiry(to: TxStatus): PlannedChange {
  return { to, trigger: 'secondInquiry' };
}
