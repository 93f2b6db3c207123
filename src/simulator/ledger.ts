// The truth: every transfer the simulated Eko has booked, and the wallets that paid for them.
// Nothing is deduplicated: the same client_ref_id twice is two entries and two debits, as at Eko.
import type { Clock } from '../shared/clock.js';
import { toIndianMonth } from './indian-time.js';

/** Eko's tx_status: 0 success, 1 failed, 2 awaited, 3 refund pending, 4 refunded, 5 on hold, 6 response awaited. */
export type TxStatus = 0 | 1 | 2 | 3 | 4 | 5 | 6;
export type DeclineReason =
  'INSUFFICIENT_BALANCE' | 'MONTHLY_LIMIT' | 'WRONG_OTP' | 'OTP_EXPIRED' | 'OTP_CONSUMED';
export type ChangeCause = 'transfer' | 'inquiry' | 'timer';
export type NextChange =
  { readonly to: TxStatus; readonly atInquiry: number } | { readonly to: TxStatus; readonly atMs: number };

/** A change still to come that waits for the one before it. `secondInquiry` counts from then, `delay` too. */
export interface PlannedChange {
  readonly to: TxStatus;
  readonly trigger: 'secondInquiry' | 'delay';
}

export interface StateChange {
  readonly state: TxStatus;
  readonly atMs: number;
  readonly cause: ChangeCause;
}

/** One request to Initiate Transfer that Eko processed, declined ones included. It is debited once or never. */
export interface LedgerEntry {
  readonly tid: string;
  readonly clientRefId: string | null;
  readonly userCode: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
  readonly otpRefId: string;
  /** Name of the row of behaviours.ts or transfer-faults.ts that it follows. */
  readonly behaviour: string;
  /** Names of the faults of the plan that struck the transfer and its callbacks. */
  readonly fault: string | null;
  readonly callbackFault: string | null;
  /** The tid that a false reply named instead of this one. */
  readonly wrongTid: string | null;
  readonly requestedAtMs: number;
  /** tx_status now. */
  readonly state: TxStatus;
  /** tx_status at which it comes to rest. */
  readonly finalState: TxStatus;
  /** When it came to rest; null while changes are to come. */
  readonly finalReachedAtMs: number | null;
  readonly declineReason: DeclineReason | null;
  /** The bank's 12-digit reference; empty when declined. */
  readonly bankReference: string;
  /** When the wallet was debited; null when declined. */
  readonly debitedAtMs: number | null;
  /** What left the wallet: amount + fee − commission + tds; 0 when declined. */
  readonly debitedPaise: bigint;
  readonly feePaise: bigint;
  readonly serviceTaxPaise: bigint;
  readonly commissionPaise: bigint;
  readonly tdsPaise: bigint;
  /** The wallet afterwards. */
  readonly balancePaise: bigint;
  /** Amount and fee that are owed back while the state is refund pending. */
  readonly refundDuePaise: bigint;
  /** What came back to the wallet because the transfer failed after all or was refunded. */
  readonly returnedPaise: bigint;
  readonly inquiries: number;
  /** Of those, the ones answered at rest, and the ones of these whose answer was true. */
  readonly inquiriesSinceFinal: number;
  readonly truthfulInquiriesSinceFinal: number;
  /** Until then inquiries say "not found": the index lags behind the ledger. */
  readonly hiddenUntil: { readonly atInquiry: number } | { readonly atMs: number } | null;
  readonly nextChange: NextChange | null;
  readonly laterChanges: readonly PlannedChange[];
  readonly history: readonly StateChange[];
}

export interface Ledger {
  /** Books a new entry, or the next version of one with the same tid. */
  put(entry: LedgerEntry): void;
  /** The same for one read back from the store. */
  restore(entry: LedgerEntry): void;
  findByTid(tid: string): LedgerEntry | null;
  /** The latest of those with this reference. */
  findByClientRef(clientRefId: string): LedgerEntry | null;
  /** Oldest first. */
  entries(): LedgerEntry[];
  walletBalancePaise(userCode: string): bigint;
  /** Debited for this customer in the present month, IST. */
  spentThisMonthRupees(customerId: string): number;
}

/** An entry without faults or later changes; also what an entry of an older ledger file lacks. */
export const UNTOUCHED = {
  fault: null,
  callbackFault: null,
  wrongTid: null,
  finalReachedAtMs: null,
  returnedPaise: 0n,
  inquiriesSinceFinal: 0,
  truthfulInquiriesSinceFinal: 0,
  hiddenUntil: null,
  laterChanges: [],
} as const satisfies Partial<LedgerEntry>;

/** ₹10,00,000.00: what every agent starts with. */
export const OPENING_BALANCE_PAISE = 100_000_000n;

export interface LedgerOptions {
  readonly clock: Clock;
  readonly openingBalancePaise: bigint;
  readonly store: (entry: LedgerEntry) => void;
}

export function createLedger({ clock, openingBalancePaise, store }: LedgerOptions): Ledger {
  const byTid = new Map<string, LedgerEntry>();
  const tidByClientRef = new Map<string, string>();
  const debitedByUser = new Map<string, bigint>();
  const spentByMonth = new Map<string, number>();

  function restore(entry: LedgerEntry): void {
    const before = byTid.get(entry.tid);
    if (before === undefined) index(entry);
    const paid = toPaidPaise(entry) - (before === undefined ? 0n : toPaidPaise(before));
    debitedByUser.set(entry.userCode, (debitedByUser.get(entry.userCode) ?? 0n) + paid);
    byTid.set(entry.tid, entry);
  }

  /** Money that comes back does not make room in the monthly limit. */
  function index(entry: LedgerEntry): void {
    if (entry.clientRefId !== null) tidByClientRef.set(entry.clientRefId, entry.tid);
    if (entry.debitedAtMs === null) return;
    const month = toMonthKey(entry.customerId, entry.debitedAtMs);
    spentByMonth.set(month, (spentByMonth.get(month) ?? 0) + entry.amountRupees);
  }

  const findByTid = (tid: string): LedgerEntry | null => byTid.get(tid) ?? null;
  return {
    put: (entry) => {
      restore(entry);
      store(entry);
    },
    restore,
    findByTid,
    findByClientRef: (clientRefId) => findByTid(tidByClientRef.get(clientRefId) ?? ''),
    entries: () => [...byTid.values()],
    walletBalancePaise: (userCode) => openingBalancePaise - (debitedByUser.get(userCode) ?? 0n),
    spentThisMonthRupees: (customerId) => spentByMonth.get(toMonthKey(customerId, clock.nowMs())) ?? 0,
  };
}

function toPaidPaise({ debitedPaise, returnedPaise }: LedgerEntry): bigint {
  return debitedPaise - returnedPaise;
}

function toMonthKey(customerId: string, ms: number): string {
  return `${customerId} ${toIndianMonth(ms)}`;
}
