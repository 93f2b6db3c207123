// One Initiate Transfer: what the ledger does with it, and how its caller hears of it.
import { assertNever } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { toBehaviour, type Behaviour, type ProcessedBehaviour } from './behaviours.js';
import type { FaultMarks } from './bookings.js';
import { EARLY_BY_MS } from './callback-faults.js';
import { toDelivery, toPlainDelivery, type Delivery } from './delivery.js';
import { toDistortedReply } from './distortions.js';
import type { Faults } from './faults.js';
import type { IdSequence } from './id-sequence.js';
import type { LateDebits } from './late-debits.js';
import type { LedgerEntry } from './ledger.js';
import { toImaginary, type OtherTransactions } from './other-transactions.js';
import type { TransferRequest } from './parameters.js';
import type { DialectReplies } from './replies.js';
import type { Settlement } from './settlement.js';
import type { Course, TransferDesk } from './transfer-desk.js';

/** For a request whose parameters have passed. */
export type Initiate = (request: TransferRequest, replies: DialectReplies) => Delivery;

export interface InitiationOptions {
  readonly clock: Clock;
  readonly ids: IdSequence;
  readonly desk: TransferDesk;
  readonly settlement: Settlement;
  readonly faults: Faults;
  readonly lateDebits: LateDebits;
  readonly others: OtherTransactions;
}

export function createInitiation(options: InitiationOptions): Initiate {
  const { clock, ids, desk, settlement, faults, lateDebits, others } = options;

  function countStrike(fault: { readonly name: string } | null): string | null {
    if (fault !== null) faults.count(fault.name);
    return fault?.name ?? null;
  }

  /** The transfer never was, but nothing keeps forgers and fools from posting that it did. */
  function announceNothing(request: TransferRequest): void {
    const fault = faults.findCallbackFault(request.clientRefId);
    if (!fault?.strikesUnprocessed) return;
    const imaginary = toImaginary(request, String(ids.next()), clock.nowMs());
    // In the ledger's eyes it failed, so that a forger says that it succeeded.
    settlement.announce({ ...imaginary, state: 1, finalState: 1, callbackFault: countStrike(fault) }, []);
  }

  function toMarks(
    request: TransferRequest,
    behaviour: Course['behaviour'],
    fault: Behaviour | null,
  ): FaultMarks {
    return {
      fault: countStrike(fault),
      callbackFault: countStrike(faults.findCallbackFault(request.clientRefId)),
      wrongTid: behaviour.distortion === 'wrongTid' ? String(ids.next()) : null,
      hiddenUntil: toHiddenUntil(request.clientRefId ?? '', behaviour.indexLag),
    };
  }

  function toHiddenUntil(
    clientRefId: string,
    indexLag: ProcessedBehaviour['indexLag'],
  ): LedgerEntry['hiddenUntil'] {
    switch (indexLag) {
      case null:
        return null;
      case 'inquiries':
        return { atInquiry: faults.pickIndexLagInquiries(clientRefId) + 1 };
      case 'time':
        return { atMs: clock.nowMs() + faults.pickIndexLagMs(clientRefId) };
      default:
        return assertNever(indexLag);
    }
  }

  function book(assessed: LedgerEntry, course: Course): LedgerEntry {
    const entry = desk.book(assessed, course);
    others.remember(entry);
    settlement.schedule(entry);
    settlement.announce(entry, course.behaviour.callbacks);
    return entry;
  }

  return (request, replies) => {
    const fault = faults.findTransferFault(request.clientRefId);
    const behaviour = fault ?? toBehaviour(request.amountRupees);
    if (behaviour.processing === 'never') {
      countStrike(fault);
      announceNothing(request);
      return { kind: behaviour.delivery };
    }
    const assessed = desk.assess(request, behaviour);
    if (assessed.declineReason !== null) {
      return toPlainDelivery(replies.transfer(desk.book(assessed, { behaviour })));
    }
    const course: Course = { behaviour, marks: toMarks(request, behaviour, fault) };
    if (behaviour.processing === 'late') {
      lateDebits.add(() => book(assessed, course), faults.pickLateDebitMs(request.clientRefId ?? ''));
      return { kind: behaviour.delivery };
    }
    const entry = book(assessed, course);
    const reply = toDistortedReply(entry, behaviour.distortion, {
      render: replies.transfer,
      other: others.find(entry.clientRefId),
    });
    const delivery = toDelivery(behaviour.delivery, reply);
    return faults.toActive(entry.callbackFault)?.holdsReply
      ? { kind: 'held', forMs: EARLY_BY_MS, delivery }
      : delivery;
  };
}
