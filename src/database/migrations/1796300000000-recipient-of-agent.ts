// An agent's transfers to a recipient to whom many others send: those of all the others were looked at. Support, which
// looks at everybody's, has the recipient's sorted. Transfers are read while the index is built; what writes them waits.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RecipientOfAgent1796300000000 implements MigrationInterface {
  name = 'RecipientOfAgent1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'recipient_id, agent_user_code, id');
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'recipient_id, id');
  }
}

async function replaceIndex(runner: QueryRunner, columns: string): Promise<void> {
  await runner.query(`
    CREATE INDEX transfers_recipient_next ON transfers (${columns});
    DROP INDEX transfers_recipient;
    ALTER INDEX transfers_recipient_next RENAME TO transfers_recipient;
  `);
}
