// Statements that are kept prepared, alone and in transactions, and what becomes of them when the schema changes under a server
// that runs.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { runInTurn, runPrepared, type RunStatement } from '../../src/database/prepared.js';
import { CodedError } from '../../src/shared/errors.js';
import { eventually } from '../support/gateway.js';
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

describe('statements in turn', () => {
  const WRITE = { name: 'write_turn', text: 'INSERT INTO turns SELECT $1::text, count(*) FROM turns' };
  const READ = { name: 'read_turns', text: 'SELECT name, seen FROM turns ORDER BY seen' };
  const WHO = { name: 'who_am_i', text: 'SELECT pg_backend_pid()' };
  const read = () => runPrepared(dataSource, READ, []);
  /** What PostgreSQL says of a connection; undefined when it is closed. */
  const stateOf = async (pid: unknown) => {
    const rows: unknown = await dataSource.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
    return (rows as { state: string }[])[0]?.state;
  };
  beforeAll(() => dataSource.query('CREATE TABLE turns (name text NOT NULL, seen integer)'));
  afterEach(() => dataSource.query('TRUNCATE turns'));

  test('are committed together, and answer', async () => {
    const answer = await runInTurn(dataSource, 'a key', async (run) => {
      await run(WRITE, ['one']);
      await run(WRITE, ['two']);
      expect(await read()).toEqual([]);
      return 'done';
    });
    expect(answer).toBe('done');
    expect(await read()).toEqual([
      ['one', '0'],
      ['two', '1'],
    ]);
  });

  test('see what those before them with their key have written, and wait for no other key', async () => {
    const one = (name: string, key: string) =>
      runInTurn(dataSource, key, async (run) => {
        await run(WRITE, [name]);
        await delay(20);
      });
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => one(name, "it's a key")));
    expect((await read()).map(([, seen]) => seen)).toEqual(['0', '1', '2', '3']);

    await runInTurn(dataSource, 'one key', () => one('e', 'another key'));
    expect(await read()).toHaveLength(5);
  });

  /** Writes, and then fails; the connection that it was on, and with what it failed. */
  async function fail(how: (run: RunStatement) => Promise<unknown>): Promise<[pid: unknown, error: unknown]> {
    let pid: unknown;
    const failing = runInTurn(dataSource, 'a key', async (run) => {
      [[pid] = [null]] = await run(WHO, []);
      await run(WRITE, ['one']);
      await how(run);
    });
    const error = await failing.catch((caught: unknown) => caught);
    expect(await read()).toEqual([]);
    return [pid, error];
  }

  test('that are refused leave nothing, and their connection as it was', async () => {
    const [pid, error] = await fail(() => Promise.reject(new CodedError('OTP_RATE_LIMITED')));
    expect(error).toMatchObject({ code: 'OTP_RATE_LIMITED' });
    // The one that asks may be that connection.
    expect(await stateOf(pid)).toMatch(/^(idle|active)$/);
  });

  test.each([
    ['a statement', { code: '23502' }, (run: RunStatement) => run(WRITE, [null])],
    ['their caller', { message: 'a mistake' }, () => Promise.reject(new TypeError('a mistake'))],
  ])('that fail by %s leave nothing, and no connection', async (_whose, expected, how) => {
    const [pid, error] = await fail(how);
    expect(error).toMatchObject(expected);
    await eventually(async () => ((await stateOf(pid)) === undefined ? true : null));
  });
});
