// Seals again, with the present key, what is sealed with another one. Run by the owner of the tables, beside the servers.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { SealedField, Sealer } from '../shared/sealing.js';

const TABLES = { transfers: 'recipient_name', otp_challenges: 'NULL::text' } as const;
type Table = keyof typeof TABLES;

interface SealedRow {
  readonly id: string;
  readonly customer_id: string;
  /** Null also for a table without the column. */
  readonly recipient_name: string | null;
}

/**
 * Opens the newest and the oldest row of each table: throws UnsealableError, before the first row is written with a wrong
 * key. `reseal` goes from the newest to the oldest, so an oldest row under the present key means that all are; a sandbox's
 * rows are never sealed again, and say nothing.
 */
export async function assertDataOpens(dataSource: DataSource, sealer: Sealer): Promise<void> {
  for (const [table, name] of Object.entries(TABLES)) {
    for (const order of ['ASC', 'DESC']) {
      const [row]: SealedRow[] = await dataSource.query(
        `SELECT id, customer_id, ${name} AS recipient_name FROM ${table}
          WHERE split_part(customer_id, '.', 2) <> ALL($1) ORDER BY id ${order} LIMIT 1`,
        [sealer.foreignKeyIds],
      );
      if (row === undefined) continue;
      sealer.open(row.customer_id, 'customer_id');
      if (row.recipient_name !== null) sealer.open(row.recipient_name, 'recipient_name');
    }
  }
}

export interface ResealReport {
  readonly transfers: number;
  readonly challenges: number;
  /** What is sealed with another key now, counted when all was done. */
  readonly left: readonly { readonly keyId: string; readonly texts: number }[];
}

/** Texts of one statement: a hundredth of a second or two. */
const BATCH = 500;
/** Shorter than the patience of those who write: reseal is the one that gives way. */
const LOCK_TIMEOUT_MS = 1_000;
const TRIES = 30;
/** deadlock_detected, lock_not_available. */
const TAKEN = new Set<unknown>(['40P01', '55P03']);

export async function reseal(databaseUrl: string, sealer: Sealer): Promise<ResealReport> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'eko-transfer-gateway reseal',
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  client.on('error', () => {}); // the statements report a lost connection
  await client.connect();
  try {
    const challenges = await resealTable(client, sealer, 'otp_challenges');
    const transfers = await resealTable(client, sealer, 'transfers');
    return { transfers, challenges, left: await countLeft(client, sealer) };
  } finally {
    await client.end();
  }
}

/** Newest first: see `assertDataOpens`. */
async function resealTable(client: pg.Client, sealer: Sealer, table: Table): Promise<number> {
  let [count, before, tries] = [0, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 0];
  for (;;) {
    const { rows } = await client.query<SealedRow>(FIND(table), [
      before,
      [sealer.keyId, ...sealer.foreignKeyIds],
      BATCH,
    ]);
    const last = rows.at(-1);
    if (last === undefined) return count;
    const written = await writeRows(client, sealer, { table, rows });
    count += written;
    tries += 1;
    // Whoever wrote a row meanwhile, or held it, has it read again.
    if (written === rows.length) [before, tries] = [last.id, 0];
    else if (tries === TRIES) throw new Error(`rows of ${table} are held by somebody: run it again later`);
    else await delay(LOCK_TIMEOUT_MS / 10);
  }
}

const FIND = (table: Table) => `
  SELECT id, customer_id, ${TABLES[table]} AS recipient_name FROM ${table}
   WHERE id <= $1 AND (split_part(customer_id, '.', 2) <> ALL($2) OR split_part(${TABLES[table]}, '.', 2) <> ALL($2))
   ORDER BY id DESC LIMIT $3`;

/** One statement, which holds the rows for as long as it takes. Resolves to how many were still as they had been read. */
async function writeRows(
  client: pg.Client,
  sealer: Sealer,
  { table, rows }: { table: Table; rows: readonly SealedRow[] },
): Promise<number> {
  const name = (set: string) => (table === 'transfers' ? set : '');
  try {
    const { rowCount } = await client.query(
      `UPDATE ${table} t SET customer_id = given.customer${name(', recipient_name = given.name')}
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
           AS given (id, old_customer, customer, old_name, name)
        WHERE t.id = given.id AND t.customer_id = given.old_customer
          ${name('AND t.recipient_name IS NOT DISTINCT FROM given.old_name')}`,
      [
        rows.map(({ id }) => id),
        rows.map(({ customer_id: customer }) => customer),
        rows.map(({ customer_id: customer }) => sealAgain(sealer, customer, 'customer_id')),
        rows.map(({ recipient_name: stored }) => stored),
        rows.map(({ recipient_name: stored }) => stored && sealAgain(sealer, stored, 'recipient_name')),
      ],
    );
    return rowCount ?? 0;
  } catch (error) {
    if (error instanceof pg.DatabaseError && TAKEN.has(error.code)) return 0;
    throw error;
  }
}

/** What another index finds stays as it is: a timeline covers the index, and text under it is no secret. */
function sealAgain(sealer: Sealer, stored: string, field: SealedField): string {
  if (sealer.foreignKeyIds.includes(stored.split('.')[1] ?? '')) return stored;
  const text = sealer.open(stored, field);
  return field === 'customer_id' ? sealer.sealToFind(text, field) : sealer.seal(text, field);
}

async function countLeft(client: pg.Client, sealer: Sealer): Promise<ResealReport['left']> {
  const { rows } = await client.query<{ keyId: string; texts: number }>(
    `SELECT split_part(stored, '.', 2) AS "keyId", count(*)::int AS texts
       FROM (SELECT customer_id AS stored FROM otp_challenges
             UNION ALL SELECT customer_id FROM transfers
             UNION ALL SELECT recipient_name FROM transfers WHERE recipient_name IS NOT NULL) texts
      WHERE split_part(stored, '.', 2) <> $1 GROUP BY 1 ORDER BY 1`,
    [sealer.keyId],
  );
  return rows;
}
