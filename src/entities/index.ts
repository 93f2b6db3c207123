export { FAILURE_REASONS, Transfer, TRANSFER_STATUSES } from './transfer.entity.js';
export type { FailureReason, TransferStatus } from './transfer.entity.js';
export { EVENT_SOURCES, TransferEvent } from './transfer-event.entity.js';
export type { EventSource } from './transfer-event.entity.js';
export { OtpChallenge } from './otp-challenge.entity.js';
export type { OtpChallengeState } from './otp-challenge.entity.js';
export { isRevoked, Revocation } from './revocation.entity.js';
export type { RevocationKind } from './revocation.entity.js';
export { WebhookDelivery } from './webhook-delivery.entity.js';
