// Room for sealed text where mobile numbers and names are, and timelines that cover the part of it which stays the same
// when the key changes. Rows from before stay as they are until `npm run reseal`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SEALED = String.raw`'^s1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$'`;

export class SealedColumns1795600000000 implements MigrationInterface {
  name = 'SealedColumns1795600000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['transfers', 'otp_challenges']) {
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_customer_id_check;
        ALTER TABLE ${table} ALTER COLUMN customer_id TYPE varchar(120);
        ALTER TABLE ${table} ADD CONSTRAINT ${table}_customer_id_check
          CHECK (customer_id ~ '^[6-9][0-9]{9}$' OR customer_id ~ ${SEALED});
      `);
    }
    await runner.query(`
      ALTER TABLE transfers ALTER COLUMN recipient_name TYPE text;
      CREATE FUNCTION audit_customer(stored text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN stored LIKE 's1.%' THEN split_part(stored, '.', 3) ELSE stored END
      $$;
    `);
    await this.#replaceInAuditHash(runner, 'about.customer_id', 'audit_customer(about.customer_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.#replaceInAuditHash(runner, 'audit_customer(about.customer_id)', 'about.customer_id');
    await runner.query('DROP FUNCTION audit_customer(text)');
  }

  /** The function as the migration before wrote it, but for this. */
  async #replaceInAuditHash(runner: QueryRunner, from: string, to: string): Promise<void> {
    await runner.query(`
      DO $do$
      BEGIN
        EXECUTE replace(pg_get_functiondef('audit_hash(transfer_events, transfers, bytea)'::regprocedure), '${from}', '${to}');
      END
      $do$;
    `);
  }
}
