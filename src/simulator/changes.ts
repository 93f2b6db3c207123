// How an entry moves from state to state: planned changes are armed one after the other.
import { assertNever } from '../shared/assert.js';
import { paiseOfRupees } from '../shared/money.js';
import type { ChangeCause, LedgerEntry, NextChange, PlannedChange } from './ledger.js';

export interface ArmingContext {
  readonly nowMs: number;
  /** Of the entry, so far. */
  readonly inquiries: number;
  /** What the trigger `delay` means. */
  readonly delayMs: number;
}

/** The first of the changes armed and the others kept; without any, the entry is at rest. */
export function toArmed(
  changes: readonly PlannedChange[],
  context: ArmingContext,
): Pick<LedgerEntry, 'nextChange' | 'laterChanges' | 'finalReachedAtMs'> {
  const [next, ...laterChanges] = changes;
  return {
    nextChange: next === undefined ? null : toNextChange(next, context),
    laterChanges,
    finalReachedAtMs: next === undefined ? context.nowMs : null,
  };
}

/** The entry after the change it waited for. A failed or refunded transfer gives the wallet all of it back. */
export function toMoved(
  entry: LedgerEntry,
  {
    to,
    cause,
    nowMs,
    delayMs,
  }: Omit<ArmingContext, 'inquiries'> & Pick<NextChange, 'to'> & { cause: ChangeCause },
): LedgerEntry {
  return {
    ...entry,
    ...toArmed(entry.laterChanges, { nowMs, delayMs, inquiries: entry.inquiries }),
    state: to,
    refundDuePaise: to === 3 ? paiseOfRupees(entry.amountRupees) + entry.feePaise : 0n,
    returnedPaise: to === 1 || to === 4 ? entry.debitedPaise : 0n,
    history: [...entry.history, { state: to, atMs: nowMs, cause }],
  };
}

/** The entry with everything still to come due at the next inquiry, and nothing hidden. */
export function toHurried(entry: LedgerEntry): LedgerEntry {
  const nextChange =
    entry.nextChange === null ? null : { to: entry.finalState, atInquiry: entry.inquiries + 1 };
  return { ...entry, nextChange, laterChanges: [], hiddenUntil: null };
}

function toNextChange(
  { to, trigger }: PlannedChange,
  { nowMs, inquiries, delayMs }: ArmingContext,
): NextChange {
  switch (trigger) {
    case 'secondInquiry':
      return { to, atInquiry: inquiries + 2 };
    case 'delay':
      return { to, atMs: nowMs + delayMs };
    default:
      return assertNever(trigger);
  }
}
