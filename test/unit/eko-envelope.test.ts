// Eko's reply as text into one shape: every response field of both seed documents, in both dialects, and nothing
// that must not be kept.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEnvelope, toEvidence, type EkoEnvelope } from '../../src/eko/envelope.js';
import { classifyDebit, classifyInquiry, classifyOtp } from '../../src/eko/outcome.js';
import type { TransportResult } from '../../src/eko/transport.js';
import { LIVE_SUCCESS_DATA, SEED_OTP_SENT, SEED_SUCCESS } from '../fixtures/eko/documented-replies.js';

function parse(body: object, secrets: readonly string[] = []): EkoEnvelope {
  const envelope = parseEnvelope(JSON.stringify(body), secrets);
  if (envelope === null) throw new Error('not an envelope');
  return envelope;
}

/** The same reply with `tx_status` and its text moved into `data`, and each number as a string of Eko's. */
function toLiveShape(): object {
  const { tx_status, txstatus_desc, data, ...envelope } = SEED_SUCCESS;
  const strings = { amount: '500.00', fee: '5.0', commission: '3.0', balance: '4.495E3' };
  return { ...envelope, data: { ...data, tx_status, txstatus_desc, ...strings } };
}

/** Row by row, the "Responses" of the seed document "Initiate Transfer". */
const INITIATE_RESPONSE_FIELDS: readonly [string, (envelope: EkoEnvelope) => unknown, unknown][] = [
  ['status', (envelope) => envelope.status, 0],
  ['message', (envelope) => envelope.message, 'Transaction successful'],
  ['response_status_id', (envelope) => envelope.responseStatusId, 0],
  ['response_type_id', (envelope) => envelope.responseTypeId, 1388],
  ['tx_status', (envelope) => envelope.txStatus, { kind: 'present', value: 0 }],
  ['txstatus_desc', (envelope) => envelope.txStatusDescription, 'Success'],
  ['tid', ({ data }) => data.tid, '2309876543'],
  ['utrnumber', ({ data }) => data.bankReference, '412345678901'],
  ['amount', ({ data }) => data.amountPaise, 50_000n],
  ['recipient_name', ({ data }) => data.recipientName, 'TEST RECIPIENT'],
  ['account', ({ data }) => data.maskedAccount, 'XXXXXXX4567'],
  ['ifsc', ({ data }) => data.ifsc, 'SBIN0000001'],
  ['fee', ({ data }) => data.feePaise, 500n],
  ['commission', ({ data }) => data.commissionPaise, 300n],
  ['balance', ({ data }) => data.balancePaise, 449_500n],
  ['client_ref_id', ({ data }) => data.clientRefId, 'REQ-20260101-001'],
  ['timestamp', ({ data }) => data.timestamp, '2026-01-01T10:30:00Z'],
];

describe('a field of the seed document "Initiate Transfer"', () => {
  test.each(INITIATE_RESPONSE_FIELDS)('%s is read, seed shape and live shape alike', (_name, read, value) => {
    expect(read(parse(SEED_SUCCESS))).toEqual(value);
    expect(read(parse(toLiveShape()))).toEqual(value);
  });

  test.each(INITIATE_RESPONSE_FIELDS)('%s may be missing', (name, read) => {
    const { data, ...envelope } = SEED_SUCCESS;
    const without = (from: object) =>
      Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
    const absent = name === 'tx_status' ? { kind: 'absent' } : null;
    expect(read(parse({ ...without(envelope), data: without(data) }))).toEqual(absent);
  });

  test('is in the table when the document has it', () => {
    const documented = [...Object.keys(SEED_SUCCESS), ...Object.keys(SEED_SUCCESS.data)].filter(
      (name) => name !== 'data',
    );
    expect(INITIATE_RESPONSE_FIELDS.map(([name]) => name).sort()).toEqual(documented.sort());
  });
});

describe('a field of the seed document "Send Transaction OTP"', () => {
  test.each<[string, (envelope: EkoEnvelope) => unknown, unknown]>([
    ['status', (envelope) => envelope.status, 0],
    ['message', (envelope) => envelope.message, 'OTP sent successfully'],
    ['response_status_id', (envelope) => envelope.responseStatusId, 0],
    ['response_type_id', (envelope) => envelope.responseTypeId, 1388],
    ['otp_ref_id', ({ data }) => data.otpRefId, 'TXNOTP20240101001'],
    ['mobile', ({ data }) => data.sentTo, 'XXXXXX6789'],
  ])('%s is read', (_name, read, value) => {
    expect(read(parse(SEED_OTP_SENT))).toEqual(value);
  });
});

describe('a live reply', () => {
  test('gives the fields that the seed documents do not know', () => {
    expect(parse({ status: 0, data: LIVE_SUCCESS_DATA }).data).toMatchObject({
      bankReference: '620415011744',
      serviceTaxPaise: 153n,
      tdsPaise: 1n,
      collectableAmountPaise: 11_000n,
      recipientId: '98765',
      balancePaise: 1_013_118n,
    });
  });

  test.each([
    [{ bank_ref_num: 'A1', utrnumber: 'B2', utr: 'C3' }, 'A1'],
    [{ bank_ref_num: '', utrnumber: 'B2', utr: 'C3' }, 'B2'],
    [{ utrnumber: '', utr: 'C3' }, 'C3'],
    [{ bank_ref_num: null, utrnumber: '' }, null],
    [{ bank_ref_num: 412345678901 }, '412345678901'],
    [{ bank_ref_num: 1e25 }, null],
  ])('takes the bank reference of %j', (data, bankReference) => {
    expect(parse({ status: 0, data }).data.bankReference).toBe(bankReference);
  });

  test.each([
    ['500.00', 50_000n, false],
    [500, 50_000n, false],
    ['2.22263731286E9', 222_263_731_286n, false],
    ['', null, false],
    [null, null, false],
    ['five hundred', null, true],
    ['0.001', null, true],
    [1e30, null, true],
  ])('reads the amount %j', (amount, paise, isUnreadable) => {
    expect(parse({ status: 0, data: { amount } }).data).toMatchObject({
      amountPaise: paise,
      isAmountUnreadable: isUnreadable,
    });
  });

  test.each(['', 'null', '[]', '"text"', '17', '{"status":0', '<html></html>', 'Internal server error'])(
    'is no envelope when it is %j',
    (body) => {
      expect(parseEnvelope(body)).toBeNull();
      expect(toEvidence(200, null)).toEqual({ httpStatus: 200 });
    },
  );
});

const SECRETS = {
  otp: '251834',
  developerKey: 'dev-key-becbbce45f79c6f5109f848acd540567',
  accessKey: 'access-key-d2fe1d99-6298-4af2-8cc5',
  account: '20001234567',
  mobile: '9123456789',
} as const;

/** Ways in which Eko's free text could repeat a secret. */
const ECHOES: readonly [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['inside a word', (secret) => `x${secret}y`],
  ['with zero-width characters', (secret) => [...secret].join('\u200b')],
  ['with control characters', (secret) => `\u0000${secret.slice(0, 5)}\u0007${secret.slice(5)}`],
  ['twice', (secret) => `${secret} ${secret}`],
];

/** The echo of `secret` in every field that is free text. */
function toEcho(text: string, account: string): object {
  return {
    status: 0,
    message: text,
    response_type_id: 325,
    txstatus_desc: text,
    invalid_params: { [text]: text, field: text },
    data: {
      ...LIVE_SUCCESS_DATA,
      account,
      reason: text,
      recipient_name: text,
      ifsc: text,
      timestamp: text,
      mobile: text,
    },
  };
}

/** JSON of a whole outcome: what a careless log line would print. */
function toPrint(outcome: object): string {
  return JSON.stringify(outcome, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}

describe.each(ECHOES)('a secret echoed %s', (_how, echo) => {
  const secrets = [SECRETS.otp, SECRETS.developerKey, SECRETS.accessKey];
  test.each(Object.entries(SECRETS))('is in no outcome: %s', (name, secret) => {
    const text = echo(secret);
    const account = name === 'account' ? secret : '50100099887766';
    for (const [httpStatus, body] of [
      [200, toEcho(text, account)],
      [401, { status: 2484, message: text }],
      [200, { status: 463, response_type_id: -1, message: text, invalid_params: { [text]: text } }],
    ] as const) {
      const answer: TransportResult = {
        kind: 'answered',
        httpStatus,
        body: JSON.stringify(body),
        dateMs: null,
      };
      const prints = [
        classifyDebit(answer, secrets),
        classifyInquiry(answer, secrets),
        classifyOtp(answer, secrets),
      ];
      for (const print of prints.map(toPrint)) {
        expect(print).not.toContain(secret);
        expect(print.replace(/[^0-9A-Za-z"]/g, '')).not.toContain(secret.replace(/[^0-9A-Za-z]/g, ''));
      }
    }
  });
});

describe('free text of Eko’s', () => {
  test.each([
    ['Account 1234 5678 9012 is blocked'],
    ['Account 1234-5678-9012 is blocked'],
    ['Account 123456789012 is blocked'],
    ['Account 1234\u200b56789012 is blocked'],
  ])('shows no more than the last four digits of an account number: %j', (message) => {
    expect(parse({ status: 1, message }).message).toBe('Account XXXXXXXX9012 is blocked');
  });

  test.each([
    ['XXXXXX6789', 'XXXXXX6789'],
    ['9123456789', 'XXXXXX6789'],
    ['91234-56789', 'XXXXX-X6789'],
    ['+91 91234 56789', null],
    [9123456789, 'XXXXXX6789'],
  ])('shows no more than the last four digits of the mobile number %j', (mobile, shown) => {
    const { sentTo } = parse({ status: 0, data: { mobile } }).data;
    expect(sentTo?.replace(/\D/g, '')).toBe('6789');
    if (shown !== null) expect(sentTo?.replace('-', '')).toBe(shown.replace('-', ''));
  });

  test('can be stored as jsonb: no NUL, no half of a surrogate pair', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('\ud800', 'a\udc00b', '\u0000', `${'a'.repeat(499)}😀`),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        const answer: TransportResult = {
          kind: 'answered',
          httpStatus: 200,
          body: JSON.stringify(toEcho(one, other)),
          dateMs: null,
        };
        const print = toPrint(classifyDebit(answer));
        expect(print).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is bounded', () => {
    const text = 'a'.repeat(5_000);
    expect(
      toPrint(
        classifyDebit({
          kind: 'answered',
          httpStatus: 200,
          body: JSON.stringify(toEcho(text, text)),
          dateMs: null,
        }),
      ).length,
    ).toBeLessThan(10_000);
  });
});
