// Tokens and agents that are good no longer; every process hears of a change when it is committed.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { REVOCATION_CHANNEL } from '../status-channel.js';

export class Revocations1795400001000 implements MigrationInterface {
  name = 'Revocations1795400001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE revocations (
        kind varchar(8) NOT NULL CHECK (kind IN ('TOKEN', 'AGENT')),
        value varchar(200) NOT NULL CHECK (value <> ''),
        reason varchar(300) NOT NULL CHECK (reason <> ''),
        revoked_at timestamptz(3) NOT NULL,
        PRIMARY KEY (kind, value)
      );
      CREATE FUNCTION announce_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('${REVOCATION_CHANNEL}', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER revocations_announce AFTER INSERT OR UPDATE OR DELETE ON revocations
        FOR EACH STATEMENT EXECUTE FUNCTION announce_revocation();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE revocations; DROP FUNCTION announce_revocation();');
  }
}
