// Migrations have the time that a large table takes.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate } from '../../src/database/migrate.js';
import { migrations } from '../../src/database/migrations/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('no time limit of a server’s statements ends a migration; one that waits for a lock gives up', async () => {
  const seen: unknown[] = [];
  class Slow1895000000000 implements MigrationInterface {
    name = 'Slow1895000000000';

    async up(runner: QueryRunner): Promise<void> {
      const { extra } = runner.dataSource.options as { extra: Record<string, unknown> };
      const [row] = (await runner.query(
        `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`,
      )) as object[];
      seen.push({ ...row, answer: extra['query_timeout'] });
    }

    down(): Promise<void> {
      return Promise.resolve();
    }
  }
  migrations.push(Slow1895000000000);
  try {
    expect(await migrate(database.url)).toEqual(['Slow1895000000000']);
  } finally {
    migrations.pop();
  }
  expect(seen).toEqual([{ statement: '0', lock: '5s', answer: 0 }]);
});
