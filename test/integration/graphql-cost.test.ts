// What one request may ask for at most.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';
import { transfer } from '../support/transfer-client.js';

describe('the cost of a document', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
    await transfer(gateway);
  });
  afterAll(() => gateway.stop());

  const pages = (count: number) =>
    Array.from({ length: count }, (_, index) => `p${index}: transactions { totalCount }`).join(' ');

  test('allows five aliases', async () => {
    const { data, errors } = await gateway.request<Record<string, { totalCount: number }>>(`{ ${pages(5)} }`);
    expect(errors).toBeUndefined();
    expect(Object.values(data ?? {})).toEqual(Array.from({ length: 5 }, () => ({ totalCount: 1 })));
  });

  test.each([
    ['six aliases', `{ ${pages(6)} }`],
    [
      '__typename under aliases',
      `{ ${Array.from({ length: 6 }, (_, index) => `t${index}: __typename`).join(' ')} }`,
    ],
    ['aliases in a fragment', `query { ...F } fragment F on Query { ${pages(6)} }`],
    ['aliases below', `{ transactions { ${'abcdef'.replace(/./g, '$&: pageInfo { hasNextPage } ')} } }`],
    ['more words than a document may have', `{ ${'a '.repeat(12_000)} }`],
  ])('refuses %s', async (_what, query) => {
    const { httpStatus, errors, data } = await gateway.request(query);
    expect(httpStatus).toBe(400);
    expect(data).toBeUndefined();
    expect(errors?.map((error) => error.extensions.code)).toEqual(['QUERY_TOO_COMPLEX']);
  });
});
