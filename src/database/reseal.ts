// Seals again, with the present key, what is sealed with another one or not at all. Run by the owner of the tables.
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { findKeyId, type Sealer } from '../shared/sealing.js';

/** The newest and the oldest of what is stored: throws UnsealableError, before the first row is written with a wrong key. */
export async function assertDataOpens(dataSource: DataSource, sealer: Sealer): Promise<void> {
  for (const table of ['transfers', 'otp_challenges']) {
    for (const order of ['ASC', 'DESC']) {
      const [row]: Pick<SealedRow, 'customer_id'>[] = await dataSource.query(
        `SELECT customer_id FROM ${table} ORDER BY id ${order} LIMIT 1`,
      );
      if (row !== undefined) sealer.open(row.customer_id, 'customer_id');
    }
  }
}

export interface ResealReport {
  readonly challenges: number;
  readonly transfers: number;
  /** Transfers from before anything was sealed: their timelines were chained again. */
  readonly chained: number;
}

interface SealedRow {
  readonly id: string;
  readonly customer_id: string;
  /** Null also for a table without the column. */
  readonly recipient_name: string | null;
}

/** Rows of one transaction: writers wait for it, a few hundredths of a second. */
const BATCH = 500;

export async function reseal(databaseUrl: string, sealer: Sealer): Promise<ResealReport> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'eko-transfer-gateway reseal',
  });
  client.on('error', () => {}); // the statements report a lost connection
  await client.connect();
  try {
    const challenges = await resealTable(client, sealer, { table: 'otp_challenges', name: 'NULL::text' });
    const transfers = await resealTable(client, sealer, { table: 'transfers', name: 'recipient_name' });
    return { challenges: challenges.length, transfers: transfers.length, chained: countPlain(transfers) };
  } finally {
    await client.end();
  }
}

const countPlain = (rows: readonly SealedRow[]) => rows.filter(isPlain).length;
const isPlain = ({ customer_id: stored }: SealedRow) => findKeyId(stored) === null;

/** The rows as they were. */
async function resealTable(
  client: pg.Client,
  sealer: Sealer,
  { table, name }: { table: string; name: string },
): Promise<SealedRow[]> {
  const done: SealedRow[] = [];
  const present = `s1.${sealer.keyId}.%`;
  for (;;) {
    await client.query('BEGIN');
    try {
      const { rows } = await client.query<SealedRow>(
        `SELECT id, customer_id, ${name} AS recipient_name FROM ${table}
          WHERE customer_id NOT LIKE $1 OR ${name} NOT LIKE $1 ORDER BY id LIMIT ${BATCH} FOR UPDATE`,
        [present],
      );
      if (rows.length > 0) await writeRows(client, sealer, { table, rows });
      await client.query('COMMIT');
      done.push(...rows);
      if (rows.length < BATCH) return done;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }
}

async function writeRows(
  client: pg.Client,
  sealer: Sealer,
  { table, rows }: { table: string; rows: readonly SealedRow[] },
): Promise<void> {
  const isTransfers = table === 'transfers';
  // What was asked for does not change, and neither does it here.
  if (isTransfers) await setTriggers(client, 'DISABLE');
  for (const { id, customer_id: customer, recipient_name: name } of rows) {
    const values = [id, sealer.sealToFind(sealer.open(customer, 'customer_id'), 'customer_id')];
    if (name !== null) values.push(sealer.seal(sealer.open(name, 'recipient_name'), 'recipient_name'));
    const more = name === null ? '' : ', recipient_name = $3';
    await client.query(`UPDATE ${table} SET customer_id = $2${more} WHERE id = $1`, values);
  }
  if (isTransfers) {
    for (const { id } of rows.filter(isPlain)) await chainAgain(client, id);
    await setTriggers(client, 'ENABLE');
  }
}

async function setTriggers(client: pg.Client, to: 'ENABLE' | 'DISABLE'): Promise<void> {
  await client.query(`ALTER TABLE transfers ${to} TRIGGER transfers_guard`);
  await client.query(`ALTER TABLE transfer_events ${to} TRIGGER transfer_events_guard`);
}

async function chainAgain(client: pg.Client, transferId: string): Promise<void> {
  const { rows } = await client.query<{ sequence: number }>(
    'SELECT sequence FROM transfer_events WHERE transfer_id = $1 ORDER BY sequence',
    [transferId],
  );
  for (const { sequence } of rows) {
    await client.query(
      `UPDATE transfer_events e SET hash = audit_hash(e, t, (SELECT hash FROM transfer_events before
          WHERE before.transfer_id = e.transfer_id AND before.sequence = e.sequence - 1))
         FROM transfers t WHERE t.id = e.transfer_id AND e.transfer_id = $1 AND e.sequence = $2`,
      [transferId, sequence],
    );
  }
}
