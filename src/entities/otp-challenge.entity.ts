// One OTP that Eko was asked to send, and what for. The OTP itself is never here: only the customer sees it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { SEALED_CUSTOMER } from '../shared/sealing.js';

/** REQUESTED until Eko answers; only SENT ones can authorise a transfer; all but REFUSED count towards the limits. */
export type OtpChallengeState = 'REQUESTED' | 'SENT' | 'REFUSED' | 'UNKNOWN';

@Entity('otp_challenges')
export class OtpChallenge {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Eko's reference; null until it has answered. */
  @Column({ name: 'otp_ref_id', type: 'varchar', length: 200, nullable: true })
  otpRefId!: string | null;

  /** Sent to Eko as the `client_ref_id` of this call. */
  @Column({ name: 'client_ref_id', type: 'varchar', length: 20 })
  clientRefId!: string;

  @Column({ name: 'agent_user_code', type: 'varchar', length: 20 })
  agentUserCode!: string;

  /** Stored sealed. */
  @Column({ name: 'customer_id', type: 'varchar', length: 120, transformer: SEALED_CUSTOMER })
  customerId!: string;

  @Column({ name: 'recipient_id', type: 'varchar', length: 15 })
  recipientId!: string;

  @Column({ name: 'amount_rupees', type: 'integer' })
  amountRupees!: number;

  @Column({ type: 'varchar', length: 12 })
  state!: OtpChallengeState;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
