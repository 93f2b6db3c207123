// Thousands of transfers in one statement, for what is about many.
import { createUuidV7 } from '../../src/shared/identifiers.js';
import { getSealer } from '../../src/shared/sealing.js';
import { AGENT, CUSTOMER, RECIPIENT, runSql } from './gateway.js';

/** Awaited, of ₹500, each a millisecond younger than the one before. Resolves to their ids in that order. */
export async function storeMany(databaseUrl: string, count: number, firstAt: Date): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => createUuidV7(firstAt.getTime() + index));
  await runSql(
    databaseUrl,
    `WITH given AS (
       SELECT id, gen_random_uuid() AS challenge_id, 'M' || right(replace(id::text, '-', ''), 18) AS ref,
              $2::timestamptz + n * interval '1 millisecond' AS made
         FROM unnest($1::uuid[]) WITH ORDINALITY AS one (id, n)
     ), challenges AS (
       INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
           amount_rupees, state, created_at, expires_at)
         SELECT challenge_id, 'OTP-' || ref, ref, $3, $4, $5, 500, 'SENT', made, made FROM given
     ), made AS (
       INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees, currency,
           channel, latlong, otp_challenge_id, is_simulated, status, event_count, created_at, updated_at)
         SELECT id, ref, $3, $4, $5, 500, 'INR', 'IMPS', '28.6,77.2', challenge_id, true, 'SUBMITTING', 1, made, made
           FROM given RETURNING id, created_at
     )
     INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
       SELECT gen_random_uuid(), id, 1, 'CLIENT', NULL, 'SUBMITTING', 'stored by a test', '{}', created_at FROM made`,
    [ids, firstAt, AGENT, getSealer().sealToFind(CUSTOMER, 'customer_id'), RECIPIENT],
  );
  return ids;
}
