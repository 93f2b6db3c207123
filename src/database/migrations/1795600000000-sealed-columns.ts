// Sealed text, and nothing else, where mobile numbers and names are; timelines that cover the part of it which stays the
// same when the key changes; and nothing beside it that tells digits of them.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SEALED = String.raw`'^s1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$'`;
const AUDIT_HASH = 'audit_hash(transfer_events, transfers, bytea)';

export class SealedColumns1795600000000 implements MigrationInterface {
  name = 'SealedColumns1795600000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['transfers', 'otp_challenges']) {
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_customer_id_check;
        ALTER TABLE ${table} ALTER COLUMN customer_id TYPE varchar(120);
        ALTER TABLE ${table} ADD CONSTRAINT ${table}_customer_id_check CHECK (customer_id ~ ${SEALED});
      `);
    }
    await runner.query(`
      ALTER TABLE transfers ALTER COLUMN recipient_name TYPE text;
      ALTER TABLE transfers ADD CONSTRAINT transfers_recipient_name_check CHECK (recipient_name ~ ${SEALED});
      ALTER TABLE otp_challenges DROP COLUMN sent_to;
      ALTER TABLE webhook_deliveries RENAME COLUMN body_sha256 TO body_digest;
      CREATE FUNCTION audit_customer(stored text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT split_part(stored, '.', 3)
      $$;
    `);
    await this.#replaceIn(runner, AUDIT_HASH, 'about.customer_id', 'audit_customer(about.customer_id)');
    // The same number may be written under another key: no other change of it passes.
    await this.#replaceIn(runner, 'guard_transfer()', 'NEW.customer_id', 'audit_customer(NEW.customer_id)');
    await this.#replaceIn(runner, 'guard_transfer()', 'OLD.customer_id', 'audit_customer(OLD.customer_id)');
  }

  /** Sealed rows stay sealed, and so do the constraints on them. */
  async down(runner: QueryRunner): Promise<void> {
    await this.#replaceIn(runner, 'guard_transfer()', 'audit_customer(OLD.customer_id)', 'OLD.customer_id');
    await this.#replaceIn(runner, 'guard_transfer()', 'audit_customer(NEW.customer_id)', 'NEW.customer_id');
    await this.#replaceIn(runner, AUDIT_HASH, 'audit_customer(about.customer_id)', 'about.customer_id');
    await runner.query(`
      DROP FUNCTION audit_customer(text);
      ALTER TABLE webhook_deliveries RENAME COLUMN body_digest TO body_sha256;
      ALTER TABLE otp_challenges ADD COLUMN sent_to varchar(20);
      ALTER TABLE transfers DROP CONSTRAINT transfers_recipient_name_check;
    `);
  }

  /** The function as a migration before wrote it, but for this. */
  async #replaceIn(runner: QueryRunner, name: string, from: string, to: string): Promise<void> {
    await runner.query(`
      DO $do$
      BEGIN
        EXECUTE replace(pg_get_functiondef('${name}'::regprocedure), '${from}', '${to}');
      END
      $do$;
    `);
  }
}
