// The queue of inquiries begins again after it gave up, whatever its library makes of that.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobQueue } from '../../src/reconciliation/job-queue.js';
import { startDatabaseProxy } from '../support/database-proxy.js';
import { eventually, runSql } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const sql = (text: string) => runSql(database.url, text);
const addJob = (name: string) =>
  sql(
    `SELECT graphile_worker.add_job('inquire', json_build_object('name', '${name}'), job_key => '${name}')`,
  );

/** As when PostgreSQL goes away in the middle of it. */
const REFUSE_TO_COMPLETE = `
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
  CREATE TRIGGER refuse BEFORE DELETE ON graphile_worker._private_jobs
    FOR EACH ROW WHEN (OLD.key = 'refused') EXECUTE FUNCTION refuse();`;

class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

test('a queue that could not record the end of one job, but of others, is started again', async () => {
  const runs: string[] = [];
  const problems: string[] = [];
  const held = new Map(['first', 'second', 'third'].map((name) => [name, new Gate()]));
  const queue = new JobQueue({
    databaseUrl: database.url,
    tasks: {
      inquire: async (payload) => {
        const { name } = payload as unknown as { name: string };
        runs.push(name);
        await held.get(name)?.opened;
      },
    },
    onError: (message) => problems.push(message),
  });
  const isGone = async (name: string) =>
    (await sql(`SELECT FROM graphile_worker.jobs WHERE key = '${name}'`)).length === 0 || null;
  await queue.start();
  try {
    for (const name of held.keys()) await addJob(name);
    await eventually(() => held.size === runs.length || null);
    await sql(REFUSE_TO_COMPLETE);
    await addJob('refused');
    await eventually(() => problems.some((problem) => problem.includes('not now')) || null);
    for (const [name, gate] of held) {
      gate.open();
      await eventually(() => isGone(name));
    }
    await sql('DROP FUNCTION refuse CASCADE');
    await addJob('next');
    for (const name of ['refused', 'next']) await eventually(() => isGone(name), 20_000);
    expect(problems).toContain('the job queue stopped, and is started again');
    expect([...runs].sort()).toEqual(['first', 'next', 'refused', 'refused', 'second', 'third']);
  } finally {
    await queue.stop();
  }
}, 60_000);

/** graphile-worker gives its connection back twice then, and the pool throws into a promise that nobody has. */
test('a queue that gave up while it was not told that it listens survives the loss of that connection', async () => {
  const proxy = await startDatabaseProxy(database.url);
  const problems: string[] = [];
  const ended: string[] = [];
  const queue = new JobQueue({
    databaseUrl: proxy.url,
    tasks: {
      inquire: (payload) => {
        ended.push((payload as unknown as { name: string }).name);
        return Promise.resolve();
      },
    },
    onError: (message) => problems.push(message),
  });
  proxy.holdNextListen();
  await queue.start();
  try {
    await proxy.faulted();
    await sql(REFUSE_TO_COMPLETE);
    await addJob('refused');
    await eventually(() => problems.some((problem) => problem.includes('not now')) || null);
    const listening = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    expect(await sql(listening)).toHaveLength(1);
    await eventually(() => problems.includes('the job queue stopped, and is started again') || null);
    await sql('DROP FUNCTION refuse CASCADE');
    await addJob('next');
    await eventually(() => ended.includes('next') || null, 20_000);
  } finally {
    await queue.stop();
    await proxy.stop();
  }
}, 60_000);

test('what it writes of jobs does not wait for the disk', async () => {
  const sources: unknown[] = [];
  const queue = new JobQueue({
    databaseUrl: database.url,
    tasks: {
      inquire: async (_payload, { query }) => {
        const { rows } = await query(
          `SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'`,
        );
        sources.push(...rows);
      },
    },
    onError: () => {},
  });
  await queue.start();
  try {
    await addJob('one');
    await eventually(() => sources.length > 0 || null);
    expect(sources).toEqual([{ setting: 'off', source: 'session' }]);
  } finally {
    await queue.stop();
  }
});
