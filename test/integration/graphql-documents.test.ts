import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { LANDING_DOCUMENT, LANDING_VARIABLES } from '../../src/http/index.js';
import { PRODUCTION, startGateway, type Gateway } from '../support/gateway.js';
import { parseBody, postRaw, sendRaw, type RawAnswer } from '../support/raw-http.js';
import { expectNoEcho, expectRefusal } from '../support/refusals.js';

const OTP = `sendTransferOtp(input: {customerId: "6111111111", recipientId: "98765", amount: 500}) { transferOtp { otpRefId } }`;
const REFRESH = `refreshTransaction(id: "00000000-0000-7000-8000-000000000000") { changed }`;
const READ = '{ errorCatalogue { code } }';
const behind = (directive: string) => OTP.replace(') {', `) ${directive} {`);
const codesOf = (answer: RawAnswer) => expectRefusal(answer).map((error) => error.extensions.code);

describe('documents and requests', () => {
  let gateway: Gateway;
  let url: string;
  beforeAll(async () => {
    gateway = await startGateway();
    url = `${gateway.url}/graphql`;
  });
  afterAll(() => gateway.stop());
  const countOtps = async () =>
    (await gateway.sql<{ count: number }>('SELECT count(*)::int AS count FROM otp_challenges'))[0]?.count;

  describe('with more than one mutation field', () => {
    afterEach(async () => {
      expect(await countOtps()).toBe(0);
      expect(gateway.simulator.requests()).toHaveLength(0);
    });
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: ${OTP}`).join(' ');

    test.each<readonly [what: string, query: string, operationName?: string]>([
      ['an alias', `mutation { a: ${OTP} b: ${OTP} }`],
      ['twenty aliases', `mutation { ${aliases} }`],
      ['two different fields', `mutation { ${OTP} ${REFRESH} }`],
      ['an inline fragment', `mutation { a: ${OTP} ... { b: ${OTP} } }`],
      ['an inline fragment on its type', `mutation { ... on Mutation { a: ${OTP} b: ${OTP} } }`],
      ['a fragment', `mutation { ...Both } fragment Both on Mutation { a: ${OTP} b: ${OTP} }`],
      [
        'one fragment twice under a field',
        `mutation { ...One b: ${OTP} } fragment One on Mutation { a: ${OTP} }`,
      ],
      [
        'nested fragments',
        `mutation { ...A } fragment A on Mutation { ... { ...B } ...C } fragment B on Mutation { b: ${OTP} } fragment C on Mutation { c: ${OTP} }`,
      ],
      // What a document may do is decided before any variable is looked at: a skipped field counts.
      ['one of them skipped', `mutation { a: ${OTP} b: ${behind('@skip(if: true)')} }`],
      ['one of them not included', `mutation { a: ${OTP} b: ${behind('@include(if: false)')} }`],
      [
        'both of them behind variables',
        `mutation ($x: Boolean = true) { a: ${behind('@include(if: $x)')} b: ${behind('@skip(if: $x)')} }`,
      ],
      [
        'a second operation beside it that is not run',
        `mutation One { a: ${OTP} } mutation Two { a: ${OTP} b: ${OTP} }`,
        'One',
      ],
      ['__typename between them', `mutation { __typename a: ${OTP} __typename b: ${OTP} }`],
    ])('refuses %s', async (...[, query, operationName]) => {
      const answer = await postRaw(url, { query, operationName });
      expect(codesOf(answer)).toEqual(['TOO_MANY_MUTATIONS']);
      expect(answer.status).toBe(400);
    });

    test('does not hang on a fragment that includes itself many times', async () => {
      const spreads = '...A '.repeat(200);
      const query = `mutation { ...A } fragment A on Mutation { ${spreads} }`;
      const answer = await postRaw(url, { query });
      expect(codesOf(answer)).toContain('BAD_USER_INPUT');
      expect(answer.status).toBe(400);
    });

    test('does not take exponential time over fragments that double', async () => {
      const fragments = Array.from(
        { length: 60 },
        (_, n) => `fragment F${n} on Mutation { ... on Mutation { ...F${n + 1} } ...F${n + 1} }`,
      );
      const query = `mutation { ...F0 } ${fragments.join(' ')} fragment F60 on Mutation { __typename }`;
      const startedAt = performance.now();
      const answer = await postRaw(url, { query });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(answer.status).toBeLessThan(500);
    });
  });

  test.each<readonly [what: string, query: string, operationName?: string]>([
    ['with __typename', `mutation { __typename ${REFRESH} }`],
    ['in a fragment', `mutation { ...R } fragment R on Mutation { ${REFRESH} }`],
    ['beside another operation', `query Q ${READ} mutation M { ${REFRESH} }`, 'M'],
  ])('runs one mutation field %s', async (...[, query, operationName]) => {
    const answer = await postRaw(url, { query, operationName });
    expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    expect(answer.status).toBe(200);
  });

  test('runs many query fields at once', async () => {
    const answer = await postRaw(url, { query: '{ a: errorCatalogue { code } b: errorCatalogue { code } }' });
    expect(answer.status).toBe(200);
    expect(parseBody(answer).errors).toBeUndefined();
  });

  describe('that are no good', () => {
    test.each([
      ['no braces', { query: 'CANARYTEXT' }],
      ['an unknown field', { query: '{ unknownCanary }' }],
      ['an unknown type', { query: 'query ($a: UnknownCanary) { errorCatalogue { code } }' }],
      ['an unknown argument', { query: '{ errorCatalogue(canary: 1) { code } }' }],
      ['an unknown directive', { query: '{ errorCatalogue @canary { code } }' }],
      ['an unknown fragment', { query: '{ ...Canary }' }],
      ['a selection missing', { query: '{ errorCatalogue }' }],
      ['a selection too many', { query: '{ errorCatalogue { code { x } } }' }],
      ['two operations without a name', { query: `query A ${READ} query B ${READ}` }],
      ['a wrong operation name', { query: `query A ${READ}`, operationName: 'C' }],
      ['an empty document', { query: '' }],
      ['a document of white space', { query: ' \n ' }],
      ['a document of a comment', { query: '# nothing' }],
      ['only a fragment', { query: 'fragment F on Query { errorCatalogue { code } }' }],
      ['no query', {}],
      ['a null query', { query: null }],
      ['a type definition', { query: 'type Canary { a: Int }' }],
      ['a deferred fragment', { query: '{ ... @defer { errorCatalogue { code } } }' }],
      ['a batch', [{ query: READ }, { query: READ }]],
      ['an empty batch', []],
      ['a bare text', '"CANARYTEXT"'],
      ['a bare number', '7777777'],
      ['null', 'null'],
      ['JSON cut short', '{"query": "{ errorCat'],
      ['no JSON', 'CANARYTEXT'],
      ['nothing', ''],
      ['a NUL', '{"query": "\u0000"}'],
      ['deep JSON', `{"query": "${READ}", "variables": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
      ['a deep document', { query: `${'{ a '.repeat(190)}${'}'.repeat(190)}` }],
      ['a deep value', { query: `{ node(id: ${'['.repeat(280)}${']'.repeat(280)}) { id } }` }],
      ['five hundred unknown fields', { query: `{ ${'x '.repeat(500)} }` }],
    ])('answers 400 to %s', async (_what, body: object | string) => {
      const answer = await postRaw(url, body);
      const codes = codesOf(answer);
      expect(codes).toEqual(codes.map(() => 'BAD_USER_INPUT'));
      expect(codes.length).toBeLessThanOrEqual(101);
      expect(answer.status).toBe(400);
      expectNoEcho(answer, ['CANARYTEXT', '7777777']);
    });

    test('takes a subscription to nothing for a mistake of the caller', async () => {
      const answer = await postRaw(url, { query: 'subscription { nothing }' });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBeLessThan(500);
    });

    test('says twenty of a hundred mistakes, and that there are more', async () => {
      const mistakes = Array.from({ length: 100 }, (_, index) => `wrong${index}`).join(' ');
      const errors = expectRefusal(await postRaw(url, { query: `{ errorCatalogue { code ${mistakes} } }` }));
      expect(errors).toHaveLength(21);
      expect(errors.map((error) => error.extensions.code)).toEqual(Array(21).fill('BAD_USER_INPUT'));
      expect(errors[19]?.message).toContain('"wrong19"');
      expect(errors[20]?.message).toBe('There are more mistakes in the document than are told.');
    });

    test('says which field is unknown and what may be meant, outside production', async () => {
      const [error] = expectRefusal(await postRaw(url, { query: '{ errorCatalog { code } }' }));
      expect(error?.message).toMatch(/errorCatalog.*Did you mean "errorCatalogue"/);
      expect(error?.locations).toEqual([{ line: 1, column: 3 }]);
    });

    test.each([
      ['application/x-www-form-urlencoded', 415],
      ['multipart/form-data; boundary=x', 415],
      ['application/xml', 415],
    ])('answers 4xx to the content type %s', async (contentType, status) => {
      const answer = await postRaw(url, { query: READ }, { 'content-type': contentType });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(status);
    });

    // What a form of any web page may send without asking: refused as such, not as JSON.
    test.each(['text/plain', 'text/plain; charset=utf-8'])(
      'does not run what comes as %s',
      async (contentType) => {
        const answer = await postRaw(url, { query: `mutation { ${OTP} }` }, { 'content-type': contentType });
        expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
        expect(answer.status).toBe(400);
        expect(await countOtps()).toBe(0);
      },
    );

    test('answers 4xx to a body without a content type', async () => {
      const answer = await sendRaw(url, {
        method: 'POST',
        body: Buffer.from(JSON.stringify({ query: READ })),
      });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(415);
    });

    test('answers 4xx to a body of another encoding', async () => {
      const answer = await postRaw(url, 'not gzip', { 'content-encoding': 'gzip' });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBeLessThan(500);
    });

    test('takes a body of 32 kB, and refuses a larger one', async () => {
      const padded = (size: number) => {
        const body = JSON.stringify({ query: READ, padding: '' });
        return body.replace('""}', `"${' '.repeat(size - body.length)}"}`);
      };
      expect((await postRaw(url, padded(32 * 1024))).status).toBe(200);
      const answer = await postRaw(url, padded(32 * 1024 + 1));
      expect(codesOf(answer)).toEqual(['QUERY_TOO_COMPLEX']);
      expect(answer.status).toBe(413);
    });

    test('refuses a large body that does not say its length', async () => {
      const answer = await sendChunked(url, 200_000);
      expect(answer).toBe(413);
    });

    test.each([
      [`/graphql?query=${encodeURIComponent(`mutation { ${OTP} }`)}`],
      [`/graphql?query=${encodeURIComponent(`mutation M { ${OTP} }`)}&operationName=M`],
    ])('does not run a mutation by GET (%#)', async (path) => {
      const answer = await sendRaw(`${gateway.url}${path}`, {
        headers: { 'apollo-require-preflight': '1', accept: 'application/json' },
      });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(405);
      expect(await countOtps()).toBe(0);
    });

    test('does not run a GET that any web page could send', async () => {
      const answer = await sendRaw(`${url}?query=${encodeURIComponent(READ)}`, {
        headers: { accept: '*/*', 'sec-fetch-site': 'cross-site' },
      });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(400);
    });

    test.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('has nothing for %s', async (method) => {
      const answer = await sendRaw(url, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    });

    test.each([
      '/',
      '/graphql/',
      '/GraphQL',
      '/graphql/x',
      '/admin',
      '/.env',
      '/webhooks/eko',
      '/..%2f..%2fetc/passwd',
      '/%00',
      '/%ff',
    ])('answers in our shape at %s', async (path) => {
      const answer = await sendRaw(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      const [code] = codesOf(answer);
      expect(['NOT_FOUND', 'BAD_USER_INPUT']).toContain(code);
    });

    test('answers in our shape to a path that is far too long', async () => {
      const answer = await sendRaw(`${gateway.url}/webhooks/eko/${'x'.repeat(5_000)}`);
      expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    });
  });

  test('the pre-filled document of the landing page runs', async () => {
    const sent = await postRaw(url, {
      query: LANDING_DOCUMENT,
      operationName: 'SendTransferOtp',
      variables: LANDING_VARIABLES,
    });
    expect(parseBody(sent).errors).toBeUndefined();
    const { transferOtp } = parseBody(sent).data?.['sendTransferOtp'] as {
      transferOtp: { otpRefId: string };
    };
    const transferInput = { ...LANDING_VARIABLES.transferInput, otpRefId: transferOtp.otpRefId };
    const moved = await postRaw(url, {
      query: LANDING_DOCUMENT,
      operationName: 'InitiateTransfer',
      variables: { ...LANDING_VARIABLES, transferInput },
    });
    expect(parseBody(moved)).toMatchObject({
      data: { initiateTransfer: { transaction: { status: 'SUCCESS' } } },
    });
    const listed = await postRaw(url, {
      query: LANDING_DOCUMENT,
      operationName: 'Transactions',
      variables: LANDING_VARIABLES,
    });
    expect(parseBody(listed)).toMatchObject({
      data: { transactions: { edges: [{ node: { status: 'SUCCESS' } }] } },
    });
  });
});

describe('in production', () => {
  let gateway: Gateway;
  let url: string;
  let headers: { authorization: string };
  beforeAll(async () => {
    gateway = await startGateway({
      isSandbox: false,
      settings: PRODUCTION,
    });
    url = `${gateway.url}/graphql`;
    headers = { authorization: `Bearer ${await gateway.token('agent')}` };
  });
  afterAll(() => gateway.stop());

  /** Names of the schema that the documents below do not mention. */
  const NAMES =
    /errorCatalogue|TransferOtp|Transaction|Mutation\b|Query\b|MobileNumber|LatLong|Recipient|nextAction|introspection/;

  test.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "X") { name } }',
    '{ ...F } fragment F on X { __schema { queryType { name } } }',
    '{ errorCatalog { code } }',
    '{ node(id: "x") { clientRef } }',
    '{ nod(id: "x") { id } }',
    '{ node { id } }',
    '{ node(di: "x") { id } }',
    '{ node(id: 1.5) { id } }',
    '{ node(id: "x") }',
    'mutation { sendOtp { x } }',
    'query ($x: MobileNum) { node(id: $x) { id } }',
    '{ node(id: "x") { ... on Transfer { id } } }',
    '{ ... on Transfe { id } }',
    '{ CANARY',
  ])('names nothing of the schema when asked %s', async (query) => {
    const answer = await postRaw(url, { query }, headers);
    expectRefusal(answer);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/did you mean/i);
    expect(answer.text).not.toMatch(NAMES);
    expectNoEcho(answer, ['CANARY']);
  });

  test('answers __typename, which clients add', async () => {
    const answer = await postRaw(url, { query: '{ __typename }' }, headers);
    expect(parseBody(answer)).toEqual({ data: { __typename: 'Query' } });
  });

  test('still names the path of a bad field', async () => {
    const query =
      'mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { amount } } }';
    const input = { customerId: '123', recipientId: '98765', amount: 500 };
    const errors = expectRefusal(await postRaw(url, { query, variables: { input } }, headers));
    expect(errors[0]?.extensions.fields).toEqual([
      { path: 'input.customerId', message: 'must be ten digits, the first 6-9' },
    ]);
  });

  test('works', async () => {
    const answer = await postRaw(url, { query: READ }, headers);
    expect(answer.status).toBe(200);
    expect(parseBody(answer).errors).toBeUndefined();
  });

  test.each(['/', '/schema.graphql', '/graphql'])('has no page at %s', async (path) => {
    const answer = await sendRaw(`${gateway.url}${path}`, { headers: { accept: 'text/html', ...headers } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expectRefusal(answer);
    expect(answer.text).not.toMatch(/<html|apollo|embeddable/i);
  });
});

/** The status of a POST whose body comes in pieces, without a content-length. */
function sendChunked(url: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
    request.write('{"query": "');
    request.end(' '.repeat(bytes));
  });
}
