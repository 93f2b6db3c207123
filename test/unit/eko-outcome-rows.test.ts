// Every row of the classifier's tables alone, and every cause that it names: what is told to the logs and to support.
import { describe, expect, test } from '@jest/globals';
import { parseEnvelope } from '../../src/eko/envelope.js';
import { classifyDebit, classifyInquiry, classifyOtp } from '../../src/eko/outcome.js';
import type { TransportResult } from '../../src/eko/transport.js';

const answered = (body: object | string, httpStatus = 200): TransportResult => ({
  kind: 'answered',
  httpStatus,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  dateMs: null,
});

const VALIDATION_STATUSES = [
  41, 44, 45, 46, 48, 102, 122, 131, 132, 136, 140, 145, 313, 319, 346, 460, 461, 463, 508, 521, 536, 537,
  1297,
];

describe('a debit', () => {
  test.each<[string, TransportResult]>([
    ['timeout', { kind: 'lost', cause: 'timeout' }],
    ['contradiction', answered({ status: 1, tx_status: 1 }, 403)],
    ['contradiction', answered('<p>tx_status</p>', 403)],
    ['HTTP 500', answered({ status: 55, data: { tx_status: 1 } }, 500)],
    ['HTTP 202', answered({ status: 0 }, 202)],
    ['unreadable reply', answered('<html>')],
    ['unreadable reply', answered({ message: 'ok' })],
    ['unreadable reply', answered('<html>', 400)],
    ['malformed reply', answered('{"status":0,"status":0}')],
    ['no tx_status', answered({ status: 0 })],
    ['contradictory tx_status', answered({ status: 0, tx_status: 0, data: { tx_status: 1 } })],
    ['unproven success', answered({ status: 0, data: { tx_status: 0 } })],
    ['unproven success', answered({ status: 1, data: { tx_status: 0, tid: 1 } })],
    ['unproven success', answered({ status: 0, invalid_params: { a: 'b' }, data: { tx_status: 0, tid: 1 } })],
    ['unproven refund', answered({ status: 0, data: { tx_status: 3 } })],
    ['unproven refund', answered({ status: 1, data: { tx_status: 3, tid: 1 } })],
    ['unproven refund', answered({ status: 0, data: { tx_status: 4 } })],
    ['unproven refund', answered({ status: 1, data: { tx_status: 4, tid: 1 } })],
    ['unlisted tx_status', answered({ status: 0, data: { tx_status: 7, tid: 1 } })],
    // With HTTP 400 only a decline is believed.
    ['HTTP 400', answered({ status: 55, data: { tx_status: 2, tid: 1 } }, 400)],
    ['HTTP 400', answered({ status: 0, data: { tx_status: 1, tid: 1 } }, 400)],
    ['HTTP 400', answered({ status: 0, data: { tx_status: 0, tid: 1 } }, 400)],
    ['HTTP 400', answered({ status: 55 }, 400)],
  ])('is unknown because of: %s', (cause, result) => {
    const outcome = classifyDebit(result);
    expect(outcome).toMatchObject({ kind: 'unknown', cause });
    if (result.kind === 'lost') {
      expect(outcome).toEqual({ kind: 'unknown', cause, evidence: { transport: cause }, envelope: null });
    } else if (result.kind === 'answered') {
      expect(outcome.envelope).toEqual(parseEnvelope(result.body));
      expect(outcome.evidence).toMatchObject({ httpStatus: result.httpStatus });
    }
  });

  test('that was not sent says what the transport said, and that there is no reply', () => {
    expect(classifyDebit({ kind: 'notSent', cause: 'ECONNREFUSED' })).toEqual({
      kind: 'notSent',
      reason: 'EKO_UNREACHABLE',
      evidence: { transport: 'ECONNREFUSED' },
      envelope: null,
    });
  });

  test('that is declined with HTTP 400 is declined', () => {
    expect(classifyDebit(answered({ status: 55, data: { tx_status: 1 } }, 400))).toMatchObject({
      kind: 'failed',
      reason: 'EKO_DECLINED',
    });
  });

  test.each([401, 403, 404, 405, 415])('is refused at the door with HTTP %i', (httpStatus) => {
    for (const body of ['Forbidden', { status: 1, message: 'Forbidden' }]) {
      expect(classifyDebit(answered(body, httpStatus))).toMatchObject({
        kind: 'rejected',
        reason: 'EKO_REJECTED',
        evidence: { httpStatus },
      });
    }
  });

  test.each(VALIDATION_STATUSES)('is refused by the validation status %i', (status) => {
    const body = { status, response_type_id: -1, invalid_params: { latlong: 'wrong' } };
    for (const httpStatus of [200, 400]) {
      expect(classifyDebit(answered(body, httpStatus))).toMatchObject({
        kind: 'rejected',
        reason: 'EKO_REJECTED',
      });
    }
  });

  test.each([
    ['succeeded', 0, { tid: '7' }],
    ['failed', 1, {}],
    ['awaited', 2, { isOnHold: false }],
    ['refundPending', 3, { tid: '7' }],
    ['refunded', 4, { tid: '7' }],
    ['awaited', 5, { isOnHold: true }],
    ['awaited', 6, { isOnHold: false }],
  ])('that %s keeps its evidence and what it said', (kind, txStatus, more) => {
    const body = JSON.stringify({ status: 0, data: { tx_status: txStatus, tid: 7 } });
    for (const outcome of [classifyDebit(answered(body)), classifyInquiry(answered(body))]) {
      expect(outcome).toMatchObject({ kind, ...more, evidence: { httpStatus: 200, tid: '7', txStatus } });
      expect(outcome.envelope).toEqual(parseEnvelope(body));
    }
  });
});

describe('an inquiry', () => {
  test.each<[string, TransportResult]>([
    ['HTTP 500', answered({ status: 0 }, 500)],
    ['HTTP 400', answered({ status: 0, data: { tx_status: 0, tid: 1 } }, 400)],
    ['unreadable reply', answered('<html>')],
    ['unreadable reply', answered({ message: 'ok' })],
    ['status 17', answered({ status: 17, data: { tx_status: 1 } })],
    ['parameters refused', answered({ status: 0, invalid_params: { a: 'b' }, data: { tx_status: 1 } })],
    ['no tx_status', answered({ status: 0 })],
    ['unproven success', answered({ status: 0, data: { tx_status: 0 } })],
  ])('finds nothing out because of: %s', (cause, result) => {
    expect(classifyInquiry(result)).toMatchObject({
      kind: 'inquiryFailed',
      cause,
      evidence: { httpStatus: expect.any(Number) },
    });
  });

  test.each(['notSent', 'lost'] as const)('that was %s says why, and that there is no reply', (kind) => {
    expect(classifyInquiry({ kind, cause: 'timeout' })).toEqual({
      kind: 'inquiryFailed',
      cause: 'timeout',
      evidence: {},
      envelope: null,
    });
  });

  test.each([
    [1, 'No transaction found for the given reference'],
    [1, 'no transaction found for the given reference.'],
    [168, 'TID does not exist'],
  ])('finds no transaction by status %i and %j', (status, message) => {
    const body = { status, message, data: {} };
    expect(classifyInquiry(answered(body))).toMatchObject({
      kind: 'notFound',
      evidence: { status, message },
    });
  });

  test.each([
    [168, 'TID. does not exist'],
    [168, 'TID does not exist..'],
    [168, 'No transaction found for the given reference'],
    [1, 'TID does not exist'],
    [168, null],
  ])('does not find that out by status %i and %j', (status, message) => {
    expect(classifyInquiry(answered({ status, message }))).toMatchObject({ kind: 'inquiryFailed' });
  });
});

describe('a decline', () => {
  const decline = (data: object, envelope: object = {}) =>
    classifyDebit(answered({ status: 55, ...envelope, data: { tx_status: 1, ...data } }));

  test.each([
    ['Wrong OTP', 'WRONG_OTP'],
    ['wrong otp entered', 'WRONG_OTP'],
    ['OTP expired', 'OTP_EXPIRED'],
    ['OTP has expired.', 'OTP_EXPIRED'],
    ['OTP already Consumed', 'OTP_ALREADY_USED'],
    ['OTP already used', 'OTP_ALREADY_USED'],
    ['Insufficient balance', 'INSUFFICIENT_BALANCE'],
    ['Monthly limit exhausted', 'LIMIT_EXCEEDED'],
    ['Your monthly limit exceeded today', 'LIMIT_EXCEEDED'],
    ['The wrong otp', 'EKO_DECLINED'],
    ['wrong otpx', 'EKO_DECLINED'],
    ['The OTP expired', 'EKO_DECLINED'],
    ['OTP expiredx', 'EKO_DECLINED'],
    ['The OTP already used', 'EKO_DECLINED'],
    ['OTP already usedx', 'EKO_DECLINED'],
    ['No insufficient balance', 'EKO_DECLINED'],
    ['insufficient balances', 'EKO_DECLINED'],
    ['bimonthly limit exceeded', 'EKO_DECLINED'],
    ['monthly limit exceededx', 'EKO_DECLINED'],
    ['otp has been expired', 'EKO_DECLINED'],
  ])('in the words %j is %s', (reason, expected) => {
    expect(decline({ reason })).toMatchObject({ kind: 'failed', reason: expected });
    expect(decline({}, { message: reason })).toMatchObject({ kind: 'failed', reason: expected });
  });

  test.each([
    [302, 'WRONG_OTP'],
    [303, 'OTP_EXPIRED'],
    [347, 'INSUFFICIENT_BALANCE'],
    [36, 'LIMIT_EXCEEDED'],
    [314, 'LIMIT_EXCEEDED'],
    [945, 'LIMIT_EXCEEDED'],
    [301, 'EKO_DECLINED'],
  ])('with the code %i is %s', (code, expected) => {
    expect(decline({}, { status: code })).toMatchObject({ kind: 'failed', reason: expected });
    expect(decline({}, { response_status_id: code })).toMatchObject({ kind: 'failed', reason: expected });
  });
});

describe('an OTP', () => {
  test.each<[string, TransportResult]>([
    ['timeout', { kind: 'lost', cause: 'timeout' }],
    ['HTTP 500', answered({ status: 463 }, 500)],
    ['HTTP 202', answered({ status: 463 }, 202)],
    ['unreadable reply', answered('<html>')],
    ['unreadable reply', answered({ message: 'ok' })],
    ['malformed reply', answered('{"status":463,"status":463}')],
    ['HTTP 400', answered({ status: 0, data: { otp_ref_id: 'R' } }, 400)],
    ['no otp_ref_id', answered({ status: 0, data: { otp_ref_id: '' } })],
  ])('may have been sent, and cannot be used, because of: %s', (cause, result) => {
    expect(classifyOtp(result)).toEqual({ kind: 'unknown', cause });
  });

  test.each([
    [{ status: 0 }, true],
    [{ status: 2133, response_type_id: 2133 }, true],
    [{ status: 2133, response_type_id: 1 }, false],
    [{ status: 1, response_type_id: 2133 }, false],
    [{ status: 0, invalid_params: { latlong: 'wrong' } }, false],
  ])('with %j is sent: %s', (envelope, isSent) => {
    const outcome = classifyOtp(answered({ ...envelope, data: { otp_ref_id: 'R', mobile: 'XX89' } }));
    if (isSent) expect(outcome).toEqual({ kind: 'sent', otpRefId: 'R', sentTo: 'XX89' });
    else expect(outcome.kind).toBe('refused');
  });

  test.each<[object, string, number]>([
    [{ status: 463 }, 'CUSTOMER_NOT_FOUND', 200],
    [{ status: 463 }, 'CUSTOMER_NOT_FOUND', 400],
    [{ status: 461, invalid_params: { customer_id: 'x' } }, 'CUSTOMER_NOT_FOUND', 200],
    [{ status: 313 }, 'RECIPIENT_NOT_FOUND', 200],
    [{ status: 461, invalid_params: { recipient_id: 'x' } }, 'RECIPIENT_NOT_FOUND', 200],
    [{ status: 461, invalid_params: { amount: 'x' } }, 'EKO_REJECTED', 200],
    [{ status: 17, invalid_params: { amount: 'x' } }, 'EKO_REJECTED', 200],
    [{ status: 0, invalid_params: { amount: 'x' } }, 'EKO_REJECTED', 200],
    [{ status: 461 }, 'EKO_REJECTED', 200],
    [{ status: 314 }, 'LIMIT_EXCEEDED', 200],
    [{ status: 347 }, 'INSUFFICIENT_BALANCE', 200],
    [{ status: 302 }, 'EKO_DECLINED', 200],
    [{ status: 17 }, 'EKO_DECLINED', 200],
    [{ status: 17 }, 'EKO_REJECTED', 403],
  ])('is refused with %j as %s (HTTP %i)', (envelope, reason, httpStatus) => {
    const { status } = envelope as { status: number };
    expect(classifyOtp(answered({ message: 'Eko’s words', ...envelope }, httpStatus))).toEqual({
      kind: 'refused',
      reason,
      status,
      message: 'Eko’s words',
    });
  });

  test('is refused at the door without a word of Eko’s', () => {
    expect(classifyOtp(answered('<html>', 401))).toEqual({
      kind: 'refused',
      reason: 'EKO_REJECTED',
      status: null,
      message: null,
    });
  });
});
