// The statements of the money path, each one round trip. A statement is a transaction of its own: what it writes is
// written together or not at all.
import { EntityColumns, type EntityColumn } from '../database/entity-columns.js';
import type { PreparedStatement } from '../database/prepared.js';
import { isRevoked, OtpChallenge, Transfer, TransferEvent } from '../entities/index.js';
import { INQUIRY_JOB_KEY, INQUIRY_TASK } from './inquiry-job.js';

export const TRANSFER_COLUMNS = new EntityColumns(Transfer);
export const EVENT_COLUMNS = new EntityColumns(TransferEvent);
export const CHALLENGE_COLUMNS = new EntityColumns(OtpChallenge);

/** What was asked for never changes; when it was inquired after, only a claim says. */
const NOT_OF_AN_OUTCOME: ReadonlySet<string> = new Set<keyof Transfer>([
  'id',
  'clientRefId',
  'agentUserCode',
  'customerId',
  'recipientId',
  'amountRupees',
  'currency',
  'channel',
  'latlong',
  'otpChallengeId',
  'isSimulated',
  'lastInquiryAt',
  'inquiryCount',
  'createdAt',
]);
export const OUTCOME_COLUMNS: readonly EntityColumn[] = TRANSFER_COLUMNS.all.filter(
  ({ property }) => !NOT_OF_AN_OUTCOME.has(property),
);

const ADD_JOB = (table: string, runAt: string) =>
  `graphile_worker.add_job('${INQUIRY_TASK}', json_build_object('transferId', ${table}.id), run_at => ${runAt}, ` +
  `job_key => '${INQUIRY_JOB_KEY}' || ${table}.id)`;

/**
 * An OTP's challenge with each transfer that has its OTP or the reference, at most two rows; and whether the agent or its
 * token is revoked. A statement for that alone took 0.05 of the transfers in a second.
 */
export const FIND_EARLIER: PreparedStatement = {
  name: 'find_earlier',
  text: `
    SELECT ${CHALLENGE_COLUMNS.selectFrom('c')}, ${TRANSFER_COLUMNS.selectFrom('t')}, asked.is_revoked
      FROM (SELECT ${isRevoked('$4', '$2')} AS is_revoked) asked
      LEFT JOIN otp_challenges c ON c.otp_ref_id = $1 AND c.agent_user_code = $2 AND c.state = 'SENT'
      LEFT JOIN LATERAL (
        SELECT * FROM transfers WHERE otp_challenge_id = c.id
        UNION ALL
        SELECT * FROM transfers WHERE client_ref_id = $3 AND otp_challenge_id IS DISTINCT FROM c.id) t ON true`,
};

/** What an intent says of itself. Its OTP it has from the statement that commits it. */
export const INTENT_COLUMNS: readonly EntityColumn[] = TRANSFER_COLUMNS.all.filter(
  ({ property }) => property !== 'otpChallengeId',
);
const parameterOf = (property: keyof Transfer) =>
  `$${INTENT_COLUMNS.findIndex((column) => column.property === property) + 1}`;

const FIRST_EVENT = INTENT_COLUMNS.length + 1;
const GATES = FIRST_EVENT + EVENT_COLUMNS.all.length;
/**
 * The gates and what they let through, all of one moment: the transfer, its first event, and the job of the inquiry that
 * finds its outcome if nobody else does. Returns the row's version (the transaction that wrote it), its OTP, and when that
 * expires. Writes nothing and returns no row for an OTP that was not sent to this agent for this transfer or has expired, for an
 * agent or a token that is revoked, and where the OTP or the reference has a transfer: FIND_EARLIER says which.
 *
 * The job is new and due in a minute, so it is inserted as `add_job` would, without what that does for others: three
 * statements, and waking every worker, for which PostgreSQL lets one transaction after the other commit. 0.73 of its CPU for
 * a transfer, and 1.2 times as many in a second; the same for `remove_job` brought nothing.
 */
export const COMMIT_INTENT: PreparedStatement = {
  name: 'commit_intent',
  text: `
    WITH fitting AS (
      SELECT id, expires_at FROM otp_challenges
       WHERE otp_ref_id = $${GATES} AND agent_user_code = ${parameterOf('agentUserCode')} AND state = 'SENT'
         AND customer_id = ANY($${GATES + 1}::varchar[]) AND recipient_id = ${parameterOf('recipientId')}
         AND amount_rupees = ${parameterOf('amountRupees')} AND expires_at > ${parameterOf('createdAt')}
         AND NOT ${isRevoked(`$${GATES + 2}`, parameterOf('agentUserCode'))}),
    written AS (
      INSERT INTO transfers (${TRANSFER_COLUMNS.names(INTENT_COLUMNS)}, otp_challenge_id)
      SELECT ${TRANSFER_COLUMNS.parameters(1, INTENT_COLUMNS)}, id FROM fitting
      ON CONFLICT DO NOTHING RETURNING id, next_inquiry_at),
    told AS (
      INSERT INTO transfer_events (${EVENT_COLUMNS.names()}) SELECT ${EVENT_COLUMNS.parameters(FIRST_EVENT)} FROM written),
    planned AS (
      INSERT INTO graphile_worker._private_jobs (task_id, payload, run_at, key)
      SELECT (SELECT id FROM graphile_worker._private_tasks WHERE identifier = '${INQUIRY_TASK}'),
             json_build_object('transferId', id), next_inquiry_at, '${INQUIRY_JOB_KEY}' || id
        FROM written WHERE next_inquiry_at IS NOT NULL)
    SELECT pg_current_xact_id()::xid::text AS version, fitting.id AS otp, fitting.expires_at FROM written, fitting`,
};

/**
 * See `TransferStore.claimInquiry`. Nobody waits until it is on the disk: one that is lost when PostgreSQL crashes is an inquiry
 * more, and an outcome takes what came before it to the disk with it.
 */
export const CLAIM_INQUIRY: PreparedStatement = {
  name: 'claim_inquiry',
  text: `
    UPDATE transfers t
       SET last_inquiry_at = $2,
           inquiry_count = inquiry_count +
             CASE WHEN $4 AND (hinted_at IS NULL OR hinted_at <= last_inquiry_at) THEN 1 ELSE 0 END
     WHERE id = $1 AND is_simulated = $5 AND (NOT $4 OR next_inquiry_at <= $2) AND (last_inquiry_at IS NULL
       OR (last_inquiry_at <= $3 AND (NOT $4 OR last_inquiry_at < next_inquiry_at)))
    RETURNING ${TRANSFER_COLUMNS.selectFrom('t')}, set_config('synchronous_commit', 'off', true)`,
};

/**
 * See `TransferStore.requeueOverdue`. Of the longest overdue alone: the line is worked off from there, so that one whose job
 * was lost comes to be among them. As an array, their ids are looked up one by one, whatever the plan takes their number for.
 */
export const REQUEUE_OVERDUE: PreparedStatement = {
  name: 'requeue_overdue',
  text: `
    WITH overdue AS (
      SELECT id, CASE WHEN last_inquiry_at >= next_inquiry_at THEN $2 ELSE next_inquiry_at END AS due_at
        FROM transfers
       WHERE id = ANY (ARRAY(
           SELECT id FROM transfers WHERE next_inquiry_at < $1 AND is_simulated = $5
            ORDER BY next_inquiry_at LIMIT $4))
         AND next_inquiry_at < $1 AND NOT EXISTS (
           SELECT FROM graphile_worker.jobs
            WHERE key = '${INQUIRY_JOB_KEY}' || transfers.id AND attempts < max_attempts
              AND CASE WHEN locked_at IS NULL THEN run_at <= $2 ELSE locked_at >= $3 END)
         FOR UPDATE SKIP LOCKED),
    planned AS (
      UPDATE transfers SET next_inquiry_at = due_at FROM overdue
       WHERE transfers.id = overdue.id RETURNING transfers.id, due_at)
    SELECT count(${ADD_JOB('planned', 'due_at')})::int FROM planned`,
};

/** A transfer with its row's version, when its OTP expires, and whether a tid is another transfer's. */
export const FIND_FOR_OUTCOME: PreparedStatement = {
  name: 'find_for_outcome',
  text: `
    SELECT ${TRANSFER_COLUMNS.selectFrom('t')}, t.xmin::text, c.expires_at,
           EXISTS (SELECT FROM transfers other WHERE other.tid = $2 AND other.id <> t.id)
      FROM transfers t JOIN otp_challenges c ON c.id = t.otp_challenge_id WHERE t.id = $1`,
};

const OUTCOME_EVENT = OUTCOME_COLUMNS.length + 4;
/** Compare-and-set on the version that was read: no row comes back when somebody else has written meanwhile. */
export const WRITE_OUTCOME: PreparedStatement = {
  name: 'write_outcome',
  text: `
    WITH written AS (
      UPDATE transfers SET (${TRANSFER_COLUMNS.names(OUTCOME_COLUMNS)}) =
        ROW (${TRANSFER_COLUMNS.parameters(4, OUTCOME_COLUMNS)})
       WHERE id = $1 AND xmin = $2::xid RETURNING id, next_inquiry_at),
    told AS (
      INSERT INTO transfer_events (${EVENT_COLUMNS.names()})
      SELECT ${EVENT_COLUMNS.parameters(OUTCOME_EVENT)} FROM written WHERE $3)
    SELECT CASE WHEN next_inquiry_at IS NULL
             THEN graphile_worker.remove_job('${INQUIRY_JOB_KEY}' || written.id) IS NULL
             ELSE ${ADD_JOB('written', 'written.next_inquiry_at')} IS NULL END
      FROM written`,
};
