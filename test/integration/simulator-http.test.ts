// The simulator's face: who is let in, which requests are refused and how, and the control door.
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SIMULATOR_CREDENTIALS, createSimulator } from '../../src/simulator/index.js';
import type { Dialect, Simulator, SimulatorOptions } from '../../src/simulator/index.js';

const NOW_MS = 1_700_000_000_000;
const OTP_PATH = '/customer/payment/dmt-fino/otp';
const TRANSFER_PATH = '/customer/payment/dmt-fino';
const SEND_OTP = {
  initiator_id: '9962981729',
  user_code: '20810200',
  client_ref_id: 'REQ-20260101-001',
  recipient_id: 98765,
  amount: 500,
  customer_id: '6111111111',
};
const INITIATE = {
  ...SEND_OTP,
  otp: '123456',
  otp_ref_id: 'TXNOTP20240101001',
  latlong: '28.6139,77.2090',
  state: '1',
  recipient_id_type: '1',
  channel: 2,
  currency: 'INR',
  timestamp: '2024-01-01T10:30:00Z',
};

interface EkoBody {
  status: number;
  data: Record<string, unknown>;
}

let simulator: Simulator;
let base: string;
const clock = { ms: NOW_MS, nowMs: () => clock.ms };

async function start(options: SimulatorOptions = {}): Promise<void> {
  clock.ms = NOW_MS;
  simulator = createSimulator({ clock, ...options });
  base = (await simulator.start()).url;
}
afterEach(() => simulator.stop());

function signedAt(ms: number | string, accessKey = SIMULATOR_CREDENTIALS.accessKey): Record<string, string> {
  const key = Buffer.from(accessKey).toString('base64');
  return {
    'content-type': 'application/json',
    developer_key: SIMULATOR_CREDENTIALS.developerKey,
    'secret-key': createHmac('sha256', key).update(String(ms)).digest('base64'),
    'secret-key-timestamp': String(ms),
  };
}

/** Each with a timestamp of its own. */
function signed(): Record<string, string> {
  clock.ms += 1;
  return signedAt(clock.ms);
}

async function post(path: string, body: unknown, headers = signed()) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(base + path, { method: 'POST', headers, body: text });
  return { http: response.status, headers: response.headers, body: (await response.json()) as EkoBody };
}

describe('the signature', () => {
  const startWith = (accessKey: string) => start({ credentials: { ...SIMULATOR_CREDENTIALS, accessKey } });
  const vector = (secretKey: string, timestamp: string) => ({
    ...signedAt(timestamp),
    'secret-key': secretKey,
  });

  test.each([
    ['TEST_ACCESS_KEY_DO_NOT_USE', 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='],
    ['test-access-key-123', '88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo='],
  ])('of the golden vector for %s is accepted', async (accessKey, secretKey) => {
    await startWith(accessKey);
    const { http, body } = await post(OTP_PATH, SEND_OTP, vector(secretKey, '1700000000000'));
    expect({ http, body }).toMatchObject({ http: 200, body: { status: 0 } });
  });

  test.each([
    [2484, 'the raw key', 'GxF3Pm81zvVbFPbQzDWcPXU+v9tKaMHsjtTxjdwDR9w=', '1700000000000'],
    [2486, 'seconds', 'r7oU5Fxiv4cMkRGH2Lf0EAcGOwBuMSiMGLJVZ0SDuVk=', '1700000000'],
  ])('is refused with %d when made with %s', async (code, _mistake, secretKey, timestamp) => {
    await startWith('TEST_ACCESS_KEY_DO_NOT_USE');
    const { body } = await post(OTP_PATH, SEND_OTP, vector(secretKey, timestamp));
    expect(body).toMatchObject({ status: code, response_type_id: code });
  });

  const without = (name: string) => {
    const { [name]: _dropped, ...rest } = signedAt(NOW_MS);
    return rest;
  };
  const tooOld = 'Expired security headers (secret-key-timestamp older than 2 minutes)';
  test.each([
    ['no developer_key', 2487, 'Missing security headers', () => without('developer_key')],
    ['no secret-key', 2487, 'Missing security headers', () => without('secret-key')],
    ['no secret-key-timestamp', 2487, 'Missing security headers', () => without('secret-key-timestamp')],
    ['an unknown key', 2483, 'Unauthorized', () => ({ ...signedAt(NOW_MS), developer_key: 'other' })],
    ['another signature', 2484, 'Invalid secret-key or timestamp', () => signedAt(NOW_MS, 'other')],
    ['a time too old', 2485, tooOld, () => signedAt(NOW_MS - 120_001)],
    ['a time too new', 2485, tooOld, () => signedAt(NOW_MS + 120_001)],
  ])('with %s is refused as documented', async (_case, code, message, headers) => {
    await start({ dialect: 'live' });
    const live = await post(OTP_PATH, SEND_OTP, headers());
    expect(live.body).toEqual({ status: code, response_status_id: 1, response_type_id: code, message });
    expect(live.http).toBe(401);
    simulator.setDialect('seed');
    const seed = await post(OTP_PATH, SEND_OTP, headers());
    expect(seed).toMatchObject({ http: 403, body: live.body });
    expect(simulator.latestOtps()).toEqual([]);
  });

  test.each([-120_000, 120_000])('%d ms off the clock is accepted once', async (offset) => {
    await start();
    expect((await post(OTP_PATH, SEND_OTP, signedAt(NOW_MS + offset))).http).toBe(200);
    const replay = await post(OTP_PATH, SEND_OTP, signedAt(NOW_MS + offset));
    expect(replay).toMatchObject({ http: 403, body: { status: 2484 } });
  });

  test('stays refused as a replay for as long as its time is accepted', async () => {
    await start();
    const early = signedAt(NOW_MS + 120_000);
    await post(OTP_PATH, SEND_OTP, early);
    clock.ms = NOW_MS + 240_000;
    expect((await post(OTP_PATH, SEND_OTP, early)).body.status).toBe(2484);
    clock.ms += 1;
    expect((await post(OTP_PATH, SEND_OTP, early)).body.status).toBe(2485);
  });
});

describe('a request', () => {
  test('is answered under the paths of staging and of production, with the time of the clock', async () => {
    await start();
    base = base.replace('/ekoapi/', '/ekoicici/');
    const { http, headers } = await post(OTP_PATH, SEND_OTP);
    expect(http).toBe(200);
    expect(headers.get('date')).toBe(new Date(clock.ms).toUTCString());
  });

  test.each([
    ['an unknown path', 404, '/customer/payment/dmt-paytm', signed],
    ['a malformed reference', 404, '/tools/reference/transaction/%E0%A4%A', signed, 'GET'],
    ['a wrong method', 405, OTP_PATH, signed, 'GET'],
    ['a form', 415, OTP_PATH, () => ({ ...signed(), 'content-type': 'application/x-www-form-urlencoded' })],
    ['a body over 64 kB', 413, OTP_PATH, signed, 'POST', 'x'.repeat(64 * 1024 + 1)],
  ])('with %s is refused with HTTP %d', async (_case, http, path, headers, method = 'POST', body = '') => {
    await start();
    const response = await fetch(base + path, {
      method,
      headers: headers(),
      ...(method === 'POST' && { body }),
    });
    expect(response.status).toBe(http);
    expect(await response.json()).toMatchObject({ status: 1, message: expect.any(String) });
  });

  test.each(['', '{"amount":', '[]', 'null', '"text"'])('with the body %j has no status', async (text) => {
    await start();
    expect(await post(OTP_PATH, text)).toMatchObject({ http: 200, body: { message: 'No key for Response' } });
  });

  test('is recorded', async () => {
    await start();
    await post(OTP_PATH, SEND_OTP);
    expect(simulator.requests()).toEqual([
      {
        method: 'POST',
        path: `/ekoapi/v3${OTP_PATH}`,
        headers: expect.objectContaining({ developer_key: SIMULATOR_CREDENTIALS.developerKey }),
        body: SEND_OTP,
        receivedAtMs: clock.ms,
      },
    ]);
  });

  test.each([
    ['initiator_id', '9000000000', 319, 'Invalid Sender/Initiator'],
    ['customer_id', '6222222222', 463, 'customer_id does not exist in system'],
    ['recipient_id', 99999, 313, 'Recipient registration not done'],
  ])('with an unknown %s is refused', async (name, value, status, message) => {
    await start();
    for (const [path, body] of [
      [OTP_PATH, SEND_OTP],
      [TRANSFER_PATH, INITIATE],
    ] as const) {
      expect((await post(path, { ...body, [name]: value })).body).toEqual({
        status,
        message,
        response_status_id: 1,
        response_type_id: -1,
        invalid_params: { [name]: expect.any(String) },
      });
    }
    expect(simulator.ledger.entries()).toEqual([]);
  });
});

describe('a parameter', () => {
  const common: Array<[string, unknown[]]> = [
    ['initiator_id', [undefined, 9962981729, '996298172', null]],
    ['customer_id', [undefined, 6111111111, '5111111111', '61111111111', null]],
    ['recipient_id', [undefined, 1.5, 0, -1, 'abc', null]],
    ['amount', [undefined, 100.5, 99, 5001, '', 'abc', null]],
  ];
  const initiateOnly: Array<[string, unknown[]]> = [
    ['otp', [undefined, 123456, '123', '']],
    ['otp_ref_id', [undefined, 42, '']],
  ];
  const seedOnly: Array<[string, unknown[]]> = [
    ['user_code', [undefined, 20810200, '']],
    ['client_ref_id', [1, '', 'x'.repeat(21), 'not allowed']],
    ['recipient_id', ['98765']],
    ['amount', ['500']],
    ['latlong', [undefined, 28.6, '28.6139']],
    ['state', [undefined, 1, '2']],
    ['recipient_id_type', [undefined, 1, '2']],
    ['channel', ['2', 1]],
    ['currency', ['USD', 1]],
    ['timestamp', ['yesterday', 1700000000000]],
  ];
  const liveOnly: Array<[string, unknown[]]> = [['client_ref_id', [undefined, 1, '', 'x'.repeat(21)]]];
  const rows = (dialect: Dialect, table: Array<[string, unknown[]]>) =>
    table.flatMap(([name, values]) => values.map((value) => [dialect, name, value] as const));

  test.each([
    ...rows('seed', [...common, ...initiateOnly, ...seedOnly]),
    ...rows('live', [...common, ...initiateOnly, ...liveOnly]),
  ])('in %s: %s = %j is invalid', async (dialect, name, value) => {
    await start({ dialect });
    const { http, body } = await post(TRANSFER_PATH, { ...INITIATE, [name]: value });
    expect({ http, body }).toEqual({
      http: 200,
      body: {
        status: 461,
        response_status_id: 1,
        response_type_id: -1,
        message: expect.any(String),
        invalid_params: { [name]: expect.any(String) },
      },
    });
  });

  test.each(rows('seed', common).map(([, name, value]) => [name, value]))(
    'of a Send OTP: %s = %j is invalid',
    async (name, value) => {
      await start();
      const { body } = await post(OTP_PATH, { ...SEND_OTP, [String(name)]: value });
      expect(body).toMatchObject({ status: 461, invalid_params: { [String(name)]: expect.any(String) } });
    },
  );

  test('that only the seed documents know is neither needed nor refused in the live dialect', async () => {
    await start({ dialect: 'live' });
    const { user_code: _userCode, client_ref_id: _clientRefId, ...bare } = SEND_OTP;
    const sent = await post(OTP_PATH, { ...bare, recipient_id: '98765', amount: '500' });
    expect(sent.body.status).toBe(0);
    const { otp, client_ref_id } = INITIATE;
    const transfer = { ...bare, otp, client_ref_id, otp_ref_id: sent.body.data.otp_ref_id };
    expect((await post(TRANSFER_PATH, transfer)).body).toMatchObject({ status: 0, data: { tx_status: '0' } });
    expect((await post(TRANSFER_PATH, { ...INITIATE, state: 1 })).body.status).toBe(55);
  });

  test('that is optional may be left out in the seed dialect', async () => {
    await start();
    const { client_ref_id: _clientRefId, ...bare } = SEND_OTP;
    const sent = await post(OTP_PATH, bare);
    const { latlong, state, recipient_id_type, otp } = INITIATE;
    const transfer = {
      ...bare,
      latlong,
      state,
      recipient_id_type,
      otp,
      otp_ref_id: sent.body.data.otp_ref_id,
    };
    const { body } = await post(TRANSFER_PATH, transfer);
    expect(body).toMatchObject({ status: 0, tx_status: '0' });
    expect(body.data).not.toHaveProperty('client_ref_id');
  });
});

describe('the control door', () => {
  const door = (view: string) => new URL(`/_simulator/${view}`, base);

  test('shows OTPs, ledger and requests to this machine, without a signature', async () => {
    await start();
    const { body } = await post(OTP_PATH, SEND_OTP);
    const transfer = await post(TRANSFER_PATH, { ...INITIATE, otp_ref_id: body.data.otp_ref_id });
    const [otps, ledger, requests] = await Promise.all(
      ['otps', 'ledger', 'requests'].map(
        async (view) => (await (await fetch(door(view))).json()) as unknown[],
      ),
    );
    expect(otps).toEqual(simulator.latestOtps());
    expect(otps?.[0]).toMatchObject({
      customerId: '6111111111',
      recipientId: '98765',
      amount: 500,
      otp: '123456',
    });
    expect(ledger).toMatchObject([{ tid: transfer.body.data.tid, feePaise: '1000' }]);
    expect(requests).toHaveLength(2);
  });

  test('is closed to other methods, unknown views and foreign host names', async () => {
    await start();
    expect((await fetch(door('otps'), { method: 'POST' })).status).toBe(405);
    expect((await fetch(door('toString'))).status).toBe(404);
    const status = await new Promise((resolve, reject) => {
      const options = { headers: { host: 'attacker.example' }, agent: false };
      const outgoing = httpRequest(door('otps'), options, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      });
      outgoing.on('error', reject).end();
    });
    expect(status).toBe(404);
  });
});
