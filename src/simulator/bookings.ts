// Ledger entries in the making: assessed without a debit, then debited.
import type { LateBehaviour, ProcessedBehaviour } from './behaviours.js';
import { toArmed } from './changes.js';
import { UNTOUCHED, type LedgerEntry } from './ledger.js';
import type { TransferRequest } from './parameters.js';
import { toPrice } from './pricing.js';

/** What a fault plan adds to an entry. */
export type FaultMarks = Pick<LedgerEntry, 'fault' | 'callbackFault' | 'wrongTid' | 'hiddenUntil'>;

export interface DebitContext extends Partial<FaultMarks> {
  readonly nowMs: number;
  readonly reversalDelayMs: number;
  /** The wallet before the debit. */
  readonly balancePaise: bigint;
}

export function toUndebited(
  request: TransferRequest,
  booking: Pick<LedgerEntry, 'tid' | 'declineReason' | 'balancePaise' | 'behaviour'> & { nowMs: number },
): LedgerEntry {
  const { nowMs, tid, declineReason, balancePaise, behaviour } = booking;
  return {
    tid,
    declineReason,
    balancePaise,
    behaviour,
    clientRefId: request.clientRefId,
    userCode: request.userCode,
    customerId: request.customerId,
    recipientId: request.recipientId,
    amountRupees: request.amountRupees,
    otpRefId: request.otpRefId,
    requestedAtMs: nowMs,
    state: 1,
    finalState: 1,
    bankReference: '',
    debitedAtMs: null,
    debitedPaise: 0n,
    feePaise: 0n,
    serviceTaxPaise: 0n,
    commissionPaise: 0n,
    tdsPaise: 0n,
    refundDuePaise: 0n,
    inquiries: 0,
    nextChange: null,
    history: [{ state: 1, atMs: nowMs, cause: 'transfer' }],
    // Spread first, V8 would take fifty times as long over the rest.
    ...UNTOUCHED,
    finalReachedAtMs: nowMs,
  };
}

export function toDebited(
  entry: LedgerEntry,
  { firstState, changes }: ProcessedBehaviour | LateBehaviour,
  { nowMs, reversalDelayMs, balancePaise, ...marks }: DebitContext,
): LedgerEntry {
  const price = toPrice(entry.amountRupees);
  return {
    ...entry,
    ...marks,
    ...toArmed(changes, { nowMs, inquiries: 0, delayMs: reversalDelayMs }),
    state: firstState,
    finalState: changes.at(-1)?.to ?? firstState,
    // Twelve digits, like the RRN of an IMPS transfer, and as unique as the tid.
    bankReference: entry.tid.slice(-12).padStart(12, '0'),
    debitedAtMs: nowMs,
    debitedPaise: price.debitPaise,
    feePaise: price.feePaise,
    serviceTaxPaise: price.serviceTaxPaise,
    commissionPaise: price.commissionPaise,
    tdsPaise: price.tdsPaise,
    balancePaise: balancePaise - price.debitPaise,
    history: [{ state: firstState, atMs: nowMs, cause: 'transfer' }],
  };
}
