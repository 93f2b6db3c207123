// The same request again is the same transaction, for ever; the same key for anything else is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';
import { countRows, debitRequests } from '../support/records.js';
import {
  readTransaction,
  sendOtp,
  tryInitiate,
  type InitiateAnswer,
  type TestTransaction,
} from '../support/transfer-client.js';

let gateway: Gateway;
let otherAgent: string;
let nextRef = 0;
beforeAll(async () => {
  gateway = await startGateway();
  otherAgent = await gateway.token('agent', '30999999');
});
afterAll(() => gateway.stop());

function newRef(): string {
  nextRef += 1;
  return `REQ-replay-${String(nextRef).padStart(6, '0')}`;
}
function done(answer: InitiateAnswer): { transaction: TestTransaction; replayed: boolean } {
  if (!answer.data?.initiateTransfer) throw new Error(JSON.stringify(answer.errors));
  return answer.data.initiateTransfer;
}
async function expire(otpRefId: string): Promise<void> {
  await gateway.sql(
    `UPDATE otp_challenges SET expires_at = now() - interval '1 second' WHERE otp_ref_id = $1`,
    [otpRefId],
  );
}

describe('the same request', () => {
  test.each([
    ['under its clientRefId', true, true],
    ['under its otpRefId alone', false, false],
    ['made with a clientRefId, asked again without', true, false],
  ])('%s is answered with the same transaction', async (_, hasRef, repeatsRef) => {
    const otpRefId = await sendOtp(gateway);
    const clientRefId = newRef();
    const first = done(await tryInitiate(gateway, { otpRefId, ...(hasRef ? { clientRefId } : {}) }));
    expect(first.replayed).toBe(false);
    const sent = debitRequests(gateway.simulator).length;
    const rows = await countRows(gateway);
    for (const otp of ['123456', '654321']) {
      const again = done(
        await tryInitiate(gateway, { otpRefId, otp, ...(repeatsRef ? { clientRefId } : {}) }),
      );
      expect(again).toEqual({ replayed: true, transaction: first.transaction });
    }
    await expire(otpRefId);
    const late = done(await tryInitiate(gateway, { otpRefId, ...(repeatsRef ? { clientRefId } : {}) }));
    expect(late).toEqual({ replayed: true, transaction: first.transaction });
    expect(debitRequests(gateway.simulator)).toHaveLength(sent);
    expect(await countRows(gateway)).toBe(rows);
  });

  test('that was declined is answered with the decline, and not tried again', async () => {
    const otpRefId = await sendOtp(gateway);
    const clientRefId = newRef();
    const first = done(await tryInitiate(gateway, { otpRefId, clientRefId, otp: '000000' }));
    expect(first.transaction).toMatchObject({ status: 'FAILED', statusReason: { code: 'WRONG_OTP' } });
    const again = done(await tryInitiate(gateway, { otpRefId, clientRefId, otp: '123456' }));
    expect(again).toEqual({ replayed: true, transaction: first.transaction });
    expect(debitRequests(gateway.simulator, clientRefId)).toHaveLength(1);
  });

  test('from another place is the same request: where the device is does not make it new', async () => {
    const otpRefId = await sendOtp(gateway);
    const first = done(await tryInitiate(gateway, { otpRefId }));
    const again = done(await tryInitiate(gateway, { otpRefId, latlong: '12.9716,77.5946' }));
    expect(again).toEqual({ replayed: true, transaction: first.transaction });
  });
});

describe('refusals', () => {
  /** A finished transfer whose keys are taken. */
  let taken: { otpRefId: string; clientRefId: string; transaction: TestTransaction };
  /** An OTP that nobody has used, and that must stay usable. */
  let unused: string;
  beforeEach(async () => {
    const otpRefId = await sendOtp(gateway);
    const clientRefId = newRef();
    const { transaction } = done(await tryInitiate(gateway, { otpRefId, clientRefId }));
    taken = { otpRefId, clientRefId, transaction };
    unused = await sendOtp(gateway);
  });

  interface Refusal {
    readonly name: string;
    readonly input: () => object;
    readonly isOtherAgent?: boolean;
    readonly code: string;
    readonly paths: readonly string[];
  }
  const CASES: readonly Refusal[] = [
    {
      name: 'a taken clientRefId with another OTP',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: unused }),
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'a taken clientRefId with another amount',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: taken.otpRefId, amount: 501 }),
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'a taken clientRefId with another recipient',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: taken.otpRefId, recipientId: '98766' }),
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'a taken clientRefId with another customer',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: taken.otpRefId, customerId: '6111111112' }),
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'a taken clientRefId with an unknown OTP',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: 'UNKNOWN' }),
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'another agent’s clientRefId with the very same request',
      input: () => ({ clientRefId: taken.clientRefId, otpRefId: taken.otpRefId }),
      isOtherAgent: true,
      code: 'CLIENT_REF_CONFLICT',
      paths: ['input.clientRefId'],
    },
    {
      name: 'a used OTP for another amount',
      input: () => ({ otpRefId: taken.otpRefId, amount: 501 }),
      code: 'OTP_ALREADY_USED',
      paths: ['input.otpRefId'],
    },
    {
      name: 'a used OTP under a new clientRefId',
      input: () => ({ otpRefId: taken.otpRefId, clientRefId: newRef() }),
      code: 'OTP_ALREADY_USED',
      paths: ['input.otpRefId'],
    },
    {
      name: 'another agent’s used OTP',
      input: () => ({ otpRefId: taken.otpRefId }),
      isOtherAgent: true,
      code: 'OTP_NOT_FOUND',
      paths: ['input.otpRefId'],
    },
    {
      name: 'another agent’s unused OTP',
      input: () => ({ otpRefId: unused }),
      isOtherAgent: true,
      code: 'OTP_NOT_FOUND',
      paths: ['input.otpRefId'],
    },
    {
      name: 'an OTP that was never sent',
      input: () => ({ otpRefId: 'TXNOTP0000' }),
      code: 'OTP_NOT_FOUND',
      paths: ['input.otpRefId'],
    },
    {
      name: 'an OTP sent for another amount',
      input: () => ({ otpRefId: unused, amount: 501 }),
      code: 'OTP_MISMATCH',
      paths: ['input.amount'],
    },
    {
      name: 'an OTP sent for another recipient',
      input: () => ({ otpRefId: unused, recipientId: '98766' }),
      code: 'OTP_MISMATCH',
      paths: ['input.recipientId'],
    },
    {
      name: 'an OTP sent for another customer',
      input: () => ({ otpRefId: unused, customerId: '6111111112' }),
      code: 'OTP_MISMATCH',
      paths: ['input.customerId'],
    },
    {
      name: 'an OTP sent for something else altogether',
      input: () => ({ otpRefId: unused, customerId: '6111111112', recipientId: '98766', amount: 501 }),
      code: 'OTP_MISMATCH',
      paths: ['input.customerId', 'input.recipientId', 'input.amount'],
    },
  ];

  test.each(CASES)(
    '$name: $code; nothing is written or sent, and an unused OTP stays usable',
    async (refusal) => {
      const sent = gateway.simulator.requests().length;
      const [rows, events] = [await countRows(gateway), await countRows(gateway, 'transfer_events')];
      const { data, errors } = await tryInitiate(
        gateway,
        refusal.input(),
        refusal.isOtherAgent ? otherAgent : undefined,
      );
      expect(data?.initiateTransfer).toBeNull();
      expect(errors).toMatchObject([
        { extensions: { code: refusal.code, fields: refusal.paths.map((path) => ({ path })) } },
      ]);
      expect(await countRows(gateway)).toBe(rows);
      expect(await countRows(gateway, 'transfer_events')).toBe(events);
      expect(gateway.simulator.requests()).toHaveLength(sent);
      expect(await readTransaction(gateway, taken.transaction.id)).toEqual(taken.transaction);

      const usable = done(await tryInitiate(gateway, { otpRefId: unused }));
      expect(usable).toMatchObject({ replayed: false, transaction: { status: 'SUCCESS' } });
    },
  );

  test('an expired OTP that was not used: OTP_EXPIRED; nothing is written or sent', async () => {
    await expire(unused);
    const sent = gateway.simulator.requests().length;
    const rows = await countRows(gateway);
    const { data, errors } = await tryInitiate(gateway, { otpRefId: unused });
    expect(data?.initiateTransfer).toBeNull();
    expect(errors).toMatchObject([
      { extensions: { code: 'OTP_EXPIRED', fields: [{ path: 'input.otpRefId' }] } },
    ]);
    expect(await countRows(gateway)).toBe(rows);
    expect(gateway.simulator.requests()).toHaveLength(sent);
  });

  test.each(['REQUESTED', 'REFUSED', 'UNKNOWN'])(
    'an OTP whose sending is %s authorises nothing',
    async (state) => {
      await gateway.sql(`UPDATE otp_challenges SET state = $2, otp_ref_id = NULL WHERE otp_ref_id = $1`, [
        unused,
        state,
      ]);
      const { errors } = await tryInitiate(gateway, { otpRefId: unused });
      expect(errors).toMatchObject([{ extensions: { code: 'OTP_NOT_FOUND' } }]);
    },
  );
});
