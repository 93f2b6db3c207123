// A database with many transfers of one agent: a year or two of a busy one, or of a whole network under one code.
import pg from 'pg';
import type { Sealer } from '../src/shared/sealing.js';

const PER_STATEMENT = 100_000;
const CUSTOMERS = 1_000;

/**
 * Up to `count`, of which `have` are there. Final ones for the most part, spread over statuses, recipients and amounts;
 * the last id is the newest.
 */
export async function fill(databaseUrl: string, count: number, sealer: Sealer, have = 0): Promise<void> {
  const customers = Array.from({ length: CUSTOMERS }, (_, index) =>
    sealer.sealToFind(String(6_000_000_000 + index), 'customer_id'),
  );
  const names = customers.map((_, index) => sealer.seal(`Recipient ${index}`, 'recipient_name'));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Without the rules, which would look at each row; what is written here keeps to them.
    await client.query('SET session_replication_role = replica');
    for (let from = have; from < count; from += PER_STATEMENT) {
      const to = Math.min(from + PER_STATEMENT, count);
      await client.query(FILL, [from, to - 1, customers, names]);
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

/** SQL: a UUID of version 7, as ours are: those made one after the other stand beside each other in an index. */
export function uuidV7(made: string, n: string): string {
  const ms = `(extract(epoch FROM ${made}) * 1000)::bigint`;
  return `(lpad(to_hex(${ms}), 12, '0') || '70008000' || lpad(to_hex(${n}), 12, '0'))::uuid`;
}

/** A transfer each ten seconds from 2025 on. */
const FILL = `
  WITH numbered AS (
    SELECT n, timestamptz '2025-01-01' + n * interval '10 seconds' AS made, 1 + n % ${CUSTOMERS} AS customer
      FROM generate_series($1::bigint, $2::bigint) n),
  named AS (
    SELECT *, ${uuidV7('made', 'n')} AS id FROM numbered),
  challenges AS (
    INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees,
        state, created_at, expires_at)
      SELECT id, 'OTP-' || n, 'BENCH-' || lpad(n::text, 10, '0'), '20810200', ($3::text[])[customer],
             (10000 + n % 5000)::text, 100 + n * 7919 % 4900, 'SENT', made, made FROM named),
  made AS (
    INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees, currency, channel,
        latlong, otp_challenge_id, is_simulated, status, failure_reason, needs_review, tid, bank_reference, recipient_name,
        masked_account, fee, event_count, created_at, updated_at)
      SELECT id, 'BENCH-' || lpad(n::text, 10, '0'), '20810200', ($3::text[])[customer], (10000 + n % 5000)::text,
             100 + n * 7919 % 4900, 'INR', 'IMPS', '28.6,77.2', id, true,
             CASE n % 50 WHEN 1 THEN 'FAILED' WHEN 2 THEN 'REFUNDED' WHEN 3 THEN 'REFUND_PENDING' ELSE 'SUCCESS' END,
             CASE n % 50 WHEN 1 THEN 'EKO_DECLINED' END, n % 1000 = 7, (2000000000 + n)::text, 'UTR' || n,
             ($4::text[])[customer], 'XXXXXX' || lpad((n % 10000)::text, 4, '0'), 10, 2, made, made FROM named)
  INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at, hash)
    SELECT gen_random_uuid(), id, 1, 'CLIENT', NULL, 'SUBMITTING', 'stored by a benchmark', '{}', made, '' FROM named`;
