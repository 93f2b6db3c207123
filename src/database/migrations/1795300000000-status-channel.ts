// Announces each change of a transfer when it is committed, whichever process made it. The first event is left out:
// nobody can be waiting for a transfer that did not exist.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { STATUS_CHANNEL } from '../status-channel.js';

export class StatusChannel1795300000000 implements MigrationInterface {
  name = 'StatusChannel1795300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION announce_transfer_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('${STATUS_CHANNEL}', NEW.transfer_id::text);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER transfer_events_announce AFTER INSERT ON transfer_events
        FOR EACH ROW WHEN (NEW.sequence > 1) EXECUTE FUNCTION announce_transfer_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER transfer_events_announce ON transfer_events;
      DROP FUNCTION announce_transfer_change();
    `);
  }
}
