// What is stored of people: sealed, found again, and sealed again when the key changes.
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { verifyAuditChain } from '../../src/database/audit-chain.js';
import { CUSTOMER, startGateway, type Gateway } from '../support/gateway.js';
import { runProcess } from '../support/real-process.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { readTransaction, transfer } from '../support/transfer-client.js';

const keyOf = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const INDEX = { DATA_INDEX_KEY: keyOf('i') };
const BEFORE = { ...INDEX, DATA_ENCRYPTION_KEYS: `first:${keyOf('a')}` };
const AFTER = { ...INDEX, DATA_ENCRYPTION_KEYS: `second:${keyOf('b')},first:${keyOf('a')}` };
const ONLY_SECOND = { ...INDEX, DATA_ENCRYPTION_KEYS: `second:${keyOf('b')}` };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ settings: BEFORE });
});
afterAll(() => gateway.stop());
/** The keys belong to the process, and each gateway that starts sets its own. */
async function using(
  settings: Record<string, string>,
  use: (other: Gateway) => Promise<void>,
): Promise<void> {
  const other = await startGateway({ settings, databaseUrl: gateway.databaseUrl });
  try {
    await use(other);
  } finally {
    await other.stop();
  }
}
const LIST = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { totalCount } }';
const count = async (at: Gateway, customerId: string) => {
  const { data } = await at.request<{ transactions: { totalCount: number } }>(LIST, {
    filter: { customerId },
  });
  return data?.transactions.totalCount;
};
const reseal = (settings: Record<string, string>) =>
  runProcess(['reseal'], { cwd: tmpdir(), env: { DATABASE_URL: gateway.databaseUrl, ...settings } });

async function audit(): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl, application_name: 'test' });
  await client.connect();
  try {
    return (await verifyAuditChain(client)).findings;
  } finally {
    await client.end();
  }
}

/** Everything that the tables of ours hold, as text. */
async function dump(): Promise<string> {
  const parts = ['transfers', 'transfer_events', 'otp_challenges', 'webhook_deliveries'].map((table) =>
    gateway.sql<{ row: string }>(`SELECT ${table}::text AS row FROM ${table}`),
  );
  return (await Promise.all(parts))
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

describe('a transfer', () => {
  beforeEach(() => using(BEFORE, () => Promise.resolve()));

  test('is stored without the customer’s number and the recipient’s name, which its agent reads', async () => {
    const { id } = await transfer(gateway);
    const read = (await readTransaction(gateway, id))!;
    expect(read.customerId).toBe(CUSTOMER);
    expect(read.recipient.name).toMatch(/\w/);
    const stored = await dump();
    expect(stored).not.toContain(CUSTOMER);
    expect(stored).not.toContain(read.recipient.name);
    expect(await count(gateway, CUSTOMER)).toBeGreaterThan(0);
    expect(await count(gateway, '9999999999')).toBe(0);
  });
});

describe('when the key changes', () => {
  test('what the old one sealed is read and found, sealed again on command, and the old one is needed no more', async () => {
    await using(BEFORE, async () => {
      await transfer(gateway);
    });
    // From before anything was sealed.
    await storeTransfers(gateway.databaseUrl, [{ status: 'SUCCESS', customerId: '6111111119' }]);
    await using(AFTER, async (other) => {
      expect(await count(other, CUSTOMER)).toBeGreaterThan(0);
      expect(await count(other, '6111111119')).toBe(1);
    });
    expect(await audit()).toEqual([]);
    // Without the first key nothing starts, rather than fail at the first list.
    await expect(using(ONLY_SECOND, () => Promise.resolve())).rejects.toThrow(/sealed with the key "first"/);

    const said = await reseal(AFTER);
    expect(said).toMatchObject({ code: 0 });
    expect(said.output).toMatch(
      /^\d+ transfers and \d+ OTP requests were sealed again, with the key "second"; 1 timelines/,
    );
    await using(ONLY_SECOND, async (other) => {
      expect(await count(other, CUSTOMER)).toBeGreaterThan(0);
      expect(await count(other, '6111111119')).toBe(1);
    });
    expect(await audit()).toEqual([]);
    expect(await dump()).not.toContain('6111111119');
    expect((await reseal(AFTER)).output).toMatch(/^0 transfers and 0 OTP requests/);
  });

  test('`reseal` without the old key changes nothing, and says which is missing', async () => {
    const stored = await dump();
    const said = await reseal({ ...INDEX, DATA_ENCRYPTION_KEYS: `third:${keyOf('c')}` });
    expect(said).toMatchObject({ code: 1 });
    expect(said.output).toMatch(/sealed with the key "second", which is not among DATA_ENCRYPTION_KEYS/);
    expect(await dump()).toBe(stored);
  });
});

test('`data-keys` prints what a change of Eko’s access key would take away', async () => {
  const live = {
    EKO_BASE_URL: 'http://127.0.0.1:1',
    EKO_DEVELOPER_KEY: 'developer',
    EKO_ACCESS_KEY: 'access',
    EKO_INITIATOR_ID: '9962981729',
    AUTH_JWT_SECRET: 'a secret that is longer than 32 bytes',
    AUTH_ISSUER: 'test',
    AUTH_AUDIENCE: 'test',
  };
  const run = (env: Record<string, string>) => runProcess(['data-keys'], { cwd: tmpdir(), env });
  const { output } = await run(live);
  expect(output).toMatch(
    /^DATA_ENCRYPTION_KEYS=eko-[0-9a-f]{8}:.{44},eko-[0-9a-f]{8}:.{44}\nDATA_INDEX_KEY=.{44}\n$/,
  );
  const set = Object.fromEntries(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  const again = await run({ ...live, EKO_ACCESS_KEY: 'another', ...set } as Record<string, string>);
  expect(again.output).toBe(output);
});
