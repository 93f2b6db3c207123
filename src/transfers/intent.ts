// What is asked for, and the transfer that it becomes, as it is before Eko has been asked.
import { TRANSFER } from '../config/limits.js';
import type { Transfer, TransferEvent } from '../entities/index.js';
import { createClientRefId, createUuidV7 } from '../shared/identifiers.js';
import type { Agent } from './agent.js';

export interface InitiateTransferInput {
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
  readonly channel: 'IMPS';
  /** In memory only, for the one call. Not part of what makes two requests the same. */
  readonly otp: string;
  readonly otpRefId: string;
  readonly latlong: string;
  /** Null when the client leaves it to us. */
  readonly clientRefId: string | null;
}

/** Which OTP it has is found when it is committed. */
export type Intent = Omit<Transfer, 'otpChallengeId'>;

/** SUBMITTING; inquired after when its debit is overdue, if nobody has stored an outcome by then. */
export function createIntent(
  agent: Agent,
  input: InitiateTransferInput,
  given: { nowMs: number; transferTimeoutMs: number; isSimulated: boolean },
): Intent {
  const { nowMs, transferTimeoutMs, isSimulated } = given;
  const nowAt = new Date(nowMs);
  return {
    id: createUuidV7(nowMs),
    clientRefId: input.clientRefId ?? createClientRefId(nowMs),
    agentUserCode: agent.userCode,
    customerId: input.customerId,
    recipientId: input.recipientId,
    amountRupees: input.amountRupees,
    currency: 'INR',
    channel: input.channel,
    latlong: input.latlong,
    isSimulated,
    status: 'SUBMITTING',
    failureReason: null,
    needsReview: false,
    reviewedAt: null,
    isAcknowledged: false,
    tid: null,
    bankReference: null,
    recipientName: null,
    maskedAccount: null,
    ifsc: null,
    fee: null,
    commission: null,
    balance: null,
    serviceTax: null,
    tds: null,
    collectableAmount: null,
    ekoStatus: null,
    ekoMessage: null,
    ekoResponseStatusId: null,
    ekoResponseTypeId: null,
    ekoTxStatus: null,
    statusDescription: null,
    ekoTimestamp: null,
    evidenceAskedAt: null,
    eventCount: 1,
    inquiryCount: 0,
    lastInquiryAt: null,
    nextInquiryAt: new Date(nowMs + transferTimeoutMs + TRANSFER.firstInquiryMarginMs),
    hintedAt: null,
    notFoundCount: 0,
    lastNotFoundAt: null,
    notReceivedAt: null,
    createdAt: nowAt,
    updatedAt: nowAt,
  };
}

export function toFirstEvent(transfer: Intent): TransferEvent {
  return {
    id: createUuidV7(transfer.createdAt.getTime()),
    transferId: transfer.id,
    sequence: transfer.eventCount,
    source: 'CLIENT',
    fromStatus: null,
    toStatus: transfer.status,
    message: 'The transfer is recorded; Eko is asked next',
    evidence: {},
    occurredAt: transfer.createdAt,
  };
}
