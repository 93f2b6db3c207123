// Each field of a reply alone: the forms in which it is read, those in which it is nothing, and those in which it spoils
// the whole reply.
import { describe, expect, test } from '@jest/globals';
import { parseEnvelope, toEvidence, type EkoData, type EkoEnvelope } from '../../src/eko/envelope.js';

function parse(body: object | string): EkoEnvelope {
  const envelope = parseEnvelope(typeof body === 'string' ? body : JSON.stringify(body));
  if (envelope === null) throw new Error('not an envelope');
  return envelope;
}

/** A field of `data`, the value that stands there, and what it is read as. */
const FIELDS: readonly (readonly [keyof EkoData, string, unknown, unknown])[] = [
  ['tid', 'tid', '3570311831', '3570311831'],
  ['tid', 'tid', 3_570_311_831, '3570311831'],
  ['tid', 'tid', '  42 ', '42'],
  ['tid', 'tid', 'EKO-4_2', 'EKO-4_2'],
  ['tid', 'tid', '1'.repeat(40), '1'.repeat(40)],
  ['tid', 'tid', '1'.repeat(41), null],
  ['tid', 'tid', '-42', null],
  ['tid', 'tid', '_42', null],
  ['tid', 'tid', '4 2', null],
  ['tid', 'tid', '42!', null],
  ['tid', 'tid', '000', null],
  ['tid', 'tid', 'NA', null],
  ['tid', 'tid', 4.2, null],
  ['tid', 'tid', 1e20, null],
  ['bankReference', 'bank_ref_num', '0', null],
  ['bankReference', 'bank_ref_num', '00', '00'],
  ['bankReference', 'bank_ref_num', '01', '01'],
  ['bankReference', 'bank_ref_num', 0, null],
  ['bankReference', 'bank_ref_num', '10', '10'],
  ['bankReference', 'bank_ref_num', 'R'.repeat(40), 'R'.repeat(40)],
  ['bankReference', 'bank_ref_num', 'R'.repeat(41), null],
  ['bankReference', 'bank_ref_num', '!R1', null],
  ['bankReference', 'bank_ref_num', 'R1!', null],
  ['bankReference', 'bank_ref_num', true, null],
  ['serviceTaxPaise', 'service_tax', '1.53', 153n],
  ['serviceTaxPaise', 'gst', '0.76', 76n],
  ['maskedAccount', 'account', '50100099887766', 'XXXXXXXXXX7766'],
  ['maskedAccount', 'account', '5010-0099 8877', 'XXXXXXXXXX8877'],
  ['maskedAccount', 'account', '9'.repeat(60), `${'X'.repeat(36)}9999`],
  ['ifsc', 'ifsc', 'HDFC0000001', 'HDFC0000001'],
  ['ifsc', 'ifsc', 'I'.repeat(21), 'I'.repeat(20)],
  ['sentTo', 'mobile', '91.23.45.67.89', 'XX.XX.XX.67.89'],
  ['sentTo', 'mobile', '12345', 'X2345'],
  ['sentTo', 'mobile', '1234', '1234'],
  ['sentTo', 'mobile', 'A'.repeat(25), 'A'.repeat(20)],
  ['otpRefId', 'otp_ref_id', 17, '17'],
  ['otpRefId', 'otp_ref_id', 1e20, null],
  ['otpRefId', 'otp_ref_id', 1.5, null],
  ['otpRefId', 'otp_ref_id', 'ab+/=!~', 'ab+/=!~'],
  ['otpRefId', 'otp_ref_id', '', null],
  ['otpRefId', 'otp_ref_id', 'a b', null],
  ['otpRefId', 'otp_ref_id', 'é17', null],
  ['otpRefId', 'otp_ref_id', '17é', null],
  ['otpRefId', 'otp_ref_id', '1'.repeat(200), '1'.repeat(200)],
  ['otpRefId', 'otp_ref_id', '1'.repeat(201), null],
];

describe('a field', () => {
  test.each(FIELDS)('%s from %s %j is %j', (field, name, value, expected) => {
    expect(parse({ status: 0, data: { [name]: value } }).data[field]).toBe(expected);
  });

  test.each(['2026-01-01T10:30:00Z', '2026-01-01 10:30', '2026-01-01T10:30:00.123456789+05:30'])(
    'timestamp %j is kept as it is',
    (timestamp) => {
      expect(parse({ status: 0, data: { timestamp } }).data.timestamp).toBe(timestamp);
    },
  );

  test.each([
    '2026-01-01T10:30:00+0530',
    '2026-01-01T10:30:00-05:30',
    '2026-01-01T10:30:00.1',
    '2026-01-01T10:30Z',
  ])('timestamp %j is kept too', (timestamp) => {
    expect(parse({ status: 0, data: { timestamp } }).data.timestamp).toBe(timestamp);
  });

  test.each([
    'at 2026-01-01T10:30:00Z',
    '2026-01-01T10:30:00Z or so',
    '2026-01-01',
    '2026-01-01_10:30',
    '2026-01-01T10:30:0',
    '2026-01-01T10:30:00.',
    '2026-01-01T10:30:00.1234567890',
    '2026-01-01T10:30:00*05:30',
    '2026-01-01T10:30:00+x5:30',
    '2026-01-01T10:30:00+0x:30',
    '2026-01-01T10:30:00+05:x0',
    '2026-01-01T10:30:00+05:3x',
    '01-01-2026 10:30',
    1_767_263_400,
    null,
  ])('timestamp %j is no time', (timestamp) => {
    expect(parse({ status: 0, data: { timestamp } }).data.timestamp).toBeNull();
  });

  test.each([
    [0, 0],
    ['0', 0],
    [' 463 ', 463],
    ['-1', -1],
    [-1, -1],
    ['999999999', 999_999_999],
    ['1000000000', null],
    ['1.0', null],
    ['x1', null],
    ['1x', null],
    ['', null],
    [true, null],
    [null, null],
  ])('status %j is %j', (status, expected) => {
    expect(parse({ status }).status).toBe(expected);
  });
});

describe('tx_status', () => {
  test.each<[string, object, EkoEnvelope['txStatus']]>([
    ['nowhere', {}, { kind: 'absent' }],
    ['null and blank', { tx_status: null, data: { tx_status: '' } }, { kind: 'absent' }],
    ['in data only', { data: { tx_status: '2' } }, { kind: 'present', value: 2 }],
    [
      'on the envelope, null in data',
      { tx_status: 1, data: { tx_status: null } },
      { kind: 'present', value: 1 },
    ],
    [
      'on the envelope, blank in data',
      { tx_status: 1, data: { tx_status: '' } },
      { kind: 'present', value: 1 },
    ],
    ['in both, alike', { tx_status: '1', data: { tx_status: 1 } }, { kind: 'present', value: 1 }],
    ['in both, different', { tx_status: '1', data: { tx_status: 0 } }, { kind: 'unusable' }],
    ['in words', { data: { tx_status: 'Success' } }, { kind: 'unusable' }],
    ['in words, and readable', { tx_status: 0, data: { tx_status: 'Success' } }, { kind: 'unusable' }],
  ])('%s', (_where, body, expected) => {
    expect(parse(body).txStatus).toEqual(expected);
  });
});

describe('invalid_params', () => {
  test('is read as names and complaints, in words only', () => {
    const envelope = parse({
      invalid_params: { latlong: ' Invalid latlong ', otp: { code: 1 }, '': 'blank' },
    });
    expect(envelope.invalidParams).toEqual({ latlong: 'Invalid latlong', otp: '', '': 'blank' });
  });

  test('is read as far as twenty names', () => {
    const params = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`field${index}`, 'no']));
    expect(Object.keys(parse({ invalid_params: params }).invalidParams)).toHaveLength(20);
  });

  test.each([null, '', [], {}])('is none when it is %j', (params) => {
    expect(parse({ invalid_params: params })).toMatchObject({ invalidParams: {}, isMalformed: false });
  });
});

describe('a reply speaks of a transaction', () => {
  const NAMES = ['tid', 'tx_status', 'txstatus_desc', 'bank_ref_num', 'utrnumber', 'utr'];
  test.each(NAMES)('when it has a word under %s, in data or beside it', (name) => {
    for (const value of ['x', 0, false, ['x'], { x: 1 }]) {
      expect(parse({ [name]: value }).speaksOfTransaction).toBe(true);
      expect(parse({ data: { [name]: value } }).speaksOfTransaction).toBe(true);
    }
  });

  test.each(NAMES)('and does not when %s is there with nothing in it', (name) => {
    for (const value of ['', '  ', null, [], {}]) {
      expect(parse({ [name]: value, data: { [name]: value } }).speaksOfTransaction).toBe(false);
    }
  });

  test('and does not by other words', () => {
    expect(parse({ message: 'x', data: { amount: 500, client_ref_id: 'R' } }).speaksOfTransaction).toBe(
      false,
    );
  });
});

describe('a reply is malformed', () => {
  test.each<[string, string]>([
    ['a key twice on the envelope', '{"status":0,"status":1}'],
    ['a key twice, after a list', '{"list":[1],"status":0,"status":1}'],
    ['a key twice, after an object', '{"object":{"a":{"b":1}},"status":0,"status":1}'],
    ['a key twice in data', '{"data":{"tid":1,"tid":2}}'],
    ['a key twice in data, after an object in it', '{"data":{"a":{"b":1},"tid":1,"tid":2}}'],
    ['data twice', '{"data":{},"data":{}}'],
    ['a key twice, once escaped', '{"status":0,"st\\u0061tus":1}'],
    ['a key twice, with space before the colon', '{"status" :0,"status"\n\t:1}'],
    ['a key twice, around a string with brackets', '{"status":0,"message":"]}","status":1}'],
    ['a key twice, around a string with an escaped quote', '{"status":0,"message":"a\\"b","status":1}'],
    [
      'a key twice, around a string with a bracket and an escape',
      '{"status":0,"message":"}\\"b","status":1}',
    ],
    ['a key twice, around a string that ends in a backslash', '{"status":0,"message":"a\\\\","status":1}'],
    ['tx_status in an object deeper', '{"data":{"deeper":{"tx_status":1}}}'],
    ['tx_status in a list', '{"list":[{"tx_status":1}]}'],
    ['tx_status beside data', '{"other":{"tx_status":1}}'],
    ['tx_status in a list of data', '{"data":[{"tx_status":1}]}'],
    ['data that is text', '{"data":"text"}'],
    ['data that is a list', '{"data":["x"]}'],
    ['data that is a number', '{"data":17}'],
    ['complaints that are text', '{"invalid_params":"latlong"}'],
    ['complaints that are a list', '{"invalid_params":["latlong"]}'],
    ['our reference as a sentence', '{"data":{"client_ref_id":"not yours"}}'],
    ['the recipient as a list', '{"data":{"recipient_id":["98765"]}}'],
    ['the recipient as true', '{"data":{"recipient_id":true}}'],
    ['the recipient as an inexact number', '{"data":{"recipient_id":1e30}}'],
  ])('by %s', (_what, body) => {
    expect(parse(body).isMalformed).toBe(true);
  });

  test.each<[string, string]>([
    ['the same key on the envelope and in data', '{"status":0,"data":{"status":0}}'],
    ['tx_status on the envelope and in data', '{"tx_status":0,"data":{"tx_status":0}}'],
    ['a key twice where nothing is decided', '{"other":{"a":1,"a":2},"data":{"b":{"c":1,"c":2}}}'],
    ['a key twice in another object called data', '{"other":{"data":{"a":1,"a":2}}}'],
    ['a key of data’s beside it', '{"other":{"tid":1},"data":{"tid":1}}'],
    ['the words in a text', '{"message":"\\"tx_status\\":1 {","note":"{\\"status\\":1","status":0}'],
    ['a value that is another key', '{"message":"status","status":0,"list":["status","status"]}'],
    ['data that is nothing', '{"data":null}'],
    ['data that is an empty list', '{"data":[]}'],
    ['data that is blank', '{"data":" "}'],
    ['no recipient, as 0', '{"data":{"recipient_id":0,"client_ref_id":"0"}}'],
    ['no recipient, as blank', '{"data":{"recipient_id":" ","client_ref_id":null}}'],
    ['a recipient as a number', '{"data":{"recipient_id":98765}}'],
  ])('not by %s', (_what, body) => {
    expect(parse(body).isMalformed).toBe(false);
  });
});

describe('a reply without data', () => {
  test.each([{ status: 0 }, { status: 0, data: null }, { status: 0, data: [] }])('is read: %j', (body) => {
    const envelope = parse(body);
    expect(envelope).toMatchObject({
      status: 0,
      message: null,
      isMalformed: false,
      speaksOfTransaction: false,
    });
    expect(new Set(Object.values(envelope.data))).toEqual(new Set([null, false]));
  });

  test('is none when it is no object', () => {
    for (const body of ['null', '17', '"x"', '[]', '']) expect(parseEnvelope(body)).toBeNull();
  });
});

describe('the evidence of a reply', () => {
  test('is what a status may rest on later', () => {
    const body = JSON.stringify({
      status: 463,
      message: 'Declined',
      response_status_id: 1,
      response_type_id: 325,
      tx_status: '1',
      txstatus_desc: 'Failed',
      invalid_params: { latlong: 'wrong', otp: 'wrong' },
      data: {
        reason: 'Wrong OTP',
        tid: 42,
        utr: 'UTR42',
        client_ref_id: 'REQ-1',
        recipient_id: 98_765,
        amount: '500',
      },
    });
    expect(toEvidence(200, parse(body))).toEqual({
      httpStatus: 200,
      status: 463,
      message: 'Declined',
      responseStatusId: 1,
      responseTypeId: 325,
      txStatus: 1,
      txStatusDescription: 'Failed',
      reason: 'Wrong OTP',
      invalidParams: 'latlong,otp',
      tid: '42',
      bankReference: 'UTR42',
      clientRefId: 'REQ-1',
      recipientId: '98765',
      amount: '500.00',
    });
  });

  test.each([
    ['absent', '{"status":0}'],
    ['unusable', '{"status":0,"tx_status":"x"}'],
  ])('says so when tx_status is %s, and holds nothing for what is not there', (txStatus, body) => {
    const { httpStatus, status, txStatus: said, ...rest } = toEvidence(502, parse(body));
    expect([httpStatus, status, said]).toEqual([502, 0, txStatus]);
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
  });

  test('is the HTTP status alone when the reply cannot be read', () => {
    expect(toEvidence(502, null)).toEqual({ httpStatus: 502 });
  });
});
