// Every operation, by every role, on its own and on another's transaction in every state: what is allowed, and that the
// rest looks as if it were not there. And: a schema with a field that nobody has decided about is not built.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { FIELD_POLICY, type FieldPolicy } from '../../src/auth/index.js';
import { createSchema } from '../../src/resolvers/index.js';
import {
  AGENT,
  CUSTOMER,
  JWT_SECRET,
  LATLONG,
  RECIPIENT,
  startGateway,
  type Gateway,
} from '../support/gateway.js';
import { storeTransfers, type StoredRow, type StoredTransfer } from '../support/stored-transfers.js';

const OTHER = '99990000';
const STATES = [
  'SUBMITTING',
  'AWAITED',
  'ON_HOLD',
  'SUCCESS',
  'FAILED',
  'REFUND_PENDING',
  'REFUNDED',
] as const;
const CALLERS = [
  'owner',
  'another agent',
  'support',
  'admin',
  'nobody',
  'a support without a user code',
] as const;
type Caller = (typeof CALLERS)[number];

let gateway: Gateway;
const tokens = new Map<Caller, string | undefined>();
const rows = new Map<string, StoredRow>();
beforeAll(async () => {
  gateway = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
  const stored = await storeTransfers(
    gateway.databaseUrl,
    STATES.map((status): StoredTransfer => ({ status, isSimulated: false })),
  );
  STATES.forEach((state, index) => rows.set(state, stored[index]!));
  tokens.set('owner', await gateway.token('agent', AGENT));
  tokens.set('another agent', await gateway.token('agent', OTHER));
  tokens.set('support', await gateway.token('support'));
  tokens.set('admin', await gateway.token('admin'));
  const claims = JSON.parse(
    Buffer.from(tokens.get('support')!.split('.')[1]!, 'base64url').toString(),
  ) as Record<string, unknown>;
  const { user_code: _userCode, ...rest } = claims;
  const bare = new SignJWT(rest).setProtectedHeader({ alg: 'HS256' });
  tokens.set('a support without a user code', await bare.sign(Buffer.from(JWT_SECRET)));
});
afterAll(() => gateway.stop());

/** What a caller is told: a value, nothing, or a code. */
async function outcomeOf(query: string, variables: object, caller: Caller): Promise<string> {
  const token = tokens.get(caller);
  const { data, errors } = await gateway.request<Record<string, unknown>>(
    query,
    variables,
    token === undefined ? {} : { token },
  );
  if (errors) return errors[0]!.extensions.code;
  const [value] = Object.values(data ?? {});
  return value === null || value === undefined ? 'nothing' : 'a value';
}

type Outcomes = Readonly<Partial<Record<Caller, string>>>;
const READS: Outcomes = {
  owner: 'a value',
  'another agent': 'nothing',
  support: 'a value',
  admin: 'a value',
};
/** By root field: how it is asked about a transaction, and what each caller is told. `nobody` is always UNAUTHENTICATED. */
const OPERATIONS: Readonly<
  Record<string, { query: string; toVariables: (row: StoredRow) => object; outcomes: Outcomes }>
> = {
  'Query.transaction': {
    query: 'query ($id: ID) { transaction(id: $id) { id } }',
    toVariables: ({ id }) => ({ id }),
    outcomes: READS,
  },
  'Query.node': {
    query: 'query ($id: ID!) { node(id: $id) { id } }',
    toVariables: ({ id }) => ({ id }),
    outcomes: READS,
  },
  'Query.errorCatalogue': {
    query: '{ errorCatalogue { code } }',
    toVariables: () => ({}),
    outcomes: { owner: 'a value', 'another agent': 'a value', support: 'a value', admin: 'a value' },
  },
  'Query.transactions': {
    query: '{ transactions { totalCount } }',
    toVariables: () => ({}),
    outcomes: { owner: 'a value', 'another agent': 'a value', support: 'a value', admin: 'a value' },
  },
  'Mutation.refreshTransaction': {
    query: 'mutation ($id: ID!) { refreshTransaction(id: $id) { changed } }',
    toVariables: ({ id }) => ({ id }),
    outcomes: { ...READS, 'another agent': 'NOT_FOUND' },
  },
  'Mutation.resolveReview': {
    query:
      'mutation ($id: ID!) { resolveReview(input: { id: $id, reason: "looked at with Eko" }) { transaction { id } } }',
    toVariables: ({ id }) => ({ id }),
    // None of them is in review.
    outcomes: {
      owner: 'FORBIDDEN',
      'another agent': 'FORBIDDEN',
      support: 'FORBIDDEN',
      admin: 'BAD_USER_INPUT',
    },
  },
  'Mutation.sendTransferOtp': {
    query: `mutation { sendTransferOtp(input: { customerId: "${CUSTOMER}", recipientId: "${RECIPIENT}", amount: 500 }) { transferOtp { otpRefId } } }`,
    toVariables: () => ({}),
    outcomes: { owner: 'a value', 'another agent': 'a value', support: 'FORBIDDEN', admin: 'FORBIDDEN' },
  },
  'Mutation.initiateTransfer': {
    query: `mutation ($otpRefId: ID!, $ref: ClientRefId!) { initiateTransfer(input: { customerId: "${CUSTOMER}", recipientId: "${RECIPIENT}",
      amount: 500, otp: "123456", otpRefId: $otpRefId, latlong: "${LATLONG}", clientRefId: $ref }) { transaction { id } } }`,
    toVariables: ({ otpRefId, clientRefId }) => ({ otpRefId, ref: clientRefId }),
    // The owner's own request again returns it; another agent learns only that the reference is taken.
    outcomes: {
      owner: 'a value',
      'another agent': 'CLIENT_REF_CONFLICT',
      support: 'FORBIDDEN',
      admin: 'FORBIDDEN',
    },
  },
};

const NOT_ASKED_HERE = ['Subscription.transactionUpdated']; // over its own transports, in the tests of those

describe('the matrix', () => {
  test('has every root field of the schema', () => {
    expect([...Object.keys(OPERATIONS), ...NOT_ASKED_HERE].sort()).toEqual(
      Object.keys(FIELD_POLICY.roots).sort(),
    );
  });

  const cells = Object.entries(OPERATIONS).flatMap(([field, operation]) =>
    CALLERS.flatMap((caller) => STATES.map((state) => ({ field, caller, state, operation }))),
  );
  test.each(cells)('$field by $caller, of one that is $state', async ({ caller, state, operation }) => {
    const { query, toVariables, outcomes } = operation;
    const wanted =
      caller === 'nobody'
        ? 'UNAUTHENTICATED'
        : outcomes[caller === 'a support without a user code' ? 'support' : caller];
    expect(await outcomeOf(query, toVariables(rows.get(state)!), caller)).toBe(wanted);
  });

  test('a list holds nobody else’s', async () => {
    const count = async (caller: Caller) => {
      const { data } = await gateway.request<{ transactions: { totalCount: number } }>(
        '{ transactions { totalCount } }',
        {},
        { token: tokens.get(caller)! },
      );
      return data?.transactions.totalCount;
    };
    expect(await count('owner')).toBe(STATES.length);
    expect(await count('another agent')).toBe(0);
    expect(await count('support')).toBe(STATES.length);
  });
});

describe('a schema is not built', () => {
  const without = <Value>(from: Readonly<Record<string, Value>>, name: string) =>
    Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
  const { roots, fields } = FIELD_POLICY;

  test('unless it is decided about as it is', () => {
    expect(() => createSchema(FIELD_POLICY)).not.toThrow();
  });

  test.each(Object.keys(roots))('without the policy of %s', (name) => {
    expect(() => createSchema({ roots: without(roots, name), fields })).toThrow(`${name} has no policy`);
  });

  test.each(Object.keys(fields).flatMap((type) => fields[type]!.map((field) => [type, field] as const)))(
    'without that of %s.%s',
    (type, field) => {
      const rest = fields[type]!.filter((one) => one !== field);
      const policy: FieldPolicy = { roots, fields: { ...fields, [type]: rest } };
      expect(() => createSchema(policy)).toThrow(`no policy for ${type}.${field}`);
    },
  );

  test.each(Object.entries(roots).flatMap(([name, { args }]) => args.map((arg) => [name, arg] as const)))(
    'without that of %s(%s:)',
    (name, arg) => {
      const rule = roots[name]!;
      const policy = {
        roots: { ...roots, [name]: { ...rule, args: rule.args.filter((one) => one !== arg) } },
        fields,
      };
      expect(() => createSchema(policy)).toThrow(`no policy for ${name}.${arg}`);
    },
  );

  test('with a policy for what is not there', () => {
    const rule = roots['Query.node']!;
    expect(() => createSchema({ roots: { ...roots, 'Query.nothing': rule }, fields })).toThrow(
      'Query.nothing',
    );
    expect(() => createSchema({ roots, fields: { ...fields, Nothing: [] } })).toThrow('Nothing');
    expect(() => createSchema({ roots, fields: { ...fields, Node: ['id', 'nothing'] } })).toThrow(
      'Node.nothing',
    );
  });
});
