// The rules of a transfer and of its events in one function for each table: 0.83 of PostgreSQL's CPU for a transfer, where
// nobody waits for the disk. As CHECK constraints they were parsed and planned again in each statement, and of an event two
// functions asked for the same rows.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Without a backslash, whose meaning a session can change: unlike a constraint, a function is read anew in each. */
const SEALED = `'^s1[.][A-Za-z0-9_-]{1,32}[.][A-Za-z0-9_-]{16}[.][A-Za-z0-9_-]{22,}$'`;
const SEALED_BEFORE = String.raw`'^s1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$'`;
const STATUSES = `('SUBMITTING', 'AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'REFUND_PENDING', 'REFUNDED')`;
const REASONS = `('WRONG_OTP', 'OTP_EXPIRED', 'OTP_ALREADY_USED', 'INSUFFICIENT_BALANCE', 'LIMIT_EXCEEDED', 'EKO_DECLINED',
  'EKO_UNREACHABLE', 'EKO_REJECTED', 'NOT_RECEIVED')`;
const SOURCES = `('CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY', 'RECOVERY', 'OPERATOR')`;

/** As PostgreSQL named them. */
const CONSTRAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  transfers: {
    transfers_client_ref_id_check: `client_ref_id ~ '^[A-Za-z0-9_-]{10,20}$' AND client_ref_id ~ '[A-Za-z]'`,
    transfers_customer_id_check: `customer_id ~ ${SEALED_BEFORE}`,
    transfers_recipient_id_check: `recipient_id ~ '^[1-9][0-9]{0,14}$'`,
    transfers_amount_rupees_check: 'amount_rupees BETWEEN 100 AND 5000',
    transfers_currency_check: `currency = 'INR'`,
    transfers_channel_check: `channel = 'IMPS'`,
    transfers_status_check: `status IN ${STATUSES}`,
    transfers_failure_reason_check: `failure_reason IN ${REASONS}`,
    transfers_recipient_name_check: `recipient_name ~ ${SEALED_BEFORE}`,
    transfers_event_count_check: 'event_count > 0',
    transfers_check: `(status = 'FAILED') = (failure_reason IS NOT NULL)`,
    transfers_check1: `status NOT IN ('SUCCESS', 'REFUND_PENDING', 'REFUNDED') OR tid IS NOT NULL`,
  },
  transfer_events: {
    transfer_events_sequence_check: 'sequence > 0',
    transfer_events_source_check: `source IN ${SOURCES}`,
    transfer_events_check: '(sequence = 1) = (from_status IS NULL)',
  },
};

export class RulesInGuards1796400000000 implements MigrationInterface {
  name = 'RulesInGuards1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    await eachConstraint(runner, (name) => `DROP CONSTRAINT ${name}`);
    await runner.query(`
      DROP TRIGGER transfer_events_chain ON transfer_events;
      DROP TRIGGER transfer_events_guard ON transfer_events;
      DROP FUNCTION chain_transfer_event();

      CREATE OR REPLACE FUNCTION guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        broken text;
      BEGIN
        IF TG_OP = 'DELETE' THEN
          broken := 'transfers are never deleted';
        ELSIF TG_OP = 'INSERT' THEN
          broken := CASE
            WHEN NEW.status <> 'SUBMITTING' OR NEW.event_count <> 1
              THEN 'a transfer begins as SUBMITTING with its first event'
            WHEN NEW.client_ref_id !~ '^[A-Za-z0-9_-]{10,20}$' OR NEW.client_ref_id !~ '[A-Za-z]'
              THEN 'a client_ref_id has 10 to 20 letters, digits, - and _, a letter among them'
            WHEN NEW.customer_id !~ ${SEALED} THEN 'the customer_id of a transfer is sealed'
            WHEN NEW.recipient_id !~ '^[1-9][0-9]{0,14}$' THEN 'a recipient_id is a whole number'
            WHEN NEW.amount_rupees NOT BETWEEN 100 AND 5000 THEN 'an amount is 100 to 5000 rupees'
            WHEN NEW.currency <> 'INR' THEN 'the currency of a transfer is INR'
            WHEN NEW.channel <> 'IMPS' THEN 'the channel of a transfer is IMPS'
            WHEN NEW.failure_reason IS NOT NULL THEN 'a transfer that FAILED, and no other, has a reason'
            WHEN NEW.recipient_name !~ ${SEALED} THEN 'the recipient_name of a transfer is sealed'
          END;
        ELSE
          broken := CASE
            WHEN (NEW.id, NEW.client_ref_id, NEW.agent_user_code, audit_customer(NEW.customer_id), NEW.recipient_id,
                NEW.amount_rupees, NEW.currency, NEW.channel, NEW.latlong, NEW.otp_challenge_id, NEW.is_simulated, NEW.created_at)
              IS DISTINCT FROM
                (OLD.id, OLD.client_ref_id, OLD.agent_user_code, audit_customer(OLD.customer_id), OLD.recipient_id,
                OLD.amount_rupees, OLD.currency, OLD.channel, OLD.latlong, OLD.otp_challenge_id, OLD.is_simulated, OLD.created_at)
              THEN 'what was asked for in a transfer does not change'
            -- The same number may be sealed with another key.
            WHEN NEW.customer_id <> OLD.customer_id AND NEW.customer_id !~ ${SEALED}
              THEN 'the customer_id of a transfer is sealed'
            WHEN OLD.tid IS NOT NULL AND NEW.tid IS DISTINCT FROM OLD.tid AND NOT (NEW.needs_review AND NEW.tid IS NOT NULL)
              THEN 'the tid of a transfer does not change without a review'
            WHEN NOT is_legal_transition(OLD.status, OLD.failure_reason, NEW.status, NEW.failure_reason)
              THEN 'illegal transition ' || OLD.status || ' -> ' || NEW.status
            WHEN (NEW.status, NEW.failure_reason) IS DISTINCT FROM (OLD.status, OLD.failure_reason)
              AND NEW.event_count <> OLD.event_count + 1 THEN 'a status changes together with its event'
            WHEN NEW.event_count NOT IN (OLD.event_count, OLD.event_count + 1) THEN 'events are counted one by one'
            WHEN NEW.status NOT IN ${STATUSES} THEN 'no transfer has the status ' || NEW.status
            WHEN NEW.failure_reason NOT IN ${REASONS} THEN 'no transfer fails for ' || NEW.failure_reason
            WHEN (NEW.status = 'FAILED') <> (NEW.failure_reason IS NOT NULL)
              THEN 'a transfer that FAILED, and no other, has a reason'
            WHEN NEW.status IN ('SUCCESS', 'REFUND_PENDING', 'REFUNDED') AND NEW.tid IS NULL THEN 'money that moved has a tid'
            WHEN NEW.recipient_name !~ ${SEALED} THEN 'the recipient_name of a transfer is sealed'
          END;
        END IF;
        IF broken IS NOT NULL THEN
          RAISE EXCEPTION '%', broken USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
      END
      $$;

      -- An event is chained as it is written: its hash covers the one before it.
      CREATE OR REPLACE FUNCTION guard_transfer_event() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        about transfers%ROWTYPE;
        previous transfer_events%ROWTYPE;
        broken text;
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'check_violation';
        END IF;
        SELECT * INTO about FROM transfers WHERE id = NEW.transfer_id;
        IF NEW.sequence > 1 THEN
          SELECT * INTO previous FROM transfer_events
           WHERE transfer_id = NEW.transfer_id AND sequence = NEW.sequence - 1;
        END IF;
        broken := CASE
          WHEN about.id IS NULL THEN 'an event is about a transfer that is there'
          WHEN NEW.sequence <> about.event_count OR NEW.to_status <> about.status
            OR NEW.from_status IS DISTINCT FROM previous.to_status
            OR (NEW.sequence = 1) <> (NEW.from_status IS NULL)
            THEN 'an event continues the timeline and names the state it led to'
          WHEN NEW.source NOT IN ${SOURCES} THEN 'no event comes from ' || NEW.source
        END;
        IF broken IS NOT NULL THEN
          RAISE EXCEPTION '%', broken USING ERRCODE = 'check_violation';
        END IF;
        NEW.hash := audit_hash(NEW, about, previous.hash);
        RETURN NEW;
      END
      $$;
      CREATE TRIGGER transfer_events_guard BEFORE INSERT OR UPDATE OR DELETE ON transfer_events
        FOR EACH ROW EXECUTE FUNCTION guard_transfer_event();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER transfer_events_guard ON transfer_events;

      CREATE OR REPLACE FUNCTION guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          RAISE EXCEPTION 'transfers are never deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'INSERT' THEN
          IF NEW.status <> 'SUBMITTING' OR NEW.event_count <> 1 THEN
            RAISE EXCEPTION 'a transfer begins as SUBMITTING with its first event' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END IF;
        IF (NEW.id, NEW.client_ref_id, NEW.agent_user_code, audit_customer(NEW.customer_id), NEW.recipient_id, NEW.amount_rupees,
            NEW.currency, NEW.channel, NEW.latlong, NEW.otp_challenge_id, NEW.is_simulated, NEW.created_at)
           IS DISTINCT FROM
           (OLD.id, OLD.client_ref_id, OLD.agent_user_code, audit_customer(OLD.customer_id), OLD.recipient_id, OLD.amount_rupees,
            OLD.currency, OLD.channel, OLD.latlong, OLD.otp_challenge_id, OLD.is_simulated, OLD.created_at) THEN
          RAISE EXCEPTION 'what was asked for in a transfer does not change' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.tid IS NOT NULL AND NEW.tid IS DISTINCT FROM OLD.tid AND NOT (NEW.needs_review AND NEW.tid IS NOT NULL) THEN
          RAISE EXCEPTION 'the tid of a transfer does not change without a review' USING ERRCODE = 'check_violation';
        END IF;
        IF NOT is_legal_transition(OLD.status, OLD.failure_reason, NEW.status, NEW.failure_reason) THEN
          RAISE EXCEPTION 'illegal transition % -> %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.status, NEW.failure_reason) IS DISTINCT FROM (OLD.status, OLD.failure_reason)
           AND NEW.event_count <> OLD.event_count + 1 THEN
          RAISE EXCEPTION 'a status changes together with its event' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.event_count NOT IN (OLD.event_count, OLD.event_count + 1) THEN
          RAISE EXCEPTION 'events are counted one by one' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
      END
      $$;

      CREATE OR REPLACE FUNCTION guard_transfer_event() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        current transfers%ROWTYPE;
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'check_violation';
        END IF;
        SELECT * INTO current FROM transfers WHERE id = NEW.transfer_id;
        IF NEW.sequence <> current.event_count OR NEW.to_status <> current.status
           OR NEW.from_status IS DISTINCT FROM
              (SELECT to_status FROM transfer_events WHERE transfer_id = NEW.transfer_id AND sequence = NEW.sequence - 1) THEN
          RAISE EXCEPTION 'an event continues the timeline and names the state it led to' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER transfer_events_guard AFTER INSERT OR UPDATE OR DELETE ON transfer_events
        FOR EACH ROW EXECUTE FUNCTION guard_transfer_event();

      CREATE FUNCTION chain_transfer_event() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        about transfers%ROWTYPE;
        previous bytea;
      BEGIN
        SELECT * INTO about FROM transfers WHERE id = NEW.transfer_id;
        SELECT hash INTO previous FROM transfer_events
         WHERE transfer_id = NEW.transfer_id AND sequence = NEW.sequence - 1;
        NEW.hash := audit_hash(NEW, about, previous);
        RETURN NEW;
      END
      $$;
      CREATE TRIGGER transfer_events_chain BEFORE INSERT ON transfer_events
        FOR EACH ROW EXECUTE FUNCTION chain_transfer_event();
    `);
    await eachConstraint(runner, (name, rule) => `ADD CONSTRAINT ${name} CHECK (${rule})`);
  }
}

async function eachConstraint(
  runner: QueryRunner,
  toChange: (name: string, rule: string) => string,
): Promise<void> {
  for (const [table, constraints] of Object.entries(CONSTRAINTS)) {
    const changes = Object.entries(constraints).map(([name, rule]) => toChange(name, rule));
    await runner.query(`ALTER TABLE ${table} ${changes.join(', ')}`);
  }
}
