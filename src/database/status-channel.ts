// PostgreSQL tells every process of each change of a transfer when it is committed: the trigger of the migration of the
// same name notifies, with the transfer's id. What is notified while nobody listens is lost.
import type pg from 'pg';

export const STATUS_CHANNEL = 'transfer_changed';

export async function listenToStatusChannel(client: pg.Client): Promise<void> {
  await client.query(`LISTEN ${STATUS_CHANNEL}`);
}
