import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { TransferEvent } from '../../src/entities/index.js';
import { TransferReader } from '../../src/transfers/index.js';
import { AGENT, startGateway, type Gateway } from '../support/gateway.js';
import { storeTransfers, type StoredRow, type StoredTransfer } from '../support/stored-transfers.js';

interface Page {
  readonly totalCount?: number;
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: { readonly id: string; readonly events?: readonly object[] };
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}
interface PageArguments {
  readonly filter?: object;
  readonly first?: number;
  readonly after?: string | null;
  readonly last?: number;
  readonly before?: string | null;
}

const ID_ONLY = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const toQuery = (
  selection: string,
) => `query ($filter: TransactionFilter, $first: Int, $after: String, $last: Int, $before: String) {
  transactions(filter: $filter, first: $first, after: $after, last: $last, before: $before) { ${selection} } }`;

describe('the list', () => {
  let gateway: Gateway;
  /** Newest first, as the list is. */
  let mine: StoredRow[];
  let foreign: StoredRow[];
  beforeAll(async () => {
    gateway = await startGateway({ parts: { api: true, worker: false } });
    // Those of another agent lie between ours, so that a page that counts them comes out wrong.
    const interleaved = Array.from({ length: 90 }, (_, index): StoredTransfer => ({
      agent: index % 2 === 0 ? AGENT : '99990000',
    }));
    const rows = await storeTransfers(gateway.databaseUrl, interleaved);
    mine = rows.filter((_, index) => index % 2 === 0).reverse();
    foreign = rows.filter((_, index) => index % 2 === 1).reverse();
  });
  afterAll(() => gateway.stop());

  async function list(page: PageArguments, selection = ID_ONLY, token?: string): Promise<Page> {
    const { data, errors } = await gateway.request<{ transactions: Page }>(
      toQuery(selection),
      page,
      token === undefined ? {} : { token },
    );
    if (!data?.transactions) throw new Error(JSON.stringify(errors));
    return data.transactions;
  }
  const idsOf = (page: Page) => page.edges.map((edge) => edge.node.id);

  test('reads whatever is selected, in whichever way, compiled or not', async () => {
    const id = mine[0]!.id;
    const query = `query Way($id: ID!, $isWhole: Boolean!) {
      one: transaction(id: $id) { status: nextAction }
      one: transaction(id: $id) @include(if: $isWhole) { ...whole }
      node(id: $id) { id ... on Transaction @include(if: $isWhole) { currency ...whole } }
      list: transactions(first: 1) { edges { node { amount @skip(if: $isWhole) ...whole @include(if: $isWhole) } } }
    }
    fragment whole on Transaction { ...part customerId recipient { id } statusReason { code } }
    fragment part on Transaction { isFinal clientRefId createdAt events { sequence } }`;
    const whole = {
      isFinal: true,
      clientRefId: expect.any(String),
      createdAt: expect.any(String),
      events: expect.any(Array),
      customerId: expect.any(String),
      recipient: { id: expect.any(String) },
      statusReason: null,
    };
    // From the third time on a query runs compiled.
    for (const isWhole of [false, true, false, true, true, false, true]) {
      const { data, errors } = await gateway.request<object>(query, { id, isWhole });
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        one: isWhole ? { status: 'NONE', ...whole } : { status: 'NONE' },
        node: isWhole ? { id, currency: 'INR', ...whole } : { id },
        list: { edges: [{ node: isWhole ? whole : { amount: expect.any(Number) } }] },
      });
    }
  });

  test('reads the parts of one field together, compiled or not', async () => {
    const id = mine[0]!.id;
    const query = `query Parts($id: ID!) {
      one: transaction(id: $id) { status: nextAction }
      one: transaction(id: $id) { ...part ... on Transaction { amount } }
      node(id: $id) { id ...part }
    }
    fragment part on Transaction { currency recipient { id } events { sequence } }`;
    const part = {
      currency: 'INR',
      recipient: { id: expect.any(String) },
      events: [{ sequence: 1 }, { sequence: 2 }],
    };
    for (let use = 0; use < 5; use += 1) {
      const { data } = await gateway.request<object>(query, { id });
      expect(data).toEqual({
        one: { status: 'NONE', amount: expect.any(Number), ...part },
        node: { id, ...part },
      });
    }
  });

  test.each([1, 7, 20, 44, 45, 46, 100])(
    'pages forward by %i: every one once, newest first',
    async (first) => {
      const seen: string[] = [];
      let after: string | null = null;
      for (let isMore = true; isMore;) {
        const page: Page = await list({ first, after });
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
        expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor);
        expect(page.edges.length).toBeLessThanOrEqual(first);
        seen.push(...idsOf(page));
        after = page.pageInfo.endCursor;
        isMore = page.pageInfo.hasNextPage;
      }
      expect(seen).toEqual(mine.map((row) => row.id));
    },
  );

  test.each([1, 7, 20, 45, 100])('pages backward by %i: every one once', async (last) => {
    let seen: string[] = [];
    let before: string | null = null;
    for (let isMore = true; isMore;) {
      const page: Page = await list({ last, before });
      expect(page.pageInfo.hasNextPage).toBe(before !== null);
      seen = [...idsOf(page), ...seen];
      before = page.pageInfo.startCursor;
      isMore = page.pageInfo.hasPreviousPage;
    }
    expect(seen).toEqual(mine.map((row) => row.id));
  });

  test('gives the newest 20 without arguments, and 100 at most', async () => {
    const page = await list({});
    expect(idsOf(page)).toEqual(mine.slice(0, 20).map((row) => row.id));
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(idsOf(await list({ first: 100 }))).toHaveLength(45);
  });

  test('gives what lies between two cursors', async () => {
    const { edges } = await list({ first: 45 });
    const page = await list({ after: edges[9]?.cursor, before: edges[15]?.cursor });
    expect(idsOf(page)).toEqual(mine.slice(10, 15).map((row) => row.id));
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const backward = await list({ last: 2, after: edges[9]?.cursor, before: edges[15]?.cursor });
    expect(idsOf(backward)).toEqual(mine.slice(13, 15).map((row) => row.id));
  });

  test('ends after the oldest and before the newest', async () => {
    const { edges } = await list({ first: 45 });
    const beyond = await list({ after: edges.at(-1)?.cursor });
    expect(beyond).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
    expect(idsOf(await list({ last: 5, before: edges[0]?.cursor }))).toEqual([]);
  });

  test('continues where it was when newer ones have come', async () => {
    const agent = '30303030';
    const token = await gateway.token('agent', agent);
    await storeTransfers(
      gateway.databaseUrl,
      Array.from({ length: 6 }, () => ({ agent })),
    );
    const first = await list({ first: 3 }, ID_ONLY, token);
    await storeTransfers(gateway.databaseUrl, [{ agent, createdAt: new Date() }]);
    const second = await list({ first: 3, after: first.pageInfo.endCursor }, ID_ONLY, token);
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(6);
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  test('does not give a foreign transaction for a foreign cursor', async () => {
    const cursor = Buffer.from(`transfer:${foreign[0]?.id}`).toString('base64url');
    const ids = idsOf(await list({ after: cursor, first: 100 }));
    const own = new Set(mine.map((row) => row.id));
    expect(ids.filter((id) => !own.has(id))).toEqual([]);
  });

  const good = Buffer.from('transfer:00000000-0000-7000-8000-000000000000').toString('base64url');
  test.each([
    ['with padding', `${good}==`],
    ['cut short', good.slice(0, -1)],
    ['with white space', ` ${good}`],
    [
      'with a second part',
      Buffer.from('transfer:00000000-0000-7000-8000-000000000000:x').toString('base64url'),
    ],
    ['of another kind', Buffer.from('event:00000000-0000-7000-8000-000000000000').toString('base64url')],
    ['of no id', Buffer.from("transfer:' OR 1=1").toString('base64url')],
    ['of a plain id', '00000000-0000-7000-8000-000000000000'],
    ['in the other alphabet', Buffer.from('transfer:>>>???').toString('base64')],
  ])('refuses a cursor %s', async (_what, cursor) => {
    for (const path of ['after', 'before'] as const) {
      const { data, errors } = await gateway.request(toQuery(ID_ONLY), { [path]: cursor });
      expect(data).toEqual({ transactions: null });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path, message: 'is not a cursor of this list' }],
      });
    }
  });

  describe('filtered', () => {
    const agent = '40404040';
    let token: string;
    let rows: StoredRow[];
    const day = (n: number) => new Date(Date.UTC(2026, 0, n, 12));
    const STORED: StoredTransfer[] = [
      { status: 'SUCCESS', amount: 100, createdAt: day(1) },
      { status: 'FAILED', amount: 500, createdAt: day(2), customerId: '9000000001' },
      { status: 'SUBMITTING', amount: 900, createdAt: day(3), recipientId: '12345' },
      { status: 'AWAITED', amount: 1300, createdAt: day(4), needsReview: true },
      { status: 'ON_HOLD', amount: 1700, createdAt: day(5), customerId: '9000000001' },
      { status: 'REFUND_PENDING', amount: 2100, createdAt: day(6), recipientId: '12345' },
      { status: 'REFUNDED', amount: 5000, createdAt: day(7), needsReview: true, customerId: '9000000001' },
    ];
    beforeAll(async () => {
      token = await gateway.token('agent', agent);
      rows = await storeTransfers(
        gateway.databaseUrl,
        STORED.map((transfer) => ({ ...transfer, agent })),
      );
      // Another agent's that every filter below fits as well.
      await storeTransfers(
        gateway.databaseUrl,
        STORED.map((transfer) => ({ ...transfer, agent: '50505050' })),
      );
    });

    test.each<[filter: object | null, days: number[]]>([
      [null, [7, 6, 5, 4, 3, 2, 1]],
      [{}, [7, 6, 5, 4, 3, 2, 1]],
      [
        {
          status: null,
          customerId: null,
          recipientId: null,
          minAmount: null,
          maxAmount: null,
          createdFrom: null,
          createdBefore: null,
          needsReview: null,
        },
        [7, 6, 5, 4, 3, 2, 1],
      ],
      [{ status: ['SUCCESS'] }, [1]],
      [{ status: 'FAILED' }, [2]],
      [{ status: ['AWAITED'] }, [4, 3]],
      [{ status: ['ON_HOLD', 'REFUNDED'] }, [7, 5]],
      [{ status: ['REFUND_PENDING'] }, [6]],
      [{ status: [] }, []],
      [{ customerId: '9000000001' }, [7, 5, 2]],
      [{ customerId: '9000000009' }, []],
      [{ recipientId: '12345' }, [6, 3]],
      [{ recipientId: 12345 }, [6, 3]],
      [{ minAmount: 1700 }, [7, 6, 5]],
      [{ maxAmount: 900 }, [3, 2, 1]],
      [{ minAmount: 500, maxAmount: 500 }, [2]],
      [{ minAmount: 501, maxAmount: 499 }, []],
      [{ minAmount: 0 }, [7, 6, 5, 4, 3, 2, 1]],
      [{ maxAmount: 0 }, []],
      [{ createdFrom: '2026-01-06T12:00:00Z' }, [7, 6]],
      [{ createdFrom: '2026-01-06T12:00:00.001Z' }, [7]],
      [{ createdBefore: '2026-01-02T12:00:00.000Z' }, [1]],
      [{ createdBefore: '2026-01-02T12:00:00.001Z' }, [2, 1]],
      [{ createdFrom: '2026-01-03T17:30:00+05:30', createdBefore: '2026-01-05T00:00:00Z' }, [4, 3]],
      [{ needsReview: true }, [7, 4]],
      [{ needsReview: false }, [6, 5, 3, 2, 1]],
      [{ customerId: '9000000001', status: ['ON_HOLD', 'FAILED'], maxAmount: 600 }, [2]],
      [
        {
          needsReview: true,
          customerId: '9000000001',
          minAmount: 5000,
          createdFrom: '2026-01-01T00:00:00Z',
          status: ['REFUNDED'],
          recipientId: '98765',
        },
        [7],
      ],
    ])('by %j', async (filter, days) => {
      const page = await list({ filter: filter ?? undefined }, `totalCount ${ID_ONLY}`, token);
      const dayOf = new Map(rows.map((row, index) => [row.id, index + 1]));
      expect(idsOf(page).map((id) => dayOf.get(id))).toEqual(days);
      expect(page.totalCount).toBe(days.length);
    });

    test('pages through what fits the filter', async () => {
      const filter = { customerId: '9000000001' };
      const first = await list({ filter, first: 2 }, ID_ONLY, token);
      const second = await list({ filter, first: 2, after: first.pageInfo.endCursor }, ID_ONLY, token);
      expect([...idsOf(first), ...idsOf(second)]).toEqual([rows[6]?.id, rows[4]?.id, rows[1]?.id]);
      expect(second.pageInfo.hasNextPage).toBe(false);
    });
  });

  describe('of statements', () => {
    /** What the server sends to PostgreSQL while one request is answered. */
    async function recordStatements(ask: () => Promise<unknown>): Promise<string[]> {
      const query = jest.spyOn(pg.Client.prototype, 'query');
      try {
        await ask();
        return query.mock.calls.map(([statement]: unknown[]) =>
          typeof statement === 'string' ? statement : String((statement as { text: string }).text),
        );
      } finally {
        query.mockRestore();
      }
    }

    test('needs one for a page', async () => {
      expect(await recordStatements(() => list({}))).toHaveLength(1);
    });

    test('counts only when totalCount is asked for', async () => {
      const statements = await recordStatements(() => list({}, `totalCount ${ID_ONLY}`));
      expect(statements).toHaveLength(2);
      expect(statements.filter((text) => /count\(/i.test(text))).toHaveLength(1);
      expect(await list({}, 'totalCount')).toEqual({ totalCount: 45 });
    });

    test('does not count a totalCount that is skipped', async () => {
      const statements = await recordStatements(() => list({}, `totalCount @skip(if: true) ${ID_ONLY}`));
      expect(statements.filter((text) => /count\(/i.test(text))).toHaveLength(0);
    });

    test('needs one more for all the timelines of a page', async () => {
      const statements = await recordStatements(async () => {
        const page = await list({ first: 20 }, 'edges { node { id events { sequence } } }');
        expect(page.edges.map((edge) => edge.node.events)).toEqual(
          page.edges.map(() => [{ sequence: 1 }, { sequence: 2 }]),
        );
      });
      expect(statements).toHaveLength(2);
      expect(statements.filter((text) => text.includes('transfer_events'))).toHaveLength(1);
    });

    test('shows no event that came after the transaction was read', async () => {
      const find = TransferReader.prototype.findTimelines;
      const reading = jest.spyOn(TransferReader.prototype, 'findTimelines');
      reading.mockImplementation(async function (this: TransferReader, ids) {
        const timelines = await find.call(this, ids);
        return timelines.map((events) => [...events, Object.assign(new TransferEvent(), { sequence: 3 })]);
      });
      try {
        const page = await list({ first: 1 }, 'edges { node { id events { sequence } } }');
        expect(page.edges[0]!.node.events).toEqual([{ sequence: 1 }, { sequence: 2 }]);
        expect(reading).toHaveBeenCalledTimes(1);
      } finally {
        reading.mockRestore();
      }
    });
  });
});
