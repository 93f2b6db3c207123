// Connections that a burst has made are there for the next one.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource } from '../../ormconfig.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/test-database.js';

/** After which `pg` closes an idle connection by default, and a little more. */
const DEFAULT_IDLE_MS = 10_000 + 1_000;
const AT_ONCE = 5;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('they outlast the time after which the driver would close them', async () => {
  const dataSource = await createDataSource(database.url).initialize();
  const findPids = async () => {
    const rows = await runSql<{ pid: number }>(
      database.url,
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'eko-transfer-gateway' ORDER BY pid`,
    );
    return rows.map(({ pid }) => pid);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, () => dataSource.query('SELECT pg_sleep(0.2)')));
    const made = await findPids();
    expect(made.length).toBeGreaterThanOrEqual(AT_ONCE);
    await delay(DEFAULT_IDLE_MS);
    expect(await findPids()).toEqual(made);
  } finally {
    await dataSource.destroy();
  }
});
