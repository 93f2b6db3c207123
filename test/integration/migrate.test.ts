// Migrations have the time that a large table takes.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { POOL } from '../../src/config/limits.js';
import { assertMigrated, migrate } from '../../src/database/migrate.js';
import { migrations } from '../../src/database/migrations/index.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

test('no time limit of a server’s statements ends a migration; one that waits for a lock gives up', async () => {
  const seen: unknown[] = [];
  class Slow1895000000000 implements MigrationInterface {
    name = 'Slow1895000000000';

    async up(runner: QueryRunner): Promise<void> {
      seen.push(
        ...((await runner.query(
          `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, pg_sleep(1)::text AS slept`,
        )) as object[]),
      );
    }

    down(): Promise<void> {
      return Promise.resolve();
    }
  }
  migrations.push(Slow1895000000000);
  const { answerTimeoutMs } = POOL;
  Object.assign(POOL, { answerTimeoutMs: 200 });
  try {
    expect(await migrate(database.url)).toEqual(['Slow1895000000000']);
  } finally {
    migrations.pop();
    Object.assign(POOL, { answerTimeoutMs });
  }
  expect(seen).toEqual([{ statement: '0', lock: '5s', slept: '' }]);
});

test('a migration that is reverted and made again leaves the same columns, constraints and functions', async () => {
  const dataSource = await createDataSource(database.url).initialize();
  const describeSchema = () =>
    dataSource.query(`
      SELECT table_name || '.' || column_name || ' ' || data_type AS what FROM information_schema.columns
       WHERE table_schema = 'public'
      UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`);
  try {
    const before = (await describeSchema()) as object[];
    let reverted = '';
    do {
      await dataSource.undoLastMigration();
      reverted = JSON.stringify(await describeSchema());
    } while (reverted.includes('CREATE OR REPLACE FUNCTION public.audit_customer'));
    // As the migrations before it wrote them.
    expect(reverted).not.toContain('audit_customer');
    expect(reverted).toContain('body_sha256');
    await dataSource.runMigrations();
    expect(await describeSchema()).toEqual(before);
  } finally {
    await dataSource.destroy();
  }
});

test('the queue takes more jobs than its numbers for tasks last', async () => {
  const addJob = (key: string) =>
    runSql(database.url, `SELECT graphile_worker.add_job('inquire', '{}', job_key => $1)`, [key]);
  const [sequence] = await runSql<{ name: string }>(
    database.url,
    `SELECT pg_get_serial_sequence('graphile_worker._private_tasks', 'id') AS name`,
  );
  await runSql(database.url, `SELECT setval($1, 2147483646)`, [sequence?.name]);
  for (const key of ['last number', 'first again', 'second']) await addJob(key);
  expect(
    await runSql(database.url, `SELECT key, task_identifier AS task FROM graphile_worker.jobs ORDER BY id`),
  ).toEqual(['last number', 'first again', 'second'].map((key) => ({ key, task: 'inquire' })));
});

test('a queue that does not know inquiries is not up to date, until it is migrated', async () => {
  const dataSource = await createDataSource(database.url).initialize();
  try {
    await assertMigrated(dataSource);
    await runSql(database.url, `DELETE FROM graphile_worker._private_tasks`);
    await expect(assertMigrated(dataSource)).rejects.toThrow('run `npm run migrate` first');
    expect(await migrate(database.url)).toEqual([]);
    await assertMigrated(dataSource);
  } finally {
    await dataSource.destroy();
  }
});
