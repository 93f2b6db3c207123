// What happens next with a transfer, or what a person has to do about it: one sentence. Pure.
import { RECONCILIATION } from '../config/limits.js';
import type { OtpChallenge, Transfer, TransferEvent } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import { isForReview, type InquiryPolicy } from '../transfers/index.js';

export interface NextStepFacts {
  readonly transfer: Transfer;
  readonly challenge: OtpChallenge;
  /** Oldest first. */
  readonly events: readonly TransferEvent[];
}

interface Circumstances {
  readonly now: Date;
  readonly policy: InquiryPolicy;
}

export function toNextStep(facts: NextStepFacts, circumstances: Circumstances): string {
  const { transfer, events } = facts;
  if (transfer.needsReview) {
    return `A person has to look: ${findContradiction(events)}; settle it with Eko’s statement, then close it with resolveReview.`;
  }
  const asking = toAsking(transfer, circumstances.now);
  switch (transfer.status) {
    case 'SUBMITTING':
    case 'AWAITED':
    case 'ON_HOLD':
      return `${asking}${toDenials(facts, circumstances)}; never send it again.`;
    case 'REFUND_PENDING':
      return `${asking}; the customer is to be paid back at Eko with the refund OTP.`;
    case 'SUCCESS':
      return transfer.nextInquiryAt === null
        ? 'Nothing to do: the money reached the recipient; that a bank returned it would be told by callback or refreshTransaction.'
        : `${asking}; so far the money reached the recipient.`;
    case 'REFUNDED':
      return 'Nothing to do: the customer has been paid back.';
    case 'FAILED':
      return toFailureStep(transfer, asking);
    default:
      return assertNever(transfer.status);
  }
}

function toFailureStep({ failureReason, nextInquiryAt }: Transfer, asking: string): string {
  if (failureReason === 'NOT_RECEIVED') {
    const lookedAt = nextInquiryAt === null ? 'Nobody will ask Eko again by itself' : asking;
    return `${lookedAt}; as far as is known no money moved, and the agent may start again with a new OTP.`;
  }
  if (failureReason === 'EKO_REJECTED')
    return 'Check credentials, clock and address: Eko refused the request before processing it, and no money moved.';
  return 'Nothing to do: no money moved, and the agent may start again with a new OTP.';
}

function toAsking({ nextInquiryAt, lastInquiryAt }: Transfer, now: Date): string {
  if (nextInquiryAt === null) return 'Nobody will ask Eko by itself: call refreshTransaction';
  const at = nextInquiryAt.toISOString();
  if (lastInquiryAt !== null && lastInquiryAt >= nextInquiryAt) {
    const since = lastInquiryAt.toISOString();
    return `Being asked after since ${since} (if that is long ago, see that a worker is running)`;
  }
  return now.getTime() - nextInquiryAt.getTime() > RECONCILIATION.overdueAfterMs
    ? `To be asked after since ${at}, and it has not been done: see that a worker is running`
    : `Asked after again at ${at}`;
}

/** How far it is on the way to NOT_RECEIVED (docs/transfer-lifecycle.md). */
function toDenials({ transfer, challenge }: NextStepFacts, { policy }: Circumstances): string {
  const { notFoundCount, isAcknowledged, createdAt } = transfer;
  if (notFoundCount === 0 || isAcknowledged) return '';
  const ripeMs = Math.max(createdAt.getTime() + policy.notReceivedAfterMs, challenge.expiresAt.getTime());
  const notBefore = new Date(ripeMs).toISOString();
  const counted = `${notFoundCount} of ${policy.notReceivedAnswers}`;
  return `; Eko has denied it ${counted} times, and not before ${notBefore} it may be called never received`;
}

function findContradiction(events: readonly TransferEvent[]): string {
  return events.findLast(isForReview)?.message ?? 'Eko’s answers contradict each other';
}
