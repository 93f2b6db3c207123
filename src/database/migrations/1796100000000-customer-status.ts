// A customer's transfers of a status that few have: all of the customer's rows were looked at, which lie far apart.
// Transfers are read while the index is built; what writes them waits.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CustomerStatus1796100000000 implements MigrationInterface {
  name = 'CustomerStatus1796100000000';

  async up(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'customer_id, id, status');
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'customer_id, id');
  }
}

async function replaceIndex(runner: QueryRunner, columns: string): Promise<void> {
  await runner.query(`
    CREATE INDEX transfers_customer_next ON transfers (${columns});
    DROP INDEX transfers_customer;
    ALTER INDEX transfers_customer_next RENAME TO transfers_customer;
  `);
}
