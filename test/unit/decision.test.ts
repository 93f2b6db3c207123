// What each kind of answer does in each state, as a table, and what makes an answer not ours.
import { describe, expect, test } from '@jest/globals';
import type { FailureReason, Transfer, TransferStatus } from '../../src/entities/index.js';
import { classifyDebit, classifyInquiry } from '../../src/eko/outcome.js';
import { decide, type Decision, type Outcome } from '../../src/transfers/decision.js';
import { afterCreation, toTransfer } from '../support/transfer-row.js';

const OURS = { client_ref_id: 'REQ-20260101-001', amount: '500.00', tid: '77' };

function answered(body: object, httpStatus = 200) {
  return { kind: 'answered', httpStatus, body: JSON.stringify(body), dateMs: null } as const;
}
function inquiry(txStatus: string, data: object = {}): Outcome {
  return classifyInquiry(
    answered({ status: 0, message: 'ok', data: { ...OURS, tx_status: txStatus, ...data } }),
  );
}
function debit(txStatus: string, data: object = {}, status = 0): Outcome {
  return classifyDebit(answered({ status, message: 'ok', tx_status: txStatus, data: { ...OURS, ...data } }));
}

const OUTCOMES: Readonly<Record<string, () => Outcome>> = {
  succeeded: () => inquiry('0'),
  failed: () => inquiry('1'),
  awaited: () => inquiry('2'),
  onHold: () => inquiry('5'),
  refundPending: () => inquiry('3'),
  refunded: () => inquiry('4'),
  notFound: () => classifyInquiry(answered({ status: 168, message: 'TID does not exist' })),
  inquiryFailed: () => classifyInquiry({ kind: 'lost', cause: 'timeout' }),
  unknown: () => classifyDebit({ kind: 'lost', cause: 'timeout' }),
  notSent: () => classifyDebit({ kind: 'notSent', cause: 'ECONNREFUSED' }),
  rejected: () => classifyDebit(answered({ status: 1, message: 'Forbidden' }, 403)),
};

test('the outcomes of this table are what their names say', () => {
  const kinds = Object.entries(OUTCOMES).map(([name, toOutcome]) => [name, toOutcome().kind]);
  expect(Object.fromEntries(kinds)).toEqual({
    ...Object.fromEntries(Object.keys(OUTCOMES).map((name) => [name, name])),
    onHold: 'awaited',
  });
});

interface State {
  readonly status: TransferStatus;
  readonly failureReason: FailureReason | null;
}
const STATES: Readonly<Record<string, State>> = {
  SUBMITTING: { status: 'SUBMITTING', failureReason: null },
  AWAITED: { status: 'AWAITED', failureReason: null },
  ON_HOLD: { status: 'ON_HOLD', failureReason: null },
  SUCCESS: { status: 'SUCCESS', failureReason: null },
  REFUND_PENDING: { status: 'REFUND_PENDING', failureReason: null },
  REFUNDED: { status: 'REFUNDED', failureReason: null },
  FAILED: { status: 'FAILED', failureReason: 'EKO_DECLINED' },
  NOT_RECEIVED: { status: 'FAILED', failureReason: 'NOT_RECEIVED' },
};

// `=` kept and confirmed · `.` kept, nothing taken over · `!` contradiction · `?` counted · else the new state.
const TABLE: Readonly<Record<string, readonly string[]>> = {
  //                 SUBMITTING        AWAITED           ON_HOLD           SUCCESS           REFUND_PENDING  REFUNDED    FAILED  NOT_RECEIVED
  succeeded: /*   */ [
    'SUCCESS',
    /*  */ 'SUCCESS',
    /*  */ 'SUCCESS',
    /*  */ '=',
    /*       */ '!',
    /*       */ '!',
    /*  */ '!',
    'SUCCESS',
  ],
  failed: /*      */ [
    'FAILED',
    /*   */ 'FAILED',
    /*   */ 'FAILED',
    /*   */ '!',
    /*       */ '!',
    /*       */ '!',
    /*  */ '=',
    'FAILED',
  ],
  awaited: /*     */ [
    'AWAITED',
    /*  */ '=',
    /*        */ 'AWAITED',
    /*  */ '.',
    /*       */ '.',
    /*       */ '.',
    /*  */ '!',
    'AWAITED',
  ],
  onHold: /*      */ [
    'ON_HOLD',
    /*  */ 'ON_HOLD',
    /*  */ '=',
    /*        */ '.',
    /*       */ '.',
    /*       */ '.',
    /*  */ '!',
    'ON_HOLD',
  ],
  refundPending: /**/ [
    'REFUND_PENDING',
    'REFUND_PENDING',
    'REFUND_PENDING',
    'REFUND_PENDING',
    '=',
    /*     */ '!',
    /*  */ '!',
    'REFUND_PENDING',
  ],
  refunded: /*    */ [
    'REFUNDED',
    /* */ 'REFUNDED',
    /* */ 'REFUNDED',
    /* */ 'REFUNDED',
    /**/ 'REFUNDED',
    /**/ '=',
    /*  */ '!',
    'REFUNDED',
  ],
  notFound: /*    */ [
    '?',
    /*        */ '?',
    /*        */ '?',
    /*        */ '?',
    /*       */ '?',
    /*       */ '?',
    /*  */ '?',
    '?',
  ],
  inquiryFailed: /**/ [
    '.',
    /*       */ '.',
    /*        */ '.',
    /*        */ '.',
    /*       */ '.',
    /*       */ '.',
    /*  */ '.',
    '.',
  ],
  unknown: /*     */ [
    'AWAITED',
    /*  */ '.',
    /*        */ '.',
    /*        */ '.',
    /*       */ '.',
    /*       */ '.',
    /*  */ '.',
    '.',
  ],
  notSent: /*     */ [
    'FAILED',
    /*   */ 'FAILED',
    /*   */ 'FAILED',
    /*   */ '!',
    /*       */ '!',
    /*       */ '!',
    /*  */ '=',
    'FAILED',
  ],
  rejected: /*    */ [
    'FAILED',
    /*   */ 'FAILED',
    /*   */ 'FAILED',
    /*   */ '!',
    /*       */ '!',
    /*       */ '!',
    /*  */ '=',
    'FAILED',
  ],
};

function toSign(decision: Decision): string {
  switch (decision.kind) {
    case 'move':
      return decision.to;
    case 'keep':
      return decision.confirms ? '=' : '.';
    case 'countNotFound':
      return '?';
    case 'contradict':
      return '!';
  }
}

test.each(Object.entries(TABLE))('%s, in every state', (name, expected) => {
  const outcome = OUTCOMES[name]!();
  const isInquiry = !['unknown', 'notSent', 'rejected'].includes(name);
  const signs = Object.values(STATES).map((state) =>
    toSign(decide(toTransfer(state), { outcome, askedAt: afterCreation(9), isInquiry })),
  );
  expect(signs).toEqual(expected);
});

describe('a failure carries its reason', () => {
  test.each([
    ['notSent', 'EKO_UNREACHABLE'],
    ['rejected', 'EKO_REJECTED'],
    ['failed', 'EKO_DECLINED'],
  ])('%s: %s', (name, reason) => {
    expect(
      decide(toTransfer(), { outcome: OUTCOMES[name]!(), askedAt: afterCreation(9), isInquiry: false }),
    ).toMatchObject({
      kind: 'move',
      to: 'FAILED',
      reason,
    });
  });
});

describe('proof that processing never began', () => {
  test.each(['notSent', 'rejected'])('%s is none once Eko has spoken of the transaction', (name) => {
    for (const state of ['SUBMITTING', 'AWAITED', 'ON_HOLD', 'SUCCESS', 'REFUND_PENDING', 'REFUNDED']) {
      const transfer = toTransfer({ ...STATES[state]!, isAcknowledged: true });
      expect(
        toSign(decide(transfer, { outcome: OUTCOMES[name]!(), askedAt: afterCreation(9), isInquiry: false })),
      ).toBe('!');
    }
  });
});

describe('an answer asked for before the one that the status rests on', () => {
  const older = (state: string, outcome: Outcome) =>
    toSign(
      decide(toTransfer({ ...STATES[state]!, evidenceAskedAt: afterCreation(10) }), {
        outcome,
        askedAt: afterCreation(9),
        isInquiry: true,
      }),
    );
  test.each([
    ['AWAITED', 'onHold', '.'],
    ['ON_HOLD', 'awaited', '.'],
    ['REFUND_PENDING', 'succeeded', '.'],
    ['REFUNDED', 'succeeded', '.'],
    ['REFUNDED', 'refundPending', '.'],
    ['FAILED', 'awaited', '.'],
    // Old or not, these cannot both be true, or say more than what is known.
    ['SUCCESS', 'failed', '!'],
    ['FAILED', 'succeeded', '!'],
    ['AWAITED', 'succeeded', 'SUCCESS'],
    ['AWAITED', 'failed', 'FAILED'],
  ])('%s, told %s: %s', (state, name, expected) => {
    expect(older(state, OUTCOMES[name]!())).toBe(expected);
  });
});

describe('what is not ours', () => {
  const known: Partial<Transfer> = { tid: '77' };
  test.each<[string, Partial<Transfer>, object, string | null]>([
    ['all of it ours', known, {}, null],
    ['another reference', {}, { client_ref_id: 'REQ-20260101-002' }, 'another reference'],
    ['the reference in other letters', {}, { client_ref_id: 'req-20260101-001' }, 'another reference'],
    ['another recipient', {}, { recipient_id: 98766 }, 'another recipient'],
    ['our recipient as text', {}, { recipient_id: '98765' }, null],
    ['a paisa more', {}, { amount: '500.01' }, 'another amount'],
    ['the amount in paise', {}, { amount: 50000 }, 'another amount'],
    ['a negative amount', {}, { amount: '-500' }, 'another amount'],
    ['the amount with an exponent', {}, { amount: '5.0E2' }, null],
    ['an amount in words', {}, { amount: 'five hundred' }, 'cannot be read'],
    ['no amount', {}, { amount: '' }, null],
    ['no reference, but the known tid', known, { client_ref_id: '' }, null],
    ['no reference and a new tid', {}, { client_ref_id: '' }, 'does not say which'],
  ])('an inquiry that names %s', (_, change, data, words) => {
    const decision = decide(toTransfer(change), {
      outcome: inquiry('0', data),
      askedAt: afterCreation(9),
      isInquiry: true,
    });
    if (words === null) expect(decision).toMatchObject({ kind: 'move', to: 'SUCCESS' });
    else expect(decision).toEqual({ kind: 'contradict', message: expect.stringContaining(words) });
  });

  test.each([
    ['AWAITED', true, { kind: 'move', to: 'SUCCESS', hasSecondTid: true }],
    ['AWAITED', false, { kind: 'contradict' }],
    ['SUCCESS', true, { kind: 'contradict' }],
  ])(
    'a second tid under our reference, told %s, the first one denied: %s',
    (state, isTidDenied, expected) => {
      const decision = decide(toTransfer({ ...STATES[state]!, tid: '77' }), {
        outcome: inquiry('0', { tid: '78' }),
        askedAt: afterCreation(9),
        isInquiry: true,
        isTidDenied,
      });
      expect(decision).toMatchObject(expected);
    },
  );

  test.each([['78'], ['77'], ['']])('a denied tid is not followed into a failure under tid "%s"', (tid) => {
    const decision = decide(toTransfer({ ...STATES['AWAITED']!, tid: '77' }), {
      outcome: inquiry('1', { tid }),
      askedAt: afterCreation(9),
      isInquiry: true,
      isTidDenied: true,
    });
    expect(decision).toMatchObject({ kind: 'contradict' });
  });

  test('the debit’s own answer need not repeat the reference', () => {
    const outcome = debit('0', { client_ref_id: '' });
    expect(decide(toTransfer(), { outcome, askedAt: afterCreation(9), isInquiry: false })).toMatchObject({
      to: 'SUCCESS',
    });
  });

  test.each(['0', '1', '2', '3', '4', '5'])(
    'tx_status %s of another transaction is a contradiction, whatever it says',
    (txStatus) => {
      const outcome = debit(txStatus, { client_ref_id: 'REQ-20260101-002' }, txStatus === '1' ? 1 : 0);
      expect(decide(toTransfer(), { outcome, askedAt: afterCreation(9), isInquiry: false }).kind).toBe(
        'contradict',
      );
    },
  );
});

describe('the timeline says', () => {
  const decideOn = (name: string, change: Partial<Transfer> = {}, more: { isTidDenied?: boolean } = {}) =>
    decide(toTransfer(change), {
      outcome: OUTCOMES[name]!(),
      askedAt: afterCreation(9),
      isInquiry: false,
      ...more,
    });

  test.each([
    ['WRONG_OTP', ' (the OTP is wrong)'],
    ['OTP_EXPIRED', ' (the OTP has expired)'],
    ['OTP_ALREADY_USED', ' (the OTP was used before)'],
    ['INSUFFICIENT_BALANCE', ' (the wallet does not hold enough)'],
    ['LIMIT_EXCEEDED', ' (a limit would be passed)'],
    ['EKO_DECLINED', ''],
  ] as const)('why Eko declined: %s', (reason, words) => {
    const outcome = { ...OUTCOMES['failed']!(), kind: 'failed', reason } as Parameters<
      typeof decide
    >[1]['outcome'];
    const given = { outcome, askedAt: afterCreation(9), isInquiry: false, isTidDenied: false };
    expect(decide(toTransfer(), given)).toMatchObject({ reason, message: `Eko says: failed${words}` });
  });

  test.each([
    ['succeeded', 'Eko says: success'],
    ['failed', 'Eko says: failed'],
    ['awaited', 'Eko says: awaiting the bank'],
    ['onHold', 'Eko says: on hold'],
    ['refundPending', 'Eko says: the money came back; the sender is to be paid back with a refund OTP'],
    ['refunded', 'Eko says: refunded'],
    ['unknown', 'No usable answer from Eko (timeout); the outcome is being inquired after'],
    ['notSent', 'No connection to Eko could be made; nothing was sent'],
    ['rejected', 'Eko refused the request before processing it'],
  ])('when %s: %s', (name, message) => {
    const isFailure = ['failed', 'notSent', 'rejected'].includes(name);
    expect(decideOn(name, { status: 'SUBMITTING' })).toEqual({
      kind: 'move',
      to: expect.any(String),
      reason: isFailure ? expect.any(String) : null,
      message,
      hasSecondTid: false,
    });
  });

  test.each<[string, string, Partial<Transfer>, boolean]>([
    ['Eko says: failed, which cannot follow SUCCESS', 'failed', { status: 'SUCCESS' }, false],
    [
      'No connection to Eko could be made; nothing was sent, but Eko has spoken of this transaction',
      'notSent',
      { isAcknowledged: true },
      false,
    ],
    ['Eko’s answer names another tid than before', 'succeeded', { tid: '76' }, false],
    ['Eko denies the tid it gave, and calls the transfer failed', 'failed', { tid: '77' }, true],
  ])('of a contradiction: %s', (message, name, change, isTidDenied) => {
    expect(decideOn(name, change, { isTidDenied })).toEqual({ kind: 'contradict', message });
  });

  test('of a tid that is followed, which one it was before', () => {
    expect(decideOn('succeeded', { tid: '76' }, { isTidDenied: true })).toMatchObject({
      kind: 'move',
      message: 'Eko says: success, under another tid than 76',
      hasSecondTid: true,
    });
  });
});

test('an answer asked for at the same moment as the one that the status rests on is not older', () => {
  const transfer = toTransfer({ status: 'AWAITED', evidenceAskedAt: afterCreation(9) });
  const evidence = { outcome: OUTCOMES['onHold']!(), askedAt: afterCreation(9), isInquiry: true };
  expect(decide(transfer, evidence)).toMatchObject({ kind: 'move', to: 'ON_HOLD' });
});

test('a denied tid that Eko names again is followed as any other', () => {
  const transfer = toTransfer({ tid: '77' });
  const evidence = { outcome: OUTCOMES['succeeded']!(), askedAt: afterCreation(9), isInquiry: true };
  expect(decide(transfer, { ...evidence, isTidDenied: true })).toEqual(decide(transfer, evidence));
});

test('proof that processing never began confirms a final failure, also one that Eko has spoken of', () => {
  const transfer = toTransfer({ ...STATES['FAILED']!, isAcknowledged: true });
  for (const name of ['notSent', 'rejected']) {
    const evidence = { outcome: OUTCOMES[name]!(), askedAt: afterCreation(9), isInquiry: false };
    expect(decide(transfer, evidence)).toEqual({ kind: 'keep', confirms: true });
  }
});

describe('an inquiry’s answer without a tid', () => {
  const decideOn = (change: Partial<Transfer>, data: object, isTidDenied = false) =>
    decide(toTransfer(change), {
      outcome: inquiry('2', { tid: '', ...data }),
      askedAt: afterCreation(9),
      isInquiry: true,
      isTidDenied,
    });

  test('and without our reference does not say which transaction it is about', () => {
    expect(decideOn({}, { client_ref_id: '' })).toEqual({
      kind: 'contradict',
      message: 'Eko’s answer to an inquiry does not say which transaction it is about',
    });
  });

  test('is no second tid', () => {
    expect(decideOn({ status: 'ON_HOLD', tid: '77' }, {})).toMatchObject({ kind: 'move', to: 'AWAITED' });
  });

  test('confirms what is known, also when the tid was denied', () => {
    expect(decideOn({ tid: '77' }, {}, true)).toEqual({ kind: 'keep', confirms: true });
  });
});
