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

interface ScheduleFacts {
  readonly now: Date;
  readonly policy: InquiryPolicy;
  /** The inquiry that was planned for now was made, and told nothing. */
  readonly hasFailed: boolean;
}

/**
 * Null when there is nothing left to ask. Reads the row as it will be stored. `wasHinted`: an inquiry that was hinted at
 * has just been answered. Hints leave the schedule where it was, so those that come all the time must not keep it at its
 * shortest delays.
 */
export function toNextInquiryAt(
  transfer: Transfer,
  { wasHinted, ...facts }: ScheduleFacts & { wasHinted: boolean },
): Date | null {
  const { now, policy } = facts;
  const earliest = toHintedInquiryAt(transfer, now);
  if (transfer.hintedAt !== null && !wasInquiredSinceHint(transfer)) return earliest;
  const planned = toPlannedInquiryAt(transfer, facts);
  if (transfer.hintedAt === null && !wasHinted) return planned;
  const spaced = planned === null ? null : latest(planned, earliest);
  if (transfer.hintedAt === null) return spaced;
  const again = later(now, Math.max(nextDelayMs(transfer, policy), TRANSFER.hintedInquirySpacingMs));
  return spaced !== null && spaced < again ? spaced : again;
}

/** The inquiry that was hinted at has begun. If it told nothing, the next ones follow the schedule. */
export function wasInquiredSinceHint({
  hintedAt,
  lastInquiryAt,
}: Pick<Transfer, 'hintedAt' | 'lastInquiryAt'>): boolean {
  return hintedAt !== null && lastInquiryAt !== null && hintedAt <= lastInquiryAt;
}

/** As soon as the last inquiry is long enough ago. */
export function toHintedInquiryAt({ lastInquiryAt }: Transfer, now: Date): Date {
  return lastInquiryAt === null ? now : latest(now, later(lastInquiryAt, TRANSFER.hintedInquirySpacingMs));
}

/** The moment of a hint that is written now: after the inquiry that had begun, whatever the clock of its server says. */
export function toHintedAt({ lastInquiryAt }: Transfer, now: Date): Date {
  return lastInquiryAt === null ? now : latest(now, later(lastInquiryAt, 1));
}

function toPlannedInquiryAt(transfer: Transfer, { now, policy, hasFailed }: ScheduleFacts): Date | null {
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

/** False when its schedule has an end, or has ended: Eko may never be asked for what it does not tell at once. */
export function isAskedUntilItChanges({ status, nextInquiryAt }: Transfer): boolean {
  return nextInquiryAt !== null && status !== 'SUCCESS' && status !== 'FAILED' && status !== 'REFUNDED';
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

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function later(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms);
}
