// `reseal`, beside servers that write: newest first, by what may be interrupted, with a count in the end.
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { parseConfig } from '../../src/config/config.js';
import { verifyAuditChain } from '../../src/database/audit-chain.js';
import { Sealer, useSealer } from '../../src/shared/sealing.js';
import { CUSTOMER, eventually, runSql, startGateway, type Gateway } from '../support/gateway.js';
import { storeMany } from '../support/many-transfers.js';
import { runProcess, startProcess } from '../support/real-process.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { readTransaction, transfer } from '../support/transfer-client.js';

const keyOf = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const INDEX = { DATA_INDEX_KEY: keyOf('i') };
/** In a pattern of SQL, the name of the second would be any of both. */
const [OLD, NEW] = [`key-1:${keyOf('a')}`, `key_1:${keyOf('b')}`];
const BEFORE = { ...INDEX, DATA_ENCRYPTION_KEYS: OLD };
const AFTER = { ...INDEX, DATA_ENCRYPTION_KEYS: `${NEW},${OLD}` };
const ONLY_NEW = { ...INDEX, DATA_ENCRYPTION_KEYS: NEW };

let database: TestDatabase;
let other: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase();
  other = new pg.Client({ connectionString: database.url, application_name: 'test' });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await database.drop();
});

const sealWith = (settings: Record<string, string>) => useSealer(new Sealer(parseConfig(settings).sealing));
const toProcess = (settings: Record<string, string>) => ({
  cwd: tmpdir(),
  env: { DATABASE_URL: database.url, ...settings },
});
const reseal = (settings: Record<string, string>) => runProcess(['reseal'], toProcess(settings));
async function start(settings: Record<string, string>, use?: (gateway: Gateway) => Promise<void>) {
  const gateway = await startGateway({ settings, databaseUrl: database.url });
  try {
    await use?.(gateway);
  } finally {
    await gateway.stop();
  }
}
const audit = async () => (await verifyAuditChain(other)).findings;
/** How many texts are sealed with each key. */
async function countByKey(): Promise<Record<string, number>> {
  const { rows } = await other.query<{ key: string; count: number }>(
    `SELECT split_part(stored, '.', 2) AS key, count(*)::int FROM (
       SELECT customer_id AS stored FROM otp_challenges UNION ALL SELECT customer_id FROM transfers
       UNION ALL SELECT recipient_name FROM transfers WHERE recipient_name IS NOT NULL) texts GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
}
/** When the statement that waits for a lock began. A connection of its own: a transaction sees one moment. */
const findWaiting = async () => {
  const [waiting] = await runSql<{ began: Date }>(
    database.url,
    `SELECT query_start AS began FROM pg_stat_activity
      WHERE application_name LIKE '%reseal' AND wait_event_type = 'Lock' AND datname = current_database()`,
  );
  return waiting?.began;
};

test('what the old key sealed is sealed with the new one, timelines stay whole, and the old one is needed no more', async () => {
  const made: string[] = [];
  const transferOnce = async (gateway: Gateway) => void made.push((await transfer(gateway)).id);
  await start({}, transferOnce);
  const [sandbox = ''] = Object.keys(await countByKey());
  await start(BEFORE, transferOnce);
  // The sandbox's own rows are the oldest, and say nothing of the key that has to be there.
  await expect(start(ONLY_NEW)).rejects.toThrow(/sealed with the key "key-1"/);

  const said = await reseal(AFTER);
  expect(said.output).toBe(
    `1 transfers and 1 OTP requests were sealed again, with the key "key_1".\n` +
      `3 texts stay under the key "${sandbox}", the sandbox’s: every process opens them.\n` +
      `Nothing else is sealed with another key now.\n`,
  );
  expect(said.code).toBe(0);
  expect(await countByKey()).toEqual({ key_1: 3, [sandbox]: 3 });
  expect(await audit()).toEqual([]);
  await start(ONLY_NEW, async (gateway) => {
    for (const id of made) {
      const read = await readTransaction(gateway, id);
      expect(read).toMatchObject({ customerId: CUSTOMER, recipient: { name: expect.stringMatching(/\w/) } });
    }
  });
  expect((await reseal(AFTER)).output).toMatch(/^0 transfers and 0 OTP requests/);
});

test('without the old key nothing is changed, and it is named', async () => {
  sealWith(BEFORE);
  await storeTransfers(database.url, [{}, {}]);
  const said = await reseal(ONLY_NEW);
  expect(said).toMatchObject({ code: 1 });
  expect(said.output).toMatch(/sealed with the key "key-1", which is not among DATA_ENCRYPTION_KEYS/);
  expect(await countByKey()).toEqual({ 'key-1': 4 });
});

test('whoever writes is not stopped, and a row that somebody holds is tried again', async () => {
  sealWith(BEFORE);
  await storeTransfers(database.url, [{}, {}, {}]);
  await other.query('BEGIN');
  await other.query('SELECT FROM transfers ORDER BY id LIMIT 1 FOR UPDATE');
  await other.query('LOCK TABLE transfers, transfer_events, otp_challenges IN ROW EXCLUSIVE MODE');
  const running = reseal(AFTER);
  const first = await eventually(findWaiting);
  await eventually(async () => ((await findWaiting()) ?? first) > first || null);
  await other.query('COMMIT');
  expect(await running).toMatchObject({ code: 0 });
  expect(await countByKey()).toEqual({ key_1: 6 });
});

test('interrupted, it has left the oldest: no server starts without the old key, and what is left is told', async () => {
  // Older than all, and nobody's key is needed for it.
  sealWith({});
  await storeTransfers(database.url, [{ createdAt: new Date(Date.now() - 7_200_000) }]);
  sealWith(BEFORE);
  const [oldest] = await storeMany(database.url, 600, new Date(Date.now() - 60_000));
  await other.query('BEGIN');
  await other.query('SELECT FROM transfers WHERE id = $1 FOR UPDATE', [oldest]);
  const killed = startProcess(['reseal'], toProcess(AFTER));
  await eventually(findWaiting);
  killed.kill('SIGKILL');
  await killed.exited();
  expect(await countByKey()).toMatchObject({ 'key-1': 100, key_1: 1_100 });
  await expect(start(ONLY_NEW)).rejects.toThrow(/sealed with the key "key-1"/);
  await expect(start(BEFORE)).rejects.toThrow(/sealed with the key "key_1"/);

  await eventually(async () => ((await findWaiting()) === undefined ? true : null));
  const running = reseal(AFTER);
  await eventually(findWaiting);
  // By a server that was not restarted.
  sealWith(BEFORE);
  await storeTransfers(database.url, [{ createdAt: new Date() }]);
  await other.query('COMMIT');
  const said = await running;
  expect(said).toMatchObject({ code: 1 });
  expect(said.output).toMatch(/Some process still seals [12] texts with the key "key-1"/);
  expect((await reseal(AFTER)).output).toMatch(
    /^[01] transfers and 1 OTP.*\n2 texts stay .*\nNothing else is sealed/,
  );
  await start(ONLY_NEW);
  expect(await audit()).toEqual([]);
});
