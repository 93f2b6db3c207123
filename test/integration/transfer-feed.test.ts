// Who is told of which change: the feed on a real database, with its limits.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { SUBSCRIPTION } from '../../src/config/limits.js';
import type { Transfer } from '../../src/entities/index.js';
import {
  TransferFeed,
  TransferReader,
  type ReadScope,
  type TransferWatch,
} from '../../src/transfers/index.js';
import { AGENT, eventually } from '../support/gateway.js';
import { moveTransfer, storeTransfers } from '../support/stored-transfers.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const MINE: ReadScope = { kind: 'agent', userCode: AGENT };
const NOW_MS = 1_700_000_000_000;

let database: TestDatabase;
let dataSource: DataSource;
let client: pg.Client;
let feed: TransferFeed;
let errors: unknown[];
const clock = { ms: NOW_MS, nowMs: () => clock.ms };
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource(database.url).initialize();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await dataSource.destroy();
  await database.drop();
});
beforeEach(() => {
  clock.ms = NOW_MS;
  errors = [];
  feed = createFeed(new TransferReader(dataSource));
});
afterEach(() => feed.close());

function createFeed(reader: TransferReader): TransferFeed {
  return new TransferFeed({ reader, clock, onError: (error) => errors.push(error) });
}

async function store(): Promise<string> {
  const [row] = await storeTransfers(database.url, [{ status: 'AWAITED' }]);
  return row!.id;
}

const isSuccess = ({ status }: Pick<Transfer, 'status'>) => status === 'SUCCESS';
const watch = (id: string, more: Partial<Parameters<TransferFeed['watch']>[0]> = {}) =>
  feed.watch({ scope: MINE, id, caller: 'somebody', until: null, isLast: isSuccess, ...more });
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'none',
    (error: { code?: string }) => error.code,
  );

async function statusOf(watched: TransferWatch): Promise<string> {
  const { done, value } = await watched.next();
  return done === true ? 'end' : value.status;
}

describe('a watch', () => {
  test('begins with the present state, and goes on with each change that is announced', async () => {
    const id = await store();
    const watched = await watch(id);
    expect(await statusOf(watched)).toBe('AWAITED');
    await moveTransfer(client, { id, sequence: 3, from: 'AWAITED', to: 'ON_HOLD' });
    feed.onChange(id);
    expect(await statusOf(watched)).toBe('ON_HOLD');
    await moveTransfer(client, { id, sequence: 4, from: 'ON_HOLD', to: 'SUCCESS' });
    feed.onChange(id);
    expect(await statusOf(watched)).toBe('SUCCESS');
    expect(await statusOf(watched)).toBe('end');
    expect(feed.watchCount).toBe(0);
  });

  test('is told what was missed after a gap', async () => {
    const ids = [await store(), await store()];
    const watches = await Promise.all(ids.map((id) => watch(id)));
    for (const watched of watches) await statusOf(watched);
    for (const id of ids) await moveTransfer(client, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
    feed.onGap();
    expect(await Promise.all(watches.map(statusOf))).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test('is told nothing when another transfer changes, or nothing did', async () => {
    const [id, other] = [await store(), await store()];
    const watched = await watch(id);
    await statusOf(watched);
    feed.onChange(other);
    feed.onChange(id);
    const next = statusOf(watched);
    await moveTransfer(client, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
    feed.onChange(id);
    expect(await next).toBe('SUCCESS');
  });

  test('misses no change between its first reading and its beginning', async () => {
    const id = await store();
    const slow = new TransferReader(dataSource);
    const { findOne } = slow;
    slow.findOne = async (...args) => {
      const found = await findOne.apply(slow, args);
      await moveTransfer(client, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
      feed.onChange(id);
      return found;
    };
    feed = createFeed(slow);
    const watched = await watch(id);
    const told = [await statusOf(watched)];
    if (told[0] !== 'SUCCESS') told.push(await statusOf(watched));
    expect(told.at(-1)).toBe('SUCCESS');
  });

  test('of another agent’s transfer looks like one of none, and leaves nothing behind', async () => {
    const id = await store();
    expect(await codeOf(watch(id, { scope: { kind: 'agent', userCode: '99990000' } }))).toBe('NOT_FOUND');
    expect(await codeOf(watch('01890000-0000-7000-8000-000000000000'))).toBe('NOT_FOUND');
    expect(feed.watchCount).toBe(0);
    expect(await codeOf(watch(id, { scope: { kind: 'all' } }))).toBe('none');
  });

  test('fails when the caller’s right to it ends, and not before', async () => {
    const id = await store();
    const watched = await watch(id, { until: new Date(NOW_MS + 200) });
    expect(await statusOf(watched)).toBe('AWAITED');
    const startedAtMs = performance.now();
    expect(await codeOf(watched.next())).toBe('UNAUTHENTICATED');
    expect(performance.now() - startedAtMs).toBeGreaterThan(100);
    expect(feed.watchCount).toBe(0);
    // On a connection that is older than its token.
    expect(await codeOf(watch(id, { until: new Date(NOW_MS) }))).toBe('UNAUTHENTICATED');
    expect(await codeOf(watch(id, { until: new Date(NOW_MS + 1_000) }))).toBe('none');
  });

  test('that would end in years does not end now', async () => {
    const watched = await watch(await store(), { until: new Date(NOW_MS + 10 * 365 * 86_400_000) });
    await statusOf(watched);
    const next = codeOf(watched.next());
    expect(await Promise.race([next, new Promise((resolve) => setTimeout(() => resolve('waits'), 50))])).toBe(
      'waits',
    );
  });
});

test('a caller has so many watches, and may begin others when some have ended', async () => {
  const id = await store();
  const mine = await Promise.all(Array.from({ length: SUBSCRIPTION.maxPerCaller }, () => watch(id)));
  expect(feed.watchCount).toBe(SUBSCRIPTION.maxPerCaller);
  const refused = await watch(id).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'RATE_LIMITED',
    message: 'At most 1000 subscriptions at once; end some first.',
  });
  expect(await codeOf(watch(id, { caller: 'somebody else' }))).toBe('none');
  await mine[0]!.return();
  await mine[0]!.return();
  expect(await codeOf(watch(id))).toBe('none');
  expect(await codeOf(watch(id))).toBe('RATE_LIMITED');
});

test('what could not be read is read again', async () => {
  const id = await store();
  const reader = new TransferReader(dataSource);
  const { findByIds } = reader;
  let failures = 2;
  reader.findByIds = (ids) =>
    failures-- > 0 ? Promise.reject(new Error('gone')) : findByIds.call(reader, ids);
  feed = createFeed(reader);
  const watched = await watch(id);
  await statusOf(watched);
  await moveTransfer(client, { id, sequence: 3, from: 'AWAITED', to: 'SUCCESS' });
  feed.onChange(id);
  expect(await statusOf(watched)).toBe('SUCCESS');
  expect(errors).toEqual([new Error('gone'), new Error('gone')]);
});

test('many changes at once are read in batches, one after the other', async () => {
  const rows = await storeTransfers(
    database.url,
    Array.from({ length: SUBSCRIPTION.readBatch + 1 }, () => ({ status: 'AWAITED' as const })),
  );
  const reader = new TransferReader(dataSource);
  const { findByIds } = reader;
  const sizes: number[] = [];
  let underWay = 0;
  reader.findByIds = async (ids) => {
    underWay += 1;
    expect(underWay).toBe(1);
    sizes.push(ids.length);
    const found = await findByIds.call(reader, ids);
    underWay -= 1;
    return found;
  };
  feed = createFeed(reader);
  await Promise.all(rows.map(({ id }) => watch(id)));
  feed.onGap();
  await eventually(() => (sizes.length === 2 ? true : null));
  expect(sizes).toEqual([SUBSCRIPTION.readBatch, 1]);
});

test('a feed that is closed ends every watch with DRAINING, and begins none', async () => {
  const id = await store();
  const watches = [await watch(id), await watch(id)];
  for (const watched of watches) await statusOf(watched);
  feed.close();
  expect(await Promise.all(watches.map((watched) => codeOf(watched.next())))).toEqual([
    'DRAINING',
    'DRAINING',
  ]);
  expect(await codeOf(watch(id))).toBe('DRAINING');
  expect(feed.watchCount).toBe(0);
});
