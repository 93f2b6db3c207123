// The inbox of Eko's status callbacks: what was claimed, kept apart from what is believed.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('webhook_deliveries')
export class WebhookDelivery {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Keyed: the same body twice is one delivery. The body itself holds account numbers and is not kept. */
  @Column({ name: 'body_digest', type: 'char', length: 64 })
  bodyDigest!: string;

  @Column({ type: 'varchar', length: 40, nullable: true })
  tid!: string | null;

  @Column({ name: 'client_ref_id', type: 'varchar', length: 20, nullable: true })
  clientRefId!: string | null;

  @Column({ name: 'claimed_tx_status', type: 'varchar', length: 4, nullable: true })
  claimedTxStatus!: string | null;

  /** Null when no transfer of ours is meant. */
  @Column({ name: 'transfer_id', type: 'uuid', nullable: true })
  transferId!: string | null;

  @Column({ name: 'delivery_count', type: 'integer', default: 1 })
  deliveryCount!: number;

  @Column({ name: 'first_received_at', type: 'timestamptz', precision: 3 })
  firstReceivedAt!: Date;

  @Column({ name: 'last_received_at', type: 'timestamptz', precision: 3 })
  lastReceivedAt!: Date;
}
