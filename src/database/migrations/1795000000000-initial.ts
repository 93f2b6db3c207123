// The first schema. Plain SQL, nothing newer than PostgreSQL 14; the rules of docs/transfer-lifecycle.md are
// kept here a second time, so that no code path, console or bug can write an illegal state.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Initial1795000000000 implements MigrationInterface {
  name = 'Initial1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE otp_challenges (
        id uuid PRIMARY KEY,
        otp_ref_id varchar(200),
        client_ref_id varchar(20) NOT NULL CHECK (client_ref_id ~ '^[A-Za-z0-9_-]{10,20}$'),
        agent_user_code varchar(20) NOT NULL,
        customer_id varchar(10) NOT NULL CHECK (customer_id ~ '^[6-9][0-9]{9}$'),
        recipient_id varchar(15) NOT NULL CHECK (recipient_id ~ '^[1-9][0-9]{0,14}$'),
        amount_rupees integer NOT NULL CHECK (amount_rupees BETWEEN 100 AND 5000),
        state varchar(12) NOT NULL CHECK (state IN ('REQUESTED', 'SENT', 'REFUSED', 'UNKNOWN')),
        sent_to varchar(20),
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        CHECK (state = 'SENT' OR otp_ref_id IS NULL)
      );
      CREATE UNIQUE INDEX otp_challenges_otp_ref_id ON otp_challenges (otp_ref_id);
      CREATE INDEX otp_challenges_customer ON otp_challenges (customer_id, created_at);
      CREATE INDEX otp_challenges_client_ref_id ON otp_challenges (client_ref_id, created_at);

      CREATE TABLE transfers (
        id uuid PRIMARY KEY,
        client_ref_id varchar(20) NOT NULL CHECK (client_ref_id ~ '^[A-Za-z0-9_-]{10,20}$' AND client_ref_id ~ '[A-Za-z]'),
        agent_user_code varchar(20) NOT NULL,
        customer_id varchar(10) NOT NULL CHECK (customer_id ~ '^[6-9][0-9]{9}$'),
        recipient_id varchar(15) NOT NULL CHECK (recipient_id ~ '^[1-9][0-9]{0,14}$'),
        amount_rupees integer NOT NULL CHECK (amount_rupees BETWEEN 100 AND 5000),
        currency varchar(3) NOT NULL CHECK (currency = 'INR'),
        channel varchar(8) NOT NULL CHECK (channel = 'IMPS'),
        latlong varchar(40) NOT NULL,
        otp_challenge_id uuid NOT NULL REFERENCES otp_challenges (id),
        is_simulated boolean NOT NULL,
        status varchar(16) NOT NULL CHECK (status IN
          ('SUBMITTING', 'AWAITED', 'ON_HOLD', 'SUCCESS', 'FAILED', 'REFUND_PENDING', 'REFUNDED')),
        failure_reason varchar(24) CHECK (failure_reason IN
          ('WRONG_OTP', 'OTP_EXPIRED', 'OTP_ALREADY_USED', 'INSUFFICIENT_BALANCE', 'LIMIT_EXCEEDED', 'EKO_DECLINED',
           'EKO_UNREACHABLE', 'EKO_REJECTED', 'NOT_RECEIVED')),
        needs_review boolean NOT NULL DEFAULT false,
        is_acknowledged boolean NOT NULL DEFAULT false,
        tid varchar(40),
        bank_reference varchar(40),
        recipient_name varchar(500),
        masked_account varchar(40),
        ifsc varchar(20),
        fee numeric(14,2),
        commission numeric(14,2),
        balance numeric(14,2),
        service_tax numeric(14,2),
        tds numeric(14,2),
        collectable_amount numeric(14,2),
        eko_status integer,
        eko_message varchar(500),
        eko_response_status_id integer,
        eko_response_type_id integer,
        eko_tx_status integer,
        status_description varchar(500),
        eko_timestamp varchar(40),
        evidence_asked_at timestamptz(3),
        event_count integer NOT NULL CHECK (event_count > 0),
        inquiry_count integer NOT NULL DEFAULT 0,
        last_inquiry_at timestamptz(3),
        next_inquiry_at timestamptz(3),
        hinted_at timestamptz(3),
        not_found_count integer NOT NULL DEFAULT 0,
        last_not_found_at timestamptz(3),
        not_received_at timestamptz(3),
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        CHECK ((status = 'FAILED') = (failure_reason IS NOT NULL)),
        CHECK (status NOT IN ('SUCCESS', 'REFUND_PENDING', 'REFUNDED') OR tid IS NOT NULL)
      );
      CREATE UNIQUE INDEX transfers_client_ref_id ON transfers (client_ref_id);
      CREATE UNIQUE INDEX transfers_otp_challenge_id ON transfers (otp_challenge_id);
      CREATE UNIQUE INDEX transfers_tid ON transfers (tid);
      CREATE INDEX transfers_agent ON transfers (agent_user_code, id);
      CREATE INDEX transfers_agent_customer ON transfers (agent_user_code, customer_id, id);
      CREATE INDEX transfers_agent_recipient ON transfers (agent_user_code, recipient_id, id);
      CREATE INDEX transfers_agent_status ON transfers (agent_user_code, status, id);
      CREATE INDEX transfers_needs_review ON transfers (id) WHERE needs_review;
      CREATE INDEX transfers_next_inquiry ON transfers (next_inquiry_at) WHERE next_inquiry_at IS NOT NULL;

      CREATE TABLE transfer_events (
        id uuid PRIMARY KEY,
        transfer_id uuid NOT NULL REFERENCES transfers (id),
        sequence integer NOT NULL CHECK (sequence > 0),
        source varchar(16) NOT NULL CHECK (source IN ('CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY', 'RECOVERY', 'OPERATOR')),
        from_status varchar(16),
        to_status varchar(16) NOT NULL,
        message varchar(500) NOT NULL,
        evidence jsonb NOT NULL,
        occurred_at timestamptz(3) NOT NULL,
        CHECK ((sequence = 1) = (from_status IS NULL))
      );
      CREATE UNIQUE INDEX transfer_events_sequence ON transfer_events (transfer_id, sequence);

      CREATE TABLE webhook_deliveries (
        id uuid PRIMARY KEY,
        body_sha256 char(64) NOT NULL,
        tid varchar(40),
        client_ref_id varchar(20),
        claimed_tx_status varchar(4),
        transfer_id uuid REFERENCES transfers (id),
        delivery_count integer NOT NULL DEFAULT 1,
        first_received_at timestamptz(3) NOT NULL,
        last_received_at timestamptz(3) NOT NULL
      );
      CREATE UNIQUE INDEX webhook_deliveries_body ON webhook_deliveries (body_sha256);
    `);
    await runner.query(`
      CREATE FUNCTION is_legal_transition(old_status text, old_reason text, new_status text, new_reason text)
      RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE
          WHEN old_status = new_status AND old_reason IS NOT DISTINCT FROM new_reason THEN true
          WHEN new_status = 'SUBMITTING' THEN false
          WHEN old_status IN ('SUBMITTING', 'AWAITED', 'ON_HOLD') THEN true
          WHEN old_status = 'FAILED' THEN old_reason = 'NOT_RECEIVED'
          WHEN old_status = 'SUCCESS' THEN new_status IN ('REFUND_PENDING', 'REFUNDED')
          WHEN old_status = 'REFUND_PENDING' THEN new_status = 'REFUNDED'
          ELSE false
        END
      $$;

      CREATE FUNCTION guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF (NEW.id, NEW.client_ref_id, NEW.agent_user_code, NEW.customer_id, NEW.recipient_id, NEW.amount_rupees,
            NEW.currency, NEW.channel, NEW.latlong, NEW.otp_challenge_id, NEW.is_simulated, NEW.created_at)
           IS DISTINCT FROM
           (OLD.id, OLD.client_ref_id, OLD.agent_user_code, OLD.customer_id, OLD.recipient_id, OLD.amount_rupees,
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
      CREATE TRIGGER transfers_guard BEFORE INSERT OR UPDATE OR DELETE ON transfers
        FOR EACH ROW EXECUTE FUNCTION guard_transfer();

      CREATE FUNCTION guard_transfer_event() RETURNS trigger LANGUAGE plpgsql AS $$
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

      CREATE FUNCTION require_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NOT EXISTS (SELECT 1 FROM transfer_events WHERE transfer_id = NEW.id AND sequence = NEW.event_count) THEN
          RAISE EXCEPTION 'an event that is counted is also written' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE CONSTRAINT TRIGGER transfers_have_events AFTER INSERT OR UPDATE OF event_count ON transfers
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_event();

      CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is never emptied', TG_TABLE_NAME USING ERRCODE = 'check_violation';
      END
      $$;
      CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
      CREATE TRIGGER transfer_events_no_truncate BEFORE TRUNCATE ON transfer_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE webhook_deliveries, transfer_events, transfers, otp_challenges;
      DROP FUNCTION guard_transfer(), guard_transfer_event(), require_event(), refuse_truncate(), is_legal_transition(text, text, text, text);
    `);
  }
}
