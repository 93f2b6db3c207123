// Counts of requests in the present minute, as rate-limiter-flexible keeps them. Unlogged: after a crash they begin again.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RateLimits1795500000000 implements MigrationInterface {
  name = 'RateLimits1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE rate_limits (
        key varchar(255) PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rate_limits');
  }
}
