// What lists need to cost the same in a table of millions: each filter's rows in the order of a page, for an agent and
// for support. And a vacuum that comes after so many rows, not after a fifth of all.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LargeTables1795700000000 implements MigrationInterface {
  name = 'LargeTables1795700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX transfers_agent_customer;
      DROP INDEX transfers_agent_recipient;
      CREATE INDEX transfers_customer ON transfers (customer_id, id);
      CREATE INDEX transfers_recipient ON transfers (recipient_id, id);
      CREATE INDEX transfers_status ON transfers (status, id);
      CREATE INDEX transfers_agent_amount ON transfers (agent_user_code, amount_rupees, id);
    `);
    for (const table of ['transfers', 'otp_challenges', 'transfer_events', 'webhook_deliveries']) {
      await runner.query(`
        ALTER TABLE ${table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02,
          autovacuum_analyze_scale_factor = 0.01)
      `);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['transfers', 'otp_challenges', 'transfer_events', 'webhook_deliveries']) {
      await runner.query(`
        ALTER TABLE ${table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,
          autovacuum_analyze_scale_factor)
      `);
    }
    await runner.query(`
      DROP INDEX transfers_agent_amount;
      DROP INDEX transfers_status;
      DROP INDEX transfers_recipient;
      DROP INDEX transfers_customer;
      CREATE INDEX transfers_agent_recipient ON transfers (agent_user_code, recipient_id, id);
      CREATE INDEX transfers_agent_customer ON transfers (agent_user_code, customer_id, id);
    `);
  }
}
