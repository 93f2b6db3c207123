// The sweep beside a backlog that waits its turn: it looks at the longest overdue, and what was lost comes to be among them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { REQUEUE_OVERDUE } from '../../src/transfers/transfer-statements.js';
import { TransferStore } from '../../src/transfers/transfer-store.js';
import { storeBacklog } from '../support/awaited-backlog.js';
import { countLookedAt, flattenPlan, type PlanNode } from '../support/query-plan.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/test-database.js';

const OVERDUE = 3_000;
const LIMIT = 100;
const NOW = new Date('2026-03-01T12:00:00Z');
const DUE = new Date(NOW.getTime() - 60_000);
const TIMES = { before: new Date(NOW.getTime() - 30_000), now: NOW, limit: LIMIT };

let database: TestDatabase;
let dataSource: DataSource;
let store: TransferStore;
let refs: string[];
beforeAll(async () => {
  database = await createTestDatabase();
  refs = await storeBacklog(database.url, OVERDUE, DUE);
  dataSource = await createDataSource(database.url).initialize();
  store = new TransferStore(dataSource, false);
}, 60_000);
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const sql = (text: string, values: unknown[] = []) => runSql(database.url, text, values);
const JOB_OF = `key = (SELECT 'inquire:' || id FROM transfers WHERE client_ref_id = $1)`;
const isQueued = async (ref: string) =>
  (await sql(`SELECT FROM graphile_worker.jobs WHERE ${JOB_OF}`, [ref])).length === 1;

test.each([
  ['before PostgreSQL knows how many there are', 'SELECT', 'force_generic_plan'],
  ['once it knows', 'ANALYZE', 'force_generic_plan'],
  ['planned for its values', 'ANALYZE', 'force_custom_plan'],
])('looks at so many of the longest overdue and no more: %s', async (_when, analyze, mode) => {
  await sql(analyze);
  const values = [TIMES.before, NOW, TIMES.before, LIMIT, false].map((value) =>
    value instanceof Date ? `'${value.toISOString()}'` : String(value),
  );
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query(`SET plan_cache_mode = ${mode}`);
    await runner.query(`PREPARE explained AS ${REQUEUE_OVERDUE.text}`);
    const [row] = (await runner.query(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained (${values.join(', ')})`,
    )) as [{ 'QUERY PLAN': [{ Plan: PlanNode }] }];
    const seen = new Map<string, number>();
    for (const node of flattenPlan(row['QUERY PLAN'][0].Plan)) {
      const table = node['Relation Name'] ?? 'none';
      seen.set(table, (seen.get(table) ?? 0) + countLookedAt(node));
    }
    // Found, and read again to be locked; and its job.
    expect(seen.get('transfers')).toBe(2 * LIMIT);
    expect(seen.get('_private_jobs')).toBe(LIMIT);
  } finally {
    await runner.query('DEALLOCATE ALL');
    await runner.query('RESET plan_cache_mode');
    await runner.release();
  }
});

test('a job that was lost far down the line is queued again when its transfer is among the longest overdue', async () => {
  const lost = refs[LIMIT]!;
  await sql(`DELETE FROM graphile_worker._private_jobs WHERE ${JOB_OF}`, [lost]);
  expect(await store.requeueOverdue(TIMES)).toBe(0);
  expect(await isQueued(lost)).toBe(false);

  await sql('UPDATE transfers SET next_inquiry_at = $2 WHERE client_ref_id = $1', [refs[0], NOW]);
  expect(await store.requeueOverdue(TIMES)).toBe(1);
  expect(await isQueued(lost)).toBe(true);
  expect(await store.requeueOverdue(TIMES)).toBe(0);
});
