// Paging through a long history while transfers are being made: none of the old ones is missed, none comes twice.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';
import { storeMany } from '../support/many-transfers.js';

const OLD = 10_000;
const INSERTED = 1_000;
const BATCH = 10;

let gateway: Gateway;
let old: string[];
beforeAll(async () => {
  gateway = await startGateway({ parts: { api: true, worker: false } });
  old = (await storeMany(gateway.databaseUrl, OLD, new Date(Date.now() - 3_600_000))).reverse();
}, 120_000);
afterAll(() => gateway.stop());

interface Page {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

async function read(page: object): Promise<Page> {
  const { data, errors } = await gateway.request<{ transactions: Page }>(
    `query ($first: Int, $after: String, $last: Int, $before: String) {
      transactions(first: $first, after: $after, last: $last, before: $before) {
        edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    page,
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return data.transactions;
}

/** A hundred a page, a few transfers made between any two pages. */
async function readAll(direction: 'forward' | 'backward'): Promise<string[]> {
  const ids: string[] = [];
  let inserted = 0;
  let at: object = direction === 'forward' ? { first: 100 } : { last: 100 };
  for (;;) {
    const [page] = await Promise.all([
      read(at),
      inserted < INSERTED ? storeMany(gateway.databaseUrl, BATCH, new Date()) : undefined,
    ]);
    inserted += BATCH;
    const found = page.edges.map(({ node }) => node.id);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    if (direction === 'forward') {
      ids.push(...found);
      if (!hasNextPage) return ids;
      at = { first: 100, after: endCursor };
    } else {
      ids.unshift(...found);
      if (!hasPreviousPage) return ids;
      at = { last: 100, before: startCursor };
    }
  }
}

test.each([['forward'], ['backward']] as const)(
  '%s',
  async (direction) => {
    const ids = await readAll(direction);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set(old);
    expect(ids.filter((id) => known.has(id))).toEqual(old);
  },
  120_000,
);
