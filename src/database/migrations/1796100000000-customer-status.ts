// A customer's transfers of a status that few have: all of the customer's rows were looked at, which lie far apart.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CustomerStatus1796100000000 implements MigrationInterface {
  name = 'CustomerStatus1796100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX transfers_customer;
      CREATE INDEX transfers_customer ON transfers (customer_id, id, status);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX transfers_customer;
      CREATE INDEX transfers_customer ON transfers (customer_id, id);
    `);
  }
}
