// When a person last closed a review: what they settled outside does not show in the status, and a transfer that failed
// must not be begun again on its word alone.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReviewedAt1796000000000 implements MigrationInterface {
  name = 'ReviewedAt1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE transfers ADD COLUMN reviewed_at timestamptz(3);
      UPDATE transfers SET reviewed_at = closed.last_at
        FROM (SELECT transfer_id, max(occurred_at) AS last_at FROM transfer_events WHERE source = 'OPERATOR'
               GROUP BY transfer_id) closed
       WHERE transfers.id = closed.transfer_id;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE transfers DROP COLUMN reviewed_at');
  }
}
