// Transfers put into the database as the rules there demand: a challenge, an intent, its first event, then the outcome.
import { randomInt } from 'node:crypto';
import pg from 'pg';
import { createUuidV7 } from '../../src/shared/identifiers.js';
import { getSealer } from '../../src/shared/sealing.js';
import { AGENT, CUSTOMER, RECIPIENT } from './gateway.js';

export interface StoredTransfer {
  readonly agent?: string;
  readonly customerId?: string;
  readonly recipientId?: string;
  readonly amount?: number;
  readonly status?:
    'SUBMITTING' | 'AWAITED' | 'ON_HOLD' | 'SUCCESS' | 'FAILED' | 'REFUND_PENDING' | 'REFUNDED';
  /** Of a FAILED one. Default EKO_DECLINED. */
  readonly failureReason?: 'EKO_DECLINED' | 'NOT_RECEIVED';
  /** Default true. */
  readonly isSimulated?: boolean;
  readonly needsReview?: boolean;
  readonly createdAt?: Date;
}

export interface StoredRow {
  readonly id: string;
  readonly clientRefId: string;
  readonly tid: string;
  readonly otpRefId: string;
}

/** In the order given; each a millisecond younger than the one before unless it says when. */
export async function storeTransfers(
  databaseUrl: string,
  transfers: readonly StoredTransfer[],
): Promise<StoredRow[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'test' });
  await client.connect();
  try {
    const firstMs = Date.now() - 3_600_000;
    const rows: StoredRow[] = [];
    await client.query('BEGIN');
    for (const [index, transfer] of transfers.entries()) {
      rows.push(await storeTransfer(client, transfer, transfer.createdAt ?? new Date(firstMs + index)));
    }
    await client.query('COMMIT');
    return rows;
  } finally {
    await client.end();
  }
}

async function storeTransfer(
  client: pg.Client,
  transfer: StoredTransfer,
  createdAt: Date,
): Promise<StoredRow> {
  const customer = getSealer().sealToFind(transfer.customerId ?? CUSTOMER, 'customer_id');
  const { agent = AGENT, recipientId = RECIPIENT, amount = 500 } = transfer;
  const { status = 'SUCCESS', failureReason = 'EKO_DECLINED' } = transfer;
  const { isSimulated = true, needsReview = false } = transfer;
  const mark = `${createdAt.getTime().toString(36)}${randomInt(1e9).toString(36)}`;
  const row = {
    id: createUuidV7(createdAt.getTime()),
    clientRefId: `S${mark}`.slice(0, 20).padEnd(10, 'x'),
    tid: String(randomInt(1e9, 281_474_976_710_655)),
    otpRefId: `REF-${mark}`,
  };
  const challengeId = createUuidV7(createdAt.getTime());
  await client.query(
    `INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
       amount_rupees, state, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'SENT', $8, $8)`,
    [challengeId, row.otpRefId, row.clientRefId, agent, customer, recipientId, amount, createdAt],
  );
  await client.query(
    `INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees, currency,
       channel, latlong, otp_challenge_id, is_simulated, status, event_count, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'INR', 'IMPS', '28.6,77.2', $7, $9, 'SUBMITTING', 1, $8, $8)`,
    [row.id, row.clientRefId, agent, customer, recipientId, amount, challengeId, createdAt, isSimulated],
  );
  await addEvent(client, { id: row.id, sequence: 1, from: null, to: 'SUBMITTING', at: createdAt });
  if (status !== 'SUBMITTING') {
    const reason = status === 'FAILED' ? failureReason : null;
    // Eko has never named one that it did not receive.
    const [tid, notReceivedAt] = reason === 'NOT_RECEIVED' ? [null, createdAt] : [row.tid, null];
    await client.query(
      `UPDATE transfers SET status = $2, failure_reason = $3, tid = $4, not_received_at = $5, event_count = 2
        WHERE id = $1`,
      [row.id, status, reason, tid, notReceivedAt],
    );
    await addEvent(client, { id: row.id, sequence: 2, from: 'SUBMITTING', to: status, at: createdAt });
  }
  if (needsReview) await client.query('UPDATE transfers SET needs_review = true WHERE id = $1', [row.id]);
  return row;
}

/** The next step of a stored transfer, committed by itself; resolves when it is. */
export async function moveTransfer(
  client: pg.Client,
  step: { id: string; sequence: number; from: string; to: string },
): Promise<void> {
  await client.query('BEGIN');
  await client.query('UPDATE transfers SET status = $2, event_count = $3 WHERE id = $1', [
    step.id,
    step.to,
    step.sequence,
  ]);
  await addEvent(client, { ...step, at: new Date() });
  await client.query('COMMIT');
}

async function addEvent(
  client: pg.Client,
  event: { id: string; sequence: number; from: string | null; to: string; at: Date },
): Promise<void> {
  await client.query(
    `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 'stored by a test', '{}', $6)`,
    [
      event.id,
      event.sequence,
      event.sequence === 1 ? 'CLIENT' : 'EKO_RESPONSE',
      event.from,
      event.to,
      event.at,
    ],
  );
}
