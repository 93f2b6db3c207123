// The rows of one run with their timelines and jobs, read past everything that src has for reading.
import type { DataSource } from 'typeorm';
import { getSealer } from '../../../src/shared/sealing.js';
import type { Row } from './model.js';

const QUERY = `
  SELECT t.id, t.client_ref_id AS "clientRefId", c.otp_ref_id AS "otpRefId", t.recipient_id AS "recipientId",
         t.amount_rupees AS "amountRupees", t.agent_user_code AS "agentUserCode", t.status,
         t.failure_reason AS "failureReason", t.needs_review AS "needsReview", t.tid, t.event_count AS "eventCount",
         t.created_at AS "createdAt", t.next_inquiry_at AS "nextInquiryAt", t.not_received_at AS "notReceivedAt",
         j.run_at AS "jobRunAt",
         (SELECT json_agg(json_build_array(e.sequence, e.from_status, e.to_status,
                            e.source = 'EKO_INQUIRY' AND e.evidence->>'txStatus' = 'absent') ORDER BY e.sequence)
            FROM transfer_events e WHERE e.transfer_id = t.id) AS timeline
    FROM transfers t
    JOIN otp_challenges c ON c.id = t.otp_challenge_id
    LEFT JOIN graphile_worker.jobs j ON j.key = 'inquire:' || t.id
   WHERE t.customer_id = ANY($1)`;

const toForms = (customerId: string) => getSealer().toStoredForms(customerId, 'customer_id');

export function readRows(dataSource: DataSource, customerId: string): Promise<Row[]> {
  return dataSource.query(QUERY, [toForms(customerId)]);
}

/** As a worker does that begins with it. Its death loses the job: the queue would hold it for hours. */
export async function takeJob(dataSource: DataSource, transferId: string): Promise<void> {
  await dataSource.query(`SELECT graphile_worker.remove_job('inquire:' || $1)`, [transferId]);
}

/** So that the next run's sweep does not find what this one left open. */
export async function closeRows(dataSource: DataSource, customerId: string): Promise<void> {
  await dataSource.query(
    `SELECT graphile_worker.remove_job('inquire:' || id) FROM transfers WHERE customer_id = ANY($1)`,
    [toForms(customerId)],
  );
  await dataSource.query(`UPDATE transfers SET next_inquiry_at = NULL WHERE customer_id = ANY($1)`, [
    toForms(customerId),
  ]);
}
