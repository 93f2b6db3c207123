// The statements of sendTransferOtp: what is known, the row that counts, and what Eko answered.
import type { PreparedStatement } from '../database/prepared.js';
import { isRevoked } from '../entities/index.js';
import { CHALLENGE_COLUMNS } from './transfer-statements.js';

/**
 * One row: the last challenge with a reference, whether a transfer has its OTP, when the customer's OTPs of the last day were
 * asked for, newest first, in milliseconds (those that Eko refused to send do not count), and whether the agent or its token is
 * revoked.
 */
export const FIND_OTP_REQUESTS: PreparedStatement = {
  name: 'find_otp_requests',
  text: `
    SELECT ${CHALLENGE_COLUMNS.selectFrom('known')},
           EXISTS (SELECT FROM transfers WHERE otp_challenge_id = known.id),
           array_to_string(ARRAY(
             SELECT (extract(epoch FROM created_at) * 1000)::bigint FROM otp_challenges
              WHERE customer_id = ANY($2::text[]) AND created_at > $3 AND state <> 'REFUSED'
              ORDER BY created_at DESC), ' '),
           ${isRevoked('$5', '$4')}
      FROM (SELECT) always
      LEFT JOIN LATERAL (
        SELECT * FROM otp_challenges WHERE client_ref_id = $1 ORDER BY created_at DESC LIMIT 1) known ON true`,
};

export const INSERT_CHALLENGE: PreparedStatement = {
  name: 'insert_challenge',
  text: `INSERT INTO otp_challenges (${CHALLENGE_COLUMNS.names()}) VALUES (${CHALLENGE_COLUMNS.parameters(1)})`,
};

export const ANSWER_CHALLENGE: PreparedStatement = {
  name: 'answer_challenge',
  text: 'UPDATE otp_challenges SET state = $2, otp_ref_id = $3 WHERE id = $1',
};

/** An OTP that Eko sent once more: it is good for longer, unless it is another's or a transfer has it. */
export const RENEW_CHALLENGE: PreparedStatement = {
  name: 'renew_challenge',
  text: `
    UPDATE otp_challenges c SET expires_at = $2
     WHERE otp_ref_id = $1 AND agent_user_code = $3 AND customer_id = ANY($4::text[]) AND recipient_id = $5
       AND amount_rupees = $6 AND NOT EXISTS (SELECT FROM transfers t WHERE t.otp_challenge_id = c.id)
    RETURNING c.id`,
};
