import { expect, test } from '@jest/globals';
import { toMediaType } from '../../src/http/media-type.js';

const JSON_TYPE = 'application/json';
const GRAPHQL = 'application/graphql-response+json';

test.each<[string | undefined, string | null]>([
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  [JSON_TYPE, JSON_TYPE],
  ['APPLICATION/JSON', JSON_TYPE],
  ['application/json; charset=utf-8', JSON_TYPE],
  [GRAPHQL, GRAPHQL],
  [`${GRAPHQL};charset=utf-8, application/json;charset=utf-8`, GRAPHQL],
  [`application/json, ${GRAPHQL}`, JSON_TYPE],
  [`${GRAPHQL}, application/json;q=0.9`, GRAPHQL],
  [`${GRAPHQL};q=0.5, application/json;q=0.9`, JSON_TYPE],
  [`${GRAPHQL}, */*`, GRAPHQL],
  ['application/json;q=0, */*', GRAPHQL],
  [`application/json;q=0, ${GRAPHQL};q=0, */*`, null],
  ['application/json;q=nonsense', JSON_TYPE],
  ['text/html, application/json;q=0.1', JSON_TYPE],
  ['multipart/mixed;subscriptionSpec=1.0, application/json', JSON_TYPE],
  ['multipart/mixed;subscriptionSpec=1.0', null],
  ['text/plain', null],
  ['text/html', null],
  [';;,,=', null],
])('Accept: %s is answered with %s', (accept, expected) => {
  expect(toMediaType(accept)).toBe(expected);
});
