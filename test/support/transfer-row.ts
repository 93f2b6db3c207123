// A transfer in memory, for tests of pure functions.
import { Transfer } from '../../src/entities/index.js';

export const CREATED_AT = new Date('2026-01-01T00:00:00.000Z');

export function afterCreation(ms: number): Date {
  return new Date(CREATED_AT.getTime() + ms);
}

/** An AWAITED transfer of ₹500 of which Eko has said nothing yet. */
export function toTransfer(changes: Partial<Transfer> = {}): Transfer {
  return Object.assign(new Transfer(), {
    id: '0190a000-0000-7000-8000-000000000001',
    clientRefId: 'REQ-20260101-001',
    agentUserCode: '20810200',
    customerId: '6111111111',
    recipientId: '98765',
    amountRupees: 500,
    currency: 'INR',
    channel: 'IMPS',
    latlong: '28.6,77.2',
    otpChallengeId: '0190a000-0000-7000-8000-000000000002',
    isSimulated: true,
    status: 'AWAITED',
    failureReason: null,
    needsReview: false,
    reviewedAt: null,
    isAcknowledged: false,
    tid: null,
    ekoTxStatus: null,
    evidenceAskedAt: null,
    eventCount: 2,
    inquiryCount: 0,
    lastInquiryAt: null,
    nextInquiryAt: null,
    hintedAt: null,
    notFoundCount: 0,
    lastNotFoundAt: null,
    notReceivedAt: null,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    ...changes,
  });
}
