import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getSealer } from '../../src/shared/sealing.js';
import { AGENT, CUSTOMER, RECIPIENT, startGateway, type Gateway } from '../support/gateway.js';
import { toLiteral, Verbatim } from '../support/graphql-literal.js';
import { parseBody, postRaw, type RawAnswer } from '../support/raw-http.js';
import { expectNoEcho, expectRefusal } from '../support/refusals.js';

const OTP_REF = 'OTPREF-CANARY-000000001';
/** Right in every respect: with these a transfer would move money, so whatever is refused is refused for its one fault. */
const SEND_INPUT = {
  customerId: CUSTOMER,
  recipientId: RECIPIENT,
  amount: 4321,
  clientRefId: 'CANARY-REF-0001',
};
const INITIATE_INPUT = {
  ...SEND_INPUT,
  otp: '123456',
  otpRefId: OTP_REF,
  latlong: '19.0760111,72.8777111',
};

const MOBILE = 'must be ten digits, the first 6-9';
const REF = 'must be 10-20 of A-Z a-z 0-9 _ -, with at least one letter';
const LATLONG = 'must be latitude,longitude in degrees, like 28.6139,77.2090';
const RECIPIENT_RULE = 'must be 1-15 digits without a leading zero';
const AT_LEAST = 'must be at least 100 rupees';
const AT_MOST = 'must be at most 5000 rupees';
const WHOLE = 'must be a whole number';
const REQUIRED = 'is required';
const TEXT = 'must be a text';
const ID = 'must be an id';
const OTP_RULE = 'must be 4-8 digits';
const MOMENT = 'must be a moment in ISO 8601 with a time zone, like 2026-01-01T10:30:00Z';

interface Fault {
  readonly what: string;
  /** Over the valid input; undefined leaves a field out. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly message: string;
  /** Default: the path of the only field changed. */
  readonly path?: string;
  /** A rule of the server's rather than of the type: the answer is data null with HTTP 200. */
  readonly isRule?: boolean;
  /** JSON cannot say it, or says something else with it. */
  readonly literalOnly?: boolean;
}

const shape = (field: string, message: string, values: Readonly<Record<string, unknown>>): Fault[] =>
  Object.entries(values).map(([what, value]) => ({
    what: `${field}: ${what}`,
    input: { [field]: value },
    message,
  }));
const rule = (field: string, message: string, values: Readonly<Record<string, unknown>>): Fault[] =>
  shape(field, message, values).map((fault) => ({ ...fault, isRule: true }));

const LONG = 'L0ng'.repeat(6_000);

const COMMON: Fault[] = [
  ...shape('customerId', MOBILE, {
    'nine digits': '611111111',
    'eleven digits': '61111111111',
    'first digit 5': '5111111111',
    'country code': '+916111111111',
    'newline after': '6111111111\n',
    'space before': ' 6111111111',
    'space after': '6111111111 ',
    'Devanagari digits': '६१११११११११',
    'full-width digits': '６１１１１１１１１１',
    'zero-width space': '6111\u200b111111',
    'a letter': '61111l1111',
    empty: '',
    'very long': LONG,
    'a number': 6111111111,
    'a float': new Verbatim('6111111111.5'),
    'a boolean': true,
    'a list': ['7111111111', '8111111111'],
    'an object': { canary: 'CANARYVALUE' },
    SQL: "6111111111' OR '1'='1",
  }),
  ...shape('customerId', REQUIRED, { null: null, missing: undefined }),
  ...rule('recipientId', RECIPIENT_RULE, {
    empty: '',
    letters: '98765abc',
    'leading zero': '098765',
    zero: '0',
    negative: '-98765',
    'sixteen digits': '1234567890123456',
    'Devanagari digits': '९८७६५',
    'newline after': '98765\n',
    'space before': ' 98765',
    'very long': LONG,
    'a negative number': -98765,
  }),
  ...shape('recipientId', ID, {
    'a float': new Verbatim('98765.25'),
    'a boolean': true,
    'a list': ['98765', '77777'],
    'an object': { canary: 'CANARYVALUE' },
  }),
  ...shape('recipientId', REQUIRED, { null: null, missing: undefined }),
  ...rule('amount', AT_LEAST, {
    '99': 99,
    zero: 0,
    negative: -4321,
    '-0': new Verbatim('-0'),
    lowest: -2147483648,
  }),
  ...rule('amount', AT_MOST, { '5001': 5001, 'the largest Int': 2147483647 }),
  ...shape('amount', WHOLE, {
    fractional: new Verbatim('4321.5'),
    'beyond Int': new Verbatim('2147483648'),
    huge: new Verbatim('99999999999999999999999999'),
    text: '4321',
    'empty text': '',
    'a boolean': true,
    'a list': [4321, 4322],
    'an object': { canary: 'CANARYVALUE' },
    'an exponent beyond everything': new Verbatim('1e400'),
  }),
  {
    what: 'amount: 1e3 as a literal',
    input: { amount: new Verbatim('1e3') },
    message: WHOLE,
    literalOnly: true,
  },
  {
    what: 'amount: 500.0 as a literal',
    input: { amount: new Verbatim('500.0') },
    message: WHOLE,
    literalOnly: true,
  },
  ...shape('amount', REQUIRED, { null: null, missing: undefined }),
  ...shape('clientRefId', REF, {
    'nine characters': 'CANARY-09',
    'twenty-one characters': 'CANARY-REF-0123456789',
    'only digits': '12345678901234',
    'a space': 'CANARY REF 01',
    'newline after': 'CANARY-REF-01\n',
    'a letter of Unicode': 'CANARY-RÉF-01',
    empty: '',
    'very long': LONG,
    'a number': 12345678901,
    'a list': ['CANARY-REF-01', 'CANARY-REF-02'],
    'an object': { canary: 'CANARYVALUE' },
  }),
  ...['userCode', 'user_code', 'initiatorId', 'initiator_id', 'toString', 'constructor', 'Amount'].map(
    (name) => ({
      what: `unknown field ${name}`,
      input: Object.fromEntries([[name, 'CANARYVALUE']]),
      path: `input.${name}`,
      message: 'is not known',
    }),
  ),
];

const INITIATE_ONLY: Fault[] = [
  ...rule('otp', OTP_RULE, {
    empty: '',
    'three digits': '907',
    'nine digits': '907210777',
    letters: '9072lO',
    'space after': '123456 ',
    'newline after': '123456\n',
    'Devanagari digits': '१२३४५६',
    negative: '-90721',
    'decimal point': '9072.1',
    exponent: '9072e1',
    'very long': LONG,
    'NUL inside': '9072\u0000107',
  }),
  ...shape('otp', TEXT, {
    'a number': 907210,
    'a float': new Verbatim('907210.5'),
    'a boolean': true,
    'a list': ['907210', '907211'],
    'an object': { canary: 'CANARYVALUE' },
  }),
  ...shape('otp', REQUIRED, { null: null, missing: undefined }),
  ...rule('otpRefId', 'must be the otpRefId that sendTransferOtp returned', {
    empty: '',
    'a space inside': 'OTPREF CANARY',
    'newline after': `${OTP_REF}\n`,
    'NUL inside': 'OTPREF\u0000CANARY',
    'a letter of Unicode': 'OTPRÉF-CANARY',
    'very long': LONG,
  }),
  ...shape('otpRefId', ID, {
    'a boolean': true,
    'a list': ['REFCANARY1', 'REFCANARY2'],
    'an object': { canary: 'CANARYVALUE' },
  }),
  ...shape('otpRefId', REQUIRED, { null: null, missing: undefined }),
  ...shape('latlong', LATLONG, {
    empty: '',
    'one number': '19.0760111',
    'three numbers': '19.0760111,72.8777111,5',
    'a space inside': '19.0760111, 72.8777111',
    'latitude over 90': '90.0000001,72.8777111',
    'longitude over 180': '19.0760111,180.0000001',
    'latitude below -90': '-90.5,72.8777111',
    'a plus sign': '+19.0760111,72.8777111',
    letters: 'north,east-canary',
    'no digits after the point': '19.,72.8777111',
    exponent: '1e1,72.8777111',
    'newline after': '19.0760111,72.8777111\n',
    'Devanagari digits': '१९.०७६०,७२.८७७७',
    'very long': `19.${'0'.repeat(20_000)},72.8777111`,
    'a number': new Verbatim('19.0760111'),
    'a list': ['19.0760111', '72.8777111'],
    'an object': { latitude: '19.0760111', longitude: '72.8777111' },
  }),
  ...shape('latlong', REQUIRED, { null: null, missing: undefined }),
  ...shape('channel', 'must be one of: IMPS', {
    unknown: new Verbatim('NEFTCANARY'),
    'lower case': new Verbatim('imps'),
  }),
  ...shape('channel', 'must be one of: IMPS', {
    'a number': 2222222,
    'a list': ['NEFTCANARY', 'IMPS'],
  }),
  ...shape('channel', REQUIRED, { null: null }),
];

const MUTATIONS = [
  {
    field: 'sendTransferOtp',
    type: 'SendTransferOtpInput',
    valid: SEND_INPUT as Record<string, unknown>,
    selection: '{ transferOtp { otpRefId } }',
    faults: COMMON,
  },
  {
    field: 'initiateTransfer',
    type: 'InitiateTransferInput',
    valid: INITIATE_INPUT as Record<string, unknown>,
    selection: '{ replayed transaction { id } }',
    faults: [...COMMON, ...INITIATE_ONLY],
  },
];

describe('bad input', () => {
  let gateway: Gateway;
  let url: string;
  beforeAll(async () => {
    gateway = await startGateway();
    url = `${gateway.url}/graphql`;
    await gateway.sql(
      `INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
         amount_rupees, state, created_at, expires_at)
       VALUES (gen_random_uuid(), $1, 'CANARY-CHALLENGE-1', $2, $3, $4, 4321, 'SENT', now(),
         now() + interval '1 hour')`,
      [OTP_REF, AGENT, getSealer().sealToFind(CUSTOMER, 'customer_id'), RECIPIENT],
    );
  });
  afterAll(() => gateway.stop());

  async function expectNothingHappened(): Promise<void> {
    expect(gateway.simulator.requests()).toHaveLength(0);
    const [counts] = await gateway.sql<{ transfers: number; challenges: number }>(
      `SELECT (SELECT count(*)::int FROM transfers) AS transfers, (SELECT count(*)::int FROM otp_challenges) AS challenges`,
    );
    expect(counts).toEqual({ transfers: 0, challenges: 1 });
  }

  function expectOneFault(answer: RawAnswer, fault: Fault): void {
    const path = fault.path ?? `input.${Object.keys(fault.input)[0] ?? ''}`;
    const errors = expectRefusal(answer);
    expect(errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(errors[0]?.extensions.fields).toEqual([{ path, message: fault.message }]);
    expect(answer.status).toBe(fault.isRule ? 200 : 400);
  }

  describe.each(MUTATIONS)('of $field', ({ field, type, valid, selection, faults }) => {
    afterEach(expectNothingHappened);

    test.each(faults)('names the field in a literal: $what', async (fault) => {
      const input = { ...valid, ...fault.input };
      const answer = await postRaw(url, {
        query: `mutation { ${field}(input: ${toLiteral(input)}) ${selection} }`,
      });
      expectOneFault(answer, fault);
      if (fault.isRule) expect(parseBody(answer).data).toEqual({ [field]: null });
      expectNoEcho(answer, toCanaries(input));
    });

    test.each(faults.filter((fault) => fault.literalOnly !== true))(
      'names the field in a variable: $what',
      async (fault) => {
        const input = { ...valid, ...fault.input };
        const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
        const answer = await postRaw(
          url,
          `{"query": ${JSON.stringify(query)}, "variables": {"input": ${toJson(input)}}}`,
        );
        expectOneFault(answer, fault);
        if (fault.isRule) expect(parseBody(answer).data).toEqual({ [field]: null });
        expectNoEcho(answer, toCanaries(input));
      },
    );

    test.each(faults.filter((fault) => !fault.isRule && !fault.literalOnly))(
      'names the argument, not the variable: $what',
      async (fault) => {
        const input = { ...valid, ...fault.input };
        const query = `mutation ($data: ${type}!) { ${field}(input: $data) ${selection} }`;
        const answer = await postRaw(
          url,
          `{"query": ${JSON.stringify(query)}, "variables": {"data": ${toJson(input)}}}`,
        );
        expectOneFault(answer, fault);
      },
    );

    test.each([
      ['left out', `mutation { ${field} ${selection} }`, undefined],
      ['null', `mutation { ${field}(input: null) ${selection} }`, undefined],
      ['an undefined variable', `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`, {}],
      [
        'a null variable',
        `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`,
        { input: null },
      ],
    ])('asks for the input when it is %s', async (_what, query, variables) => {
      const answer = await postRaw(url, { query, variables });
      expectOneFault(answer, { what: '', input: {}, path: 'input', message: REQUIRED });
    });

    test.each([
      ['a text', 'CANARYVALUE'],
      ['a number', 7777777],
      ['a list', ['CANARYVALUE', 'CANARYVALUE2']],
      ['a boolean', true],
    ])('refuses an input that is %s', async (_what, input) => {
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
      for (const body of [
        { query, variables: { input } },
        { query: `mutation { ${field}(input: ${toLiteral(input)}) ${selection} }` },
      ]) {
        const answer = await postRaw(url, body);
        const errors = expectRefusal(answer);
        expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
        expect(errors[0]?.extensions.fields?.[0]?.path).toMatch(/^input\b/);
        expect(answer.status).toBe(400);
        expectNoEcho(answer, toCanaries({ input }));
      }
    });

    test.each(['__proto__', 'constructor'])(
      'refuses a body that reaches for a prototype by %s',
      async (name) => {
        const input = `{"customerId": "${CUSTOMER}", "${name}": {"prototype": {"amount": 4321}}}`;
        const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
        const answer = await postRaw(
          url,
          `{"query": ${JSON.stringify(query)}, "variables": {"input": ${input}}}`,
        );
        expect(answer.status).toBe(400);
        expect(expectRefusal(answer)[0]?.extensions.code).toBe('BAD_USER_INPUT');
      },
    );

    test.each([
      ['"quoted \\" CANARYVALUE"', 'CANARYVALUE'],
      ['"with spaces CANARYVALUE"', 'CANARYVALUE'],
      ['"90721077"', '90721077'],
      [`"${'x'.repeat(2_000)}"`, 'xxxx'],
    ])('does not repeat an unknown field whose name is no name (%#)', async (name, canary) => {
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
      const input = toJson(valid).replace(/\}$/, `, ${name}: 1}`);
      const answer = await postRaw(
        url,
        `{"query": ${JSON.stringify(query)}, "variables": {"input": ${input}}}`,
      );
      expectOneFault(answer, { what: '', input: {}, path: 'input', message: 'is not known' });
      expectNoEcho(answer, [canary]);
    });

    test('names every missing field at once', async () => {
      const required = Object.keys(valid).filter((name) => name !== 'clientRefId');
      const paths = required.map((name) => `input.${name}`).sort();
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
      const byVariable = expectRefusal(await postRaw(url, { query, variables: { input: {} } }));
      expect(byVariable).toHaveLength(1);
      expect(toPaths(byVariable)).toEqual(paths);
      const byLiteral = expectRefusal(
        await postRaw(url, { query: `mutation { ${field}(input: {}) ${selection} }` }),
      );
      expect(toPaths(byLiteral)).toEqual(paths);
    });

    test('names every broken rule at once', async () => {
      const input = { ...valid, recipientId: 'x', amount: 1, ...('otp' in valid ? { otp: '1' } : {}) };
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`;
      const errors = expectRefusal(await postRaw(url, { query, variables: { input } }));
      expect(errors).toHaveLength(1);
      expect(toPaths(errors)).toEqual(
        ['input.amount', 'input.recipientId', ...('otp' in valid ? ['input.otp'] : [])].sort(),
      );
    });

    test('names the path of a variable inside a literal', async () => {
      const names = Object.keys(valid).map(
        (name) => `${name}: ${name === 'amount' ? '$rupees' : toLiteral(valid[name])}`,
      );
      const query = `mutation ($rupees: Int!) { ${field}(input: {${names.join(', ')}}) ${selection} }`;
      const answer = await postRaw(url, { query, variables: { rupees: 'CANARYVALUE' } });
      expectOneFault(answer, { what: '', input: {}, path: 'input.amount', message: WHOLE });
    });
  });

  describe('of the queries', () => {
    afterEach(expectNothingHappened);

    const EXACTLY_ONE = 'give exactly one of id, clientRefId and tid';
    test.each([
      ['{ transaction { id } }', ['id', 'clientRefId', 'tid']],
      ['{ transaction(id: null) { id } }', ['id', 'clientRefId', 'tid']],
      ['{ transaction(id: "CANARYVALUE", tid: "CANARYVALUE") { id } }', ['id', 'tid']],
      ['{ transaction(id: "CANARYVALUE", clientRefId: "CANARYVALUE1") { id } }', ['id', 'clientRefId']],
      [
        '{ transaction(id: "CANARYVALUE", clientRefId: "CANARYVALUE1", tid: "CANARYVALUE") { id } }',
        ['id', 'clientRefId', 'tid'],
      ],
    ])('refuses %s', async (query, paths) => {
      const answer = await postRaw(url, { query });
      const errors = expectRefusal(answer);
      expect(answer.status).toBe(200);
      expect(parseBody(answer).data).toEqual({ transaction: null });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(toPaths(errors)).toEqual([...paths].sort());
      expect(errors[0]?.extensions.fields?.map((field) => field.message)).toEqual(
        paths.map(() => EXACTLY_ONE),
      );
      expectNoEcho(answer, ['CANARYVALUE']);
    });

    const ARGUMENTS: readonly (readonly [
      argument: string,
      type: string,
      value: unknown,
      message: string,
      isRule?: 'rule',
    ])[] = [
      ['first', 'Int', 101, 'must be at most 100', 'rule'],
      ['first', 'Int', 0, 'must be at least 1', 'rule'],
      ['first', 'Int', -5, 'must be at least 1', 'rule'],
      ['last', 'Int', 101, 'must be at most 100', 'rule'],
      ['last', 'Int', 0, 'must be at least 1', 'rule'],
      ['first', 'Int', new Verbatim('2147483648'), WHOLE],
      ['first', 'Int', new Verbatim('10.5'), WHOLE],
      ['first', 'Int', 'CANARYVALUE', WHOLE],
      ['after', 'String', 'CANARYVALUE', 'is not a cursor of this list', 'rule'],
      ['after', 'String', '', 'is not a cursor of this list', 'rule'],
      ['before', 'String', LONG, 'is not a cursor of this list', 'rule'],
      ['before', 'String', 7777777, TEXT],
      ['before', 'String', { canary: 'CANARYVALUE' }, TEXT],
    ];
    test.each(ARGUMENTS.map((row) => [row[0], toTitle(row[2]), row] as const))(
      'refuses transactions(%s: %s)',
      async (_argument, _title, [argument, type, value, message, isRule]) => {
        const variableQuery = `query ($${argument}: ${type}) { transactions(${argument}: $${argument}) { edges { cursor } } }`;
        const bodies = [
          JSON.stringify({
            query: `{ transactions(${argument}: ${toLiteral(value)}) { edges { cursor } } }`,
          }),
          `{"query": ${JSON.stringify(variableQuery)}, "variables": ${toJson({ [argument]: value })}}`,
        ];
        for (const body of bodies) {
          const answer = await postRaw(url, body);
          expectOneFault(answer, { what: '', input: {}, path: argument, message, isRule: isRule === 'rule' });
          expectNoEcho(answer, toCanaries({ value }));
        }
      },
    );

    test('refuses first together with last', async () => {
      const answer = await postRaw(url, {
        query: '{ transactions(first: 5, last: 5) { edges { cursor } } }',
      });
      const message = 'cannot be given together with first';
      expectOneFault(answer, { what: '', input: {}, path: 'last', message, isRule: true });
    });

    const FILTERS: Fault[] = [
      ...shape('customerId', MOBILE, {
        'nine digits': '611111111',
        'a number': 6111111111,
        'newline after': '6111111111\n',
      }),
      ...rule('recipientId', RECIPIENT_RULE, { letters: 'CANARYVALUE', 'leading zero': '098765' }),
      ...rule('minAmount', 'must not be negative', { negative: -7777777 }),
      ...rule('maxAmount', 'must not be negative', { negative: -7777777 }),
      ...shape('minAmount', WHOLE, { fractional: new Verbatim('777777.5'), text: 'CANARYVALUE' }),
      ...shape('maxAmount', WHOLE, { huge: new Verbatim('99999999999') }),
      ...shape('createdFrom', MOMENT, {
        'a date alone': '2027-03-04',
        'no time zone': '2027-03-04T10:30:00',
        'month 13': '2026-13-01T10:30:00Z',
        '30 February': '2026-02-30T10:30:00Z',
        '31 June': '2026-06-31T10:30:00Z',
        'hour 25': '2026-01-01T25:30:00Z',
        'hour 24': '2027-03-04T24:00:00Z',
        'before 1970': '1969-12-31T23:59:59Z',
        'a number': 1767263400000,
        words: 'yesterday-canary',
        'newline after': '2027-03-04T10:30:00Z\n',
        'an offset of 25 hours': '2026-01-01T10:30:00+25:00',
      }),
      ...shape('createdBefore', MOMENT, { 'a letter': '2026-01-01T10:30:00Zcanary' }),
      ...shape('needsReview', 'must be true or false', { 'a text': 'CANARYVALUE', 'a number': 7777777 }),
      {
        what: 'status: unknown',
        input: { status: [new Verbatim('SUBMITTING')] },
        path: 'filter.status.0',
        message: 'must be one of: SUCCESS, FAILED, AWAITED, REFUND_PENDING, REFUNDED, ON_HOLD',
      },
      {
        what: 'status: null inside',
        input: { status: [new Verbatim('SUCCESS'), null] },
        path: 'filter.status.1',
        message: REQUIRED,
      },
      { what: 'unknown field', input: { userCode: 'CANARYVALUE' }, message: 'is not known' },
      {
        what: 'unknown field agentUserCode',
        input: { agentUserCode: 'CANARYVALUE' },
        message: 'is not known',
      },
    ].map((fault) => ({ path: `filter.${Object.keys(fault.input)[0] ?? ''}`, ...fault }));
    test.each(FILTERS)('refuses a filter: $what', async (fault) => {
      const query =
        'query ($filter: TransactionFilter) { transactions(filter: $filter) { edges { cursor } } }';
      const bodies = [
        JSON.stringify({ query: `{ transactions(filter: ${toLiteral(fault.input)}) { edges { cursor } } }` }),
        `{"query": ${JSON.stringify(query)}, "variables": {"filter": ${toJson(fault.input)}}}`,
      ];
      for (const body of bodies) {
        const answer = await postRaw(url, body);
        expectOneFault(answer, fault);
        expectNoEcho(answer, toCanaries(fault.input));
      }
    });

    test.each([
      ['clientRefId', 'ClientRefId', 'short', REF],
      ['clientRefId', 'ClientRefId', '1234567890123', REF],
      ['id', 'ID', { canary: 'CANARYVALUE' }, ID],
      ['tid', 'String', 7777777, TEXT],
    ])('refuses transaction(%s) of a wrong type or shape', async (argument, type, value, message) => {
      for (const body of [
        { query: `{ transaction(${argument}: ${toLiteral(value)}) { id } }` },
        { query: `query ($x: ${type}) { transaction(${argument}: $x) { id } }`, variables: { x: value } },
      ]) {
        const answer = await postRaw(url, body);
        expectOneFault(answer, { what: '', input: {}, path: argument, message });
        expectNoEcho(answer, toCanaries({ value }));
      }
    });

    test.each(['\u0000', 'a\u0000b', '\ud800', LONG.slice(0, 12_000), "' OR 1=1 --", '٣٤٥'])(
      'finds nothing under a name that cannot be one (%#)',
      async (name) => {
        const query = `query ($name: String, $id: ID!) {
          byTid: transaction(tid: $name) { id } byId: transaction(id: $id) { id } node(id: $id) { id } }`;
        const answer = await postRaw(url, { query, variables: { name, id: name } });
        expect(parseBody(answer)).toEqual({ data: { byTid: null, byId: null, node: null } });
      },
    );

    test.each(['x', '\u0000', LONG, '00000000-0000-0000-0000-000000000000'])(
      'answers NOT_FOUND to a refresh of what cannot exist (%#)',
      async (id) => {
        const query = 'mutation ($id: ID!) { refreshTransaction(id: $id) { changed } }';
        const answer = await postRaw(url, { query, variables: { id } });
        expect(expectRefusal(answer).map((error) => error.extensions.code)).toEqual(['NOT_FOUND']);
      },
    );
  });

  test('all that is wrong with an input is told at once: types, rules and what is missing', async () => {
    const { latlong: _latlong, ...input } = INITIATE_INPUT;
    const query =
      'mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { replayed } }';
    const wrong = { ...input, customerId: '5123456789', amount: 50, otp: '12', recipientId: '0123' };
    const [error, ...others] = expectRefusal(await postRaw(url, { query, variables: { input: wrong } }));
    expect(others).toEqual([]);
    expect(error?.extensions.fields?.map(({ path, message }) => `${path} ${message}`).sort()).toEqual([
      `input.amount ${AT_LEAST}`,
      `input.customerId ${MOBILE}`,
      `input.latlong ${REQUIRED}`,
      `input.otp ${OTP_RULE}`,
      `input.recipientId ${RECIPIENT_RULE}`,
    ]);
    await expectNothingHappened();
  });

  test.each([
    ['{ transactions(first: 1 { totalCount } }', 'Expected Name, found "{"'],
    ['{ transactions(first: 1) { totalCount }', 'Expected Name, found <EOF>'],
    ['query { transaction(tid: "90721077) { id } }', 'Unterminated string'],
    ['90721077', 'Unexpected Int'],
    ['subscribe { a }', 'Unexpected Name'],
  ])('a document with a slip is told what the parser missed: %s', async (query, reason) => {
    const answer = await postRaw(url, { query });
    const [error] = expectRefusal(answer);
    expect(error?.message).toBe(`The document is not valid GraphQL: ${reason}.`);
    expectNoEcho(answer, ['90721077']);
  });

  describe('that graphql-js itself would repeat', () => {
    afterEach(expectNothingHappened);
    const CANARIES = ['90721077', CUSTOMER, OTP_REF];
    const INPUT = toLiteral({ ...INITIATE_INPUT, otp: '90721077' }).slice(0, -1);

    test.each([
      [
        'null for the channel',
        '($c: TransferChannel)',
        `${INPUT}, channel: $c}`,
        { c: null },
        'input.channel',
      ],
      [
        'null by default for the channel',
        '($c: TransferChannel = null)',
        `${INPUT}, channel: $c}`,
        {},
        'input.channel',
      ],
      [
        'a wrong channel by default',
        '($c: TransferChannel! = NEFT)',
        `${INPUT}, channel: $c}`,
        {},
        undefined,
      ],
      [
        'a nullable variable for a required field',
        '($c: String)',
        `${INPUT}, otp: $c}`,
        { c: null },
        undefined,
      ],
      ['the same field twice', '', `${INPUT}, otp: "90721077"}`, {}, undefined],
      ['an undefined variable', '', `${INPUT}, channel: $c}`, {}, undefined],
      ['a variable twice', '($c: Int, $c: Int)', `${INPUT}}`, {}, undefined],
      ['an unused variable', '($c: String)', `${INPUT}}`, { c: '90721077' }, undefined],
      ['a variable of an unknown type', '($c: Secret90721077)', `${INPUT}}`, { c: '90721077' }, undefined],
      ['a variable of an output type', '($c: Transaction)', `${INPUT}}`, { c: '90721077' }, undefined],
    ])('refuses %s without an echo', async (_what, definitions, input, variables, path) => {
      const query = `mutation ${definitions} { initiateTransfer(input: ${input}) { replayed } }`;
      const answer = await postRaw(url, { query, variables });
      const errors = expectRefusal(answer);
      expect(errors.map((error) => error.extensions.code)).toEqual(errors.map(() => 'BAD_USER_INPUT'));
      expect(answer.status).toBe(400);
      if (path !== undefined) expect(toPaths(errors)).toEqual([path]);
      expectNoEcho(
        answer,
        CANARIES.filter((canary) => !definitions.includes(canary)),
      );
    });

    test.each([
      ['an OTP as a variable name', 'mutation { initiateTransfer(input: {otp: $90721077}) { replayed } }'],
      ['an OTP as a field name', 'mutation { initiateTransfer { 90721077 } }'],
      ['an OTP without its field', 'mutation { initiateTransfer(input: {"90721077"}) { replayed } }'],
      ['a text that is not closed', 'mutation { initiateTransfer(input: {otp: "90721077'],
      ['an odd character', 'mutation { initiateTransfer(input: {otp: \u206090721077}) { replayed } }'],
      ['an OTP with a letter', 'mutation { initiateTransfer(input: {otp: 90721077a}) { replayed } }'],
      ['an OTP as an operation', '90721077 { x }'],
      ['a bad escape', 'mutation { initiateTransfer(input: {otp: "\\u{90721077}"}) { replayed } }'],
      ['a block text not closed', 'mutation { initiateTransfer(input: {otp: """90721077}) { replayed } }'],
      ['an OTP as an argument', 'mutation { initiateTransfer(90721077: 1) { replayed } }'],
    ])('refuses a document with %s without an echo', async (_what, query) => {
      const answer = await postRaw(url, { query });
      expect(expectRefusal(answer).map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(400);
      expectNoEcho(answer, CANARIES);
    });

    test.each([
      ['operationName', { operationName: 'CANARYOPERATION' }],
      ['an operationName that is no text', { operationName: { name: 'CANARYOPERATION' } }],
      ['variables that are a text', { variables: 'CANARYOPERATION' }],
      ['variables that are a list', { variables: ['CANARYOPERATION'] }],
      ['extensions that are a text', { extensions: 'CANARYOPERATION' }],
      ['a query that is no text', { query: { text: 'CANARYOPERATION' } }],
    ])('refuses a wrong %s without an echo', async (_what, change) => {
      const answer = await postRaw(url, { query: 'query Some { errorCatalogue { code } }', ...change });
      expect(expectRefusal(answer).map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
      expect(answer.status).toBe(400);
      expectNoEcho(answer, ['CANARYOPERATION']);
    });
  });

  test('tells clients of persisted queries to send the document', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'CANARYHASH' } };
    const answer = await postRaw(url, { extensions });
    expect(expectRefusal(answer)).toMatchObject([{ message: 'PersistedQueryNotSupported' }]);
    expectNoEcho(answer, ['CANARYHASH']);
  });

  describe('that is good after all', () => {
    test.each([
      ['500.0 in JSON', '500.0', 500],
      ['1e3 in JSON', '1e3', 1000],
      ['the smallest', '100', 100],
      ['the largest', '5000', 5000],
    ])('takes the amount %s', async (_what, amount, expected) => {
      const query =
        'mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { amount } } }';
      const answer = await postRaw(
        url,
        `{"query": "${query}", "variables": {"input": {"customerId": "${CUSTOMER}", "recipientId": ${RECIPIENT}, "amount": ${amount}}}}`,
      );
      expect(parseBody(answer)).toEqual({ data: { sendTransferOtp: { transferOtp: { amount: expected } } } });
    });

    test.each([
      ['literal', { channel: new Verbatim('IMPS') }],
      ['literal', { channel: undefined }],
      ['variable', { channel: 'IMPS' }],
      ['variable', { channel: undefined, clientRefId: null }],
    ])('moves the money with the input that was refused above, as a %s', async (kind, change) => {
      const sent = await postRaw(url, {
        query: `mutation { sendTransferOtp(input: ${toLiteral({ ...SEND_INPUT, clientRefId: undefined })}) { transferOtp { otpRefId } } }`,
      });
      const { transferOtp } = parseBody(sent).data?.['sendTransferOtp'] as {
        transferOtp: { otpRefId: string };
      };
      const input = { ...INITIATE_INPUT, clientRefId: undefined, ...change, otpRefId: transferOtp.otpRefId };
      const selection = '{ replayed transaction { channel status } }';
      const answer = await postRaw(
        url,
        kind === 'literal'
          ? { query: `mutation { initiateTransfer(input: ${toLiteral(input)}) ${selection} }` }
          : {
              query: `mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) ${selection} }`,
              variables: { input },
            },
      );
      expect(parseBody(answer)).toEqual({
        data: { initiateTransfer: { replayed: false, transaction: { channel: 'IMPS', status: 'SUCCESS' } } },
      });
    });
  });
});

function toPaths(errors: ReturnType<typeof expectRefusal>): string[] {
  return errors.flatMap((error) => (error.extensions.fields ?? []).map((field) => field.path)).sort();
}

/** JSON in which a verbatim number stands as it is written, and a verbatim name as a text. */
function toJson(value: unknown): string {
  if (value instanceof Verbatim) return /^-?\d/.test(value.text) ? value.text : JSON.stringify(value.text);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`).join(',')}}`;
}

/** Every value in there that is long enough not to stand in an answer by chance. */
function toCanaries(value: unknown): string[] {
  if (value instanceof Verbatim) return value.text.length > 5 ? [value.text] : [];
  if (typeof value === 'number' || typeof value === 'string') {
    const text = String(value).trim();
    return text.length > 4 ? [text.slice(0, 60)] : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(toCanaries) : [];
}

function toTitle(value: unknown): string {
  return (value instanceof Verbatim ? value.text : JSON.stringify(value)).slice(0, 30);
}
