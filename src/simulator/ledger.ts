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

export interface StateChange {
  readonly state: TxStatus;
  readonly atMs: number;
  readonly cause: ChangeCause;
}

/** One request to Initiate Transfer that Eko processed, declined ones included. */
export interface LedgerEntry {
  readonly tid: string;
  readonly clientRefId: string | null;
  readonly userCode: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
  readonly otpRefId: string;
  /** Name of the row of behaviours.ts that it follows. */
  readonly behaviour: string;
  readonly requestedAtMs: number;
  /** tx_status now. */
  readonly state: TxStatus;
  /** tx_status at which it comes to rest. */
  readonly finalState: TxStatus;
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
  readonly inquiries: number;
  readonly nextChange: NextChange | null;
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

/** ₹10,00,000.00: what every agent starts with. */
const OPENING_BALANCE_PAISE = 100_000_000n;

export function createLedger(clock: Clock, store: (entry: LedgerEntry) => void): Ledger {
  const byTid = new Map<string, LedgerEntry>();
  const tidByClientRef = new Map<string, string>();
  const debitedByUser = new Map<string, bigint>();
  const spentByMonth = new Map<string, number>();

  function restore(entry: LedgerEntry): void {
    if (!byTid.has(entry.tid)) index(entry);
    byTid.set(entry.tid, entry);
  }

  function index(entry: LedgerEntry): void {
    if (entry.clientRefId !== null) tidByClientRef.set(entry.clientRefId, entry.tid);
    if (entry.debitedAtMs === null) return;
    debitedByUser.set(entry.userCode, (debitedByUser.get(entry.userCode) ?? 0n) + entry.debitedPaise);
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
    walletBalancePaise: (userCode) => OPENING_BALANCE_PAISE - (debitedByUser.get(userCode) ?? 0n),
    spentThisMonthRupees: (customerId) => spentByMonth.get(toMonthKey(customerId, clock.nowMs())) ?? 0,
  };
}

function toMonthKey(customerId: string, ms: number): string {
  return `${customerId} ${toIndianMonth(ms)}`;
}
