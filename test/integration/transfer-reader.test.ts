// Lists of transfers: who sees what, each filter at its bounds, and pages in both directions.
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { Transfer } from '../../src/entities/index.js';
import type { ReadScope } from '../../src/transfers/agent.js';
import { isInScope, type PageRequest, type TransferFilter } from '../../src/transfers/transfer-reader.js';
import { selectShown } from '../../src/transfers/shown-columns.js';
import {
  AGENT,
  newRef,
  OTHER_AGENT,
  START_MS,
  startUseCases,
  storeIntent,
  type UseCases,
} from '../support/use-cases.js';

const MINE: ReadScope = { kind: 'agent', userCode: AGENT.userCode };
const ALL: ReadScope = { kind: 'all' };
const at = (ms: number) => new Date(START_MS + ms);
const LOWEST = '00000000-0000-7000-8000-000000000000';

let place: UseCases;
/** Mine but for the fourth, each a second younger than the one before. */
let rows: Transfer[];
beforeAll(async () => {
  place = await startUseCases();
  rows = [];
  for (const [index, changes] of [
    { amountRupees: 100 },
    { amountRupees: 200, recipientId: '98766' },
    { amountRupees: 300 },
    { amountRupees: 400, agentUserCode: OTHER_AGENT.userCode },
    { amountRupees: 500 },
  ].entries()) {
    rows.push(await storeIntent(place, { ...changes, createdAt: at(index * 1_000) }));
  }
  await place.sql('UPDATE transfers SET needs_review = true WHERE id = $1', [rows[2]!.id]);
  await place.sql(`UPDATE transfers SET tid = '4711' WHERE id = $1`, [rows[2]!.id]);
});
afterAll(() => place.stop());

/** Which of `rows`, by their place. */
const toPlaces = (transfers: readonly Pick<Transfer, 'id'>[]) =>
  transfers.map(({ id }) => rows.findIndex((row) => row.id === id));
const toPage = (changes: Partial<PageRequest> = {}): PageRequest => ({
  direction: 'forward',
  size: 10,
  after: null,
  before: null,
  ...changes,
});

describe('one transfer', () => {
  test('is found by each of its keys', async () => {
    const row = rows[2]!;
    for (const key of [{ id: row.id }, { clientRefId: row.clientRefId }, { tid: '4711' }]) {
      expect((await place.reader.findOne(MINE, key))?.id).toBe(row.id);
    }
  });

  test('is null when there is none, and when it is another agent’s', async () => {
    for (const scope of [ALL, MINE]) {
      expect(await place.reader.findOne(scope, { clientRefId: newRef() })).toBeNull();
    }
    expect(await place.reader.findOne(MINE, { id: rows[3]!.id })).toBeNull();
    expect((await place.reader.findOne(ALL, { id: rows[3]!.id }))?.id).toBe(rows[3]!.id);
  });

  test('is in the scope of its agent and of everybody’s reader', () => {
    const row = rows[3]!;
    expect(isInScope(ALL, row)).toBe(true);
    expect(isInScope(MINE, row)).toBe(false);
    expect(isInScope({ kind: 'agent', userCode: OTHER_AGENT.userCode }, row)).toBe(true);
  });
});

test('several are found by their ids, whoever’s they are; those that do not exist are left out', async () => {
  const unknown = '0190a000-0000-7000-8000-00000000ffff';
  const found = await place.reader.findByIds([rows[1]!.id, unknown, rows[3]!.id]);
  expect(toPlaces(found).sort()).toEqual([1, 3]);
  expect(await place.reader.findByIds([])).toEqual([]);
});

describe('a list', () => {
  const customerOf = (index: number) => rows[index]!.customerId;
  test.each<[string, ReadScope, () => TransferFilter, number[]]>([
    ['of one agent’s, newest first', MINE, () => ({}), [4, 2, 1, 0]],
    ['of everybody’s', ALL, () => ({}), [4, 3, 2, 1, 0]],
    ['of a status', MINE, () => ({ statuses: ['SUBMITTING', 'AWAITED'] }), [4, 2, 1, 0]],
    ['of a status that none has', MINE, () => ({ statuses: ['SUCCESS'] }), []],
    ['of no status at all', MINE, () => ({ statuses: [] }), []],
    ['of a customer', MINE, () => ({ customerId: customerOf(1) }), [1]],
    ['of another agent’s customer', MINE, () => ({ customerId: customerOf(3) }), []],
    ['of a recipient', MINE, () => ({ recipientId: '98766' }), [1]],
    ['from an amount on', MINE, () => ({ minAmountRupees: 200 }), [4, 2, 1]],
    ['of an amount', MINE, () => ({ minAmountRupees: 200, maxAmountRupees: 200 }), [1]],
    ['between amounts', MINE, () => ({ minAmountRupees: 200, maxAmountRupees: 300 }), [2, 1]],
    ['up to an amount', MINE, () => ({ maxAmountRupees: 200 }), [1, 0]],
    ['from a moment on', MINE, () => ({ createdFrom: at(1_000) }), [4, 2, 1]],
    ['from the moment after', MINE, () => ({ createdFrom: at(1_001) }), [4, 2]],
    ['before a moment', MINE, () => ({ createdBefore: at(1_000) }), [0]],
    ['before the moment after', MINE, () => ({ createdBefore: at(1_001) }), [1, 0]],
    ['in review', MINE, () => ({ needsReview: true }), [2]],
    ['not in review', MINE, () => ({ needsReview: false }), [4, 1, 0]],
    ['of several together', MINE, () => ({ minAmountRupees: 200, createdBefore: at(2_500) }), [2, 1]],
  ])('%s, and its count', async (_what, scope, toFilter, expected) => {
    const { transfers, hasNextPage, hasPreviousPage } = await place.reader.findPage(
      scope,
      toFilter(),
      toPage(),
    );
    expect(toPlaces(transfers)).toEqual(expected);
    expect([hasNextPage, hasPreviousPage]).toEqual([false, false]);
    expect(await place.reader.count(scope, toFilter())).toBe(expected.length);
  });
});

describe('a page', () => {
  const idOf = (index: number | null) => (index === null ? null : rows[index]!.id);
  test.each<[PageRequest['direction'], number, number | null, number | null, number[], boolean, boolean]>([
    // direction, size, after, before → rows, has next, has previous
    ['forward', 2, null, null, [4, 2], true, false],
    ['forward', 4, null, null, [4, 2, 1, 0], false, false],
    ['forward', 2, 2, null, [1, 0], false, true],
    ['forward', 1, 4, null, [2], true, true],
    ['forward', 2, null, 1, [4, 2], true, false],
    ['forward', 2, 4, 0, [2, 1], true, true],
    ['backward', 2, null, null, [1, 0], false, true],
    ['backward', 4, null, null, [4, 2, 1, 0], false, false],
    ['backward', 2, null, 1, [4, 2], true, false],
    ['backward', 1, null, 1, [2], true, true],
    ['backward', 2, 4, null, [1, 0], false, true],
    ['backward', 2, 4, 0, [2, 1], true, true],
  ])('%s of %i after %s before %s', async (direction, size, after, before, expected, next, previous) => {
    const request = { direction, size, after: idOf(after), before: idOf(before) };
    // The second is found by the index of a column that may have any of several values.
    for (const filter of [{}, { statuses: ['SUBMITTING', 'SUCCESS'] as const }]) {
      const page = await place.reader.findPage(MINE, filter, request);
      expect(toPlaces(page.transfers)).toEqual(expected);
      expect([page.hasNextPage, page.hasPreviousPage]).toEqual([next, previous]);
    }
  });

  test.each<[string, TransferFilter, Partial<PageRequest>, number[]]>([
    ['a cursor that is older than the moment', { createdBefore: at(3_500) }, { after: '1' }, [0]],
    ['a cursor that is newer than the moment', { createdBefore: at(1_500) }, { after: '4' }, [1, 0]],
    ['a cursor that is newer than the first moment', { createdFrom: at(500) }, { before: '2' }, [4]],
    ['a cursor that is older than the first moment', { createdFrom: at(1_500) }, { before: '0' }, [4, 2]],
    ['the cursor of the first moment itself', { createdFrom: at(1_000) }, { before: '1' }, [4, 2]],
  ])('lies beyond %s', async (_what, filter, { after = null, before = null }, expected) => {
    const toId = (index: string | null) => idOf(index === null ? null : Number(index));
    const request = toPage({ after: toId(after), before: toId(before) });
    for (const statuses of [undefined, ['SUBMITTING'] as const]) {
      const { transfers } = await place.reader.findPage(
        MINE,
        { ...filter, ...(statuses ? { statuses } : {}) },
        request,
      );
      expect(toPlaces(transfers)).toEqual(expected);
    }
  });
});

describe('the statement of a list', () => {
  afterEach(() => void jest.restoreAllMocks());

  /** As node-postgres is given it. */
  async function record(read: () => Promise<unknown>): Promise<{ name?: string; text: string }> {
    const query = jest.spyOn(pg.Client.prototype, 'query');
    query.mockClear();
    await read();
    return query.mock.lastCall![0] as unknown as { name?: string; text: string };
  }

  test.each<[string | undefined, ReadScope, TransferFilter, Partial<PageRequest>]>([
    ['page_21_DESC', ALL, {}, {}],
    ['page_21_DESC_agent', MINE, {}, {}],
    ['page_21_ASC_agent', MINE, {}, { direction: 'backward' }],
    ['page_21_DESC_agent', MINE, {}, { size: 20 }],
    ['page_101_DESC_agent', MINE, {}, { size: 21 }],
    ['page_101_DESC_agent', MINE, {}, { size: 100 }],
    ['page_21_DESC_agent_below', MINE, {}, { after: LOWEST }],
    ['page_21_DESC_agent_above', MINE, {}, { before: LOWEST }],
    ['page_21_DESC_agent_from', MINE, { createdFrom: at(0) }, {}],
    ['page_21_DESC_agent_one_status', MINE, { statuses: ['SUCCESS', 'SUCCESS'] }, {}],
    ['page_DESC_agent_status', MINE, { statuses: ['SUCCESS', 'FAILED'] }, {}],
    ['page_21_DESC_one_status', ALL, { statuses: ['SUCCESS'] }, {}],
    ['page_DESC_agent_status_below', MINE, { statuses: ['SUCCESS', 'FAILED'] }, { after: LOWEST }],
    ['page_DESC_agent_customer_id', MINE, { customerId: '9123456789' }, {}],
    ['page_21_DESC_agent_recipient', MINE, { recipientId: '1' }, {}],
    [undefined, ALL, { recipientId: '1' }, {}],
    [undefined, MINE, { needsReview: true }, {}],
    [undefined, MINE, { needsReview: false }, {}],
    [undefined, MINE, { minAmountRupees: 100 }, {}],
    [undefined, MINE, { maxAmountRupees: 100 }, {}],
    [undefined, MINE, { minAmountRupees: 100, maxAmountRupees: 100 }, {}],
    [undefined, MINE, { needsReview: true, recipientId: '1' }, {}],
    [undefined, ALL, { needsReview: true, recipientId: '1' }, {}],
  ])('is kept as %s', async (name, scope, filter, page) => {
    const kept = await record(() => place.reader.findPage(scope, filter, toPage(page)));
    expect(kept.name).toBe(name);
  });

  test('has a name for each selection, and so has that of a look-up and of a count', async () => {
    const selection = selectShown(['tid']);
    const [id] = [rows[0]!.id];
    const names: (string | undefined)[] = [];
    for (const read of [
      () => place.reader.findPage(MINE, {}, toPage(), selection),
      () => place.reader.findPage(MINE, { statuses: ['SUCCESS'] }, toPage(), selection),
      () => place.reader.findOne(MINE, { id }, selection),
      () => place.reader.findOne(MINE, { id }),
      () => place.reader.findOne(MINE, { tid: '4711' }),
      () => place.reader.count(MINE, {}),
      () => place.reader.findByIds([id]),
      () => place.reader.findTimelines([id]),
    ])
      names.push((await record(read)).name);
    expect(names).toEqual([
      `page_21_DESC${selection.name}_agent`,
      // With a filter all columns are read.
      'page_21_DESC_agent_one_status',
      `find_by_id${selection.name}`,
      'find_by_id',
      'find_by_tid',
      'count_agent',
      'find_by_ids',
      'find_timelines',
    ]);
  });
});

test('the timelines of several transfers come in the order of the ids, each oldest first', async () => {
  const [first, second] = [rows[4]!, rows[0]!];
  for (const sequence of [2, 3]) {
    await place.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE transfers SET event_count = $2, needs_review = true WHERE id = $1', [
        first.id,
        sequence,
      ]);
      await manager.query(
        `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
         VALUES (gen_random_uuid(), $1, $2, 'OPERATOR', 'SUBMITTING', 'SUBMITTING', 'by a test', '{}', now())`,
        [first.id, sequence],
      );
    });
  }
  const unknown = '0190a000-0000-7000-8000-00000000ffff';
  const timelines = await place.reader.findTimelines([first.id, unknown, second.id]);
  const toKeys = (timeline: (typeof timelines)[number]) =>
    timeline.map(({ transferId, sequence }) => [transferId, sequence]);
  expect(timelines.map(toKeys)).toEqual([
    [
      [first.id, 1],
      [first.id, 2],
      [first.id, 3],
    ],
    [],
    [[second.id, 1]],
  ]);
});
