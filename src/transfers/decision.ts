// What an answer of Eko's does to a transfer. Pure: the row and the outcome in, one decision out.
import type { DebitOutcome, EkoEnvelope, InquiryOutcome } from '../eko/index.js';
import type { FailureReason, Transfer } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import { paiseOfRupees } from '../shared/money.js';
import { canTransition, toLifecycleState, type LifecycleState } from './transitions.js';

export type Outcome = DebitOutcome | InquiryOutcome;

export type Decision =
  /** The status changes, on this evidence. */
  | {
      readonly kind: 'move';
      readonly to: LifecycleState;
      readonly reason: FailureReason | null;
      readonly message: string;
      /** Eko answers for our reference under another tid than before: followed, and looked at by a person. */
      readonly hasSecondTid: boolean;
    }
  /** The status stays; what the answer adds (tid, names, fee) is kept when it `confirms` the status. */
  | { readonly kind: 'keep'; readonly confirms: boolean }
  /** Eko says that there is no such transaction: it counts, and changes nothing by itself. */
  | { readonly kind: 'countNotFound' }
  /** The answer cannot be true together with what is known: a person has to look. */
  | { readonly kind: 'contradict'; readonly message: string };

export interface Evidence {
  readonly outcome: Outcome;
  /** When the question was asked. */
  readonly askedAt: Date;
  readonly isInquiry: boolean;
  /** An inquiry by our reference, after Eko denied the tid that we have. */
  readonly isTidDenied?: boolean;
}

/** What the event of a followed tid says: people read it, and `isForReview` finds it by these words. */
export const SECOND_TID = 'under another tid than';

export function decide(transfer: Transfer, evidence: Evidence): Decision {
  const { outcome, askedAt, isInquiry, isTidDenied = false } = evidence;
  switch (outcome.kind) {
    case 'inquiryFailed':
      return { kind: 'keep', confirms: false };
    case 'notFound':
      return { kind: 'countNotFound' };
    case 'unknown':
      return transfer.status === 'SUBMITTING'
        ? move(
            'AWAITED',
            null,
            `No usable answer from Eko (${outcome.cause}); the outcome is being inquired after`,
          )
        : { kind: 'keep', confirms: false };
    case 'notSent':
      return settleUnprocessed(
        transfer,
        move('FAILED', outcome.reason, 'No connection to Eko could be made; nothing was sent'),
        askedAt,
      );
    case 'rejected':
      return settleUnprocessed(
        transfer,
        move('FAILED', outcome.reason, 'Eko refused the request before processing it'),
        askedAt,
      );
    case 'succeeded':
    case 'failed':
    case 'refundPending':
    case 'refunded':
    case 'awaited': {
      const mismatch = findMismatch(transfer, outcome.envelope, isInquiry);
      if (mismatch !== null) return { kind: 'contradict', message: mismatch };
      const decision = settle(transfer, toMove(outcome), askedAt);
      return isTidDenied || hasSecondTid(transfer, outcome.envelope)
        ? afterDenial(decision, { transfer, envelope: outcome.envelope, isTidDenied })
        : decision;
    }
    default:
      return assertNever(outcome);
  }
}

type Move = Extract<Decision, { kind: 'move' }>;

/** What a decline that is understood says in the timeline. */
const DECLINES: Partial<Readonly<Record<FailureReason, string>>> = {
  WRONG_OTP: ' (the OTP is wrong)',
  OTP_EXPIRED: ' (the OTP has expired)',
  OTP_ALREADY_USED: ' (the OTP was used before)',
  INSUFFICIENT_BALANCE: ' (the wallet does not hold enough)',
  LIMIT_EXCEEDED: ' (a limit would be passed)',
};

function toMove(
  outcome: Extract<Outcome, { kind: 'succeeded' | 'failed' | 'refundPending' | 'refunded' | 'awaited' }>,
): Move {
  switch (outcome.kind) {
    case 'succeeded':
      return move('SUCCESS', null, 'Eko says: success');
    case 'failed':
      return move('FAILED', outcome.reason, `Eko says: failed${DECLINES[outcome.reason] ?? ''}`);
    case 'refundPending':
      return move(
        'REFUND_PENDING',
        null,
        'Eko says: the money came back; the sender is to be paid back with a refund OTP',
      );
    case 'refunded':
      return move('REFUNDED', null, 'Eko says: refunded');
    case 'awaited':
      return outcome.isOnHold
        ? move('ON_HOLD', null, 'Eko says: on hold')
        : move('AWAITED', null, 'Eko says: awaiting the bank');
    default:
      return assertNever(outcome);
  }
}

function settle(transfer: Transfer, proposed: Move, askedAt: Date): Decision {
  const current = toLifecycleState(transfer.status, transfer.failureReason);
  if (current === proposed.to) return { kind: 'keep', confirms: true };
  const isOlder = askedAt < (transfer.evidenceAskedAt ?? askedAt);
  if (isOlder && canTransition(proposed.to, current)) return { kind: 'keep', confirms: false };
  if (canTransition(current, proposed.to)) return proposed;
  if (isWeaker(proposed.to) && current !== 'FAILED') return { kind: 'keep', confirms: false };
  return { kind: 'contradict', message: `${proposed.message}, which cannot follow ${current}` };
}

/** A proof that processing never began is none when an inquiry has found the transaction meanwhile. */
function settleUnprocessed(transfer: Transfer, proposed: Move, askedAt: Date): Decision {
  const isFinal = toLifecycleState(transfer.status, transfer.failureReason) === 'FAILED';
  if (transfer.isAcknowledged && !isFinal) {
    return { kind: 'contradict', message: `${proposed.message}, but Eko has spoken of this transaction` };
  }
  return settle(transfer, proposed, askedAt);
}

/** "Still working on it" says less than any outcome; after a final failure it is a contradiction all the same. */
function isWeaker(state: LifecycleState): boolean {
  return state === 'AWAITED' || state === 'ON_HOLD';
}

/** What in the answer is not ours; null when all that it names is. An inquiry's answer must name something. */
function findMismatch(transfer: Transfer, envelope: EkoEnvelope, isInquiry: boolean): string | null {
  const { tid, clientRefId, recipientId, amountPaise, isAmountUnreadable } = envelope.data;
  if (clientRefId !== null && clientRefId !== transfer.clientRefId)
    return 'Eko’s answer names another reference';
  if (recipientId !== null && recipientId !== transfer.recipientId)
    return 'Eko’s answer names another recipient';
  if (isAmountUnreadable) return 'Eko’s answer names an amount that cannot be read';
  if (amountPaise !== null && amountPaise !== paiseOfRupees(transfer.amountRupees)) {
    return 'Eko’s answer names another amount';
  }
  const isNamed = clientRefId !== null || (tid !== null && tid === transfer.tid);
  return isInquiry && !isNamed
    ? 'Eko’s answer to an inquiry does not say which transaction it is about'
    : null;
}

function hasSecondTid(transfer: Transfer, envelope: EkoEnvelope): boolean {
  const { tid } = envelope.data;
  return tid !== null && transfer.tid !== null && tid !== transfer.tid;
}

/**
 * One reference, two tids: perhaps two debits. Followed only when Eko denies the one and names the other, and
 * never into a failure: what was denied once may yet be found.
 */
function afterDenial(
  decision: Decision,
  given: { transfer: Transfer; envelope: EkoEnvelope; isTidDenied: boolean },
): Decision {
  const { transfer, envelope, isTidDenied } = given;
  const isSecond = hasSecondTid(transfer, envelope);
  if (decision.kind === 'move' && isTidDenied && decision.to !== 'FAILED') {
    if (!isSecond) return decision;
    const message = `${decision.message}, ${SECOND_TID} ${String(transfer.tid)}`;
    return { ...decision, message, hasSecondTid: true };
  }
  if (isSecond) return { kind: 'contradict', message: 'Eko’s answer names another tid than before' };
  if (decision.kind !== 'move') return decision;
  return { kind: 'contradict', message: 'Eko denies the tid it gave, and calls the transfer failed' };
}

function move(to: LifecycleState, reason: FailureReason | null, message: string): Move {
  return { kind: 'move', to, reason, message, hasSecondTid: false };
}
