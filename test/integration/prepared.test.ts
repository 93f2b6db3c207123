// Statements that are kept prepared: what becomes of them when the schema changes under a server that runs.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { runPrepared } from '../../src/database/prepared.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource(database.url).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

test('a column that changed its type fails a kept statement once, and not until the server is restarted', async () => {
  const read = () =>
    runPrepared(dataSource, { name: 'read_words', text: 'SELECT word FROM words ORDER BY word' }, []);
  await dataSource.query(`CREATE TABLE words AS SELECT 'one'::varchar(10) AS word`);
  expect(await read()).toEqual([['one']]);
  await dataSource.query('ALTER TABLE words ALTER COLUMN word TYPE varchar(120)');
  await expect(read()).rejects.toThrow('cached plan must not change result type');
  expect(await read()).toEqual([['one']]);
});

test('what is written of transfers waits for the disk, unless the whole server does not', async () => {
  const text = `SELECT source FROM pg_settings WHERE name = 'synchronous_commit'`;
  const [[source] = []] = await runPrepared(dataSource, { name: undefined, text }, []);
  expect(source).toMatch(/^(default|configuration file|command line)$/);
});
