// An answer that cannot be written must not look like an error before the debit: it is refused before anything is done.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { CUSTOMER, LATLONG, RECIPIENT, runSql, startGateway, type Gateway } from '../support/gateway.js';
import { sendOtp } from '../support/transfer-client.js';

const INITIATE = `mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { transaction { status } } }`;

let gateway: Gateway;
let input: object;
beforeAll(async () => {
  gateway = await startGateway({ parts: { api: true, worker: false } });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  const terms = { customerId: CUSTOMER, recipientId: RECIPIENT, amount: 500 };
  input = { ...terms, otp: '123456', otpRefId: await sendOtp(gateway), latlong: LATLONG };
});

const countTransfers = async () =>
  (await runSql<{ count: string }>(gateway.databaseUrl, 'SELECT count(*) FROM transfers'))[0]?.count;

async function initiate(accept: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: INITIATE, variables: { input } }),
  });
  return { response, body: (await response.json()) as object };
}

test.each([
  'text/plain',
  'text/html',
  'image/*',
  'multipart/mixed;subscriptionSpec=1.0',
  'application/json;q=0',
])('nothing is sent for who takes no JSON: %s', async (accept) => {
  const before = await countTransfers();
  const { response, body } = await initiate(accept);
  expect(response.status).toBe(406);
  expect(body).toEqual({
    errors: [
      {
        message: 'Accept application/json, or application/graphql-response+json.',
        extensions: {
          code: 'BAD_USER_INPUT',
          retry: 'CORRECT_INPUT',
          requestId: response.headers.get('x-request-id'),
        },
      },
    ],
  });
  expect(await countTransfers()).toBe(before);
  // The OTP is as good as before.
  expect((await initiate('application/json')).body).toMatchObject({
    data: { initiateTransfer: { transaction: { status: 'SUCCESS' } } },
  });
});

test.each([
  ['application/json; charset=utf-8', 'application/json; charset=utf-8'],
  ['application/graphql-response+json;charset=utf-8', 'application/graphql-response+json; charset=utf-8'],
  ['text/plain, */*;q=0.1', 'application/json; charset=utf-8'],
])('what was done is told whoever takes JSON in some way: %s', async (accept, contentType) => {
  const { response, body } = await initiate(accept);
  expect(response.headers.get('content-type')).toBe(contentType);
  expect(response.status).toBe(200);
  expect(body).toEqual({ data: { initiateTransfer: { transaction: { status: 'SUCCESS' } } } });
});
