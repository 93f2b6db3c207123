// What Eko's answer means when it is not as documented: nothing final rests on it. One row per trap found so far;
// eko-outcome-properties.test.ts looks for more.
import { describe, expect, test } from '@jest/globals';
import { classifyDebit, classifyInquiry, classifyOtp } from '../../src/eko/outcome.js';
import type { TransportResult } from '../../src/eko/transport.js';
import { LIVE_SUCCESS_DATA } from '../fixtures/eko/documented-replies.js';

interface Reply {
  readonly httpStatus: number;
  readonly text: string;
}

const toAnswer = ({ httpStatus, text }: Reply): TransportResult => ({
  kind: 'answered',
  httpStatus,
  body: text,
  dateMs: null,
});
const toReply = (body: object, httpStatus = 200): Reply => ({ httpStatus, text: JSON.stringify(body) });

const SUCCESS = { status: 0, message: 'Transaction successful', data: LIVE_SUCCESS_DATA };
const DECLINE = {
  status: 55,
  message: 'Transaction declined.',
  data: { tx_status: '1', reason: 'Wrong OTP' },
};
const VALIDATION = {
  status: 461,
  response_status_id: 1,
  response_type_id: -1,
  message: 'Invalid parameters',
  invalid_params: { latlong: 'Invalid latlong' },
};
const NOT_FOUND = { status: 168, message: 'TID does not exist', data: {} };

/** Replies a money thief, or a broken proxy, might wish for: what each may never be. */
const DOUBTFUL: readonly [string, Reply][] = [
  ['a success without a tid', toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tid: '' } })],
  ['a success whose tid is 0', toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tid: 0 } })],
  [
    'a success whose tid is the word null',
    toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tid: 'null' } }),
  ],
  ['a success whose tid is -1', toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tid: -1 } })],
  [
    'a success whose tid is no exact number',
    toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tid: 1e20 } }),
  ],
  [
    'a success whose reference cannot be read',
    toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, client_ref_id: 'another one' } }),
  ],
  [
    'a success whose recipient cannot be read',
    toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, recipient_id: ['98765'] } }),
  ],
  ['a success with a refusal of parameters', toReply({ ...SUCCESS, invalid_params: { tid: 'invalid tid' } })],
  ['a success with a refusal of parameters as text', toReply({ ...SUCCESS, invalid_params: 'invalid tid' })],
  ['a success with a refusal of parameters as a list', toReply({ ...SUCCESS, invalid_params: ['tid'] })],
  ['a success with another status', toReply({ ...SUCCESS, status: 1 })],
  ['a success without a status', toReply({ ...SUCCESS, status: undefined })],
  ['a success with HTTP 202', toReply(SUCCESS, 202)],
  ['a success with HTTP 500', toReply(SUCCESS, 500)],
  ['a success with HTTP 403', toReply(SUCCESS, 403)],
  ['a success with HTTP 400', toReply(SUCCESS, 400)],
  ['a success in data and a decline on the envelope', toReply({ ...SUCCESS, tx_status: '1' })],
  ['a decline in data and a success on the envelope', toReply({ ...DECLINE, tx_status: '0' })],
  [
    'a decline on the envelope and a success in a list',
    toReply({ status: 0, tx_status: '1', data: [LIVE_SUCCESS_DATA] }),
  ],
  [
    'a decline on the envelope and a success deeper',
    toReply({ status: 0, tx_status: '1', data: { transaction: LIVE_SUCCESS_DATA } }),
  ],
  [
    'a decline on the envelope and data that is text',
    toReply({ status: 0, tx_status: '1', data: JSON.stringify(LIVE_SUCCESS_DATA) }),
  ],
  [
    'tx_status twice in data',
    { httpStatus: 200, text: '{"status":55,"data":{"tx_status":"0","tid":"17","tx_status":"1"}}' },
  ],
  [
    'tx_status twice, once escaped',
    { httpStatus: 200, text: '{"status":55,"tx_status":"0","tx\\u005fstatus":"1","data":{"tid":"17"}}' },
  ],
  [
    'data twice',
    { httpStatus: 200, text: '{"status":0,"data":{"tx_status":"1"},"data":{"tx_status":"0","tid":"17"}}' },
  ],
  ['status twice', { httpStatus: 200, text: '{"status":55,"status":0,"data":{"tx_status":"0","tid":"17"}}' }],
  ['tx_status as a list', toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tx_status: ['0'] } })],
  ['tx_status as true', toReply({ ...DECLINE, data: { tx_status: true } })],
  ['tx_status as 1.5', toReply({ ...DECLINE, data: { tx_status: 1.5 } })],
  ['tx_status as "1.0"', toReply({ ...DECLINE, data: { tx_status: '1.0' } })],
  ['tx_status unlisted', toReply({ ...SUCCESS, data: { ...LIVE_SUCCESS_DATA, tx_status: '7' } })],
  ['tx_status negative', toReply({ ...DECLINE, data: { tx_status: '-1' } })],
  [
    'only a decline text, no tx_status',
    toReply({ status: 55, message: 'Wrong OTP', data: { reason: 'Wrong OTP' } }),
  ],
  ['a decline with HTTP 400 and status 0', toReply({ status: 0, data: { tx_status: '1' } }, 400)],
  ['a decline with HTTP 502', toReply(DECLINE, 502)],
  ['a refusal at the door that speaks of a tid', toReply({ status: 2484, data: { tid: '3570311831' } }, 401)],
  [
    'a refusal at the door that speaks of an inexact tid',
    toReply({ status: 2484, data: { tid: 1e20 } }, 401),
  ],
  [
    'a refusal at the door that speaks of a tid on the envelope',
    toReply({ status: 2484, tid: '3570311831' }, 403),
  ],
  [
    'a refusal at the door that speaks of a bank reference',
    toReply({ status: 1, data: { utrnumber: '412345678901' } }, 404),
  ],
  ['a refusal at the door with a tx_status', toReply({ status: 1, tx_status: '2' }, 403)],
  [
    'a refusal at the door that says 0',
    toReply({ status: 0, message: 'Transaction successful', data: {} }, 403),
  ],
  ['a validation refusal that speaks of a tid', toReply({ ...VALIDATION, data: { tid: '17' } })],
  ['a validation refusal that speaks of an inexact tid', toReply({ ...VALIDATION, data: { tid: 1e20 } })],
  ['a validation refusal that speaks of a tid on the envelope', toReply({ ...VALIDATION, tid: '17' })],
  [
    'a validation refusal that speaks of a bank reference',
    toReply({ ...VALIDATION, data: { bank_ref_num: '620415011744' } }),
  ],
  [
    'a validation refusal that is described as initiated',
    toReply({ ...VALIDATION, txstatus_desc: 'Initiated' }),
  ],
  ['a validation refusal without a field', toReply({ ...VALIDATION, invalid_params: {} })],
  ['a validation refusal in text', toReply({ ...VALIDATION, invalid_params: 'latlong' })],
  ['a validation refusal of another type', toReply({ ...VALIDATION, response_type_id: 325 })],
  ['a validation refusal with an unlisted status', toReply({ ...VALIDATION, status: 999 })],
  ['a validation refusal with status 0', toReply({ ...VALIDATION, status: 0 })],
  ['a validation refusal with HTTP 500', toReply(VALIDATION, 500)],
  [
    'a validation refusal with a second status',
    { httpStatus: 200, text: `{"status":0,${JSON.stringify(VALIDATION).slice(1)}` },
  ],
  ['a page of HTML', { httpStatus: 200, text: '<html>{"status":0,"tx_status":"0"}</html>' }],
  ['a cut reply', { httpStatus: 200, text: JSON.stringify(SUCCESS).slice(0, -1) }],
  ['two replies', { httpStatus: 200, text: JSON.stringify(DECLINE) + JSON.stringify(SUCCESS) }],
  ['a reply in a list', { httpStatus: 200, text: JSON.stringify([SUCCESS]) }],
];

describe('a doubtful reply', () => {
  test.each(DOUBTFUL)('settles no debit: %s', (_what, reply) => {
    expect(classifyDebit(toAnswer(reply))).toMatchObject({ kind: 'unknown' });
  });

  test.each(DOUBTFUL)('settles no inquiry: %s', (_what, reply) => {
    expect(classifyInquiry(toAnswer(reply))).toMatchObject({ kind: 'inquiryFailed' });
  });
});

describe('an inquiry that is not answered by the pinned words', () => {
  test.each<[string, Reply]>([
    ['other words', toReply({ ...NOT_FOUND, message: 'TID does not exist in this system' })],
    ['another status', toReply({ ...NOT_FOUND, status: 463 })],
    ['status 0', toReply({ ...NOT_FOUND, status: 0 })],
    ['the words of the other status', toReply({ ...NOT_FOUND, status: 1 })],
    ['HTTP 404', toReply(NOT_FOUND, 404)],
    ['HTTP 500', toReply(NOT_FOUND, 500)],
    ['a tid', toReply({ ...NOT_FOUND, data: { tid: '3570311831' } })],
    ['a tid on the envelope', toReply({ ...NOT_FOUND, tid: '3570311831' })],
    ['an inexact tid', toReply({ ...NOT_FOUND, data: { tid: 1e20 } })],
    ['a tx_status', toReply({ ...NOT_FOUND, tx_status: '2' })],
    ['a description', toReply({ ...NOT_FOUND, data: { txstatus_desc: 'Initiated' } })],
    ['a refusal of parameters', toReply({ ...NOT_FOUND, invalid_params: { initiator_id: 'invalid' } })],
    ['no status', toReply({ message: NOT_FOUND.message })],
  ])('says nothing: %s', (_what, reply) => {
    expect(classifyInquiry(toAnswer(reply))).toMatchObject({ kind: 'inquiryFailed' });
  });

  test.each(['TID does not exist', 'tid does not exist.', 'TID DOES NOT EXIST'])(
    'is read without case: %s',
    (message) => {
      expect(classifyInquiry(toAnswer(toReply({ ...NOT_FOUND, message })))).toMatchObject({
        kind: 'notFound',
      });
    },
  );
});

describe('an inquiry whose parameters were refused', () => {
  test('says nothing of the transfer, whatever tx_status it carries', () => {
    for (const txStatus of [0, 1, 2, 3, 4, 5, 6]) {
      const reply = toReply({
        status: 0,
        invalid_params: { tid: 'x' },
        data: { tx_status: txStatus, tid: '17' },
      });
      expect(classifyInquiry(toAnswer(reply))).toMatchObject({ kind: 'inquiryFailed' });
    }
  });
});

describe('an OTP', () => {
  test.each<[string, Reply]>([
    ['there is no reference', toReply({ status: 0, data: {} })],
    ['the reference is a list', toReply({ status: 0, data: { otp_ref_id: ['17'] } })],
    ['HTTP is 400', toReply({ status: 0, data: { otp_ref_id: '17' } }, 400)],
    ['HTTP is 202', toReply({ status: 0, data: { otp_ref_id: '17' } }, 202)],
    [
      'a parameter is refused in text',
      toReply({ status: 0, invalid_params: 'otp', data: { otp_ref_id: '17' } }),
    ],
  ])('is not taken for sent when %s', (_what, reply) => {
    expect(classifyOtp(toAnswer(reply))).toMatchObject({ kind: 'unknown' });
  });

  test('is sent when status is 2133, as the refund OTP’s is', () => {
    const reply = toReply({ status: 2133, response_type_id: 2133, data: { otp_ref_id: 'ab+/=' } });
    expect(classifyOtp(toAnswer(reply))).toEqual({ kind: 'sent', otpRefId: 'ab+/=', sentTo: null });
  });
});

describe('a decline', () => {
  const decline = (data: object, more: object = {}) =>
    toReply({ status: 55, data: { tx_status: 1, ...data }, ...more });
  test.each<[string, Reply, string]>([
    ['data.reason first', decline({ reason: 'Wrong OTP' }, { message: 'Insufficient balance' }), 'WRONG_OTP'],
    [
      'then the message',
      decline({ reason: 'x' }, { message: 'insufficient balance' }),
      'INSUFFICIENT_BALANCE',
    ],
    ['then status', decline({}, { status: 303, response_status_id: 347 }), 'OTP_EXPIRED'],
    ['then response_status_id', decline({}, { response_status_id: 314 }), 'LIMIT_EXCEEDED'],
    ['else no reason of its own', decline({}), 'EKO_DECLINED'],
    ['a text that only contains the words', decline({ reason: 'Not a Wrong OTP' }), 'EKO_DECLINED'],
  ])('has its reason from %s', (_from, reply, reason) => {
    expect(classifyDebit(toAnswer(reply))).toMatchObject({ kind: 'failed', reason });
  });
});
