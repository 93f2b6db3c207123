import { describe, expect, test } from '@jest/globals';
import { toInspection, type TransferRecords } from '../../src/commands/inspection.js';
import { renderInspection } from '../../src/commands/inspection-text.js';
import { parseConfig } from '../../src/config/config.js';
import {
  OtpChallenge,
  TransferEvent,
  WebhookDelivery,
  type Transfer,
  type TransferStatus,
} from '../../src/entities/index.js';
import { afterCreation, CREATED_AT, toTransfer } from '../support/transfer-row.js';

const { inquiryPolicy: policy } = parseConfig({});
const MINUTE_MS = 60_000;
const TID = '9876543210';

function toEvent(changes: Partial<TransferEvent> = {}): TransferEvent {
  return Object.assign(new TransferEvent(), {
    sequence: 2,
    source: 'EKO_INQUIRY',
    fromStatus: 'AWAITED',
    toStatus: 'AWAITED',
    message: 'Eko’s answer names another amount',
    evidence: {},
    occurredAt: afterCreation(MINUTE_MS),
    ...changes,
  });
}
function inspect(
  changes: Partial<Transfer>,
  { events = [], deliveries = [] }: Partial<Pick<TransferRecords, 'events' | 'deliveries'>> = {},
  now = afterCreation(5 * MINUTE_MS),
) {
  const challenge = Object.assign(new OtpChallenge(), { expiresAt: afterCreation(10 * MINUTE_MS) });
  const transfer = toTransfer({ bankReference: null, maskedAccount: null, ekoMessage: null, ...changes });
  return toInspection({ transfer, challenge, events, deliveries }, { now, policy });
}

describe('what happens next', () => {
  const soon = afterCreation(6 * MINUTE_MS);
  const asked = `Asked after again at ${soon.toISOString()}`;

  test.each<[what: string, row: Partial<Transfer>, says: string]>([
    ['SUBMITTING', { status: 'SUBMITTING', nextInquiryAt: soon }, `${asked}; never send it again.`],
    ['AWAITED', { nextInquiryAt: soon }, `${asked}; never send it again.`],
    ['ON_HOLD', { status: 'ON_HOLD', nextInquiryAt: soon }, `${asked}; never send it again.`],
    [
      'AWAITED and denied',
      { nextInquiryAt: soon, notFoundCount: 2 },
      `${asked}; Eko has denied it 2 of 5 times, and not before ${afterCreation(30 * MINUTE_MS).toISOString()} it may be called never received; never send it again.`,
    ],
    [
      'AWAITED and acknowledged, whatever was denied before',
      { nextInquiryAt: soon, notFoundCount: 2, isAcknowledged: true },
      `${asked}; never send it again.`,
    ],
    [
      'AWAITED and overdue',
      { nextInquiryAt: afterCreation(4 * MINUTE_MS) },
      `To be asked after since ${afterCreation(4 * MINUTE_MS).toISOString()}, and it has not been done: see that a worker is running; never send it again.`,
    ],
    [
      'AWAITED and being asked after',
      { nextInquiryAt: afterCreation(4 * MINUTE_MS), lastInquiryAt: afterCreation(4 * MINUTE_MS + 5) },
      `Being asked after since ${afterCreation(4 * MINUTE_MS + 5).toISOString()} (if that is long ago, see that a worker is running); never send it again.`,
    ],
    [
      'REFUND_PENDING',
      { status: 'REFUND_PENDING', tid: TID, nextInquiryAt: soon },
      `${asked}; the customer is to be paid back at Eko with the refund OTP.`,
    ],
    [
      'SUCCESS',
      { status: 'SUCCESS', tid: TID },
      'Nothing to do: the money reached the recipient; that a bank returned it would be told by callback or refreshTransaction.',
    ],
    [
      'SUCCESS, with a callback to be checked',
      { status: 'SUCCESS', tid: TID, nextInquiryAt: soon },
      `${asked}; so far the money reached the recipient.`,
    ],
    ['REFUNDED', { status: 'REFUNDED', tid: TID }, 'Nothing to do: the customer has been paid back.'],
    [
      'FAILED for a wrong OTP',
      { status: 'FAILED', failureReason: 'WRONG_OTP' },
      'Nothing to do: no money moved, and the agent may start again with a new OTP.',
    ],
    [
      'FAILED because Eko refused it',
      { status: 'FAILED', failureReason: 'EKO_REJECTED' },
      'Check credentials, clock and address: Eko refused the request before processing it, and no money moved.',
    ],
    [
      'FAILED as never received, and looked at again',
      { status: 'FAILED', failureReason: 'NOT_RECEIVED', nextInquiryAt: soon },
      `${asked}; as far as is known no money moved, and the agent may start again with a new OTP.`,
    ],
    [
      'FAILED as never received, and looked at for the last time',
      { status: 'FAILED', failureReason: 'NOT_RECEIVED' },
      'Nobody will ask Eko again by itself; as far as is known no money moved, and the agent may start again with a new OTP.',
    ],
  ])('%s', (_what, row, says) => {
    expect(inspect(row).next).toBe(says);
  });

  test.each<TransferStatus>([
    'SUBMITTING',
    'AWAITED',
    'ON_HOLD',
    'SUCCESS',
    'FAILED',
    'REFUND_PENDING',
    'REFUNDED',
  ])('%s and in review: a person has to look, at the newest contradiction', (status) => {
    const events = [
      toEvent({ message: 'Eko’s answer names another recipient' }),
      toEvent(),
      toEvent({ fromStatus: 'AWAITED', toStatus: 'ON_HOLD', message: 'Eko says: on hold' }),
      toEvent({ source: 'OPERATOR', message: 'A person has looked at it and closed the review: it is well' }),
    ];
    const failureReason = status === 'FAILED' ? 'EKO_DECLINED' : null;
    expect(inspect({ status, failureReason, needsReview: true }, { events }).next).toBe(
      'A person has to look: Eko’s answer names another amount; settle it with Eko’s statement, then close it with resolveReview.',
    );
  });

  test('in review for a second tid: the event that followed it', () => {
    const followed = toEvent({
      toStatus: 'SUCCESS',
      message: `Eko says: success, under another tid than ${TID}`,
      evidence: { tid: '2222222222' },
    });
    const events = [toEvent({ evidence: { tid: TID }, toStatus: 'ON_HOLD' }), followed];
    const { next } = inspect({ status: 'SUCCESS', tid: '2222222222', needsReview: true }, { events });
    expect(next).toContain(`A person has to look: Eko says: success, under another tid than ${TID};`);
  });

  test('in review without an event that says why', () => {
    expect(inspect({ needsReview: true }).next).toMatch(/^A person has to look: Eko’s answers contradict/);
  });
});

describe('what is never shown', () => {
  const CUSTOMER = '6111111111';
  const ACCOUNT = '50100123456789';
  const records = {
    events: [
      toEvent({
        message: `Eko says: ${ACCOUNT} of ${CUSTOMER}, tid ${TID}`,
        evidence: {
          tid: TID,
          bankReference: '412345678901',
          clientRefId: '9000000001',
          recipientId: '98765',
          bodyDigest: 'ab'.repeat(32),
          message: `account 5010 0123 4567 89 \u001b[2J of +91-61111 11111 ${'x'.repeat(200)}`,
          reason: null,
          httpStatus: 200,
        },
      }),
      toEvent({
        source: 'OPERATOR',
        message: `A person has looked at it and closed the review: paid to ${ACCOUNT}, UTR 412345678901`,
        evidence: { operator: 'ops@example.in', reason: `asked ${CUSTOMER}` },
      }),
      toEvent({ source: 'OPERATOR', evidence: { operator: '9000000002', reason: 'it is all well' } }),
    ],
    deliveries: [
      Object.assign(new WebhookDelivery(), {
        claimedTxStatus: '0',
        deliveryCount: 3,
        firstReceivedAt: CREATED_AT,
        lastReceivedAt: afterCreation(MINUTE_MS),
        bodyDigest: 'cd'.repeat(32),
      }),
    ],
  };
  const inspection = inspect(
    {
      clientRefId: `REF-${CUSTOMER}`,
      customerId: CUSTOMER,
      tid: TID,
      bankReference: '412345678901',
      maskedAccount: 'XXXXXXXXXX6789',
      ekoMessage: `Sent to ${ACCOUNT}`,
      latlong: '28.1234567,77.7654321',
    },
    records,
  );

  test.each([
    ['as text', renderInspection(inspection)],
    ['as JSON', JSON.stringify(inspection)],
  ])('%s: no number of a person or an account, no place, no control character', (_how, text) => {
    expect(text).not.toMatch(/6111111111|61111 11111|50100|5010 0123|900000000[12]|28\.1234567|77\.7654321/);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f]|\\u00/);
    for (const shown of ['XXXXXX1111', 'XXXXXXXXXX6789', TID, '412345678901', 'ops@example.in', 'XXXXXX0002'])
      expect(text).toContain(shown);
  });

  test('evidence is short: nothing that is absent, no long value, the beginning of a hash', () => {
    const [first] = inspection.timeline;
    expect(Object.keys(first?.evidence ?? {})).toEqual([
      'tid',
      'bankReference',
      'clientRefId',
      'recipientId',
      'bodyDigest',
      'message',
      'httpStatus',
    ]);
    expect(first?.evidence['bodyDigest']).toBe('abababababab');
    expect(String(first?.evidence['message'])).toHaveLength(81);
  });

  test('the text has every part of the JSON', () => {
    const text = renderInspection(inspection);
    expect(text).toContain('httpStatus=200');
    expect(text).toMatch(
      /^ {2}tx_status 0: 3 times, 2026-01-01T00:00:00\.000Z to 2026-01-01T00:01:00\.000Z$/m,
    );
    expect(text).toMatch(/^ {3}2 {2}2026-01-01T00:01:00\.000Z {2}OPERATOR {6}AWAITED -> AWAITED$/m);
    expect(text.trimEnd().split('\n').at(-1)?.trim()).toBe(inspection.next);
  });
});
