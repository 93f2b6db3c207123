// sendTransferOtp to the millisecond and to the row: limits, repeats, and what each answer of Eko's leaves behind.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OtpChallenge } from '../../src/entities/index.js';
import { maskMobile } from '../../src/shared/redact.js';
import type { Agent } from '../../src/transfers/agent.js';
import type { SendOtpInput } from '../../src/transfers/otp-service.js';
import { reply, toOtpReply, type OtpScript } from '../support/scripted-eko.js';
import {
  AGENT,
  newCustomer,
  newRef,
  OTHER_AGENT,
  OTHERS_REVOKED,
  refusalOf,
  revoke,
  REVOKED_CALLERS,
  START_MS,
  startUseCases,
  storeIntent,
  untilBlocked,
  type UseCases,
} from '../support/use-cases.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let place: UseCases;
let sendOtp: OtpScript;
beforeAll(async () => {
  place = await startUseCases();
  sendOtp = place.eko.onOtp;
});
afterAll(() => place.stop());
beforeEach(() => {
  place.eko.onOtp = sendOtp;
  place.clock.ms = START_MS;
  place.policies.otp = { lifetimeMs: 10 * MINUTE, maxPerHour: 1_000, maxPerDay: 1_000 };
});

function toInput(changes: Partial<SendOtpInput> = {}): SendOtpInput {
  return {
    customerId: newCustomer(),
    recipientId: '98765',
    amountRupees: 500,
    clientRefId: newRef(),
    ...changes,
  };
}
const send = (input: SendOtpInput, agent: Agent = AGENT) => place.otps.sendTransferOtp(agent, input);
const findRows = ({ customerId }: SendOtpInput) =>
  place.dataSource.manager.find(OtpChallenge, { where: { customerId }, order: { id: 'ASC' } });
const at = (ms: number) => new Date(START_MS + ms);

describe('a sent OTP', () => {
  test('is told to the caller, and remembered with all that it was sent for, but for the OTP', async () => {
    const input = toInput();
    place.eko.onOtp = (response) =>
      reply(response, toOtpReply({ otp_ref_id: 'A-REF', mobile: 'XXXXXX9999' }));
    expect(await send(input)).toEqual({
      otpRefId: 'A-REF',
      sentTo: 'XXXXXX9999',
      amountRupees: 500,
      expiresAt: at(10 * MINUTE),
      resendAfter: at(30 * SECOND),
    });
    expect(await findRows(input)).toEqual([
      {
        id: expect.any(String),
        otpRefId: 'A-REF',
        clientRefId: input.clientRefId,
        agentUserCode: AGENT.userCode,
        customerId: input.customerId,
        recipientId: '98765',
        amountRupees: 500,
        state: 'SENT',
        createdAt: at(0),
        expiresAt: at(10 * MINUTE),
      },
    ]);
  });

  test('was asked for with the agent’s code and the request’s own values', async () => {
    const input = toInput({ amountRupees: 777 });
    let body: unknown;
    place.eko.onOtp = (response, call, index) => {
      body = call.body;
      sendOtp(response, call, index);
    };
    await send(input);
    expect(body).toEqual({
      initiator_id: '9962981729',
      user_code: AGENT.userCode,
      client_ref_id: input.clientRefId,
      recipient_id: 98_765,
      amount: 777,
      customer_id: input.customerId,
    });
  });

  test('has a reference of ours when the client names none, and shows the number masked when Eko does not', async () => {
    const input = toInput({ clientRefId: null });
    place.eko.onOtp = (response) => reply(response, toOtpReply({ otp_ref_id: newRef() }));
    const { sentTo } = await send(input);
    expect(sentTo).toBe(`XXXXXX${input.customerId.slice(-4)}`);
    const [row] = await findRows(input);
    expect(row?.clientRefId).toMatch(/^T[0-9a-z]{19}$/);
  });

  test('two without a reference are two', async () => {
    const input = toInput({ clientRefId: null });
    const [first, second] = [await send(input), await send(input)];
    expect(first.otpRefId).not.toBe(second.otpRefId);
  });

  test('is taken for a fault when it was stored without Eko’s reference', async () => {
    const input = toInput();
    await send(input);
    await place.sql('UPDATE otp_challenges SET otp_ref_id = NULL WHERE client_ref_id = $1', [
      input.clientRefId,
    ]);
    expect(await refusalOf(send(input))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('the same request again', () => {
  test('is answered with the OTP that was sent, and Eko is not asked', async () => {
    const input = toInput();
    const first = await send(input);
    const { otpCount } = place.eko;
    place.clock.ms += 20 * SECOND;
    // Eko's own words on where it went were told once, and are not stored.
    expect(await send(input)).toEqual({ ...first, sentTo: maskMobile(input.customerId) });
    expect(place.eko.otpCount).toBe(otpCount);
    place.clock.ms = START_MS + 10 * MINUTE - 1;
    expect((await send(input)).otpRefId).toBe(first.otpRefId);
  });

  test('is a new one from the moment it has expired', async () => {
    const input = toInput();
    const first = await send(input);
    place.clock.ms += 10 * MINUTE;
    const second = await send(input);
    expect(second.otpRefId).not.toBe(first.otpRefId);
    expect(second.expiresAt).toEqual(at(20 * MINUTE));
    expect((await send(input)).otpRefId).toBe(second.otpRefId);
  });

  test('is a new one when it has authorised a transfer', async () => {
    const input = toInput();
    const first = await send(input);
    const [challenge] = await findRows(input);
    await storeIntent(place, { otpChallengeId: challenge!.id, customerId: input.customerId });
    expect((await send(input)).otpRefId).not.toBe(first.otpRefId);
  });

  test('is a new one when the last was refused, and of several the newest is the one that counts', async () => {
    const input = toInput();
    place.eko.onOtp = (response) => reply(response, { status: 1, message: 'no' });
    await refusalOf(send(input));
    place.eko.onOtp = sendOtp;
    place.clock.ms += SECOND;
    const second = await send(input);
    place.clock.ms += SECOND;
    expect((await send(input)).otpRefId).toBe(second.otpRefId);
  });

  test('is refused for a while when the first may still be under way, and then a new one', async () => {
    const input = toInput();
    await send(input);
    await place.sql(
      "UPDATE otp_challenges SET state = 'REQUESTED', otp_ref_id = NULL WHERE client_ref_id = $1",
      [input.clientRefId],
    );
    place.clock.ms = START_MS + 30 * SECOND - 1;
    expect(await refusalOf(send(input))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
    place.clock.ms += 1;
    expect((await send(input)).expiresAt).toEqual(at(10 * MINUTE + 30 * SECOND));
  });

  test.each<[string, Partial<SendOtpInput>, typeof AGENT]>([
    ['agent', {}, OTHER_AGENT],
    ['customer', { customerId: '6222222222' }, AGENT],
    ['recipient', { recipientId: '98766' }, AGENT],
    ['amount', { amountRupees: 501 }, AGENT],
  ])('but for another %s is a conflict', async (_what, change, agent) => {
    const input = toInput();
    await send(input);
    expect(await refusalOf(send({ ...input, ...change }, agent))).toMatchObject({
      code: 'CLIENT_REF_CONFLICT',
      fields: [{ path: 'input.clientRefId', message: 'is in use for another OTP request' }],
    });
  });
});

describe('a customer’s limit', () => {
  test.each([
    ['an hour', HOUR, { maxPerHour: 2, maxPerDay: 100 }],
    ['a day', DAY, { maxPerHour: 100, maxPerDay: 2 }],
  ])('of %s lets go one by one', async (_name, windowMs, limits) => {
    place.policies.otp = { lifetimeMs: 10 * MINUTE, ...limits };
    const customerId = newCustomer();
    const next = () => send(toInput({ customerId }));
    expect((await next()).resendAfter).toEqual(at(30 * SECOND));
    place.clock.ms += 10 * MINUTE;
    // The limit is reached: another can be asked for when the first one leaves the window.
    expect((await next()).resendAfter).toEqual(at(windowMs));
    place.clock.ms += 5 * MINUTE;
    expect(await refusalOf(next())).toMatchObject({
      code: 'OTP_RATE_LIMITED',
      retryAfterMs: windowMs - 15 * MINUTE,
    });
    place.clock.ms = START_MS + windowMs - 1;
    expect(await refusalOf(next())).toMatchObject({ code: 'OTP_RATE_LIMITED', retryAfterMs: 1 });
    place.clock.ms += 1;
    expect((await next()).resendAfter).toEqual(at(windowMs + 10 * MINUTE));
    expect(await refusalOf(next())).toMatchObject({ code: 'OTP_RATE_LIMITED', retryAfterMs: 10 * MINUTE });
    await send(toInput());
  });

  test('counts what may have been sent, and not what Eko refused to send', async () => {
    place.policies.otp = { lifetimeMs: 10 * MINUTE, maxPerHour: 1, maxPerDay: 10 };
    const customerId = newCustomer();
    place.eko.onOtp = (response) => reply(response, { status: 1, message: 'no' });
    await refusalOf(send(toInput({ customerId })));
    place.eko.onOtp = (response) => response.destroy();
    expect(await refusalOf(send(toInput({ customerId })))).toMatchObject({ code: 'EKO_UNAVAILABLE' });
    expect(await refusalOf(send(toInput({ customerId })))).toMatchObject({ code: 'OTP_RATE_LIMITED' });
  });

  test('does not keep the OTP that was sent from being told again', async () => {
    place.policies.otp = { lifetimeMs: 10 * MINUTE, maxPerHour: 1, maxPerDay: 10 };
    const input = toInput();
    const first = await send(input);
    place.clock.ms += MINUTE;
    expect(await send(input)).toEqual({ ...first, sentTo: maskMobile(input.customerId) });
    expect(first.resendAfter).toEqual(at(HOUR));
  });

  test('cannot be passed by requests at the same moment', async () => {
    place.policies.otp = { lifetimeMs: 10 * MINUTE, maxPerHour: 1, maxPerDay: 10 };
    const customerId = newCustomer();
    let both: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await place.dataSource.transaction(async (manager) => {
      // Nothing can be written: each has got as far as it gets before the other has written.
      await manager.query('LOCK TABLE otp_challenges IN SHARE MODE');
      both = Promise.allSettled([1, 2].map(() => send(toInput({ customerId }))));
      await untilBlocked(place, 2);
    });
    expect((await both)?.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('when Eko sends no OTP', () => {
  test.each([
    [
      { status: 463, message: 'User not found' },
      'CUSTOMER_NOT_FOUND',
      [{ path: 'input.customerId', message: 'is not known to Eko' }],
      'Eko says: User not found (status 463).',
    ],
    [
      { status: 313, message: 'Recipient not found' },
      'RECIPIENT_NOT_FOUND',
      [{ path: 'input.recipientId', message: 'is not known to Eko for this customer' }],
      'Eko says: Recipient not found (status 313).',
    ],
    [{ status: 347, message: 'x' }, 'INSUFFICIENT_BALANCE', undefined, 'Eko says: x (status 347).'],
  ])('the caller is told why: %j', async (body, code, fields, words) => {
    place.eko.onOtp = (response) => reply(response, body);
    const input = toInput();
    const refusal = await refusalOf(send(input));
    expect(refusal).toMatchObject({ code, fields });
    expect(refusal.message).toMatch(/^[A-Z].*\. Eko says/);
    expect(refusal.message).toContain(` ${words}`);
    expect(await findRows(input)).toMatchObject([{ state: 'REFUSED', otpRefId: null }]);
  });

  test.each([
    ['no words', { status: 347 }, 200, /\.$/],
    ['no status', { message: 'Forbidden' }, 403, / Eko says: Forbidden\.$/],
  ])('with %s, none are made up', async (_what, body, httpStatus, ending) => {
    place.eko.onOtp = (response) => reply(response, body, httpStatus);
    const { message } = await refusalOf(send(toInput()));
    expect(message).toMatch(ending);
    expect(message).not.toMatch(/null|\(status|says: *\./);
    if (!('message' in body)) expect(message).not.toContain('Eko says');
  });

  test('an answer that cannot be used leaves it open, and asks for a new OTP', async () => {
    place.eko.onOtp = (response) => reply(response, 'Bad gateway', 502);
    const input = toInput();
    expect(await refusalOf(send(input))).toMatchObject({
      code: 'EKO_UNAVAILABLE',
      retry: 'NEW_OTP',
      message: 'No answer came. An SMS may still arrive, but its OTP cannot be used. Please send a new OTP.',
    });
    expect(await findRows(input)).toMatchObject([{ state: 'UNKNOWN' }]);
    place.eko.onOtp = sendOtp;
    place.clock.ms += 1;
    await send(input);
    expect((await findRows(input)).map(({ state }) => state)).toEqual(['UNKNOWN', 'SENT']);
  });

  test('without a connection nothing was sent, and that is said', async () => {
    const other = await startUseCases({ ekoUrl: 'http://127.0.0.1:1/ekoapi/v3' });
    const input = toInput();
    try {
      expect(await refusalOf(other.otps.sendTransferOtp(AGENT, input))).toMatchObject({
        code: 'EKO_UNREACHABLE',
      });
      const { clientRefId } = input;
      expect(
        await other.dataSource.manager.findBy(OtpChallenge, { clientRefId: clientRefId! }),
      ).toMatchObject([{ state: 'REFUSED' }]);
    } finally {
      await other.stop();
    }
  });
});

describe('a reference that Eko gives twice', () => {
  const repeat = (): string => {
    const otpRefId = newRef();
    place.eko.onOtp = (response) =>
      reply(response, toOtpReply({ otp_ref_id: otpRefId, mobile: 'XXXXXX2222' }));
    return otpRefId;
  };

  test('renews the same unused OTP', async () => {
    const otpRefId = repeat();
    const input = toInput();
    await send(input);
    place.clock.ms += 5 * MINUTE;
    expect(await send({ ...input, clientRefId: newRef() })).toEqual({
      otpRefId,
      sentTo: 'XXXXXX2222',
      amountRupees: 500,
      expiresAt: at(15 * MINUTE),
      resendAfter: at(5 * MINUTE + 30 * SECOND),
    });
    expect(await findRows(input)).toMatchObject([
      { state: 'SENT', otpRefId, expiresAt: at(15 * MINUTE) },
      { state: 'UNKNOWN', otpRefId: null },
    ]);
  });

  test.each<[string, Partial<SendOtpInput>, typeof AGENT]>([
    ['agent', {}, OTHER_AGENT],
    ['customer', { customerId: '6333333333' }, AGENT],
    ['recipient', { recipientId: '98766' }, AGENT],
    ['amount', { amountRupees: 501 }, AGENT],
  ])('for another %s cannot be used', async (_what, change, agent) => {
    repeat();
    const input = toInput();
    await send(input);
    expect(await refusalOf(send({ ...input, ...change, clientRefId: newRef() }, agent))).toMatchObject({
      code: 'EKO_UNAVAILABLE',
      retry: 'NEW_OTP',
      message: 'This OTP cannot be used. Please send a new one.',
    });
    const sent = (await findRows(input)).filter(({ state }) => state === 'SENT');
    expect(sent).toMatchObject([{ clientRefId: input.clientRefId, expiresAt: at(10 * MINUTE) }]);
  });

  test('after it has authorised a transfer cannot be used', async () => {
    repeat();
    const input = toInput();
    await send(input);
    const [challenge] = await findRows(input);
    await storeIntent(place, { otpChallengeId: challenge!.id, customerId: input.customerId });
    expect(await refusalOf(send({ ...input, clientRefId: newRef() }))).toMatchObject({
      code: 'EKO_UNAVAILABLE',
    });
  });

  test('is no name for every failure to store: the database’s other refusals are faults', async () => {
    await place.sql(`ALTER TABLE otp_challenges ADD CONSTRAINT no_such CHECK (otp_ref_id <> 'FORBIDDEN')`);
    place.eko.onOtp = (response) => reply(response, toOtpReply({ otp_ref_id: 'FORBIDDEN' }));
    await expect(send(toInput())).rejects.toThrow('no_such');
  });
});

describe('OTP requests under way', () => {
  test('are bounded, and give their place back however they end', async () => {
    const waiting: (() => void)[] = [];
    place.eko.onOtp = (response, call, index) => waiting.push(() => sendOtp(response, call, index));
    const under = [send(toInput()), send(toInput())];
    expect(await refusalOf(send(toInput()))).toMatchObject({ code: 'OVERLOADED' });
    while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of waiting) answer();
    await Promise.all(under);
    place.eko.onOtp = (response) => reply(response, { status: 1, message: 'no' });
    await refusalOf(send(toInput()));
    expect(place.capacities.otps.inFlight).toBe(0);
  });
});

describe('a caller who is revoked, though this process has not heard of it', () => {
  afterEach(() => place.sql('DELETE FROM revocations'));

  test.each(REVOKED_CALLERS)(
    '%s, has no OTP sent and is told of none',
    async (_how, { kind, value, tokenId }) => {
      const [fresh, known] = [toInput(), toInput()];
      await send(known);
      const asked = place.eko.otpCount;
      await revoke(place, kind, value);
      for (const input of [fresh, known, { ...fresh, clientRefId: null }, { ...known, amountRupees: 501 }])
        expect(await refusalOf(send(input, { ...AGENT, tokenId }))).toMatchObject({
          code: 'UNAUTHENTICATED',
        });
      expect(await findRows(fresh)).toEqual([]);
      expect(place.eko.otpCount).toBe(asked);
    },
  );

  test.each(OTHERS_REVOKED)('is not one where %s is', async (_who, kind, value) => {
    await revoke(place, kind, value);
    await expect(send(toInput(), { ...AGENT, tokenId: 'token-1' })).resolves.toMatchObject({
      amountRupees: 500,
    });
  });
});
