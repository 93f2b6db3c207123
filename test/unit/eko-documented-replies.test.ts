// Every documented reply of Eko's, and what it is read as. A new fixture needs its expectation to compile and to pass.
import { describe, expect, test } from '@jest/globals';
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

const ALL = [...INITIATE_TRANSFER_REPLIES, ...INQUIRY_REPLIES, ...SEND_OTP_REPLIES, ...REPLIES_TO_ANY_CALL];

function toAnswer({ httpStatus, body }: { httpStatus: number; body: object | string }): TransportResult {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answered', httpStatus, body: text, dateMs: null };
}

describe('a documented reply to Initiate Transfer', () => {
  test.each(INITIATE_TRANSFER_REPLIES)('is read as documented: $name ($source)', (reply) => {
    expect(classifyDebit(toAnswer(reply))).toMatchObject(reply.expected);
  });
});

describe('a documented reply to Transaction Inquiry', () => {
  test.each(INQUIRY_REPLIES)('is read as documented: $name ($source)', (reply) => {
    expect(classifyInquiry(toAnswer(reply))).toMatchObject(reply.expected);
  });
});

describe('a documented reply to Send Transaction OTP', () => {
  test.each(SEND_OTP_REPLIES)('is read as documented: $name ($source)', (reply) => {
    expect(classifyOtp(toAnswer(reply))).toMatchObject(reply.expected);
  });
});

describe('a documented reply that any call can get', () => {
  test.each(REPLIES_TO_ANY_CALL)('is read as documented: $name ($source)', (reply) => {
    const answer = toAnswer(reply);
    expect(classifyDebit(answer)).toMatchObject(reply.expected.debit);
    expect(classifyInquiry(answer)).toMatchObject(reply.expected.inquiry);
    expect(classifyOtp(answer)).toMatchObject(reply.expected.otp);
  });
});

describe('the fixtures', () => {
  test.each(ALL)('say where they are from and what they mean: $name', ({ name, source, expected }) => {
    expect(name).not.toBe('');
    expect(source).toMatch(/^(SEED|S[0-4]|INT|ReadMe|npm)/);
    expect(Object.keys(expected).length).toBeGreaterThan(0);
  });

  test('are the same reply under one name only', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  });
});

/** tx_status → what the debit and the inquiry make of it, with status 0 and a tid (eko-dmt-api.md §6.1). */
const TX_STATUSES = [
  [0, { kind: 'succeeded' }],
  [1, { kind: 'failed', reason: 'EKO_DECLINED' }],
  [2, { kind: 'awaited', isOnHold: false }],
  [3, { kind: 'refundPending' }],
  [4, { kind: 'refunded' }],
  [5, { kind: 'awaited', isOnHold: true }],
  [6, { kind: 'awaited', isOnHold: false }],
] as const;

describe.each(TX_STATUSES)('tx_status %d', (txStatus, expected) => {
  const { tx_status: _live, ...liveData } = LIVE_SUCCESS_DATA;
  const { tx_status: _seed, ...seed } = SEED_SUCCESS;
  const envelope = { status: 0, message: 'ok' };
  test.each([
    ['in data, a string', { ...envelope, data: { ...liveData, tx_status: String(txStatus) } }],
    ['in data, a number', { ...envelope, data: { ...liveData, tx_status: txStatus } }],
    ['on the envelope, a string', { ...seed, tx_status: String(txStatus) }],
    ['on the envelope, a number', { ...seed, tx_status: txStatus }],
    ['in both, alike', { ...seed, tx_status: txStatus, data: { ...liveData, tx_status: `${txStatus}` } }],
  ])('is the same %s', (_where, body) => {
    const answer = toAnswer({ httpStatus: 200, body });
    expect(classifyDebit(answer)).toMatchObject(expected);
    expect(classifyInquiry(answer)).toMatchObject(expected);
  });
});

describe('what was never answered', () => {
  test('is not sent when no connection was made, and unknown when one was', () => {
    expect(classifyDebit({ kind: 'notSent', cause: 'ECONNREFUSED' })).toMatchObject({
      kind: 'notSent',
      reason: 'EKO_UNREACHABLE',
      evidence: { transport: 'ECONNREFUSED' },
    });
    expect(classifyDebit({ kind: 'lost', cause: 'timeout' })).toMatchObject({
      kind: 'unknown',
      cause: 'timeout',
    });
  });

  test.each(['notSent', 'lost'] as const)(
    'says nothing of the transfer when it was an inquiry: %s',
    (kind) => {
      expect(classifyInquiry({ kind, cause: 'timeout' })).toMatchObject({ kind: 'inquiryFailed' });
    },
  );

  test('may have sent an OTP unless no connection was made', () => {
    expect(classifyOtp({ kind: 'notSent', cause: 'ENOTFOUND' })).toEqual({
      kind: 'notSent',
      cause: 'ENOTFOUND',
    });
    expect(classifyOtp({ kind: 'lost', cause: 'timeout' })).toEqual({ kind: 'unknown', cause: 'timeout' });
  });
});
