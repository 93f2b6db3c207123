// The Eko client on the wire, row by row against both seed documents: what leaves, and what becomes of the answer.
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { EkoClient, type EkoClientOptions } from '../../src/eko/index.js';
import { SEED_OTP_SENT, SEED_SUCCESS } from '../fixtures/eko/documented-replies.js';
import { startStubServer, toHttpReply, type Answer, type StubServer } from '../support/stub-server.js';

const NOW_MS = 1_700_000_000_000;
const CREDENTIALS = {
  developerKey: 'dev-key-becbbce45f79c6f5109f848acd540567',
  accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE',
  initiatorId: '9962981729',
};
const SEND_OTP = {
  userCode: '20810200',
  clientRefId: 'REQ-20260101-001',
  customerId: '9123456789',
  recipientId: '98765',
  amountRupees: 500,
};
const INITIATE = { ...SEND_OTP, otp: '025183', otpRefId: 'TXNOTP20240101001', latlong: '28.6139,77.2090' };
const INQUIRY = { userCode: '20810200', clientRefId: 'REQ-20260101-001', tid: null };
const TRANSACTION_PATH = '/ekoapi/v3/tools/reference/transaction';

let stub: StubServer;
afterEach(async () => {
  await stub.idle();
  await stub.stop();
});

const clock = { ms: NOW_MS, nowMs: () => clock.ms };

async function start(answer: Answer, options: Partial<EkoClientOptions> = {}): Promise<EkoClient> {
  clock.ms = NOW_MS;
  stub = await startStubServer({ answer });
  return new EkoClient({
    baseUrl: `${stub.url}/ekoapi/v3`,
    credentials: CREDENTIALS,
    timeouts: { otpMs: 5_000, transferMs: 5_000, inquiryMs: 5_000 },
    clock,
    digest: (body) => `${body.length} characters`,
    ...options,
  });
}

/** Answers each request with the next of these replies, and the last one from then on. */
function replying(
  ...replies: readonly [httpStatus: number, body: object | string, headers?: Record<string, string>][]
): Answer {
  return (socket, _request, index) => {
    const [httpStatus, body, headers] = replies[Math.min(index, replies.length - 1)]!;
    socket.end(toHttpReply(httpStatus, typeof body === 'string' ? body : JSON.stringify(body), headers));
  };
}

function onlyRequest() {
  expect(stub.requests).toHaveLength(1);
  expect(stub.connections).toBe(1);
  return stub.requests[0]!;
}

const onlyBody = () => JSON.parse(onlyRequest().body) as Record<string, unknown>;

/** The seed's own words, independent of src/eko: base64(HMAC-SHA256(timestamp, base64(access_key))). */
function toSecretKey(timestamp: string): string {
  const key = Buffer.from(CREDENTIALS.accessKey).toString('base64');
  return createHmac('sha256', key).update(timestamp).digest('base64');
}

type Row = readonly [name: string, type: 'string' | 'number', value: unknown];

/** Seed document "Send Transaction OTP", "Body parameters". */
const OTP_PARAMETERS: readonly Row[] = [
  ['initiator_id', 'string', '9962981729'],
  ['user_code', 'string', '20810200'],
  ['client_ref_id', 'string', 'REQ-20260101-001'],
  ['recipient_id', 'number', 98765],
  ['amount', 'number', 500],
  ['customer_id', 'string', '9123456789'],
];
/** Seed document "Initiate Transfer", "Body parameters". */
const INITIATE_PARAMETERS: readonly Row[] = [
  ...OTP_PARAMETERS,
  ['otp', 'string', '025183'],
  ['otp_ref_id', 'string', 'TXNOTP20240101001'],
  ['latlong', 'string', '28.6139,77.2090'],
  ['state', 'string', '1'],
  ['recipient_id_type', 'string', '1'],
  ['channel', 'number', 2],
  ['currency', 'string', 'INR'],
  ['timestamp', 'string', '2023-11-14T22:13:20.000Z'],
];
const HEADERS: readonly [string, (value: string | undefined, timestamp: string) => void][] = [
  ['developer_key', (value) => expect(value).toBe(CREDENTIALS.developerKey)],
  ['secret-key', (value, timestamp) => expect(value).toBe(toSecretKey(timestamp))],
  ['secret-key-timestamp', (value) => expectNow(Number(value), NOW_MS)],
  ['content-type', (value) => expect(value).toBe('application/json')],
];

const CALLS = [
  {
    call: 'sendTransferOtp',
    send: (eko: EkoClient) => eko.sendTransferOtp(SEND_OTP),
    reply: SEED_OTP_SENT,
    path: '/ekoapi/v3/customer/payment/dmt-fino/otp',
    parameters: OTP_PARAMETERS,
  },
  {
    call: 'initiateTransfer',
    send: (eko: EkoClient) => eko.initiateTransfer(INITIATE),
    reply: SEED_SUCCESS,
    path: '/ekoapi/v3/customer/payment/dmt-fino',
    parameters: INITIATE_PARAMETERS,
  },
] as const;

describe.each(CALLS)('$call', ({ send, reply, path, parameters }) => {
  test('is one POST to the documented path', async () => {
    await send(await start(replying([200, reply])));
    expect(onlyRequest()).toMatchObject({ method: 'POST', path });
  });

  test.each(parameters)('sends %s as a %s', async (name, type, value) => {
    await send(await start(replying([200, reply])));
    expect(typeof onlyBody()[name]).toBe(type);
    expect(onlyBody()[name]).toBe(value);
  });

  test('sends no other parameter: an extra one is answered with "No key for Response"', async () => {
    await send(await start(replying([200, reply])));
    expect(Object.keys(onlyBody()).sort()).toEqual(parameters.map(([name]) => name).sort());
  });

  test.each(HEADERS)('sends the header %s', async (name, check) => {
    await send(await start(replying([200, reply])));
    const { headers } = onlyRequest();
    check(headers.get(name), headers.get('secret-key-timestamp') ?? '');
  });

  test('asks for no compression and no second request on the connection', async () => {
    await send(await start(replying([200, reply])));
    const { headers } = onlyRequest();
    const lowerCase = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
    expect(lowerCase.get('connection')).toBe('close');
    expect(lowerCase.has('accept-encoding')).toBe(false);
    expect(lowerCase.has('transfer-encoding')).toBe(false);
  });

  test.each([
    { amountRupees: 100.5 },
    { amountRupees: NaN },
    { amountRupees: 0 },
    { recipientId: 'x' },
    { recipientId: '' },
  ])('sends nothing when a number is not one: %j', async (wrong) => {
    const eko = await start(replying([200, reply]));
    await expect(eko.initiateTransfer({ ...INITIATE, ...wrong })).rejects.toThrow('is');
    await expect(eko.sendTransferOtp({ ...SEND_OTP, ...wrong })).rejects.toThrow('is');
    expect(stub.connections).toBe(0);
  });
});

describe('an amount', () => {
  test.each([100, 5_000, 25_000])('of ₹%d is an integer on the wire', async (amountRupees) => {
    const eko = await start(replying([200, SEED_SUCCESS]));
    await eko.initiateTransfer({ ...INITIATE, amountRupees });
    expect(onlyRequest().body).toMatch(new RegExp(`"amount":${amountRupees}[,}]`));
  });
});

describe('a recipient id', () => {
  test('of 15 digits is exact on the wire', async () => {
    const eko = await start(replying([200, SEED_OTP_SENT]));
    await eko.sendTransferOtp({ ...SEND_OTP, recipientId: '999999999999999' });
    expect(onlyRequest().body).toContain('"recipient_id":999999999999999');
  });
});

describe('an answer', () => {
  test('to sendTransferOtp gives the reference and the masked number', async () => {
    const eko = await start(replying([200, SEED_OTP_SENT]));
    expect(await eko.sendTransferOtp(SEND_OTP)).toEqual({
      kind: 'sent',
      otpRefId: 'TXNOTP20240101001',
      sentTo: 'XXXXXX6789',
    });
  });

  test('to initiateTransfer gives the tid, the UTR and the money in paise', async () => {
    const eko = await start(replying([200, SEED_SUCCESS]));
    expect(await eko.initiateTransfer(INITIATE)).toMatchObject({
      kind: 'succeeded',
      tid: '2309876543',
      envelope: { data: { bankReference: '412345678901', amountPaise: 50_000n, balancePaise: 449_500n } },
      evidence: { httpStatus: 200, tid: '2309876543', amount: '500.00', clientRefId: 'REQ-20260101-001' },
    });
  });

  test('leaves the digest of its body in the evidence, read or not', async () => {
    const bodies = [JSON.stringify(SEED_SUCCESS), 'Bad gateway'] as const;
    const eko = await start(replying([200, bodies[0]], [502, bodies[1]]));
    const { evidence } = await eko.initiateTransfer(INITIATE);
    expect(evidence).toMatchObject({ tid: '2309876543', bodyDigest: `${bodies[0].length} characters` });
    const { outcome } = await eko.inquire(INQUIRY);
    expect(outcome.evidence).toEqual({ httpStatus: 502, bodyDigest: '11 characters' });
  });

  test('that does not come leaves none', async () => {
    const eko = await start((socket) => socket.resetAndDestroy());
    expect((await eko.initiateTransfer(INITIATE)).evidence).toEqual({ transport: 'ECONNRESET' });
  });

  test('starting with a byte order mark is read', async () => {
    const eko = await start(replying([200, `\ufeff${JSON.stringify(SEED_SUCCESS)}`]));
    expect(await eko.initiateTransfer(INITIATE)).toMatchObject({ kind: 'succeeded' });
  });
});

describe('an inquiry', () => {
  const found = { status: 0, data: { tx_status: '0', tid: '17', client_ref_id: INQUIRY.clientRefId } };
  const noTid = { status: 168, message: 'TID does not exist' };
  const noReference = { status: 1, message: 'No transaction found for the given reference.', data: {} };

  test('asks by the prefixed reference when no tid is known', async () => {
    const eko = await start(replying([200, found]));
    expect((await eko.inquire(INQUIRY)).outcome).toMatchObject({ kind: 'succeeded', tid: '17' });
    const { method, path, body } = onlyRequest();
    expect([method, body]).toEqual(['GET', '']);
    expect(path).toBe(
      `${TRANSACTION_PATH}/client_ref_id:REQ-20260101-001?initiator_id=9962981729&user_code=20810200`,
    );
  });

  test('asks by tid alone when Eko knows it', async () => {
    const eko = await start(replying([200, found]));
    await eko.inquire({ ...INQUIRY, tid: '17' });
    expect(onlyRequest().path).toMatch(`${TRANSACTION_PATH}/17?`);
  });

  test('asks by the reference too when Eko denies the tid', async () => {
    const eko = await start(replying([200, noTid], [200, found]));
    expect((await eko.inquire({ ...INQUIRY, tid: '17' })).outcome).toMatchObject({ kind: 'succeeded' });
    expect(stub.requests).toHaveLength(2);
    expect(new Set(stub.requests.map(({ headers }) => headers.get('secret-key-timestamp'))).size).toBe(2);
  });

  test('is not found only when both are denied', async () => {
    const eko = await start(replying([200, noTid], [200, noReference]));
    expect((await eko.inquire({ ...INQUIRY, tid: '17' })).outcome).toMatchObject({ kind: 'notFound' });
  });

  test('fails, and is not "not found", when Eko is broken', async () => {
    const eko = await start(replying([200, noTid], [502, '<html>Bad Gateway</html>']));
    expect((await eko.inquire({ ...INQUIRY, tid: '17' })).outcome).toMatchObject({
      kind: 'inquiryFailed',
      cause: 'HTTP 502',
    });
  });

  test('keeps a strange tid inside its path segment', async () => {
    const eko = await start(replying([200, found]));
    await eko.inquire({ ...INQUIRY, tid: '../../x?y=1#z' });
    expect(onlyRequest().path).toMatch(`${TRANSACTION_PATH}/..%2F..%2Fx%3Fy%3D1%23z?initiator_id=`);
  });
});

describe.each([401, 403])('a refusal with HTTP %d and another clock', (httpStatus) => {
  const aheadMs = 600_000;
  const refusal: [number, object, Record<string, string>] = [
    httpStatus,
    { status: 2485, response_type_id: 2485, response_status_id: 1, message: 'Expired security headers' },
    { date: new Date(NOW_MS + aheadMs).toUTCString() },
  ];
  const timestamps = () => stub.requests.map(({ headers }) => Number(headers.get('secret-key-timestamp')));

  test('has the OTP asked for once more, in Eko’s time', async () => {
    const offsets: number[] = [];
    const eko = await start(replying(refusal, [200, SEED_OTP_SENT]), {
      onClockOffset: (offsetMs) => offsets.push(offsetMs),
    });
    expect(await eko.sendTransferOtp(SEND_OTP)).toMatchObject({ kind: 'sent' });
    const [first, second] = timestamps();
    expectNow(first, NOW_MS);
    expectNow(second, NOW_MS + aheadMs);
    expect(stub.requests[1]!.headers.get('secret-key')).toBe(toSecretKey(String(second)));
    expect(stub.connections).toBe(2);
    expect(offsets).toEqual([aheadMs]);
  });

  test('has the OTP asked for no third time', async () => {
    const eko = await start(replying(refusal));
    expect(await eko.sendTransferOtp(SEND_OTP)).toMatchObject({ kind: 'refused', reason: 'EKO_REJECTED' });
    expect(stub.requests).toHaveLength(2);
  });

  test('never has a debit sent again, and the next request is in Eko’s time', async () => {
    const eko = await start(replying(refusal, [200, SEED_SUCCESS]));
    expect(await eko.initiateTransfer(INITIATE)).toMatchObject({ kind: 'rejected' });
    expect(onlyRequest().path).toBe('/ekoapi/v3/customer/payment/dmt-fino');
    await eko.inquire(INQUIRY);
    await eko.initiateTransfer(INITIATE);
    const [first, second, third] = timestamps();
    expectNow(first, NOW_MS);
    expectNow(second, NOW_MS + aheadMs);
    expectJustBefore(third, NOW_MS + aheadMs);
    const body = JSON.parse(stub.requests[2]!.body) as { timestamp: string };
    expect(body.timestamp).toBe(new Date(NOW_MS + aheadMs).toISOString());
  });
});

/** The last millisecond that this process keeps to: of 8, one. */
function expectNow(timestampMs: number | undefined, nowMs: number): void {
  expect(timestampMs).toBeLessThanOrEqual(nowMs);
  expect(timestampMs).toBeGreaterThan(nowMs - 8);
}

/** A second request in one millisecond is signed with a free one of the last five seconds. */
function expectJustBefore(timestampMs: number | undefined, nowMs: number): void {
  expect(timestampMs).toBeLessThanOrEqual(nowMs);
  expect(timestampMs).toBeGreaterThan(nowMs - 5_000);
}

describe('a refusal that is not about the clock', () => {
  test.each<[string, Record<string, string>]>([
    ['Eko’s clock is ours', { date: new Date(NOW_MS + 1_000).toUTCString() }],
    ['there is no Date', {}],
    ['Date is not a date', { date: 'yesterday' }],
  ])('has the OTP asked for once: %s', async (_why, headers) => {
    const eko = await start(replying([401, { status: 2484, message: 'Invalid secret-key' }, headers]));
    expect(await eko.sendTransferOtp(SEND_OTP)).toMatchObject({ kind: 'refused', reason: 'EKO_REJECTED' });
    expectNow(Number(onlyRequest().headers.get('secret-key-timestamp')), NOW_MS);
  });

  test.each([200, 429, 500])('teaches no clock: HTTP %d', async (httpStatus) => {
    const date = new Date(NOW_MS + 600_000).toUTCString();
    const eko = await start(replying([httpStatus, '{}', { date }]));
    await eko.sendTransferOtp(SEND_OTP);
    await eko.inquire(INQUIRY);
    const timestamps = stub.requests.map(({ headers }) => Number(headers.get('secret-key-timestamp')));
    expectNow(timestamps[0], NOW_MS);
    expectJustBefore(timestamps[1], NOW_MS);
  });
});

describe('our clock set right after it was an hour ahead', () => {
  test('does not leave requests signed an hour ahead', async () => {
    const eko = await start(replying([500, '']));
    clock.ms = NOW_MS + 3_600_000;
    await eko.inquire(INQUIRY);
    clock.ms = NOW_MS;
    await eko.inquire(INQUIRY);
    expectNow(Number(stub.requests[1]!.headers.get('secret-key-timestamp')), NOW_MS);
  });
});

test('signs in the lane that the process was given', async () => {
  const eko = await start(replying([500, '']));
  for (const lane of [3, 6]) {
    eko.useSigningLane(lane);
    await eko.inquire(INQUIRY);
    expect(Number(stub.requests.at(-1)!.headers.get('secret-key-timestamp')) % 8).toBe(lane);
  }
});

describe('secrets that Eko repeats', () => {
  const secrets = {
    otp: INITIATE.otp,
    'developer key': CREDENTIALS.developerKey,
    'access key': CREDENTIALS.accessKey,
    account: '20001234567',
    mobile: INITIATE.customerId,
  };
  const echo = Object.values(secrets).join(' / ');
  const replies: [number, object][] = [
    [200, { ...SEED_SUCCESS, message: echo, txstatus_desc: echo, invalid_params: { [echo]: echo } }],
    [
      200,
      { ...SEED_SUCCESS, data: { ...SEED_SUCCESS.data, recipient_name: echo, reason: echo, mobile: echo } },
    ],
    [401, { status: 2484, message: echo }],
    [200, { status: 461, response_type_id: -1, message: echo, invalid_params: { otp: echo } }],
  ];
  test.each(replies)('are in no outcome of any call: HTTP %d %j', async (httpStatus, body) => {
    const eko = await start(replying([httpStatus, body]));
    const outcomes = [
      await eko.initiateTransfer(INITIATE),
      await eko.sendTransferOtp(SEND_OTP),
      await eko.inquire(INQUIRY),
    ];
    // Only the debit knows the OTP: on the other calls Eko cannot repeat it, or it is the one Eko made.
    for (const [index, outcome] of outcomes.entries()) {
      const print = JSON.stringify(outcome, (_key, value: unknown) =>
        typeof value === 'bigint' ? `${value}` : value,
      );
      for (const [name, secret] of Object.entries(secrets)) {
        if (name !== 'otp' || index === 0) expect(print).not.toContain(secret);
      }
    }
  });
});
