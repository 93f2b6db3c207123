// Chains the events of each transfer: an event's hash covers what it says, what the transfer is about, and the hash before
// it. Whoever changes, removes or slips in an event afterwards breaks the chain; `verify-audit` recomputes it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditChain1795400000000 implements MigrationInterface {
  name = 'AuditChain1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- In PL/pgSQL: a function in SQL is planned each time it is called, which took longer than all the rest of it.
      CREATE FUNCTION audit_hash(event transfer_events, about transfers, previous bytea) RETURNS bytea
      LANGUAGE plpgsql IMMUTABLE AS $$
      DECLARE
        field text;
        said text := '';
      BEGIN
        FOREACH field IN ARRAY ARRAY[
          encode(previous, 'hex'), event.id::text, event.transfer_id::text, event.sequence::text, event.source,
          event.from_status, event.to_status, event.message, event.evidence::text,
          (extract(epoch FROM event.occurred_at) * 1000)::bigint::text, about.client_ref_id, about.agent_user_code,
          about.customer_id, about.recipient_id, about.amount_rupees::text, about.latlong, about.otp_challenge_id::text,
          about.is_simulated::text, (extract(epoch FROM about.created_at) * 1000)::bigint::text]
        LOOP
          said := said || coalesce(octet_length(field) || ':' || field, '-');
        END LOOP;
        RETURN sha256(convert_to(said, 'UTF8'));
      END
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
      DROP FUNCTION chain_transfer_event(), audit_hash(transfer_events, transfers, bytea);
      ALTER TABLE transfer_events DROP COLUMN hash;
    `);
  }
}
