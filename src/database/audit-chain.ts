// Recomputes the chains of events, with code of its own: what the database says of itself is not asked.
import { createHash } from 'node:crypto';
import type pg from 'pg';

export interface AuditReport {
  readonly transfers: number;
  readonly events: number;
  /** One line for each transfer whose record is not what was written, with the first thing that is wrong. */
  readonly findings: readonly string[];
  /** Of all last hashes, in the order of the transfers: noted elsewhere, it proves later that none was replaced or removed. */
  readonly digest: string;
}

interface EventRow {
  readonly id: string;
  readonly sequence: number;
  readonly source: string;
  readonly from_status: string | null;
  readonly to_status: string;
  readonly message: string;
  readonly evidence: string;
  readonly occurred_at: string;
  readonly hash: string;
}

interface TransferRow {
  readonly id: string;
  readonly status: string;
  readonly event_count: number;
  /** What every hash covers of the transfer itself, as text, in the order of the migration. */
  readonly about: readonly (string | null)[];
  readonly events: readonly EventRow[];
}

/** Transfers read at once: about a megabyte. */
const BATCH = 500;

/** `client`: any that may read; it is held for as long as it takes, in one transaction that sees one moment. */
export async function verifyAuditChain(client: pg.ClientBase): Promise<AuditReport> {
  const findings: string[] = [];
  const digest = createHash('sha256');
  let [transfers, events] = [0, 0];
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows: strays } = await client.query<{ transfer_id: string }>(STRAYS);
    for (const { transfer_id: id } of strays) findings.push(`${id}: has events, and is not there itself`);
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await client.query<TransferRow>(PAGE, [after, BATCH]);
      for (const row of rows) {
        const finding = findBreak(row);
        if (finding !== null) findings.push(`${row.id}: ${finding}`);
        digest.update(row.events.at(-1)?.hash ?? 'none');
        events += row.events.length;
      }
      transfers += rows.length;
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH) break;
      after = last.id;
    }
  } finally {
    await client.query('ROLLBACK');
  }
  return { transfers, events, findings, digest: digest.digest('hex') };
}

const STRAYS = `SELECT DISTINCT transfer_id FROM transfer_events
  WHERE NOT EXISTS (SELECT FROM transfers WHERE id = transfer_id)`;

const MOMENT = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint::text`;
/** Of a sealed number the part that does not change with the key. */
const CUSTOMER = `split_part(t.customer_id, '.', 3)`;
const PAGE = `
  SELECT t.id, t.status, t.event_count,
         json_build_array(t.client_ref_id, t.agent_user_code, ${CUSTOMER}, t.recipient_id, t.amount_rupees::text, t.latlong,
           t.otp_challenge_id::text, t.is_simulated::text, ${MOMENT('t.created_at')}) AS about,
         coalesce((SELECT json_agg(json_build_object('id', e.id::text, 'sequence', e.sequence, 'source', e.source,
             'from_status', e.from_status, 'to_status', e.to_status, 'message', e.message, 'evidence', e.evidence::text,
             'occurred_at', ${MOMENT('e.occurred_at')}, 'hash', encode(e.hash, 'hex')) ORDER BY e.sequence)
           FROM transfer_events e WHERE e.transfer_id = t.id), '[]') AS events
    FROM transfers t WHERE t.id > $1 ORDER BY t.id LIMIT $2`;

/** The first thing that cannot be as it was written; null when all is. */
function findBreak({ id, status, event_count: eventCount, about, events }: TransferRow): string | null {
  let previous: string | null = null;
  for (const [index, event] of events.entries()) {
    if (event.sequence !== index + 1) return `event ${index + 1} is missing`;
    const expected = toHash([
      previous,
      event.id,
      id,
      String(event.sequence),
      event.source,
      event.from_status,
      event.to_status,
      event.message,
      event.evidence,
      event.occurred_at,
      ...about,
    ]);
    if (event.hash !== expected) return `event ${event.sequence} is not what was written`;
    previous = event.hash;
  }
  if (events.length !== eventCount) return `counts ${eventCount} events, and has ${events.length}`;
  const last = events.at(-1);
  return last?.to_status === status
    ? null
    : `is ${status}, and its last event says ${String(last?.to_status)}`;
}

function toHash(fields: readonly (string | null)[]): string {
  const text = fields
    .map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`))
    .join('');
  return createHash('sha256').update(text).digest('hex');
}
