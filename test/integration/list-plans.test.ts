// Lists and look-ups in a large table: PostgreSQL finds each page by an index, in its order, whatever is filtered.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { fill } from '../../bench/data.js';
import { createDataSource } from '../../ormconfig.js';
import { getSealer } from '../../src/shared/sealing.js';
import type { ReadScope } from '../../src/transfers/agent.js';
import { FIND_OTP_REQUESTS } from '../../src/transfers/otp-statements.js';
import { TransferReader, type TransferFilter } from '../../src/transfers/transfer-reader.js';
import { lowestUuidV7 } from '../../src/shared/identifiers.js';
import { countLookedAt, flattenPlan, type PlanNode } from '../support/query-plan.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROWS = 60_000;
/** What a page of 21 may look at: some rows of each of seven statuses, and some that do not fit. */
const MOST_ROWS = 300;
const MINE: ReadScope = { kind: 'agent', userCode: '20810200' };
const ALL: ReadScope = { kind: 'all' };
const FIRST_DAY = new Date('2025-01-01T00:00:00Z');

let database: TestDatabase;
let dataSource: DataSource;
let reader: TransferReader;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  await fill(database.url, ROWS, getSealer());
  dataSource = await createDataSource(database.url).initialize();
  reader = new TransferReader(dataSource);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
}, 120_000);
afterAll(async () => {
  await client.end();
  await dataSource.destroy();
  await database.drop();
});

interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
}
/** What the reader sends while it does this. */
async function record(read: () => Promise<unknown>): Promise<Statement> {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await read();
    expect(query).toHaveBeenCalledTimes(1);
    return (query.mock.calls as unknown[][])[0]![0] as Statement;
  } finally {
    query.mockRestore();
  }
}

/** How PostgreSQL runs it; a statement that is kept, also once it is planned without looking at the values. */
async function explain({ name, text, values }: Statement): Promise<PlanNode[][]> {
  const run = async (mode: string) => {
    await client.query(`SET plan_cache_mode = ${mode}`);
    await client.query(`PREPARE explained AS ${text}`);
    try {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained (${values.map(toLiteral).join(', ')})`,
      );
      return flattenPlan(rows[0]!['QUERY PLAN'][0].Plan);
    } finally {
      await client.query('DEALLOCATE explained');
    }
  };
  const plans = [await run('force_custom_plan')];
  return name === undefined ? plans : [...plans, await run('force_generic_plan')];
}
function toLiteral(value: unknown): string {
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.join(',')}}` : String(value));
}

async function expectByIndex(read: () => Promise<unknown>): Promise<void> {
  for (const plan of await explain(await record(read))) {
    const scans = plan.filter((node) => node['Relation Name'] === 'transfers');
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) expect(scan['Node Type']).toMatch(/^(Index Scan|Bitmap Heap Scan)$/);
    const seen = scans.reduce((sum, scan) => sum + countLookedAt(scan), 0);
    expect(seen).toBeLessThanOrEqual(MOST_ROWS);
  }
}

/** Of a transfer that `fill` made. */
function idOf(number: number): string {
  const ms = Date.UTC(2025, 0, 1) + number * 10_000;
  return `${lowestUuidV7(ms).slice(0, 24)}${number.toString(16).padStart(12, '0')}`;
}

const FILTERS: readonly (readonly [string, TransferFilter])[] = [
  ['no filter', {}],
  ['a status that nearly all have', { statuses: ['SUCCESS'] }],
  ['a status that few have', { statuses: ['FAILED'] }],
  ['a status that none has', { statuses: ['SUBMITTING', 'AWAITED'] }],
  ['several statuses', { statuses: ['SUCCESS', 'FAILED', 'ON_HOLD', 'REFUNDED'] }],
  ['a customer', { customerId: '6000000123' }],
  ['a customer who never sent', { customerId: '6999999999' }],
  ['a customer and a status', { customerId: '6000000123', statuses: ['FAILED', 'REFUNDED'] }],
  ['a recipient', { recipientId: '10123' }],
  ['in review', { needsReview: true }],
  ['not in review', { needsReview: false }],
  ['the first day', { createdFrom: FIRST_DAY, createdBefore: new Date(FIRST_DAY.getTime() + 86_400_000) }],
];
/** Support has no index for these: a support desk looks for a customer, a status, a review. */
const OF_AN_AGENT: readonly (readonly [string, TransferFilter])[] = [
  ['an amount', { minAmountRupees: 4_321, maxAmountRupees: 4_321 }],
  ['from an amount on', { minAmountRupees: 2_500 }],
  ['an amount that nobody sent', { minAmountRupees: 5_000 }],
];

describe.each(['forward', 'backward'] as const)('a page %s', (direction) => {
  const page = { direction, size: 20, after: null, before: null };
  test.each([...FILTERS, ...OF_AN_AGENT])('of an agent: %s', (_what, filter) =>
    expectByIndex(() => reader.findPage(MINE, filter, page)),
  );
  test.each(FILTERS)('of everybody: %s', (_what, filter) =>
    expectByIndex(() => reader.findPage(ALL, filter, page)),
  );
});

describe.each([
  ['the agent who has them all', '20810200', true],
  ['an agent who has none', '20810299', false],
] as const)('%s', (_who, userCode, hasAny) => {
  const scope: ReadScope = { kind: 'agent', userCode };
  const older = { after: idOf(40_000), before: null };
  const newer = { after: null, before: idOf(20_000) };
  const stretches = [{ after: null, before: null }, older, newer, { ...older, before: newer.before }];

  describe.each([
    ['any transfers', {}, 'transfers_agent', [60_000, 40_000, 39_999, 19_999]],
    ['those to a recipient', { recipientId: '10123' }, 'transfers_recipient', [12, 8, 8, 4]],
    ['those of a status', { statuses: ['FAILED'] }, 'transfers_agent_status', [1_200, 800, 800, 400]],
    ['those of a status that none has', { statuses: ['AWAITED'] }, 'transfers_agent_status', [0, 0, 0, 0]],
  ] as const)('%s', (_what, filter: TransferFilter, index, there) => {
    const pages = (['forward', 'backward'] as const).flatMap((direction) =>
      stretches.flatMap((bounds, stretch) =>
        [1, 20, 21, 100].map((size) => ({ most: there[stretch]!, page: { direction, size, ...bounds } })),
      ),
    );

    test('a page looks at no row but those it shows', async () => {
      for (const { page, most } of pages) {
        for (const plan of await explain(await record(() => reader.findPage(scope, filter, page)))) {
          const [scan, ...others] = plan.filter((node) => node['Relation Name'] === 'transfers');
          expect(others).toEqual([]);
          expect(scan).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': index });
          expect(scan!['Rows Removed by Filter'] ?? 0).toBe(0);
          expect(scan!['Actual Rows']).toBe(hasAny ? Math.min(page.size + 1, most) : 0);
        }
      }
    });

    test('PostgreSQL plans it a few times, and no more', async () => {
      for (const { page } of pages) {
        const { name, text, values } = await record(() => reader.findPage(scope, filter, page));
        for (let asked = 0; asked < 10; asked += 1)
          await client.query({ name: name!, text, values: [...values] });
        const { rows } = await client.query<{ plans: string }>(
          'SELECT custom_plans AS plans FROM pg_prepared_statements WHERE name = $1',
          [name],
        );
        expect(Number(rows[0]!.plans)).toBeLessThanOrEqual(5);
      }
    });
  });
});

test('a status that none of a customer’s transfers has is looked for in the index alone', async () => {
  const none: TransferFilter = { customerId: '6000000123', statuses: ['FAILED', 'ON_HOLD'] };
  const page = { direction: 'forward', size: 20, after: null, before: null } as const;
  const statement = await record(() => reader.findPage(MINE, none, page));
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  // Before version 17 PostgreSQL may look at the customer's rows for one of several values.
  const mostRemoved = Number(rows[0]!.server_version_num) < 170_000 ? ROWS / 1_000 : 0;
  try {
    // As in a table so large that the bitmap of a whole status costs more.
    await client.query('SET enable_bitmapscan = off');
    const [plan = []] = await explain(statement);
    const removed = plan.map((node) => node['Rows Removed by Filter'] ?? 0);
    expect(Math.max(...removed)).toBeLessThanOrEqual(mostRemoved);
  } finally {
    await client.query('RESET enable_bitmapscan');
  }
});

test.each([['tid', '2000030000'] as const, ['clientRefId', 'BENCH-0000030000'] as const])(
  'one by its %s',
  (key, value) => expectByIndex(() => reader.findOne(MINE, { [key]: value } as { tid: string })),
);

test('an OTP request looks at those of the customer’s last day, and at one with its reference', async () => {
  const lastDay = new Date(FIRST_DAY.getTime() + (ROWS - 8_640) * 10_000).toISOString();
  const customer = getSealer().toStoredForms('6000000123', 'customer_id');
  const values = ['BENCH-0000030000', customer, lastDay, '20810200', 'a token'];
  for (const plan of await explain({ ...FIND_OTP_REQUESTS, values })) {
    const large = ['otp_challenges', 'transfers'];
    const scans = plan.filter((node) => large.includes(node['Relation Name'] ?? ''));
    expect(scans.map((scan) => scan['Node Type'])).not.toContain('Seq Scan');
    const seen = scans.map((scan) => scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0));
    expect(seen.reduce((sum, rows) => sum + rows)).toBeLessThanOrEqual(12);
    expect(Math.max(...seen)).toBeGreaterThanOrEqual(8);
  }
});

test('PostgreSQL has statistics of the columns by which rows are looked for, and gathers no others', async () => {
  const { rows } = await client.query<{ column: string; isGathered: boolean; isLookedForBy: boolean }>(`
    SELECT attrelid::regclass || '.' || attname AS column, attstattarget IS DISTINCT FROM 0 AS "isGathered",
           EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND NOT indisunique AND attnum = ANY (indkey)) AS "isLookedForBy"
      FROM pg_attribute
     WHERE attrelid IN ('transfers'::regclass, 'transfer_events'::regclass, 'otp_challenges'::regclass)
       AND attnum > 0 AND NOT attisdropped`);
  expect(rows.filter(({ isGathered, isLookedForBy }) => isLookedForBy && !isGathered)).toEqual([]);
  const gathered = rows.filter(({ isGathered }) => isGathered).map(({ column }) => column);
  expect(gathered).toContain('transfers.status');
  expect(gathered.length).toBeLessThan(rows.length / 3);
});
