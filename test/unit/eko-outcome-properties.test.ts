// Malformed and contradictory replies by the ten thousand: nothing final rests on any of them. The judge in this file
// is written against eko-dmt-api.md alone and shares nothing with src/eko, so that it cannot agree with its mistakes.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classifyDebit, classifyInquiry, classifyOtp } from '../../src/eko/outcome.js';
import type { TransportResult } from '../../src/eko/transport.js';
import {
  INITIATE_TRANSFER_REPLIES,
  INQUIRY_REPLIES,
  LIVE_SUCCESS_DATA,
  REPLIES_TO_ANY_CALL,
  SEED_SUCCESS,
  SEND_OTP_REPLIES,
} from '../fixtures/eko/documented-replies.js';

/** As many replies go through each classifier. */
const BODIES = 20_000;

interface Reply {
  readonly httpStatus: number;
  readonly text: string;
}

const SUCCESS = { status: 0, message: 'Transaction successful', data: LIVE_SUCCESS_DATA };

const toAnswer = ({ httpStatus, text }: Reply): TransportResult => ({
  kind: 'answered',
  httpStatus,
  body: text,
  dateMs: null,
});

const DOOR = new Set([401, 403, 404, 405, 415]);
const FINAL_WITH_TID: Readonly<Record<string, number>> = { succeeded: 0, refundPending: 3, refunded: 4 };
const TRANSACTION_WORDS = ['tid', 'tx_status', 'txstatus_desc', 'bank_ref_num', 'utrnumber', 'utr'];
const NOT_FOUND_PAIRS = ['1|no transaction found for the given reference', '168|tid does not exist'];

interface Facts {
  /** No field that decides stands twice. */
  readonly isClear: boolean;
  readonly status: number | null;
  readonly message: string;
  readonly responseTypeId: unknown;
  /** Null when it is absent, given twice, in odd places or in odd forms. */
  readonly txStatus: number | null;
  readonly tid: string | null;
  readonly hasComplaint: boolean;
  readonly hasDocumentedComplaint: boolean;
  readonly speaksOfTransaction: boolean;
}

/** What the text says, or null when it is not one JSON object. */
function readFacts(text: string): Facts | null {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(root)) return null;
  const data = isRecord(root['data']) ? root['data'] : {};
  const places = [root, data];
  const isOnce = (key: string) => countInText(text, key) === countKeys(root, key);
  const isClear = ['status', 'data', 'tx_status', 'tid', 'invalid_params'].every(isOnce);
  const said = places.map((place) => place['tx_status']).filter((value) => !isBlank(value));
  const numbers = new Set(said.map(toWhole));
  const hasOnlyKnownPlaces =
    countKeys(root, 'tx_status') === places.filter((place) => 'tx_status' in place).length;
  const [first] = numbers;
  const complaint = root['invalid_params'];
  return {
    isClear,
    status: toWhole(root['status']),
    message: String(root['message']).trim().toLowerCase().replace(/\.$/, ''),
    responseTypeId: toWhole(root['response_type_id']),
    txStatus: isClear && hasOnlyKnownPlaces && numbers.size === 1 ? (first ?? null) : null,
    tid: toTid(data['tid']),
    hasComplaint: !isBlank(complaint),
    hasDocumentedComplaint: isRecord(complaint) && Object.keys(complaint).length > 0,
    speaksOfTransaction: places.some((place) => TRANSACTION_WORDS.some((word) => !isBlank(place[word]))),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Nothing, in any of the ways JSON and PHP write nothing. */
function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function toWhole(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 1e9 ? value : null;
  return typeof value === 'string' && /^-?[0-9]{1,9}$/.test(value.trim()) ? parseInt(value, 10) : null;
}

function toTid(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim() : Number.isSafeInteger(value) ? String(value) : '';
  return /^[A-Za-z0-9_-]{1,40}$/.test(text) && /[1-9]/.test(text) && !text.startsWith('-') ? text : null;
}

/** How often an object anywhere in the value has the key. */
function countKeys(value: unknown, key: string): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = !Array.isArray(value) && Object.hasOwn(value, key) ? 1 : 0;
  return Object.values(value).reduce((sum: number, child) => sum + countKeys(child, key), own);
}

function countInText(text: string, key: string): number {
  return [...text.matchAll(new RegExp(`"${key}"\\s*:`, 'g'))].length;
}

/** Throws when the outcome claims more than the reply proves. */
function judge(
  { httpStatus, text }: Reply,
  call: 'debit' | 'inquiry',
  outcome: { kind: string; tid?: string },
): void {
  const facts = readFacts(text);
  const expected = FINAL_WITH_TID[outcome.kind];
  if (expected !== undefined) {
    expect(httpStatus).toBe(200);
    expect(facts).toMatchObject({ status: 0, txStatus: expected, tid: outcome.tid, hasComplaint: false });
  } else if (outcome.kind === 'failed') {
    expect(facts).toMatchObject({ txStatus: 1 });
    if (call === 'inquiry') expect([httpStatus, facts?.status, facts?.hasComplaint]).toEqual([200, 0, false]);
    else expect(httpStatus === 200 || (httpStatus === 400 && facts?.status !== 0)).toBe(true);
  } else if (outcome.kind === 'rejected') {
    expect(call).toBe('debit');
    expect(facts?.speaksOfTransaction ?? false).toBe(false);
    if (DOOR.has(httpStatus))
      return expect(facts?.status === 0 || /"tx_status":"[^" ]/.test(text)).toBe(false);
    expect([200, 400]).toContain(httpStatus);
    expect(facts).toMatchObject({ isClear: true, responseTypeId: -1, hasDocumentedComplaint: true });
    expect(facts?.status).toBeGreaterThan(1);
  } else if (outcome.kind === 'notFound') {
    expect([call, httpStatus]).toEqual(['inquiry', 200]);
    expect(NOT_FOUND_PAIRS).toContain(`${facts?.status}|${facts?.message}`);
    expect(facts).toMatchObject({ speaksOfTransaction: false, hasComplaint: false });
  } else {
    expect(['awaited', 'unknown', 'inquiryFailed']).toContain(outcome.kind);
  }
}

// Bad replies: documented ones, broken up to four times.

type Json = Record<string, unknown>;
const DOCUMENTED: readonly Json[] = [
  SEED_SUCCESS,
  ...[...INITIATE_TRANSFER_REPLIES, ...INQUIRY_REPLIES, ...SEND_OTP_REPLIES, ...REPLIES_TO_ANY_CALL].map(
    ({ body }) => body,
  ),
  ...[1, 2, 3, 4, 5, 6].map((state) => ({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tx_status: state } })),
].filter((body): body is Json => typeof body === 'object');

const FIELDS = [
  'status',
  'message',
  'response_status_id',
  'response_type_id',
  'tx_status',
  'txstatus_desc',
  'invalid_params',
  'data',
  'tid',
  'amount',
  'client_ref_id',
  'recipient_id',
  'reason',
  'otp_ref_id',
  'bank_ref_num',
  'utrnumber',
];
const VALUES: readonly unknown[] = [
  ...[
    null,
    '',
    ' ',
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    -1,
    55,
    168,
    461,
    463,
    999,
    1.5,
    1e20,
    1e300,
    12345678901234567890,
  ],
  ...[
    '0',
    '1',
    '2',
    '3',
    '4',
    '00',
    '01',
    '0.0',
    '1.0',
    '1e0',
    '-1',
    '+1',
    ' 0 ',
    '１',
    '0x1',
    'true',
    'NaN',
    'null',
  ],
  ...[
    true,
    false,
    [],
    {},
    ['0'],
    [1],
    [[]],
    { '0': '1' },
    { tx_status: '0', tid: '17' },
    'Success',
    'Failed',
  ],
  ...[
    'TID does not exist',
    'No transaction found for the given reference.',
    '99999999999999999999',
    '17',
    17,
  ],
];
const HTTP_STATUSES = [
  200, 200, 200, 200, 200, 201, 202, 204, 304, 400, 400, 401, 403, 404, 405, 408, 415, 429, 500, 502, 503,
];

const place = fc.constantFrom<'root' | 'data'>('root', 'data');
const field = fc.constantFrom(...FIELDS);
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

type Mutation = (body: Json) => unknown;
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, field).map(([where, name]) => change(where, ({ [name]: _dropped, ...rest }) => rest)),
  fc
    .tuple(place, field, value)
    .map(([where, name, to]) => change(where, (object) => ({ ...object, [name]: to }))),
  fc
    .tuple(place, field, field)
    .map(([where, from, to]) => change(where, ({ [from]: moved, ...rest }) => ({ ...rest, [to]: moved }))),
  fc.constant<Mutation>((body) => ({ ...body, ...(isRecord(body['data']) ? body['data'] : {}) })),
  fc.constant<Mutation>((body) => ({ ...body, data: [body['data']] })),
  fc.constant<Mutation>((body) => ({ ...body, data: { data: body['data'] } })),
  fc.constant<Mutation>((body) => ({ data: body })),
  fc.constant<Mutation>((body) => [body]),
);

/** Repeats a field inside an object, as only text can. */
const repetition = fc.tuple(place, field, value).map(([where, name, extra]) => (text: string) => {
  const at = where === 'root' ? text.indexOf('{') : text.indexOf('"data":{') + 7;
  if (at < 0 || text[at] !== '{') return text;
  const isEmpty = text[at + 1] === '}';
  return `${text.slice(0, at + 1)}"${name}":${JSON.stringify(extra)}${isEmpty ? '' : ','}${text.slice(at + 1)}`;
});
const textMutation: fc.Arbitrary<(text: string) => string> = fc.oneof(
  { weight: 12, arbitrary: fc.constant((text: string) => text) },
  { weight: 3, arbitrary: repetition },
  { weight: 1, arbitrary: fc.nat(600).map((length) => (text: string) => text.slice(0, length)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('<html></html>', '', 'null', '[]', '"0"', '0', 'true')
      .map((text) => () => text),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      (text: string) => `\ufeff${text}`,
      (text: string) => `${text}x`,
      (text: string) => `<pre>${text}</pre>`,
    ),
  },
);

const badReply: fc.Arbitrary<Reply> = fc
  .record({
    body: fc.constantFrom(...DOCUMENTED),
    mutations: fc.array(mutation, { maxLength: 4 }),
    toText: textMutation,
    httpStatus: fc.constantFrom(...HTTP_STATUSES),
  })
  .map(({ body, mutations, toText, httpStatus }) => {
    const broken = mutations.reduce<unknown>((now, mutate) => (isRecord(now) ? mutate(now) : now), body);
    return { httpStatus, text: toText(JSON.stringify(broken)) };
  });

function change(where: 'root' | 'data', edit: (object: Json) => Json): Mutation {
  return (body) => {
    if (where === 'root') return edit(body);
    return { ...body, data: edit(isRecord(body['data']) ? body['data'] : {}) };
  };
}

describe(`${BODIES} malformed or contradictory replies`, () => {
  test('never settle a debit without proof', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(badReply, (reply) => {
        const outcome = classifyDebit(toAnswer(reply));
        seen.add(outcome.kind);
        judge(reply, 'debit', outcome);
      }),
      { numRuns: BODIES },
    );
    // Every kind was among them: the judge was asked about each.
    expect([...seen].sort()).toEqual(
      ['awaited', 'failed', 'refundPending', 'refunded', 'rejected', 'succeeded', 'unknown'].sort(),
    );
  });

  test('never settle an inquiry without proof', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(badReply, (reply) => {
        const outcome = classifyInquiry(toAnswer(reply));
        seen.add(outcome.kind);
        judge(reply, 'inquiry', outcome);
      }),
      { numRuns: BODIES },
    );
    expect([...seen].sort()).toEqual(
      ['awaited', 'failed', 'inquiryFailed', 'notFound', 'refundPending', 'refunded', 'succeeded'].sort(),
    );
  });

  test('never pass for a sent OTP without a reference and status 0 or 2133', () => {
    fc.assert(
      fc.property(badReply, (reply) => {
        const outcome = classifyOtp(toAnswer(reply));
        if (outcome.kind !== 'sent') return;
        const facts = readFacts(reply.text);
        expect(reply.httpStatus).toBe(200);
        expect([0, 2133]).toContain(facts?.status);
        expect(facts?.hasComplaint).toBe(false);
        expect(outcome.otpRefId).not.toBe('');
      }),
      { numRuns: BODIES },
    );
  });

  test('never make a classifier throw, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((json) => `{"data":${json}}`),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 599 }), (given, httpStatus) => {
        const answer = toAnswer({ httpStatus, text: given });
        judge({ httpStatus, text: given }, 'debit', classifyDebit(answer, ['251834']));
        judge({ httpStatus, text: given }, 'inquiry', classifyInquiry(answer));
        classifyOtp(answer);
      }),
      { numRuns: BODIES },
    );
  });
});
