// What must hold after every command, whatever happened before: transfer-lifecycle.md, judged by the rows, by what
// Eko has booked and by what Eko has said, and by nothing that src decides.
import type { EkoState } from './eko-ledger.js';
import type { KnownTransfer, LifecycleModel, Row } from './model.js';
import { assertMayBeNotReceived } from './not-received-law.js';
import { readRows } from './rows.js';
import { TIMES } from './server-process.js';
import { LEGAL_STEPS, toStep, type LifecycleState } from './steps.js';
import type { LifecycleSystem } from './system.js';

/** The states in which somebody has to go on asking. */
const UNSETTLED: readonly LifecycleState[] = ['SUBMITTING', 'AWAITED', 'ON_HOLD', 'REFUND_PENDING'];
const LAST_LOOK_MS = 7 * 86_400_000;
/** What Eko must have had in its books at some time for us to say so. */
const CLAIMS: Partial<Record<LifecycleState, EkoState>> = {
  SUCCESS: 0,
  REFUND_PENDING: 3,
  REFUNDED: 4,
  ON_HOLD: 5,
};

/** Reads the rows into the model and throws at the first law that does not hold. */
export async function assertLaws(model: LifecycleModel, system: LifecycleSystem): Promise<void> {
  const rows = await readRows(system.surroundings.dataSource, system.customerId);
  for (const transfer of model.transfers) {
    const row = rows.find(({ otpRefId }) => otpRefId === transfer.otpRefId) ?? null;
    law(row !== null || transfer.row === null, 'a transfer never vanishes', transfer);
    if (row !== null) assertRowLaws(system, transfer, row);
    assertDebitLaws(system, transfer);
    assertAnswerLaws(transfer);
  }
  law(rows.length === model.recorded.length, 'one transfer for one OTP', rows);
  law(system.eko.ledger.bookedTwice.length === 0, 'no money moves twice', system.eko.ledger.bookedTwice);
}

function assertRowLaws(system: LifecycleSystem, transfer: KnownTransfer, row: Row): void {
  const { coverage } = system.surroundings;
  const before = transfer.state;
  assertTimeline(transfer, row);
  for (const [from, to] of takeSteps(transfer, row)) {
    law(LEGAL_STEPS[from].includes(to), `${toStep(from, to)} is a legal step`, row);
    coverage.add(toStep(from, to));
    assertEvidence(system, { transfer, row, state: to });
  }
  const state = transfer.path.at(-1)!;
  law(state === toState(row), 'a status changes only with an event that says so', row);
  if (before === state) {
    law(row.failureReason === transfer.row?.failureReason, 'the reason of a failure does not change', row);
  }
  if (transfer.verdict !== 'no' && transfer.row?.needsReview === true)
    law(row.needsReview, 'a review stays open until a person closes it', row);
  if (row.needsReview) law(transfer.verdict !== 'no', 'nobody has to look where nothing contradicts', row);
  else law(transfer.verdict !== 'yes', 'a contradiction is brought to a person', row);
  assertInquiryPlanned(system.nowMs, transfer, row);
  transfer.row = row;
}

/** Gap-free from SUBMITTING on, only ever longer, and ending at the row's status. */
function assertTimeline({ row: known }: KnownTransfer, { timeline, ...row }: Row): void {
  const isGapFree = timeline.every(([sequence, from], index) => {
    const before = timeline[index - 1]?.[2] ?? null;
    return sequence === index + 1 && from === before;
  });
  law(isGapFree && timeline[0]?.[2] === 'SUBMITTING', 'the timeline is gap-free', timeline);
  law(timeline.length === row.eventCount, 'the events are counted', { timeline, ...row });
  law(timeline.at(-1)?.[2] === row.status, 'the timeline ends at the status', { timeline, ...row });
  const kept = timeline.slice(0, known?.timeline.length ?? 0);
  law(sameJson(kept, known?.timeline ?? []), 'the timeline is append-only', { kept, known });
}

/** The steps since the row was last seen. */
function takeSteps(transfer: KnownTransfer, row: Row): [LifecycleState, LifecycleState][] {
  const events = row.timeline.slice(transfer.row?.timeline.length ?? 0);
  const steps: [LifecycleState, LifecycleState][] = [];
  for (const [index, event] of events.entries()) {
    const from = transfer.state;
    const to = index === events.length - 1 ? toState(row) : toPassedState(event, from);
    if (from !== null && from !== to) steps.push([from, to]);
    if (from !== to) transfer.path.push(to);
  }
  return steps;
}

/** The state after an event that was not the last: an event without another status tells of a contradiction. */
function toPassedState(
  [, before, after, isDenial]: Row['timeline'][number],
  from: LifecycleState | null,
): LifecycleState {
  if (before === after && from !== null) return from;
  return after === 'FAILED' && isDenial ? 'NOT_RECEIVED' : (after as LifecycleState);
}

/** Money is said to have moved only if it did, and never to have failed while it may yet move. */
function assertEvidence(
  { eko, nowMs, told, policy }: LifecycleSystem,
  { transfer, row, state }: { transfer: KnownTransfer; row: Row; state: LifecycleState },
): void {
  const booking = eko.ledger.find(row.clientRefId);
  const debits = eko.debitsWith(transfer.otpRefId);
  const about = { row, booking, past: [...(booking?.past ?? [])], told: told.length };
  const claim = CLAIMS[state];
  if (claim !== undefined) law(booking?.past.has(claim) === true, `${state} only if Eko had it so`, about);
  if (state === 'NOT_RECEIVED') assertMayBeNotReceived({ transfer, row, nowMs, policy });
  if (state !== 'FAILED') return;
  const isGone = booking === undefined && !eko.ledger.isLate(row.clientRefId);
  if (row.failureReason === 'EKO_UNREACHABLE') law(debits.length === 0, 'unreachable only if unsent', about);
  else if (row.failureReason === 'EKO_REJECTED')
    law(isGone && debits.length === 1, 'rejected only if it was never processed and never will be', about);
  else law(booking?.state === 1, 'failed only if Eko declined it', about);
}

/** What is not final is asked after: there is a job, or a worker has it, or a dead one had it and the sweep will see. */
function assertInquiryPlanned(nowMs: number, transfer: KnownTransfer, row: Row): void {
  const { nextInquiryAt, jobRunAt, notReceivedAt } = row;
  if (jobRunAt !== null) transfer.isJobTaken = false;
  const isOnTime = nextInquiryAt?.getTime() === jobRunAt?.getTime();
  law(isOnTime || (jobRunAt === null && transfer.isJobTaken), 'the job is due when the row says', row);
  const { state } = transfer;
  const isWatched =
    (state !== null && UNSETTLED.includes(state)) ||
    (state === 'NOT_RECEIVED' && nowMs - (notReceivedAt?.getTime() ?? nowMs) < LAST_LOOK_MS);
  if (isWatched) law(nextInquiryAt !== null, 'what is not final is asked after', row);
}

/** One committed intent, at most one debit request, soon or never, and for what was asked. */
function assertDebitLaws({ eko }: LifecycleSystem, transfer: KnownTransfer): void {
  const { otpRefId, row, terms, requestCount, errorCount } = transfer;
  const debits = eko.debitsWith(otpRefId);
  law(debits.length <= 1, 'at most one debit request for an OTP', debits);
  const isUnanswered = errorCount < requestCount;
  law(debits.length === 0 || isUnanswered, 'where all answers are errors, nothing was sent', debits);
  const [exchange] = debits;
  if (exchange === undefined) return;
  law(row !== null, 'no debit without a committed intent', exchange);
  const { clientRefId, amount, recipientId } = exchange.debit ?? {};
  const sent = { clientRefId, amount, recipientId: String(recipientId) };
  const asked = { clientRefId: row.clientRefId, amount: terms.amountRupees, recipientId: terms.recipientId };
  law(sameJson(sent, asked), 'a debit is for what was asked', { sent, asked });
  const namesakes = eko.exchanges.filter(({ debit }) => debit?.clientRefId === clientRefId);
  law(namesakes.length === 1, 'at most one debit request for a reference', namesakes);
  const waitedMs = exchange.askedAtMs - row.createdAt.getTime();
  law(waitedMs <= TIMES.maxWaitBeforeDebitMs, 'a debit leaves soon or never', { waitedMs, exchange });
}

/** The same key, the same transfer, made once; and a result tells what the rows tell. */
function assertAnswerLaws({ results, row, clientRefId }: KnownTransfer): void {
  for (const { transfer, timeline } of results) {
    law(row !== null && transfer.id === row.id, 'the same key leads to the same transfer', { transfer, row });
    if (clientRefId !== null) law(transfer.clientRefId === clientRefId, 'it keeps its reference', transfer);
    const then = row.timeline[transfer.eventCount - 1];
    law(then?.[2] === transfer.status, 'an answer says what the timeline says', { transfer, row });
    if (timeline === null) continue;
    const shown = timeline.map(({ sequence, fromStatus, toStatus }) => [sequence, fromStatus, toStatus]);
    const stored = row.timeline
      .slice(0, transfer.eventCount)
      .map(([sequence, from, to]) => [sequence, from, to]);
    law(sameJson(shown, stored), 'an answer shows the whole timeline', { shown, stored });
  }
  const madeCount = results.filter(({ isReplayed }) => !isReplayed).length;
  law(madeCount <= 1, 'one request made it, the others are replays', results);
}

export function toState({ status, failureReason }: Row): LifecycleState {
  return failureReason === 'NOT_RECEIVED' ? 'NOT_RECEIVED' : (status as LifecycleState);
}

/** Throws, with what it is about, unless the law holds. */
export function law(holds: boolean, what: string, about: unknown): asserts holds {
  if (!holds) throw new Error(`not so: ${what}\n${JSON.stringify(about, null, 1)}`);
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
