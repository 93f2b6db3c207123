// Sending OTPs and booking transfers: everything that decides whether money leaves a wallet.
import { assertNever } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import type { ProcessedBehaviour } from './behaviours.js';
import type { IdSequence } from './id-sequence.js';
import type { DeclineReason, Ledger, LedgerEntry, NextChange } from './ledger.js';
import type { OtpBook, OtpChallenge } from './otp-book.js';
import type { TransferRequest } from './parameters.js';
import { MONTHLY_LIMIT_RUPEES, toPrice } from './pricing.js';
import type { Dialect } from './replies.js';

export interface TransferDesk {
  /** Null when the customer's monthly limit leaves no room for the amount. */
  sendOtp(request: TransferRequest, dialect: Dialect): OtpChallenge | null;
  /** Always a new entry, declined or debited; a repeated client_ref_id is not noticed. */
  initiate(request: TransferRequest, behaviour: ProcessedBehaviour): LedgerEntry;
}

export interface TransferDeskOptions {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly otpBook: OtpBook;
  readonly ids: IdSequence;
  /** From the debit to the change of a behaviour that changes by delay. */
  readonly reversalDelayMs: number;
}

export function createTransferDesk(options: TransferDeskOptions): TransferDesk {
  const { clock, ledger, otpBook, ids, reversalDelayMs } = options;

  function isOverLimit({ customerId, amountRupees }: TransferRequest): boolean {
    return ledger.spentThisMonthRupees(customerId) + amountRupees > MONTHLY_LIMIT_RUPEES;
  }

  function findDecline(request: TransferRequest, behaviour: ProcessedBehaviour): DeclineReason | null {
    const otpRefusal = otpBook.redeem(request.otpRefId, request.otp, request);
    if (otpRefusal !== null) return otpRefusal;
    if (behaviour.decline !== null) return behaviour.decline;
    if (isOverLimit(request)) return 'MONTHLY_LIMIT';
    const { debitPaise } = toPrice(request.amountRupees);
    return ledger.walletBalancePaise(request.userCode) < debitPaise ? 'INSUFFICIENT_BALANCE' : null;
  }

  return {
    sendOtp: (request, dialect) =>
      isOverLimit(request) ? null : otpBook.send(toOtpRefId(ids.next(), dialect), request),
    initiate: (request, behaviour) => {
      const undebited = toUndebited(request, {
        tid: String(ids.next()),
        nowMs: clock.nowMs(),
        declineReason: findDecline(request, behaviour),
        balancePaise: ledger.walletBalancePaise(request.userCode),
        behaviour: behaviour.name,
      });
      const entry =
        undebited.declineReason === null ? toDebited(undebited, behaviour, reversalDelayMs) : undebited;
      ledger.put(entry);
      return entry;
    },
  };
}

/** `TXNOTP…` as in the seed documents, or all digits as in the live samples. */
function toOtpRefId(id: number, dialect: Dialect): string {
  return dialect === 'seed' ? `TXNOTP${id}` : String(id);
}

function toUndebited(
  request: TransferRequest,
  booking: Pick<LedgerEntry, 'tid' | 'declineReason' | 'balancePaise' | 'behaviour'> & { nowMs: number },
): LedgerEntry {
  const { nowMs, ...rest } = booking;
  return {
    ...rest,
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
  };
}

function toDebited(
  entry: LedgerEntry,
  { firstState, change }: ProcessedBehaviour,
  reversalDelayMs: number,
): LedgerEntry {
  const price = toPrice(entry.amountRupees);
  return {
    ...entry,
    state: firstState,
    finalState: change?.to ?? firstState,
    // Twelve digits, like the RRN of an IMPS transfer, and as unique as the tid.
    bankReference: entry.tid.slice(-12).padStart(12, '0'),
    debitedAtMs: entry.requestedAtMs,
    debitedPaise: price.debitPaise,
    feePaise: price.feePaise,
    serviceTaxPaise: price.serviceTaxPaise,
    commissionPaise: price.commissionPaise,
    tdsPaise: price.tdsPaise,
    balancePaise: entry.balancePaise - price.debitPaise,
    nextChange: toNextChange(change, entry.requestedAtMs + reversalDelayMs),
    history: [{ state: firstState, atMs: entry.requestedAtMs, cause: 'transfer' }],
  };
}

function toNextChange(change: ProcessedBehaviour['change'], delayedToMs: number): NextChange | null {
  if (change === null) return null;
  switch (change.trigger) {
    case 'secondInquiry':
      return { to: change.to, atInquiry: 2 };
    case 'delay':
      return { to: change.to, atMs: delayedToMs };
    default:
      return assertNever(change.trigger);
  }
}
