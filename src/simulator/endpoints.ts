// Eko's three calls, once the caller is known: parameters in, the truth changed, an answer out.
import {
  UNKNOWN_CUSTOMER,
  UNKNOWN_INITIATOR,
  UNKNOWN_RECIPIENT,
  toInvalidParameters,
} from './common-replies.js';
import { toPlainDelivery, type Delivery } from './delivery.js';
import { findRecipient, isKnownCustomer } from './directory.js';
import type { Initiate } from './initiation.js';
import type { Inquire } from './inquiry.js';
import { liveReplies } from './live-replies.js';
import { findInvalidParameters, toTransferRequest } from './parameters.js';
import type { Operation, Parameters, TransferRequest } from './parameters.js';
import type { Dialect, DialectReplies, Reply } from './replies.js';
import { seedReplies } from './seed-replies.js';
import type { TransferDesk } from './transfer-desk.js';

export interface Endpoints {
  sendOtp(parameters: Parameters, dialect: Dialect): Delivery;
  initiateTransfer(parameters: Parameters, dialect: Dialect): Delivery;
  /** `reference` is a tid, a client_ref_id, or the latter behind `client_ref_id:`. */
  inquire(reference: string, parameters: Parameters): Delivery;
}

export interface EndpointsOptions {
  readonly initiatorId: string;
  readonly desk: TransferDesk;
  readonly initiate: Initiate;
  readonly inquire: Inquire;
}

type Parsed =
  | { readonly request: TransferRequest; readonly refusal: null }
  | { readonly request: null; readonly refusal: Reply };

const REPLIES: Record<Dialect, DialectReplies> = { seed: seedReplies, live: liveReplies };

export function createEndpoints(options: EndpointsOptions): Endpoints {
  const { initiatorId, desk, initiate, inquire } = options;

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
      return refusal === null ? initiate(request, REPLIES[dialect]) : toPlainDelivery(refusal);
    },
    inquire: (reference, parameters) => {
      const asker = parameters['initiator_id'];
      if (asker === undefined) {
        return toPlainDelivery(toInvalidParameters({ initiator_id: 'Expected in the query' }));
      }
      if (asker !== initiatorId) return toPlainDelivery(UNKNOWN_INITIATOR);
      return inquire(reference);
    },
  };
}
