import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGENT, startGateway, type Gateway, type GraphQLAnswer } from '../support/gateway.js';
import { storeTransfers, type StoredRow } from '../support/stored-transfers.js';
import { readTransaction, sendOtp, transfer, tryInitiate, trySendOtp } from '../support/transfer-client.js';

const OTHER_AGENT = '99990000';
const MISSING = {
  id: '01900000-0000-7000-8000-000000000000',
  clientRefId: 'MISSING-REF-0001',
  tid: '4711471147',
};

describe('who may see and do what', () => {
  let gateway: Gateway;
  let mine: StoredRow[];
  let theirs: StoredRow[];
  const tokens: Record<'mine' | 'theirs' | 'support' | 'admin', string> = {
    mine: '',
    theirs: '',
    support: '',
    admin: '',
  };
  beforeAll(async () => {
    gateway = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
    mine = await storeTransfers(gateway.databaseUrl, [{}, { status: 'SUBMITTING' }, { needsReview: true }]);
    theirs = await storeTransfers(gateway.databaseUrl, [
      { agent: OTHER_AGENT },
      { agent: OTHER_AGENT, status: 'FAILED', customerId: '9000000001', recipientId: '12345', amount: 777 },
    ]);
    tokens.mine = await gateway.token('agent', AGENT);
    tokens.theirs = await gateway.token('agent', OTHER_AGENT);
    tokens.support = await gateway.token('support');
    tokens.admin = await gateway.token('admin');
  });
  afterAll(() => gateway.stop());

  const ask = <Data>(query: string, variables: object, token: string) =>
    gateway.request<Data>(query, variables, { token });
  /** An answer without what differs from request to request. */
  const comparable = ({ httpStatus, data, errors }: GraphQLAnswer<unknown>) => ({
    httpStatus,
    data,
    errors: errors?.map(({ extensions, ...error }) => ({
      ...error,
      extensions: { ...extensions, requestId: 'any' },
    })),
  });

  const BY = {
    id: 'query ($x: ID!) { found: transaction(id: $x) { id } }',
    clientRefId: 'query ($x: ClientRefId!) { found: transaction(clientRefId: $x) { id } }',
    tid: 'query ($x: String!) { found: transaction(tid: $x) { id } }',
    node: 'query ($x: ID!) { found: node(id: $x) { __typename id } }',
  } as const;
  const namesOf = (row: { id: string; clientRefId: string; tid: string }) => ({ ...row, node: row.id });

  test.each(Object.keys(BY) as (keyof typeof BY)[])(
    'an agent finds its own by %s; a foreign one and a missing one look the same',
    async (name) => {
      const own = await ask<{ found: { id: string } | null }>(
        BY[name],
        { x: namesOf(mine[0]!)[name] },
        tokens.mine,
      );
      expect(own.data?.found?.id).toBe(mine[0]?.id);
      const foreign = await ask(BY[name], { x: namesOf(theirs[0]!)[name] }, tokens.mine);
      const missing = await ask(BY[name], { x: namesOf(MISSING)[name] }, tokens.mine);
      expect(foreign.data).toEqual({ found: null });
      expect(comparable(foreign)).toEqual(comparable(missing));
    },
  );

  test.each(Object.keys(BY) as (keyof typeof BY)[])(
    'support and admin find everybody’s by %s',
    async (name) => {
      for (const token of [tokens.support, tokens.admin]) {
        for (const row of [...mine.slice(0, 1), ...theirs]) {
          const { data } = await ask<{ found: { id: string } | null }>(
            BY[name],
            { x: namesOf(row)[name] },
            token,
          );
          expect(data?.found?.id).toBe(row.id);
        }
      }
    },
  );

  const LIST =
    'query ($filter: TransactionFilter) { transactions(filter: $filter) { totalCount edges { node { id } } } }';
  const list = async (token: string, filter: object = {}) => {
    const { data } = await ask<{ transactions: { totalCount: number; edges: { node: { id: string } }[] } }>(
      LIST,
      { filter },
      token,
    );
    return {
      count: data?.transactions.totalCount,
      ids: data?.transactions.edges.map((edge) => edge.node.id).sort(),
    };
  };
  const idsOf = (rows: StoredRow[]) => rows.map((row) => row.id).sort();

  test('an agent’s list and count hold its own; support’s and admin’s hold all', async () => {
    expect(await list(tokens.mine)).toEqual({ count: 3, ids: idsOf(mine) });
    expect(await list(tokens.theirs)).toEqual({ count: 2, ids: idsOf(theirs) });
    for (const token of [tokens.support, tokens.admin])
      expect(await list(token)).toEqual({ count: 5, ids: idsOf([...mine, ...theirs]) });
  });

  test.each([
    { status: ['FAILED'] },
    { customerId: '9000000001' },
    { recipientId: '12345' },
    { minAmount: 777 },
    { minAmount: 700, maxAmount: 800 },
    { createdFrom: '2020-01-01T00:00:00Z', status: ['FAILED'] },
  ])('no filter reaches another agent’s: %j', async (filter) => {
    expect(await list(tokens.mine, filter)).toEqual({ count: 0, ids: [] });
    expect(await list(tokens.support, filter)).toEqual({ count: 1, ids: [theirs[1]?.id] });
  });

  test('a refresh of a foreign and of a missing transaction are NOT_FOUND, and ask Eko nothing', async () => {
    const query = 'mutation ($id: ID!) { refreshTransaction(id: $id) { changed } }';
    const before = gateway.simulator.requests().length;
    const foreign = await ask(query, { id: theirs[0]?.id }, tokens.mine);
    const missing = await ask(query, { id: MISSING.id }, tokens.mine);
    expect(foreign.errors?.map((error) => error.extensions.code)).toEqual(['NOT_FOUND']);
    expect(comparable(foreign)).toEqual(comparable(missing));
    expect(gateway.simulator.requests()).toHaveLength(before);
    const [row] = await gateway.sql<{ n: number }>('SELECT inquiry_count AS n FROM transfers WHERE id = $1', [
      theirs[0]?.id,
    ]);
    expect(row?.n).toBe(0);
  });

  test('support and admin move nothing', async () => {
    const [before] = await gateway.sql<{ n: number }>('SELECT count(*)::int AS n FROM otp_challenges');
    const calls = gateway.simulator.requests().length;
    for (const token of [tokens.support, tokens.admin]) {
      const answers = [
        await trySendOtp(gateway, {}, token),
        await tryInitiate(gateway, { otpRefId: mine[0]?.otpRefId }, token),
      ];
      for (const answer of answers) {
        expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN']);
        expect(Object.values(answer.data ?? {})).toEqual([null]);
      }
    }
    expect(gateway.simulator.requests()).toHaveLength(calls);
    expect(await gateway.sql('SELECT count(*)::int AS n FROM otp_challenges')).toEqual([before]);
  });

  test('money moves under the user code of the token', async () => {
    const otpRefId = await sendOtp(gateway, 500, tokens.theirs);
    const { data } = await tryInitiate(gateway, { otpRefId }, tokens.theirs);
    const made = data?.initiateTransfer?.transaction;
    expect(made?.status).toBe('SUCCESS');
    const [row] = await gateway.sql('SELECT agent_user_code FROM transfers WHERE id = $1', [made?.id]);
    expect(row).toEqual({ agent_user_code: OTHER_AGENT });
    const sent = gateway.simulator.requests().map((request) => JSON.stringify([request.path, request.body]));
    expect(sent.filter((text) => text.includes(OTHER_AGENT)).length).toBeGreaterThan(0);
    expect(sent.filter((text) => text.includes(AGENT))).toEqual([]);
    expect(await readTransaction(gateway, made?.id ?? '', tokens.mine)).toBeNull();
    expect(await readTransaction(gateway, made?.id ?? '', tokens.theirs)).not.toBeNull();
  });

  test('an OTP of another agent looks like an unknown one', async () => {
    const otpRefId = await sendOtp(gateway, 500, tokens.theirs);
    const foreign = await tryInitiate(gateway, { otpRefId }, tokens.mine);
    const unknown = await tryInitiate(gateway, { otpRefId: 'NEVER-SENT-1' }, tokens.mine);
    expect(foreign.errors?.map((error) => error.extensions.code)).toEqual(['OTP_NOT_FOUND']);
    expect(comparable(foreign)).toEqual(comparable(unknown));
  });

  test('every error of access has the words of the table and no more', async () => {
    const { httpStatus, errors } = await gateway.request('{ transactions { totalCount } }');
    expect(httpStatus).toBe(401);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toEqual({
      code: 'UNAUTHENTICATED',
      retry: 'SIGN_IN',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test.each([
    '{ errorCatalogue { code } }',
    '{ __typename }',
    '{ __schema { types { name } } }',
    'not a document',
  ])('without a token there is nothing, not even %s', async (query) => {
    const { httpStatus, data, errors } = await gateway.request(query);
    expect({ httpStatus, data }).toEqual({ httpStatus: 401, data: undefined });
    expect(errors?.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED']);
  });
});

describe('the sandbox', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  test('takes a request without a token for the demo agent', async () => {
    const { id } = await transfer(gateway);
    const [row] = await gateway.sql('SELECT agent_user_code FROM transfers WHERE id = $1', [id]);
    expect(row).toEqual({ agent_user_code: '20810200' });
    expect(await readTransaction(gateway, id, await gateway.token('agent', '20810200'))).not.toBeNull();
    expect(await readTransaction(gateway, id, await gateway.token('agent', OTHER_AGENT))).toBeNull();
  });

  test.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Basic dXNlcjpwYXNz',
    'null',
    'Bearer null',
    'Bearer undefined',
  ])('refuses a bad header rather than take it for none: "%s"', async (authorization) => {
    const { httpStatus, errors } = await gateway.request(
      '{ __typename }',
      {},
      { headers: { authorization } },
    );
    expect(httpStatus).toBe(401);
    expect(errors?.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED']);
  });
});
