// Thousands of transfers whose outcome is awaited and whose inquiries are due, stored at once with their jobs.
import { getSealer } from '../../src/shared/sealing.js';
import { AGENT, CUSTOMER, RECIPIENT, runSql } from './gateway.js';

/**
 * Each of ₹500, due a millisecond after the one before, the last at `dueAt`; for a server that is not in the sandbox.
 * Resolves to their references in that order.
 */
export async function storeBacklog(databaseUrl: string, count: number, dueAt: Date): Promise<string[]> {
  const customer = getSealer().sealToFind(CUSTOMER, 'customer_id');
  await runSql(
    databaseUrl,
    `DO $$
     DECLARE
       due_at timestamptz := '${dueAt.toISOString()}';
     BEGIN
       CREATE TEMP TABLE backlog ON COMMIT DROP AS
         SELECT gen_random_uuid() AS id, gen_random_uuid() AS challenge_id, 'BACKLOG-' || lpad(n::text, 6, '0') AS ref,
                due_at - (${count} - n) * interval '1 millisecond' AS due, due_at - interval '1 hour' AS made
           FROM generate_series(0, ${count - 1}) AS n;
       INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
           amount_rupees, state, created_at, expires_at)
         SELECT challenge_id, 'OTP-' || ref, ref, '${AGENT}', '${customer}', '${RECIPIENT}', 500, 'SENT', made, made
           FROM backlog;
       INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees, currency,
           channel, latlong, otp_challenge_id, is_simulated, status, event_count, next_inquiry_at, created_at, updated_at)
         SELECT id, ref, '${AGENT}', '${customer}', '${RECIPIENT}', 500, 'INR', 'IMPS', '28.6,77.2', challenge_id, false,
                'SUBMITTING', 1, due, made, made
           FROM backlog;
       INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
         SELECT gen_random_uuid(), id, 1, 'CLIENT', NULL, 'SUBMITTING', 'stored by a test', '{}', made FROM backlog;
       UPDATE transfers SET status = 'AWAITED', event_count = 2 WHERE id IN (SELECT id FROM backlog);
       INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
         SELECT gen_random_uuid(), id, 2, 'EKO_RESPONSE', 'SUBMITTING', 'AWAITED', 'stored by a test', '{}', made FROM backlog;
       PERFORM graphile_worker.add_job('inquire', json_build_object('transferId', id), run_at => due,
           job_key => 'inquire:' || id)
         FROM backlog ORDER BY due;
     END $$`,
  );
  const rows = await runSql<{ ref: string }>(
    databaseUrl,
    `SELECT client_ref_id AS ref FROM transfers WHERE client_ref_id LIKE 'BACKLOG%' ORDER BY next_inquiry_at`,
  );
  return rows.map(({ ref }) => ref);
}
