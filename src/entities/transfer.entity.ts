// One request to send money: what was asked, what Eko said of it last, and when it is asked after next.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { SEALED_CUSTOMER, SEALED_NAME } from '../shared/sealing.js';

/** Stored states. The API shows SUBMITTING (committed, no answer recorded yet) as AWAITED. */
export const TRANSFER_STATUSES = [
  'SUBMITTING',
  'AWAITED',
  'ON_HOLD',
  'SUCCESS',
  'FAILED',
  'REFUND_PENDING',
  'REFUNDED',
] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

/** Why a transfer is FAILED. NOT_RECEIVED is provisional: later evidence reopens it. */
export const FAILURE_REASONS = [
  'WRONG_OTP',
  'OTP_EXPIRED',
  'OTP_ALREADY_USED',
  'INSUFFICIENT_BALANCE',
  'LIMIT_EXCEEDED',
  'EKO_DECLINED',
  'EKO_UNREACHABLE',
  'EKO_REJECTED',
  'NOT_RECEIVED',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

@Entity('transfers')
export class Transfer {
  /** UUIDv7: ids sort by creation. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Sent to Eko as `client_ref_id`: the handle that is left after a lost answer. */
  @Column({ name: 'client_ref_id', type: 'varchar', length: 20 })
  clientRefId!: string;

  /** Eko's `user_code`. */
  @Column({ name: 'agent_user_code', type: 'varchar', length: 20 })
  agentUserCode!: string;

  /** Ten-digit mobile number of the sender; stored sealed. */
  @Column({ name: 'customer_id', type: 'varchar', length: 120, transformer: SEALED_CUSTOMER })
  customerId!: string;

  @Column({ name: 'recipient_id', type: 'varchar', length: 15 })
  recipientId!: string;

  @Column({ name: 'amount_rupees', type: 'integer' })
  amountRupees!: number;

  @Column({ type: 'varchar', length: 3 })
  currency!: string;

  @Column({ type: 'varchar', length: 8 })
  channel!: string;

  /** Where the agent's device was, `latitude,longitude`; the regulator asks for it. */
  @Column({ type: 'varchar', length: 40 })
  latlong!: string;

  /** One OTP authorises one transfer. */
  @Column({ name: 'otp_challenge_id', type: 'uuid' })
  otpChallengeId!: string;

  /** Sent to the simulator: no money moved. */
  @Column({ name: 'is_simulated', type: 'boolean' })
  isSimulated!: boolean;

  @Column({ type: 'varchar', length: 16 })
  status!: TransferStatus;

  /** Set if and only if FAILED. */
  @Column({ name: 'failure_reason', type: 'varchar', length: 24, nullable: true })
  failureReason!: FailureReason | null;

  /** Evidence contradicts the status; a person has to look. */
  @Column({ name: 'needs_review', type: 'boolean', default: false })
  needsReview!: boolean;

  /** When a person last closed a review. What they settled outside does not show in the status. */
  @Column({ name: 'reviewed_at', type: 'timestamptz', precision: 3, nullable: true })
  reviewedAt!: Date | null;

  /** Eko has named this transaction in some answer; it can no longer be called NOT_RECEIVED. */
  @Column({ name: 'is_acknowledged', type: 'boolean', default: false })
  isAcknowledged!: boolean;

  /** Eko's id of the transaction. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  tid!: string | null;

  /** UTR or RRN: `bank_ref_num`, else `utrnumber`. */
  @Column({ name: 'bank_reference', type: 'varchar', length: 40, nullable: true })
  bankReference!: string | null;

  /** Stored sealed. */
  @Column({ name: 'recipient_name', type: 'text', nullable: true, transformer: SEALED_NAME })
  recipientName!: string | null;

  @Column({ name: 'masked_account', type: 'varchar', length: 40, nullable: true })
  maskedAccount!: string | null;

  @Column({ type: 'varchar', length: 20, nullable: true })
  ifsc!: string | null;

  /** Rupees, exact decimal text; so are the five that follow. */
  @Column({ type: 'numeric', precision: 14, scale: 2, nullable: true })
  fee!: string | null;

  @Column({ type: 'numeric', precision: 14, scale: 2, nullable: true })
  commission!: string | null;

  /** The agent's wallet after the transfer, as Eko reports it. */
  @Column({ type: 'numeric', precision: 14, scale: 2, nullable: true })
  balance!: string | null;

  @Column({ name: 'service_tax', type: 'numeric', precision: 14, scale: 2, nullable: true })
  serviceTax!: string | null;

  @Column({ type: 'numeric', precision: 14, scale: 2, nullable: true })
  tds!: string | null;

  /** What the agent collects in cash: amount and fee. */
  @Column({ name: 'collectable_amount', type: 'numeric', precision: 14, scale: 2, nullable: true })
  collectableAmount!: string | null;

  /** Eko's envelope as last read: `status`. */
  @Column({ name: 'eko_status', type: 'integer', nullable: true })
  ekoStatus!: number | null;

  @Column({ name: 'eko_message', type: 'varchar', length: 500, nullable: true })
  ekoMessage!: string | null;

  @Column({ name: 'eko_response_status_id', type: 'integer', nullable: true })
  ekoResponseStatusId!: number | null;

  @Column({ name: 'eko_response_type_id', type: 'integer', nullable: true })
  ekoResponseTypeId!: number | null;

  /** Eko's `tx_status` as last believed. */
  @Column({ name: 'eko_tx_status', type: 'integer', nullable: true })
  ekoTxStatus!: number | null;

  /** Eko's `txstatus_desc`. */
  @Column({ name: 'status_description', type: 'varchar', length: 500, nullable: true })
  statusDescription!: string | null;

  /** Eko's `timestamp`, as written: with or without a zone. */
  @Column({ name: 'eko_timestamp', type: 'varchar', length: 40, nullable: true })
  ekoTimestamp!: string | null;

  /** When the question was asked whose answer the status rests on; an answer to an older one is old news. */
  @Column({ name: 'evidence_asked_at', type: 'timestamptz', precision: 3, nullable: true })
  evidenceAskedAt!: Date | null;

  /** How many events there are; the sequence number of the newest. */
  @Column({ name: 'event_count', type: 'integer' })
  eventCount!: number;

  @Column({ name: 'inquiry_count', type: 'integer', default: 0 })
  inquiryCount!: number;

  @Column({ name: 'last_inquiry_at', type: 'timestamptz', precision: 3, nullable: true })
  lastInquiryAt!: Date | null;

  /** Null when nobody will ask again by itself. */
  @Column({ name: 'next_inquiry_at', type: 'timestamptz', precision: 3, nullable: true })
  nextInquiryAt!: Date | null;

  /** When a callback last asked for an inquiry; null when one has been made since. */
  @Column({ name: 'hinted_at', type: 'timestamptz', precision: 3, nullable: true })
  hintedAt!: Date | null;

  /** "No such transaction" answers that count towards NOT_RECEIVED. */
  @Column({ name: 'not_found_count', type: 'integer', default: 0 })
  notFoundCount!: number;

  @Column({ name: 'last_not_found_at', type: 'timestamptz', precision: 3, nullable: true })
  lastNotFoundAt!: Date | null;

  @Column({ name: 'not_received_at', type: 'timestamptz', precision: 3, nullable: true })
  notReceivedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}
