// Eko's status callbacks: stored, and answered by an inquiry. Nothing that a callback says is believed.
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { parseCallback, type EkoCallback } from '../eko/index.js';
import { Transfer } from '../entities/index.js';
import type { Clock } from '../shared/clock.js';
import { createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import type { TransferStore } from '../transfers/index.js';

export interface CallbackInboxOptions {
  readonly dataSource: DataSource;
  readonly store: TransferStore;
  readonly clock: Clock;
}

export class CallbackInbox {
  constructor(private readonly options: CallbackInboxOptions) {}

  /**
   * Stores a delivery and brings the inquiry of the transfer it names forward, in one transaction. The same body
   * again is counted, not stored twice. Rejects only for the database; then Eko is not told that it arrived.
   */
  async receive(body: Buffer): Promise<void> {
    const { dataSource, store, clock } = this.options;
    const callback = parseCallback(parseJson(body));
    const now = new Date(clock.nowMs());
    await dataSource.transaction(async (manager) => {
      const transfer = callback === null ? null : await findTransfer(manager, callback);
      // First, because it locks the transfer: the row below refers to it, and deliveries at once would deadlock.
      if (transfer !== null) await store.hintInquiry(manager, transfer.id, now);
      await manager.query(
        `INSERT INTO webhook_deliveries
           (id, body_sha256, tid, client_ref_id, claimed_tx_status, transfer_id, first_received_at, last_received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (body_sha256) DO UPDATE
           SET delivery_count = webhook_deliveries.delivery_count + 1, last_received_at = excluded.last_received_at`,
        [
          createUuidV7(now.getTime()),
          createHash('sha256').update(body).digest('hex'),
          callback?.tid ?? null,
          callback?.clientRefId ?? null,
          callback?.claimedTxStatus ?? null,
          transfer?.id ?? null,
          now,
        ],
      );
      reach('callback written');
    });
    reach('callback committed');
  }
}

async function findTransfer(
  manager: EntityManager,
  { tid, clientRefId }: EkoCallback,
): Promise<Transfer | null> {
  const byReference = clientRefId === null ? null : await manager.findOneBy(Transfer, { clientRefId });
  return byReference ?? (tid === null ? null : manager.findOneBy(Transfer, { tid }));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
