// Eko's three calls, once the caller is known: parameters in, the truth changed, an answer out.
import { toBehaviour } from './behaviours.js';
import {
  CLIENT_REF_NOT_FOUND,
  TID_NOT_FOUND,
  UNKNOWN_CUSTOMER,
  UNKNOWN_INITIATOR,
  UNKNOWN_RECIPIENT,
  toInquiryFound,
  toInvalidParameters,
} from './common-replies.js';
import { toDelivery, toPlainDelivery, type Delivery } from './delivery.js';
import { findRecipient, isKnownCustomer } from './directory.js';
import type { Ledger, LedgerEntry } from './ledger.js';
import { liveReplies } from './live-replies.js';
import { findInvalidParameters, toTransferRequest } from './parameters.js';
import type { Operation, Parameters, TransferRequest } from './parameters.js';
import type { Dialect, DialectReplies, Reply } from './replies.js';
import { seedReplies } from './seed-replies.js';
import type { Settlement } from './settlement.js';
import type { TransferDesk } from './transfer-desk.js';

export interface Endpoints {
  sendOtp(parameters: Parameters, dialect: Dialect): Delivery;
  initiateTransfer(parameters: Parameters, dialect: Dialect): Delivery;
  /** `reference` is a tid, a client_ref_id, or the latter behind `client_ref_id:`. */
  inquire(reference: string, parameters: Parameters): Delivery;
}

export interface EndpointsOptions {
  readonly initiatorId: string;
  readonly ledger: Ledger;
  readonly desk: TransferDesk;
  readonly settlement: Settlement;
}

type Parsed =
  | { readonly request: TransferRequest; readonly refusal: null }
  | { readonly request: null; readonly refusal: Reply };

const REPLIES: Record<Dialect, DialectReplies> = { seed: seedReplies, live: liveReplies };

export function createEndpoints(options: EndpointsOptions): Endpoints {
  const { initiatorId, ledger, desk, settlement } = options;

  function findRefusal(request: TransferRequest): Reply | null {
    if (request.initiatorId !== initiatorId) return UNKNOWN_INITIATOR;
    if (!isKnownCustomer(request.customerId)) return UNKNOWN_CUSTOMER;
    return findRecipient(request.recipientId) === null ? UNKNOWN_RECIPIENT : null;
  }

  function parseRequest(operation: Operation, dialect: Dialect, parameters: Parameters): Parsed {
    const invalid = findInvalidParameters(dialect, operation, parameters);
    if (invalid !== null) return { request: null, refusal: toInvalidParameters(invalid) };
    const request = toTransferRequest(parameters);
    const refusal = findRefusal(request);
    return refusal === null ? { request, refusal } : { request: null, refusal };
  }

  function findByReference(reference: string): LedgerEntry | null {
    const [, clientRefId] = /^client_ref_id:(.*)$/.exec(reference) ?? [];
    if (clientRefId !== undefined) return ledger.findByClientRef(clientRefId);
    return ledger.findByTid(reference) ?? ledger.findByClientRef(reference);
  }

  return {
    sendOtp: (parameters, dialect) => {
      const { request, refusal } = parseRequest('sendOtp', dialect, parameters);
      if (refusal !== null) return toPlainDelivery(refusal);
      const challenge = desk.sendOtp(request, dialect);
      const replies = REPLIES[dialect];
      return toPlainDelivery(challenge === null ? replies.otpLimitReached() : replies.otpSent(challenge));
    },
    initiateTransfer: (parameters, dialect) => {
      const { request, refusal } = parseRequest('initiateTransfer', dialect, parameters);
      if (refusal !== null) return toPlainDelivery(refusal);
      // The seam for a fault plan: what happens to this transfer, and how its caller hears of it.
      const behaviour = toBehaviour(request.amountRupees);
      if (behaviour.processing === 'never') return { kind: behaviour.delivery };
      const entry = desk.initiate(request, behaviour);
      const reply = REPLIES[dialect].transfer(entry);
      if (entry.declineReason !== null) return toPlainDelivery(reply);
      settlement.schedule(entry);
      settlement.announce(entry, behaviour.callbacks);
      return toDelivery(behaviour.delivery, reply);
    },
    inquire: (reference, parameters) => {
      const asker = parameters['initiator_id'];
      if (asker === undefined) {
        return toPlainDelivery(toInvalidParameters({ initiator_id: 'Expected in the query' }));
      }
      if (asker !== initiatorId) return toPlainDelivery(UNKNOWN_INITIATOR);
      const entry = findByReference(reference);
      if (entry !== null) return toPlainDelivery(toInquiryFound(settlement.inquire(entry)));
      return toPlainDelivery(/^\d+$/.test(reference) ? TID_NOT_FOUND : CLIENT_REF_NOT_FOUND);
    },
  };
}
