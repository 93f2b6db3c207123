// One Transaction Inquiry: what it moves in the ledger, and what its caller is told.
import { CLIENT_REF_NOT_FOUND, TID_NOT_FOUND, toInquiryFound } from './common-replies.js';
import { toDelivery, type Delivery } from './delivery.js';
import { toDistortedReply, type Distortion } from './distortions.js';
import type { Faults } from './faults.js';
import type { Ledger, LedgerEntry } from './ledger.js';
import type { OtherTransactions } from './other-transactions.js';
import type { Reply } from './replies.js';
import type { Settlement } from './settlement.js';

/** `reference` is a tid, a client_ref_id, or the latter behind `client_ref_id:`. */
export type Inquire = (reference: string) => Delivery;

export interface InquiryOptions {
  readonly ledger: Ledger;
  readonly settlement: Settlement;
  readonly faults: Faults;
  readonly others: OtherTransactions;
}

const PREFIXED = /^client_ref_id:(.*)$/;

export function createInquiry({ ledger, settlement, faults, others }: InquiryOptions): Inquire {
  function findByReference(reference: string): LedgerEntry | null {
    const [, clientRefId] = PREFIXED.exec(reference) ?? [];
    if (clientRefId !== undefined) return ledger.findByClientRef(clientRefId);
    return ledger.findByTid(reference) ?? ledger.findByClientRef(reference);
  }

  return (reference) => {
    const found = findByReference(reference);
    const isFound = found !== null && !settlement.isHidden({ ...found, inquiries: found.inquiries + 1 });
    const key = found?.clientRefId ?? PREFIXED.exec(reference)?.[1] ?? reference;
    const fault = faults.findInquiryFault(key, isFound);
    if (fault !== null) faults.count(fault.name);

    const entry =
      found === null ? null : settlement.inquire(found, { isTruthful: isFound && fault === null });
    const reply = toReply(isFound ? entry : null, reference, {
      distortion: fault?.distortion ?? null,
      other: others.find(key),
    });
    return toDelivery(fault?.delivery ?? 'reply', reply);
  };
}

function toReply(
  entry: LedgerEntry | null,
  reference: string,
  { distortion, other }: { distortion: Distortion | null; other: LedgerEntry },
): Reply {
  if (entry !== null) return toDistortedReply(entry, distortion, { render: toInquiryFound, other });
  return distortion === 'otherTransaction' ? toInquiryFound(other) : toNotFound(reference);
}

function toNotFound(reference: string): Reply {
  return /^\d+$/.test(reference) ? TID_NOT_FOUND : CLIENT_REF_NOT_FOUND;
}
