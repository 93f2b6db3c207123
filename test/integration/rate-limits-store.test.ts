// What the counts of requests cost the database, and what becomes of them without it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { RATE, RATE_POOL } from '../../src/config/limits.js';
import { createRatePool } from '../../src/database/rate-pool.js';
import { RateLimits } from '../../src/http/index.js';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy.js';
import { eventually, runSql, startGateway, type Gateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const countRows = async (where: string) => {
  const [row] = await runSql<{ n: number }>(
    database.url,
    `SELECT count(*)::int AS n FROM rate_limits WHERE ${where}`,
  );
  return row!.n;
};

test('a flood of addresses takes none of the connections that transfers are written on', async () => {
  const gateway: Gateway = await startGateway({
    isSandbox: false,
    databaseUrl: database.url,
    parts: { api: true, worker: false },
    settings: { RATE_LIMIT_PER_ADDRESS: '60', TRUSTED_PROXIES: '127.0.0.0/8,::1' },
  });
  try {
    // Held until the end, so that whoever asks for a count waits.
    const holder = new pg.Client({ connectionString: database.url, application_name: 'test' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE rate_limits IN ACCESS EXCLUSIVE MODE');
    const flood = Array.from({ length: 60 }, (_, index) =>
      fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${index}` },
        body: '{"query":"{ __typename }"}',
      }),
    );
    const waiting = await eventually(async () => {
      const rows = await runSql<{ name: string; n: number }>(
        database.url,
        `SELECT application_name AS name, count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' GROUP BY 1`,
      );
      return rows.some(({ n }) => n >= RATE_POOL.maxConnections) ? rows : null;
    });
    expect(waiting).toEqual([{ name: 'eko-transfer-gateway limits', n: RATE_POOL.maxConnections }]);
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([401]));
    await holder.end();
  } finally {
    await gateway.stop();
  }
}, 30_000);

describe('counts of minutes that are over', () => {
  test('are removed, however many there are, and the others are not', async () => {
    const now = Date.now();
    const ended = 2 * RATE.cleanBatch + 1;
    await runSql(
      database.url,
      `INSERT INTO rate_limits SELECT 'ended ' || n, 1, $1::bigint FROM generate_series(1, $2::int) n`,
      [now - RATE.keptAfterMs - 1_000, ended],
    );
    await runSql(database.url, `INSERT INTO rate_limits VALUES ('open', 1, $1), ('just ended', 1, $2)`, [
      now + 60_000,
      now - 1_000,
    ]);
    expect(await countRows(`key LIKE 'ended %'`)).toBe(ended);
    const limits = new RateLimits({
      pool: createRatePool(database.url, RATE_POOL),
      perAgent: 10,
      perAddress: 0,
    });
    await limits.removeEnded();
    await limits.stop();
    expect(await countRows(`key LIKE 'ended %'`)).toBe(0);
    expect(await countRows(`key IN ('open', 'just ended')`)).toBe(2);
  });

  test('are found by an index', async () => {
    const indexes = await runSql<{ indexdef: string }>(
      database.url,
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'rate_limits'`,
    );
    expect(indexes.map(({ indexdef }) => indexdef)).toContainEqual(expect.stringMatching(/\(expire\)$/));
  });
});

describe('while PostgreSQL does not answer', () => {
  const PER_MINUTE = 60;
  let proxy: DatabaseProxy;
  let limits: RateLimits;
  beforeEach(async () => {
    proxy = await startDatabaseProxy(database.url);
    limits = new RateLimits({
      pool: createRatePool(proxy.url, RATE_POOL),
      perAgent: PER_MINUTE,
      perAddress: 1,
    });
  });
  afterEach(async () => {
    await limits.stop();
    await proxy.stop();
  });

  test('one request waits for it, the others are counted by this server; when it is back it counts again', async () => {
    proxy.freeze();
    await limits.admitAgent('the first');
    const startedAtMs = performance.now();
    for (let index = 0; index < 200; index += 1) await limits.admitAgent(`another ${index}`);
    expect(performance.now() - startedAtMs).toBeLessThan(RATE_POOL.answerTimeoutMs / 2);
    const results = await Promise.allSettled(
      Array.from({ length: 2 * PER_MINUTE }, () => limits.admitAgent('greedy')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(PER_MINUTE);
    proxy.restore();
    let asked = 0;
    await eventually(async () => {
      await limits.admitAgent(`back ${(asked += 1)}`);
      return (await countRows(`key LIKE 'agent:back %'`)) > 0 ? true : null;
    }, 2 * RATE.askAgainAfterMs);
  }, 30_000);

  test('so many addresses are remembered, and no more', async () => {
    proxy.cut();
    await limits.admitAddress('the first');
    await expect(limits.admitAddress('the first')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    for (let index = 0; index < RATE.maxKeys; index += 1) await limits.admitAddress(`another ${index}`);
    await limits.admitAddress('the first');
  });
});
