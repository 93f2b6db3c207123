// Sealed text, and nothing else, where mobile numbers and names are; nothing beside it that tells digits of them; a number
// may be sealed again under another key; and a chain of events that takes a quarter of the time.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SEALED = String.raw`'^s1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$'`;

export class SealedOnly1795900000000 implements MigrationInterface {
  name = 'SealedOnly1795900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['transfers', 'otp_challenges']) {
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_customer_id_check;
        ALTER TABLE ${table} ADD CONSTRAINT ${table}_customer_id_check CHECK (customer_id ~ ${SEALED});
      `);
    }
    await runner.query(`
      ALTER TABLE transfers ADD CONSTRAINT transfers_recipient_name_check CHECK (recipient_name ~ ${SEALED});
      ALTER TABLE otp_challenges DROP COLUMN sent_to;
      ALTER TABLE webhook_deliveries RENAME COLUMN body_sha256 TO body_digest;
      CREATE OR REPLACE FUNCTION audit_customer(stored text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT split_part(stored, '.', 3)
      $$;

      -- In PL/pgSQL: a function in SQL is planned each time it is called, which took longer than all the rest of it.
      CREATE OR REPLACE FUNCTION audit_hash(event transfer_events, about transfers, previous bytea) RETURNS bytea
      LANGUAGE plpgsql IMMUTABLE AS $$
      DECLARE
        field text;
        said text := '';
      BEGIN
        FOREACH field IN ARRAY ARRAY[
          encode(previous, 'hex'), event.id::text, event.transfer_id::text, event.sequence::text, event.source,
          event.from_status, event.to_status, event.message, event.evidence::text,
          (extract(epoch FROM event.occurred_at) * 1000)::bigint::text, about.client_ref_id, about.agent_user_code,
          audit_customer(about.customer_id), about.recipient_id, about.amount_rupees::text, about.latlong,
          about.otp_challenge_id::text, about.is_simulated::text,
          (extract(epoch FROM about.created_at) * 1000)::bigint::text]
        LOOP
          said := said || coalesce(octet_length(field) || ':' || field, '-');
        END LOOP;
        RETURN sha256(convert_to(said, 'UTF8'));
      END
      $$;
    `);
    // The same number may be written under another key: no other change of it passes.
    await this.#replaceInGuard(runner, 'NEW.customer_id', 'audit_customer(NEW.customer_id)');
    await this.#replaceInGuard(runner, 'OLD.customer_id', 'audit_customer(OLD.customer_id)');
  }

  /** Sealed rows stay sealed, and so do the constraints on them; the chain is the same, however it is made. */
  async down(runner: QueryRunner): Promise<void> {
    await this.#replaceInGuard(runner, 'audit_customer(OLD.customer_id)', 'OLD.customer_id');
    await this.#replaceInGuard(runner, 'audit_customer(NEW.customer_id)', 'NEW.customer_id');
    await runner.query(`
      ALTER TABLE webhook_deliveries RENAME COLUMN body_digest TO body_sha256;
      ALTER TABLE otp_challenges ADD COLUMN sent_to varchar(20);
      ALTER TABLE transfers DROP CONSTRAINT transfers_recipient_name_check;
    `);
  }

  /** The function as the first migration wrote it, but for this. */
  async #replaceInGuard(runner: QueryRunner, from: string, to: string): Promise<void> {
    await runner.query(`
      DO $do$
      BEGIN
        EXECUTE replace(pg_get_functiondef('guard_transfer()'::regprocedure), '${from}', '${to}');
      END
      $do$;
    `);
  }
}
