// Compares what Eko did with what we recorded and answered. It shares no code with the server, and knows of the
// simulator only its ledger.
import type { Answer } from './driver.js';

/** A row of the simulator's ledger, as its control door shows it. */
export interface LedgerRow {
  readonly clientRefId: string | null;
  readonly tid: string;
  readonly amountRupees: number;
  /** Eko's tx_status at the end. */
  readonly state: number;
  readonly debitedAtMs: number | null;
  readonly inquiriesSinceFinal?: number;
  readonly fault?: string | null;
}

export interface TransferRow {
  readonly id: string;
  readonly client_ref_id: string;
  readonly status: string;
  readonly failure_reason: string | null;
  readonly needs_review: boolean;
  readonly tid: string | null;
  readonly amount_rupees: number;
  readonly event_count: number;
  /** Of the events, oldest first: sequence, status before, status after, source, and whether there was a reply. */
  readonly timeline: readonly (readonly [
    sequence: number,
    from: string | null,
    to: string,
    source: string,
    hasReply: boolean,
  ])[];
}

export interface AuditInput {
  readonly ledger: readonly LedgerRow[];
  /** Initiate requests that reached Eko, by reference. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly transfers: readonly TransferRow[];
  readonly answers: readonly Answer[];
}

export interface AuditReport {
  readonly doubleDebits: string[];
  readonly lost: string[];
  readonly wrongStates: string[];
  readonly untrueAnswers: string[];
  readonly brokenTimelines: string[];
  readonly tooManyInquiries: string[];
  /** Answers about something else that were taken as they came. */
  readonly unnoticed: string[];
  /** Rupees that one side moved and the other did not record. */
  readonly differenceRupees: number;
  readonly inReview: number;
  readonly byStatus: ReadonlyMap<string, number>;
}

const MAX_INQUIRIES_SINCE_FINAL = 10;
/** A pending refund (3) ends when the sender has been paid back, so it goes on being asked after. */
const FINAL_STATES = new Set([0, 1, 4]);
const NEVER_PROCESSED = new Set(['NOT_RECEIVED', 'EKO_UNREACHABLE', 'EKO_REJECTED']);
const STATUS_OF_STATE: ReadonlyMap<number, string> = new Map([
  [0, 'SUCCESS'],
  [1, 'FAILED'],
  [3, 'REFUND_PENDING'],
  [4, 'REFUNDED'],
]);

export function audit({ ledger, attempts, transfers, answers }: AuditInput): AuditReport {
  const entriesOf = new Map<string, LedgerRow[]>();
  for (const row of ledger) {
    if (row.clientRefId !== null)
      entriesOf.set(row.clientRefId, [...(entriesOf.get(row.clientRefId) ?? []), row]);
  }
  const told = new Set(
    answers.filter((answer) => answer.transactionId !== null).map((answer) => answer.clientRefId),
  );
  const transferOf = new Map(transfers.map((row) => [row.client_ref_id, row]));
  return {
    doubleDebits: [
      ...[...attempts]
        .filter(([, count]) => count > 1)
        .map(([ref, count]) => `${ref}: ${count} debit requests`),
      ...[...entriesOf]
        .filter(([, rows]) => rows.length > 1)
        .map(([ref, rows]) => `${ref}: ${rows.length} ledger entries`),
    ],
    lost: [...entriesOf.keys()].filter((ref) => !transferOf.has(ref)),
    wrongStates: transfers.flatMap((row) => findWrongState(row, entriesOf.get(row.client_ref_id) ?? [])),
    untrueAnswers: answers.flatMap((answer) => findUntruth(answer, { attempts, transferOf, told })),
    brokenTimelines: transfers.filter((row) => !isTimelineWhole(row)).map((row) => row.client_ref_id),
    tooManyInquiries: ledger
      .filter(
        (row) => FINAL_STATES.has(row.state) && (row.inquiriesSinceFinal ?? 0) > MAX_INQUIRIES_SINCE_FINAL,
      )
      .map((row) => `${row.clientRefId}: ${row.inquiriesSinceFinal} inquiries after the end`),
    unnoticed: transfers
      .filter((row) => isUnnoticed(row, entriesOf.get(row.client_ref_id) ?? []))
      .map((row) => row.client_ref_id),
    differenceRupees: sumOfLedger(ledger) - sumOfTransfers(transfers),
    inReview: transfers.filter((row) => row.needs_review).length,
    byStatus: countBy(transfers, (row) =>
      row.failure_reason === null ? row.status : `${row.status} ${row.failure_reason}`,
    ),
  };
}

export function countViolations(report: AuditReport): number {
  return (
    report.doubleDebits.length +
    report.lost.length +
    report.wrongStates.length +
    report.untrueAnswers.length +
    report.brokenTimelines.length +
    report.tooManyInquiries.length +
    report.unnoticed.length +
    (report.differenceRupees === 0 ? 0 : 1)
  );
}

function findWrongState(row: TransferRow, entries: readonly LedgerRow[]): string[] {
  const told = `${row.client_ref_id} is ${row.status}${row.failure_reason === null ? '' : ` (${row.failure_reason})`}`;
  const [entry] = entries;
  if (entry === undefined) {
    const isRight = row.status === 'FAILED' && NEVER_PROCESSED.has(row.failure_reason ?? '');
    return isRight ? [] : [`${told}; Eko never processed it`];
  }
  const expected = STATUS_OF_STATE.get(entry.state);
  const isRight =
    row.status === expected && !(row.status === 'FAILED' && NEVER_PROCESSED.has(row.failure_reason ?? ''));
  return isRight ? [] : [`${told}; at Eko its state is ${entry.state} (fault: ${entry.fault ?? 'none'})`];
}

/** Data without a transfer, or an error as the only answer although a debit request was sent. */
function findUntruth(
  { clientRefId, transactionId, code }: Answer,
  facts: {
    attempts: ReadonlyMap<string, number>;
    transferOf: ReadonlyMap<string, TransferRow>;
    told: ReadonlySet<string>;
  },
): string[] {
  if (transactionId !== null) {
    const isOurs = facts.transferOf.get(clientRefId)?.id === transactionId;
    return isOurs ? [] : [`${clientRefId}: the answer names no transfer of ours`];
  }
  const wasSent = (facts.attempts.get(clientRefId) ?? 0) > 0;
  return code !== null && wasSent && !facts.told.has(clientRefId)
    ? [`${clientRefId}: answered ${code}, but a debit request was sent`]
    : [];
}

/** Eko's answer to the transfer was about another one or another amount, it was read, and nobody is told to look. */
function isUnnoticed(row: TransferRow, entries: readonly LedgerRow[]): boolean {
  const wasRead = row.timeline.some(([, , , source, hasReply]) => source === 'EKO_RESPONSE' && hasReply);
  return (
    wasRead &&
    !row.needs_review &&
    entries.some(({ fault }) => fault === 'wrong-amount' || fault === 'other-transaction')
  );
}

/** From SUBMITTING to the row's status, without a gap and without a step that must not be. */
function isTimelineWhole({ timeline, event_count, status }: TransferRow): boolean {
  return (
    timeline.length === event_count &&
    timeline.at(-1)?.[2] === status &&
    timeline.every(([sequence, from, to], index) => {
      const before = timeline[index - 1]?.[2] ?? null;
      return sequence === index + 1 && from === before && isStepAllowed(from, to);
    })
  );
}

/** Written down a second time, on purpose: an auditor does not ask the audited. */
function isStepAllowed(from: string | null, to: string): boolean {
  if (from === null) return to === 'SUBMITTING';
  if (from === to) return true;
  if (to === 'SUBMITTING') return false;
  if (from === 'SUCCESS') return to === 'REFUND_PENDING' || to === 'REFUNDED';
  if (from === 'REFUND_PENDING') return to === 'REFUNDED';
  return from !== 'REFUNDED';
}

function sumOfLedger(ledger: readonly LedgerRow[]): number {
  const moved = new Set([0, 3, 4]);
  return ledger.reduce((sum, row) => sum + (moved.has(row.state) ? row.amountRupees : 0), 0);
}

function sumOfTransfers(transfers: readonly TransferRow[]): number {
  const moved = new Set(['SUCCESS', 'REFUND_PENDING', 'REFUNDED']);
  return transfers.reduce((sum, row) => sum + (moved.has(row.status) ? row.amount_rupees : 0), 0);
}

function countBy<Item>(items: readonly Item[], toKey: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(toKey(item), (counts.get(toKey(item)) ?? 0) + 1);
  return counts;
}
