// Chains the events of each transfer: an event's hash covers what it says, what the transfer is about, and the hash before
// it. Whoever changes, removes or slips in an event afterwards breaks the chain; `verify-audit` recomputes it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditChain1795400000000 implements MigrationInterface {
  name = 'AuditChain1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT coalesce(octet_length(value) || ':' || value, '-')
      $$;

      CREATE FUNCTION audit_moment(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT (extract(epoch FROM value) * 1000)::bigint::text
      $$;

      CREATE FUNCTION audit_hash(event transfer_events, about transfers, previous bytea) RETURNS bytea
      LANGUAGE sql IMMUTABLE AS $$
        SELECT sha256(convert_to(
          audit_field(encode(previous, 'hex')) ||
          audit_field(event.id::text) || audit_field(event.transfer_id::text) || audit_field(event.sequence::text) ||
          audit_field(event.source) || audit_field(event.from_status) || audit_field(event.to_status) ||
          audit_field(event.message) || audit_field(event.evidence::text) || audit_field(audit_moment(event.occurred_at)) ||
          audit_field(about.client_ref_id) || audit_field(about.agent_user_code) || audit_field(about.customer_id) ||
          audit_field(about.recipient_id) || audit_field(about.amount_rupees::text) || audit_field(about.latlong) ||
          audit_field(about.otp_challenge_id::text) || audit_field(about.is_simulated::text) ||
          audit_field(audit_moment(about.created_at)), 'UTF8'))
      $$;

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

      ALTER TABLE transfer_events ADD COLUMN hash bytea;
      ALTER TABLE transfer_events DISABLE TRIGGER transfer_events_guard;
      DO $$
      DECLARE
        event transfer_events%ROWTYPE;
        about transfers%ROWTYPE;
      BEGIN
        FOR event IN SELECT * FROM transfer_events ORDER BY transfer_id, sequence LOOP
          SELECT * INTO about FROM transfers WHERE id = event.transfer_id;
          UPDATE transfer_events SET hash = audit_hash(event, about,
            (SELECT hash FROM transfer_events WHERE transfer_id = event.transfer_id AND sequence = event.sequence - 1))
           WHERE id = event.id;
        END LOOP;
      END
      $$;
      ALTER TABLE transfer_events ENABLE TRIGGER transfer_events_guard;
      ALTER TABLE transfer_events ALTER COLUMN hash SET NOT NULL;
      CREATE TRIGGER transfer_events_chain BEFORE INSERT ON transfer_events
        FOR EACH ROW EXECUTE FUNCTION chain_transfer_event();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER transfer_events_chain ON transfer_events;
      DROP FUNCTION chain_transfer_event(), audit_hash(transfer_events, transfers, bytea), audit_moment(timestamptz), audit_field(text);
      ALTER TABLE transfer_events DROP COLUMN hash;
    `);
  }
}
