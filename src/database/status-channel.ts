// What PostgreSQL tells every process when it is committed, by the triggers of the migrations. What is notified while
// nobody listens is lost.
import type pg from 'pg';

/** A transfer has changed; the payload is its id. */
export const STATUS_CHANNEL = 'transfer_changed';
/** A token or an agent was revoked, or reinstated. */
export const REVOCATION_CHANNEL = 'revocations_changed';

export async function listenToChannels(client: pg.Client): Promise<void> {
  await client.query(`LISTEN ${STATUS_CHANNEL}`);
  await client.query(`LISTEN ${REVOCATION_CHANNEL}`);
}
