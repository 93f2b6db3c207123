// The timeline of a transfer: append-only, gap-free, each entry with the evidence it rests on.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TransferStatus } from './transfer.entity.js';

export const EVENT_SOURCES = ['CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY', 'RECOVERY', 'OPERATOR'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

@Entity('transfer_events')
export class TransferEvent {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'transfer_id', type: 'uuid' })
  transferId!: string;

  /** 1, 2, 3, … within the transfer. */
  @Column({ type: 'integer' })
  sequence!: number;

  @Column({ type: 'varchar', length: 16 })
  source!: EventSource;

  /** Null on the first event. */
  @Column({ name: 'from_status', type: 'varchar', length: 16, nullable: true })
  fromStatus!: TransferStatus | null;

  @Column({ name: 'to_status', type: 'varchar', length: 16 })
  toStatus!: TransferStatus;

  @Column({ type: 'varchar', length: 500 })
  message!: string;

  /** What Eko answered, redacted: never an OTP, an account number or a key. */
  @Column({ type: 'jsonb' })
  evidence!: Readonly<Record<string, string | number | null>>;

  @Column({ name: 'occurred_at', type: 'timestamptz', precision: 3 })
  occurredAt!: Date;

  /** Made by the database out of this event and the hash before it; read by nothing but `verify-audit`. */
  @Column({ type: 'bytea', select: false, insert: false, update: false })
  hash?: Buffer;
}
