// The numbers that processes on one database hold: no two the same, and free again when their holder is gone.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { SESSION } from '../../src/config/limits.js';
import { claimLane } from '../../src/database/process-lane.js';
import { ProcessSession } from '../../src/database/process-session.js';
import { eventually } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
const holders: ProcessSession[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => Promise.all(holders.splice(0).map((holder) => holder.stop())));
afterAll(() => database.drop());

async function hold(lanes = 8, databaseUrl = database.url) {
  const told: number[] = [];
  const errors: unknown[] = [];
  const holder = new ProcessSession({
    databaseUrl,
    limits: SESSION,
    onOpen: async (client) => {
      const lane = await claimLane(client, lanes);
      if (lane !== null) told.push(lane);
    },
    onNotification: () => {},
    onError: (error) => errors.push(error),
  });
  holders.push(holder);
  await holder.start();
  return { holder, told, errors };
}

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('eight processes that start at once hold eight lanes, and a ninth holds none', async () => {
  const held = await Promise.all(Array.from({ length: 8 }, () => hold()));
  expect(held.flatMap(({ told }) => told).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect((await hold()).told).toEqual([]);
});

test('the lane of a process that stopped is free', async () => {
  const [first, second] = [await hold(2), await hold(2)];
  await first.holder.stop();
  const third = await eventually(async () => {
    const { told } = await hold(2);
    return told.length > 0 ? told : null;
  });
  expect(third).toEqual(first.told);
  expect(second.told).not.toEqual(first.told);
});

test('a connection that PostgreSQL ended is made again, and a lane held by it', async () => {
  const { told, errors } = await hold(1);
  await query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'eko-transfer-gateway session'`,
  );
  await eventually(() => (told.length === 2 ? told : null));
  expect(told).toEqual([0, 0]);
  expect(errors).toEqual([]);
  const [locks] = await query<{ count: string }>(
    `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  expect(locks?.count).toBe('1');
});

test('a process does not start without the database', async () => {
  await expect(hold(8, 'postgres://gateway@127.0.0.1:1/none')).rejects.toThrow('ECONNREFUSED');
});
