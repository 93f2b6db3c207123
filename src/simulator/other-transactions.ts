// Somebody else's transfer, for replies that are about the wrong one.
import { toDebited, toUndebited } from './bookings.js';
import { SUCCESS } from './behaviours.js';
import type { LedgerEntry } from './ledger.js';
import type { TransferRequest } from './parameters.js';

export interface OtherTransactions {
  remember(entry: LedgerEntry): void;
  /** The last success with a reference other than this one; a made-up one while there is none. */
  find(clientRefId: string | null): LedgerEntry;
}

const SOMEBODY: TransferRequest = {
  initiatorId: '',
  userCode: '20810200',
  customerId: '6111111111',
  recipientId: '98765',
  amountRupees: 777,
  clientRefId: 'REQ-of-somebody-else',
  otp: '',
  otpRefId: '',
};

export function createOtherTransactions(): OtherTransactions {
  // Of two different references one is not the one asked about.
  let [latest, before] = [toImaginary(SOMEBODY, '1000000000001'), toImaginary(SOMEBODY, '1000000000001')];
  return {
    remember: (entry) => {
      if (entry.state !== 0 || entry.clientRefId === null || entry.clientRefId === latest.clientRefId) return;
      before = latest;
      latest = entry;
    },
    find: (clientRefId) => (latest.clientRefId === clientRefId ? before : latest),
  };
}

/** A success that the ledger knows nothing of. */
export function toImaginary(request: TransferRequest, tid: string, nowMs = 0): LedgerEntry {
  const undebited = toUndebited(request, {
    tid,
    nowMs,
    declineReason: null,
    balancePaise: 0n,
    behaviour: 'imaginary',
  });
  return toDebited(undebited, SUCCESS, { nowMs, reversalDelayMs: 0, balancePaise: 0n });
}
