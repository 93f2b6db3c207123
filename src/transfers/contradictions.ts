// What a person has to look at, and whether it is news: what they have been told of, and have closed, must not come back.
import type { Transfer, TransferEvent } from '../entities/index.js';
import { SECOND_TID } from './decision.js';

type EventEvidence = TransferEvent['evidence'];

/** What a contradiction is about; the rest of an answer may differ from one to the next. */
const FACTS = ['tid', 'clientRefId', 'recipientId', 'amount'] as const;

/**
 * True when the timeline tells of it already, in the state that the transfer is in. While a review is open, once is
 * enough: contradictions that take turns must not fill the timeline. After it was closed, the same words about another
 * tid or another amount are a contradiction that nobody has looked at.
 */
export function isAlreadyTold(
  timeline: readonly TransferEvent[],
  transfer: Transfer,
  { message, evidence }: { message: string; evidence: EventEvidence },
): boolean {
  return timeline.some(
    (event) =>
      event.toStatus === transfer.status &&
      event.message === message &&
      (transfer.needsReview || hasSameFacts(event.evidence, evidence)),
  );
}

/** Whether an event is the reason for a review: an answer that changed nothing, or that came under another tid. */
export function isForReview({ source, fromStatus, toStatus, message }: TransferEvent): boolean {
  return source.startsWith('EKO_') && (fromStatus === toStatus || message.includes(SECOND_TID));
}

/** A debit's answer and an inquiry's do not name the same fields: what one of them leaves out is no difference. */
function hasSameFacts(known: EventEvidence, said: EventEvidence): boolean {
  return FACTS.every((fact) => {
    const [before = null, now = null] = [known[fact], said[fact]];
    return before === null || now === null || before === now;
  });
}
