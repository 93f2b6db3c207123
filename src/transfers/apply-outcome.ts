// The only function that writes a status. The row is read, or known from its own commit, the decision made, and what comes
// of it written in one statement: the event, the next inquiry, and the row with a compare-and-set on the version that was
// judged.
import type { EkoEnvelope } from '../eko/index.js';
import type { EventSource, Transfer, TransferEvent } from '../entities/index.js';
import { assert } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import { formatRupees } from '../shared/money.js';
import { isAlreadyTold } from './contradictions.js';
import { isUniqueViolation } from '../database/database-error.js';
import { decide, type Decision, type Outcome } from './decision.js';
import { doesNotFoundCount, isNotReceived, toNextInquiryAt, type InquiryPolicy } from './inquiry-schedule.js';
import type { JudgedTransfer, TransferStore } from './transfer-store.js';
import { toStatus } from './transitions.js';

/** Where an outcome comes from: never from a person, nor from the client. */
type OutcomeSource = Exclude<EventSource, 'CLIENT' | 'OPERATOR'>;

export interface ApplyOutcomeContext {
  readonly store: TransferStore;
  readonly clock: Clock;
  readonly policy: InquiryPolicy;
  /** Told of every outcome that was stored, after its commit. */
  readonly onApplied: (applied: AppliedOutcome) => void;
}

export interface AppliedOutcome {
  readonly transfer: Transfer;
  /** True when the status changed. */
  readonly hasChanged: boolean;
  /** What was added to the timeline; null when there was nothing to tell. */
  readonly event: TransferEvent | null;
  /** True when that event is one that a person has to look at. */
  readonly isForReview: boolean;
}

interface GivenOutcome {
  readonly transferId: string;
  readonly outcome: Outcome;
  readonly source: OutcomeSource;
  readonly askedAt: Date;
  /** When the inquiry that found it out was claimed; undefined: it was none. */
  readonly begunAt?: Date;
  /**
   * The row as this process committed it: not read again unless somebody else has written since, or the tid is another
   * transfer's. The database refuses both, and the next attempt reads. Without that reading a transfer costs one statement less.
   */
  readonly committed?: JudgedTransfer;
  /** Eko no longer knows the tid it gave us. */
  readonly isTidDenied?: boolean;
}

/** Each time somebody else has written. More often than this in a row, it is time for a pause. */
const MAX_ATTEMPTS = 20;

/**
 * Applies one answer of Eko's (or its absence) to a transfer. Idempotent: the same outcome twice changes
 * nothing the second time. Throws only for the database; then nothing was written.
 */
export async function applyOutcome(
  context: ApplyOutcomeContext,
  given: GivenOutcome,
): Promise<AppliedOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const known = attempt === 1 ? given.committed : undefined;
    const judged = known === undefined ? await read(context, given) : toCopy(known);
    const applied = await tryToApply(context, given, judged);
    if (applied !== null) {
      reach(`${given.source} committed`);
      context.onApplied(applied);
      return applied;
    }
    if (attempt === MAX_ATTEMPTS)
      throw new Error('others wrote the row each time before an outcome was written');
  }
}

async function read(
  { store }: ApplyOutcomeContext,
  { transferId, outcome }: GivenOutcome,
): Promise<JudgedTransfer> {
  const judged = await store.findForOutcome(transferId, outcome.envelope?.data.tid ?? null);
  assert(judged !== null, 'an outcome belongs to a transfer');
  return judged;
}

/** What is judged is written into. Of a literal: an entity filled by `Object.assign` took 14 µs here, for 0.2. */
function toCopy(judged: JudgedTransfer): JudgedTransfer {
  return { ...judged, transfer: { ...judged.transfer } };
}

/** Null when the row was written by somebody else since `judged`: then nothing was written. */
async function tryToApply(
  { store, clock, policy }: ApplyOutcomeContext,
  given: GivenOutcome,
  judged: JudgedTransfer,
): Promise<AppliedOutcome | null> {
  const { outcome } = given;
  const { transfer } = judged;
  const fromStatus = transfer.status;
  const now = new Date(clock.nowMs());

  let decision = decide(transfer, {
    outcome,
    askedAt: given.askedAt,
    isInquiry: given.source === 'EKO_INQUIRY',
    isTidDenied: given.isTidDenied ?? false,
  });
  if (decision.kind === 'countNotFound') {
    decision = countNotFound(judged, { now, askedAt: given.askedAt, policy });
  }
  if (isBelieved(decision) && saysSomething(outcome) && judged.isTidTaken) {
    decision = { kind: 'contradict', message: 'Eko’s answer names the tid of another transfer' };
  }
  if (decision.kind === 'contradict') {
    const { message } = decision;
    const timeline = await store.findTimeline(transfer.id);
    if (isAlreadyTold(timeline, transfer, { message, evidence: outcome.evidence }))
      decision = { kind: 'keep', confirms: false };
  }

  const hasChanged = writeDecision(transfer, decision, now);
  transfer.isAcknowledged ||= speaksOf(transfer, outcome.envelope);
  if (isBelieved(decision) && saysSomething(outcome)) {
    writeDetails(transfer, outcome.envelope, given.askedAt);
    if (hasChanged || transfer.ekoStatus === null) writeEkoWords(transfer, given);
  }
  const event = toEvent({ transfer, fromStatus, decision, given, now });
  if (event !== null) transfer.eventCount = event.sequence;
  const wasHinted = isHintAnswered(transfer, given);
  if (wasHinted) transfer.hintedAt = null;
  transfer.nextInquiryAt = toNextInquiryAt(transfer, {
    now,
    policy,
    hasFailed: outcome.kind === 'inquiryFailed',
    wasHinted,
  });
  if (event !== null || isBelieved(decision)) transfer.updatedAt = now;

  reach(`${given.source} ready`);
  if (!(await tryToWrite(store, judged, event))) return null;
  const isForReview = decision.kind === 'contradict' || (decision.kind === 'move' && decision.hasSecondTid);
  return { transfer, hasChanged, event, isForReview };
}

async function tryToWrite(
  store: TransferStore,
  { transfer, version, isTidTaken }: JudgedTransfer,
  event: TransferEvent | null,
): Promise<boolean> {
  try {
    return await store.writeOutcome(transfer, version, event);
  } catch (error) {
    // The tid became another transfer's since: the next reading sees it.
    if (isUniqueViolation(error) && !isTidTaken) return false;
    throw error;
  }
}

/** A hint stands until an inquiry that was begun since has been answered: one that failed has told nothing. */
function isHintAnswered({ hintedAt }: Transfer, { outcome, begunAt }: GivenOutcome): boolean {
  if (hintedAt === null || begunAt === undefined) return false;
  return hintedAt <= begunAt && outcome.kind !== 'inquiryFailed';
}

/** True when the answer is taken as the truth about this transfer, and its details with it. */
function isBelieved(decision: Decision): boolean {
  return decision.kind === 'move' || (decision.kind === 'keep' && decision.confirms);
}

/** An unknown outcome may carry a reply that proved nothing: not one word of it is taken over. */
function saysSomething(outcome: Outcome): boolean {
  return outcome.kind !== 'unknown' && outcome.kind !== 'notFound' && outcome.kind !== 'inquiryFailed';
}

/** A tid or a status in any answer, believed or not: from then on "not found" cannot mean "never received". */
function speaksOf(transfer: Transfer, envelope: EkoEnvelope | null): boolean {
  if (envelope === null) return false;
  const { clientRefId, tid } = envelope.data;
  const isOurs = clientRefId === null || clientRefId === transfer.clientRefId;
  return isOurs && (tid !== null || envelope.txStatus.kind !== 'absent');
}

function countNotFound(
  { transfer, otpExpiresAt }: JudgedTransfer,
  { now, askedAt, policy }: { now: Date; askedAt: Date; policy: InquiryPolicy },
): Decision {
  // The same answer again, or an older one, is no news.
  if (transfer.lastNotFoundAt !== null && askedAt <= transfer.lastNotFoundAt)
    return { kind: 'keep', confirms: false };
  if (doesNotFoundCount(transfer, askedAt, policy)) {
    transfer.notFoundCount += 1;
    transfer.lastNotFoundAt = now;
  }
  if (!isNotReceived(transfer, { now, otpExpiresAt, policy })) return { kind: 'keep', confirms: false };
  const message = `Eko said ${transfer.notFoundCount} times that it never received this transfer`;
  return { kind: 'move', to: 'NOT_RECEIVED', reason: 'NOT_RECEIVED', message, hasSecondTid: false };
}

/** Writes what was decided into the row; true when the status or its reason changed. */
function writeDecision(transfer: Transfer, decision: Decision, now: Date): boolean {
  if (decision.kind === 'contradict') transfer.needsReview = true;
  if (decision.kind !== 'move') return false;
  if (decision.hasSecondTid) {
    transfer.needsReview = true;
    transfer.tid = null; // the answer's own is taken over with its details
  }
  transfer.status = toStatus(decision.to);
  transfer.failureReason = decision.reason;
  transfer.notReceivedAt = decision.to === 'NOT_RECEIVED' ? now : null;
  return true;
}

/** Takes over what a believed answer says; what it leaves out stays. */
function writeDetails(transfer: Transfer, envelope: EkoEnvelope | null, askedAt: Date): void {
  if (envelope === null) return;
  const { data, txStatus } = envelope;
  const rupees = (paise: bigint | null, known: string | null) =>
    paise === null || !isStorable(paise) ? known : formatRupees(paise);
  transfer.evidenceAskedAt = askedAt;
  transfer.tid ??= data.tid;
  transfer.bankReference = data.bankReference ?? transfer.bankReference;
  transfer.recipientName = data.recipientName ?? transfer.recipientName;
  transfer.maskedAccount = data.maskedAccount ?? transfer.maskedAccount;
  transfer.ifsc = data.ifsc ?? transfer.ifsc;
  transfer.fee = rupees(data.feePaise, transfer.fee);
  transfer.commission = rupees(data.commissionPaise, transfer.commission);
  transfer.balance = rupees(data.balancePaise, transfer.balance);
  transfer.serviceTax = rupees(data.serviceTaxPaise, transfer.serviceTax);
  transfer.tds = rupees(data.tdsPaise, transfer.tds);
  transfer.collectableAmount = rupees(data.collectableAmountPaise, transfer.collectableAmount);
  transfer.ekoTimestamp = data.timestamp ?? transfer.ekoTimestamp;
  transfer.ekoTxStatus = txStatus.kind === 'present' ? txStatus.value : transfer.ekoTxStatus;
  transfer.statusDescription = envelope.txStatusDescription ?? transfer.statusDescription;
}

/** Whether the amount fits numeric(14,2). One that does not is nonsense, and no reason to lose the outcome it came with. */
function isStorable(paise: bigint): boolean {
  return paise > -(10n ** 14n) && paise < 10n ** 14n;
}

/** The envelope that the status rests on. An inquiry's message speaks of the inquiry, so its status text is taken. */
function writeEkoWords(
  transfer: Transfer,
  { outcome, source }: { outcome: Outcome; source: EventSource },
): void {
  const { envelope } = outcome;
  if (envelope === null) return;
  const message = source === 'EKO_INQUIRY' ? envelope.txStatusDescription : envelope.message;
  transfer.ekoStatus = envelope.status;
  transfer.ekoMessage = envelope.data.reason ?? message;
  transfer.ekoResponseStatusId = envelope.responseStatusId;
  transfer.ekoResponseTypeId = envelope.responseTypeId;
}

/** The event of a move or of a contradiction; null when nothing is worth telling. */
function toEvent(about: {
  transfer: Transfer;
  fromStatus: Transfer['status'];
  decision: Decision;
  given: { outcome: Outcome; source: EventSource };
  now: Date;
}): TransferEvent | null {
  const { transfer, fromStatus, decision, given, now } = about;
  if (decision.kind !== 'move' && decision.kind !== 'contradict') return null;
  return {
    id: createUuidV7(now.getTime()),
    transferId: transfer.id,
    sequence: transfer.eventCount + 1,
    source: given.source,
    fromStatus,
    toStatus: transfer.status,
    message: decision.message,
    evidence: given.outcome.evidence,
    occurredAt: now,
  };
}
