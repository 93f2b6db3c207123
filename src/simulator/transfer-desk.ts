// Sending OTPs and booking transfers: everything that decides whether money leaves a wallet.
import type { Clock } from '../shared/clock.js';
import type { LateBehaviour, ProcessedBehaviour } from './behaviours.js';
import { toDebited, toUndebited, type FaultMarks } from './bookings.js';
import type { IdSequence } from './id-sequence.js';
import type { DeclineReason, Ledger, LedgerEntry } from './ledger.js';
import type { OtpBook, OtpChallenge } from './otp-book.js';
import type { TransferRequest } from './parameters.js';
import { toPrice } from './pricing.js';
import type { Dialect } from './replies.js';

/** What becomes of a request that Eko processes: a row of a table, and what a fault plan adds. */
export interface Course {
  readonly behaviour: ProcessedBehaviour | LateBehaviour;
  readonly marks?: Partial<FaultMarks>;
}

export interface TransferDesk {
  /** Null when the customer's monthly limit leaves no room for the amount. */
  sendOtp(request: TransferRequest, dialect: Dialect): OtpChallenge | null;
  /**
   * Takes a request in and uses up its OTP: always a new entry; a repeated client_ref_id is not noticed. Nothing is
   * in the ledger before `book`.
   */
  assess(request: TransferRequest, behaviour: Course['behaviour']): LedgerEntry;
  /** Debits an assessed entry, or notes that it was declined. */
  book(assessed: LedgerEntry, course: Course): LedgerEntry;
}

export interface TransferDeskOptions {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly otpBook: OtpBook;
  readonly ids: IdSequence;
  /** Per customer and month; null lets everybody send any amount. */
  readonly monthlyLimitRupees: number | null;
  /** From the debit to the change of a behaviour that changes by delay. */
  readonly reversalDelayMs: number;
}

export function createTransferDesk(options: TransferDeskOptions): TransferDesk {
  const { clock, ledger, otpBook, ids, monthlyLimitRupees, reversalDelayMs } = options;

  function isOverLimit({ customerId, amountRupees }: TransferRequest): boolean {
    if (monthlyLimitRupees === null) return false;
    return ledger.spentThisMonthRupees(customerId) + amountRupees > monthlyLimitRupees;
  }

  function findDecline(request: TransferRequest, behaviour: Course['behaviour']): DeclineReason | null {
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
    assess: (request, behaviour) =>
      toUndebited(request, {
        tid: String(ids.next()),
        nowMs: clock.nowMs(),
        declineReason: findDecline(request, behaviour),
        balancePaise: ledger.walletBalancePaise(request.userCode),
        behaviour: behaviour.name,
      }),
    book: (assessed, { behaviour, marks }) => {
      const entry =
        assessed.declineReason === null
          ? toDebited(assessed, behaviour, {
              ...marks,
              nowMs: clock.nowMs(),
              reversalDelayMs,
              balancePaise: ledger.walletBalancePaise(assessed.userCode),
            })
          : assessed;
      ledger.put(entry);
      return entry;
    },
  };
}

/** `TXNOTP…` as in the seed documents, or all digits as in the live samples. */
function toOtpRefId(id: number, dialect: Dialect): string {
  return dialect === 'seed' ? `TXNOTP${id}` : String(id);
}
