// Counts of minutes that are over are found without reading those that are not, when they are removed.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RateLimitsExpire1795800000000 implements MigrationInterface {
  name = 'RateLimitsExpire1795800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX rate_limits_expire ON rate_limits (expire)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX rate_limits_expire');
  }
}
