// The GraphQL over HTTP specification, by its own audit suite, with the protection against cross-site requests on.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startGateway, type Gateway } from '../support/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ parts: { api: true, worker: false } });
});
afterAll(() => gateway.stop());

const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

test('the suite has as many audits as we know of', () => {
  expect(audits).toHaveLength(61);
});

test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
  '%s %s',
  async (_id, _name, audit) => {
    const { status } = await audit.fn();
    expect(status).toBe('ok');
  },
);

describe('a request that a page of another site could make without being asked first', () => {
  const query = encodeURIComponent('{ transactions { totalCount } }');

  test.each([
    ['a GET, as the browser says, from another site', { 'sec-fetch-site': 'cross-site' }],
    ['a GET from another subdomain', { 'sec-fetch-site': 'same-site' }],
    ['a GET with an origin, by an old browser', { origin: 'https://evil.example' }],
  ])('is refused: %s', async (_name, headers: Record<string, string>) => {
    const response = await fetch(`${gateway.url}/graphql?query=${query}`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x']])(
    'is refused: a POST of %s',
    async (contentType) => {
      const body = JSON.stringify({ query: '{ transactions { totalCount } }' });
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
      });
      expect([400, 415]).toContain(response.status);
      expect(await response.text()).not.toContain('totalCount');
    },
  );

  test('moves nothing by GET', async () => {
    const mutation = encodeURIComponent('mutation { refreshTransaction(id: "1") { changed } }');
    const response = await fetch(`${gateway.url}/graphql?query=${mutation}`);
    expect([400, 405]).toContain(response.status);
  });
});

test('a request that is not valid is 200 in application/json, and 400 otherwise', async () => {
  const statusFor = async (accept: string) =>
    (await gateway.request('{ nothing }', undefined, { headers: { accept } })).httpStatus;
  // As it is answered, whichever stands first.
  expect(await statusFor('application/json, application/graphql-response+json')).toBe(200);
  expect(await statusFor('application/graphql-response+json;q=0.1, application/json')).toBe(200);
  expect(await statusFor('application/json;q=0, */*')).toBe(400);
  expect(await statusFor('application/json')).toBe(200);
  expect(await statusFor('application/graphql-response+json')).toBe(400);
  expect(await statusFor('application/graphql-response+json, application/json;q=0.9')).toBe(400);
  expect(await statusFor('*/*')).toBe(400);
});
