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

test('a value arrives as what it is', async () => {
  const text =
    'SELECT $1::text, $2::int, $3::boolean, $4::timestamptz = to_timestamp(1.5), $5::text[], $6::jsonb, $7::text';
  const values = ['"a"', 7, false, new Date(1_500), ['a,"b"', '{}'], { a: [null, '\u{1f642}'] }, null];
  expect(await runPrepared(dataSource, { name: 'tell_values', text }, values)).toEqual([
    ['"a"', '7', 'f', 't', String.raw`{"a,\"b\"","{}"}`, '{"a": [null, "\u{1f642}"]}', null],
  ]);
});

test('a statement that fails says why, and the next one is answered', async () => {
  const divide = (by: number) =>
    runPrepared(dataSource, { name: 'divide', text: 'SELECT 6 / $1::int' }, [by]);
  for (let round = 0; round < 2; round += 1) {
    await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
    expect(await divide(2)).toEqual([['3']]);
  }
});

test('two statements of one name are a mistake that is not sent', async () => {
  const run = (text: string) => runPrepared(dataSource, { name: 'one_name', text }, []);
  expect(await run('SELECT 1')).toEqual([['1']]);
  await expect(run('SELECT 2')).rejects.toThrow("'one_name' was used for a different statement");
  expect(await run('SELECT 1')).toEqual([['1']]);
});
