// One OTP request is one SMS, however impatiently it is sent.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';
import { trySendOtp } from '../support/transfer-client.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

test('the same request twice at once sends one SMS; the second is told to ask again, and then gets the first', async () => {
  const input = { clientRefId: 'OTP-20260101-001' };
  const answers = await Promise.all([trySendOtp(gateway, input), trySendOtp(gateway, input)]);
  const sent = answers.flatMap(({ data }) => data?.sendTransferOtp?.transferOtp ?? []);
  const refusals = answers.flatMap(({ errors }) => errors ?? []);
  expect(gateway.simulator.latestOtps()).toHaveLength(1);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length + refusals.length).toBe(2);
  for (const { extensions } of refusals) {
    expect(extensions).toMatchObject({
      code: 'RATE_LIMITED',
      retry: 'SAME_REQUEST_LATER',
      retryAfterMs: 1_000,
    });
  }

  const again = await trySendOtp(gateway, input);
  expect(again.data?.sendTransferOtp?.transferOtp.otpRefId).toBe(sent[0]?.otpRefId);
  expect(gateway.simulator.latestOtps()).toHaveLength(1);
});

test('a request whose answer never came is refused for a while: its SMS may be on the way', async () => {
  const input = { clientRefId: 'OTP-20260101-002', customerId: '6111111112' };
  await trySendOtp(gateway, input);
  await gateway.sql(
    "UPDATE otp_challenges SET state = 'REQUESTED', otp_ref_id = NULL, created_at = now() WHERE client_ref_id = $1",
    [input.clientRefId],
  );
  const { errors } = await trySendOtp(gateway, input);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);

  await gateway.sql(
    "UPDATE otp_challenges SET created_at = now() - interval '1 minute' WHERE client_ref_id = $1",
    [input.clientRefId],
  );
  expect((await trySendOtp(gateway, input)).errors).toBeUndefined();
});
