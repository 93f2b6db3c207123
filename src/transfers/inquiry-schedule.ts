// When a transfer is asked after next, and when "not found" may be called "never received". Pure.
import { TRANSFER } from '../config/limits.js';
import type { Transfer } from '../entities/index.js';
import { assert, assertNever } from '../shared/assert.js';
import { toLifecycleState } from './transitions.js';

export interface InquiryPolicy {
  /** Delays between inquiries in milliseconds, up to a tenth more for some transfers; the last repeats. */
  readonly scheduleMs: readonly number[];
  readonly notReceivedAfterMs: number;
  readonly notReceivedAnswers: number;
  readonly notReceivedSpacingMs: number;
}

/** Null when there is nothing left to ask. Reads the row as it will be stored. */
export function toNextInquiryAt(
  transfer: Transfer,
  { now, policy, hasFailed }: { now: Date; policy: InquiryPolicy; hasFailed: boolean },
): Date | null {
  const planned = toPlannedInquiryAt(transfer, { now, policy, hasFailed });
  if (transfer.hintedAt === null) return planned;
  const hinted = wasInquiredSinceHint(transfer)
    ? later(now, Math.max(nextDelayMs(transfer, policy), TRANSFER.hintedInquirySpacingMs))
    : toHintedInquiryAt(transfer, now);
  return planned !== null && planned < hinted ? planned : hinted;
}

/** The inquiry that was hinted at has begun. If it told nothing, the next ones follow the schedule. */
export function wasInquiredSinceHint({
  hintedAt,
  lastInquiryAt,
}: Pick<Transfer, 'hintedAt' | 'lastInquiryAt'>): boolean {
  return hintedAt !== null && lastInquiryAt !== null && hintedAt <= lastInquiryAt;
}

/** As soon as the last inquiry is long enough ago. */
export function toHintedInquiryAt(transfer: Transfer, now: Date): Date {
  if (transfer.lastInquiryAt === null) return now;
  const earliest = later(transfer.lastInquiryAt, TRANSFER.hintedInquirySpacingMs);
  return earliest > now ? earliest : now;
}

/** `hasFailed`: the inquiry that was planned for now was made, and told nothing. */
function toPlannedInquiryAt(
  transfer: Transfer,
  { now, policy, hasFailed }: { now: Date; policy: InquiryPolicy; hasFailed: boolean },
): Date | null {
  const state = toLifecycleState(transfer.status, transfer.failureReason);
  switch (state) {
    case 'SUBMITTING':
    case 'AWAITED':
    case 'ON_HOLD':
    case 'REFUND_PENDING':
      return later(now, nextDelayMs(transfer, policy));
    case 'NOT_RECEIVED':
      return hasFailed ? later(now, nextDelayMs(transfer, policy)) : nextLookAt(transfer, now);
    case 'SUCCESS':
    case 'FAILED':
    case 'REFUNDED':
      return null;
    default:
      return assertNever(state);
  }
}

/** True when this "not found" was asked for far enough after the last one that counted; the same answer again never is. */
export function doesNotFoundCount(transfer: Transfer, askedAt: Date, policy: InquiryPolicy): boolean {
  // While it is SUBMITTING its debit may still be on its way out.
  if (transfer.isAcknowledged || transfer.status === 'SUBMITTING') return false;
  const sinceMs =
    transfer.lastNotFoundAt === null ? Infinity : askedAt.getTime() - transfer.lastNotFoundAt.getTime();
  return sinceMs >= policy.notReceivedSpacingMs;
}

/** Never acknowledged, old enough, often enough not found, and the OTP expired. */
export function isNotReceived(
  transfer: Transfer,
  facts: { now: Date; otpExpiresAt: Date; policy: InquiryPolicy },
): boolean {
  const { now, otpExpiresAt, policy } = facts;
  return (
    // SUBMITTING may still be on its way out; once its debit must have ended, an inquiry makes it AWAITED first.
    transfer.status === 'AWAITED' &&
    !transfer.isAcknowledged &&
    now.getTime() - transfer.createdAt.getTime() >= policy.notReceivedAfterMs &&
    transfer.notFoundCount >= policy.notReceivedAnswers &&
    now >= otpExpiresAt
  );
}

function nextDelayMs(transfer: Transfer, policy: InquiryPolicy): number {
  const index = Math.min(transfer.inquiryCount, policy.scheduleMs.length - 1);
  const delayMs = policy.scheduleMs[index];
  const [shortestMs] = policy.scheduleMs;
  assert(delayMs !== undefined && shortestMs !== undefined, 'the inquiry schedule is empty');
  // The spacing may be set to 0; inquiries may not follow one another without a pause.
  const spacingMs = Math.max(policy.notReceivedSpacingMs, shortestMs);
  const plannedMs = transfer.notFoundCount > 0 ? Math.min(delayMs, spacingMs) : delayMs;
  return plannedMs * (1 + TRANSFER.inquiryJitter * toFraction(transfer));
}

/** 0 to 1, always the same for one transfer: what an outage brought to one moment comes apart again. */
function toFraction({ id }: Transfer): number {
  const randomDigits = id.slice(-8);
  return parseInt(randomDigits, 16) / 2 ** 32;
}

function nextLookAt(transfer: Transfer, now: Date): Date | null {
  const since = transfer.notReceivedAt;
  assert(since !== null, 'a transfer that was not received says since when');
  return TRANSFER.notReceivedLooksMs.map((ms) => later(since, ms)).find((at) => at > now) ?? null;
}

function later(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms);
}
