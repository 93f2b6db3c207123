// Eko's status callbacks: stored, and answered by an inquiry. Nothing that a callback says is believed.
import type { DataSource, EntityManager } from 'typeorm';
import { parseCallback, type EkoCallback } from '../eko/index.js';
import type { Clock } from '../shared/clock.js';
import { createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import type { TransferStore } from '../transfers/index.js';

export interface CallbackInboxOptions {
  readonly dataSource: DataSource;
  readonly store: TransferStore;
  readonly clock: Clock;
  /** Of a body: keyed, because account numbers can be guessed. */
  readonly digest: (body: Buffer) => string;
}

export class CallbackInbox {
  constructor(private readonly options: CallbackInboxOptions) {}

  /**
   * Stores a delivery and brings the inquiry of the transfer it names forward, in one transaction. The same body
   * again is counted, not stored twice. Rejects only for the database; then Eko is not told that it arrived.
   */
  async receive(body: Buffer): Promise<void> {
    const { dataSource, store, clock, digest } = this.options;
    const callback = parseCallback(parseJson(body));
    const now = new Date(clock.nowMs());
    await dataSource.transaction(async (manager) => {
      const id = callback === null ? null : await findTransferId(manager, callback);
      // First, because it locks the transfer: the row below refers to it, and deliveries at once would deadlock.
      const claimedTxStatus = callback?.claimedTxStatus ?? null;
      if (id !== null) await store.hintInquiry(manager, id, { now, claimedTxStatus });
      await manager.query(
        `INSERT INTO webhook_deliveries
           (id, body_digest, tid, client_ref_id, claimed_tx_status, transfer_id, first_received_at, last_received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (body_digest) DO UPDATE
           SET delivery_count = webhook_deliveries.delivery_count + 1, last_received_at = excluded.last_received_at`,
        [
          createUuidV7(now.getTime()),
          digest(body),
          callback?.tid ?? null,
          callback?.clientRefId ?? null,
          claimedTxStatus,
          id,
          now,
        ],
      );
      reach('callback written');
    });
    reach('callback committed');
  }
}

/** Nothing of a customer is read: a key that this process lacks loses no callback. */
async function findTransferId(
  manager: EntityManager,
  { tid, clientRefId }: EkoCallback,
): Promise<string | null> {
  const [found]: { id: string }[] = await manager.query(
    `SELECT id FROM transfers WHERE client_ref_id = $1 OR tid = $2
      ORDER BY client_ref_id IS NOT DISTINCT FROM $1 DESC LIMIT 1`,
    [clientRefId, tid],
  );
  return found?.id ?? null;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
