// Every line of the failure analysis (docs/transfer-lifecycle.md 5) that needs no kill, each test under its line.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import net from 'node:net';
import pg from 'pg';
import { getSealer } from '../../src/shared/sealing.js';
import { startDatabaseProxy, type CommitFault, type DatabaseProxy } from '../support/database-proxy.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { becomes, countRows, debitRequests, expectGapFree, ledgerOf } from '../support/records.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  type DebitScript,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { startStubServer } from '../support/stub-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  readTransaction,
  sendOtp,
  transfer,
  tryInitiate,
  trySendOtp,
  type TestTransaction,
} from '../support/transfer-client.js';
import { TEST_ONLY_CERTIFICATE, TEST_ONLY_KEY } from '../fixtures/eko/test-only-certificate.js';

/** An OTP that was sent while Eko was there, for a gateway whose Eko is not. */
async function plantChallenge(gateway: Gateway, otpRefId: string): Promise<void> {
  await gateway.sql(
    `INSERT INTO otp_challenges VALUES (gen_random_uuid(), $1, 'Tplanted0000000', '20810200', $2, '98765', 500,
       'SENT', now(), now() + interval '10 minutes')`,
    [otpRefId, getSealer().sealToFind('6111111111', 'customer_id')],
  );
}

describe('refused, DNS, TLS: FAILED(EKO_UNREACHABLE), and a new OTP may be asked for at once', () => {
  async function closedPort(): Promise<string> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}/ekoapi/v3`;
  }
  async function untrusted(): Promise<{ url: string; bytes: () => number; stop: () => Promise<void> }> {
    const stub = await startStubServer({ tls: { key: TEST_ONLY_KEY, cert: TEST_ONLY_CERTIFICATE } });
    return { url: `${stub.url}/ekoapi/v3`, bytes: () => stub.bytes, stop: stub.stop };
  }
  const targets: readonly (readonly [
    string,
    () => Promise<{ url: string; bytes?: () => number; stop?: () => Promise<void> }>,
  ])[] = [
    ['a closed port', async () => ({ url: await closedPort() })],
    ['a name that does not exist', () => Promise.resolve({ url: 'https://no-such-host.invalid/ekoapi/v3' })],
    ['a certificate that nobody signed', untrusted],
  ];

  test.each(targets)('%s', async (_, start) => {
    const eko = await start();
    const gateway = await startGateway({ ekoUrl: eko.url, settings: { EKO_TRANSFER_TIMEOUT_MS: '5000' } });
    try {
      await plantChallenge(gateway, 'REF1');
      const { data, errors } = await tryInitiate(gateway, { otpRefId: 'REF1' });
      expect(errors).toBeUndefined();
      const failed = data!.initiateTransfer!.transaction;
      expect(failed).toMatchObject({
        status: 'FAILED',
        isFinal: true,
        nextAction: 'START_AGAIN',
        nextCheckAt: null,
        statusReason: { code: 'EKO_UNREACHABLE' },
        tid: null,
      });
      expectGapFree(failed);
      expect(eko.bytes?.() ?? 0).toBe(0);

      const otp = await trySendOtp(gateway);
      expect(otp.errors).toMatchObject([{ extensions: { code: 'EKO_UNREACHABLE' } }]);
      // The one that could not be sent does not count against the customer's limits.
      expect(await gateway.sql(`SELECT state FROM otp_challenges WHERE otp_ref_id IS NULL`)).toEqual([
        { state: 'REFUSED' },
      ]);
    } finally {
      await gateway.stop();
      await eko.stop?.();
    }
  });
});

describe('reset, timeout, 5xx, cut or foreign body: AWAITED, then inquiry', () => {
  let eko: ScriptedEko;
  let gateway: Gateway;
  beforeAll(async () => {
    eko = await startScriptedEko();
    gateway = await startGateway({ ekoUrl: eko.url });
  });
  afterAll(async () => {
    await gateway.stop();
    await eko.stop();
  });

  const faults: readonly (readonly [string, DebitScript])[] = [
    ['reset', (response) => response.socket?.resetAndDestroy()],
    ['closed without an answer', (response) => response.socket?.end()],
    ['timeout before the head', () => undefined],
    [
      'timeout in the body',
      (response) => response.writeHead(200, { 'content-length': '500' }).write('{"status":0'),
    ],
    ['500 in plain text', (response) => reply(response, 'Internal server error', 500)],
    ['502 in HTML', (response) => reply(response, '<html>Bad gateway</html>', 502)],
    ['503 that claims success', (response, call) => reply(response, toDebitReply(call), 503)],
    [
      '503 that claims failure',
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '1', status: 1 }), 503),
    ],
    ['429', (response) => reply(response, { status: 1, message: 'Too many requests' }, 429)],
    ['408', (response) => reply(response, { status: 1, message: 'Request timeout' }, 408)],
    ['HTML with 200', (response) => reply(response, '<html>login</html>')],
    ['an empty body with 200', (response) => reply(response, '')],
    [
      'cut JSON',
      (response, call) => {
        const text = JSON.stringify(toDebitReply(call));
        response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
        response.write(text.slice(0, 60), () => response.socket?.destroy());
      },
    ],
    [
      'JSON cut where it still parses',
      (response) => {
        response.writeHead(200, { 'content-length': '400' });
        response.write('{"status":1,"tx_status":"1","message":"Failed"}', () => response.socket?.destroy());
      },
    ],
    [
      'a redirect',
      (response) => response.writeHead(307, { location: `${eko.url}/customer/payment/dmt-fino` }).end(),
    ],
    ['no tx_status', (response, call) => reply(response, toDebitReply(call, {}, { tx_status: undefined }))],
    [
      'an unlisted tx_status',
      (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '9' })),
    ],
    [
      'two tx_statuses',
      (response, call) => reply(response, toDebitReply(call, { tx_status: '1' }, { tx_status: '0' })),
    ],
    ['success without a tid', (response, call) => reply(response, toDebitReply(call, { tid: '' }))],
    ['an unlisted status', (response) => reply(response, { status: 1999, message: 'Something' })],
    [
      'the validation status without its envelope',
      (response) => reply(response, { status: 463, message: 'No' }),
    ],
  ];

  test.each(faults)('%s', async (_, script) => {
    let hasAsked = false;
    eko.onDebit = script;
    const before = eko.debits.length;
    eko.onInquiry = (response, { reference }) => {
      hasAsked = true;
      const call = eko.debits.at(-1)!;
      expect(reference).toBe(`client_ref_id:${call.clientRefId}`);
      reply(response, toInquiryReply(call));
    };
    const answered = await transfer(gateway);
    expect(answered).toMatchObject({
      status: 'AWAITED',
      isFinal: false,
      nextAction: 'WAIT',
      tid: null,
      statusReason: { code: 'EKO_UNAVAILABLE' },
    });
    expect(answered.nextCheckAt).not.toBeNull();
    const settled = await becomes(gateway, answered.id, 'SUCCESS');
    expect(hasAsked).toBe(true);
    expectGapFree(settled);
    expect(settled.events.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY']);
    expect(eko.debits.length).toBe(before + 1);
  });
});

describe('with a database that fails', () => {
  let eko: ScriptedEko;
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let gateway: Gateway;
  beforeEach(async () => {
    eko = await startScriptedEko();
    database = await createTestDatabase();
    proxy = await startDatabaseProxy(database.url);
    gateway = await startGateway({
      ekoUrl: eko.url,
      databaseUrl: proxy.url,
      parts: { api: true, worker: false },
    });
  });
  afterEach(async () => {
    proxy.restore();
    await gateway.stop();
    await proxy.stop();
    await eko.stop();
    await database.drop();
  });

  async function sql<Found extends pg.QueryResultRow>(text: string): Promise<Found[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Found>(text)).rows;
    } finally {
      await client.end();
    }
  }

  describe('commit acknowledged late or lost: no call was made; inquiry', () => {
    test.each<[CommitFault, boolean, boolean]>([
      ['neverArrives', false, true],
      ['acknowledgementLost', true, false],
      ['acknowledgementLostAndGone', true, true],
    ])('%s', async (fault, isStored, isError) => {
      const otpRefId = await sendOtp(gateway);
      proxy.failNextIntent(fault);
      const { data, errors } = await tryInitiate(gateway, { otpRefId, clientRefId: 'REQ-commit-0001' });
      await proxy.faulted();
      expect(eko.debits).toEqual([]);
      if (isError) {
        expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
      } else {
        expect(errors).toBeUndefined();
        expect(data?.initiateTransfer).toMatchObject({
          replayed: false,
          transaction: { status: 'AWAITED', tid: null },
        });
      }
      expect(await sql('SELECT status FROM transfers')).toEqual(isStored ? [{ status: 'SUBMITTING' }] : []);
      // The inquiry that will find that Eko never heard of it was committed with it.
      expect(await sql(`SELECT key FROM graphile_worker.jobs`)).toHaveLength(isStored ? 1 : 0);

      proxy.restore();
      const again = await tryInitiate(gateway, { otpRefId, clientRefId: 'REQ-commit-0001' });
      expect(again.errors).toBeUndefined();
      expect(again.data?.initiateTransfer).toMatchObject({
        replayed: isStored,
        transaction: { status: isStored ? 'AWAITED' : 'SUCCESS' },
      });
      expect(eko.debits).toHaveLength(isStored ? 0 : 1);
    });
  });

  describe('commit acknowledged late', () => {
    afterEach(() => {
      jest.restoreAllMocks();
    });

    test.each([
      ['within the time a request may wait', 2_000, 1],
      ['after others may have given the transfer up', 3_600_000, 0],
    ])('%s', async (_, lateByMs, debits) => {
      const otpRefId = await sendOtp(gateway);
      proxy.failNextIntent('acknowledgementLate');
      const running = tryInitiate(gateway, { otpRefId });
      await proxy.faulted();
      const realNow = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => realNow() + lateByMs);
      proxy.release();
      const { data, errors } = await running;
      expect(errors).toBeUndefined();
      expect(eko.debits).toHaveLength(debits);
      expect(data?.initiateTransfer?.transaction).toMatchObject({
        status: debits === 0 ? 'AWAITED' : 'SUCCESS',
      });
      expect(await sql('SELECT status FROM transfers')).toEqual([
        { status: debits === 0 ? 'SUBMITTING' : 'SUCCESS' },
      ]);
    });
  });

  describe('database gone after the call: the outcome is stored when it is back', () => {
    test('the answer is data, AWAITED, not an error', async () => {
      const otpRefId = await sendOtp(gateway);
      eko.onDebit = (response, call) => {
        proxy.cut();
        reply(response, toDebitReply(call));
      };
      const { data, errors } = await gateway.request<{
        initiateTransfer: { transaction: TestTransaction } | null;
      }>(
        `mutation ($input: InitiateTransferInput!) {
           initiateTransfer(input: $input) { transaction { id status isFinal nextAction tid } } }`,
        {
          input: {
            customerId: '6111111111',
            recipientId: '98765',
            amount: 500,
            otp: '123456',
            otpRefId,
            latlong: '28.6,77.2',
          },
        },
      );
      expect(errors).toBeUndefined();
      expect(data?.initiateTransfer?.transaction).toMatchObject({
        status: 'AWAITED',
        isFinal: false,
        nextAction: 'WAIT',
      });
      expect(await sql('SELECT status FROM transfers')).toEqual([{ status: 'SUBMITTING' }]);

      proxy.restore();
      const id = data?.initiateTransfer?.transaction.id ?? '';
      const settled = await becomes(gateway, id, 'SUCCESS');
      expectGapFree(settled);
      expect(settled.events.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_RESPONSE']);
      expect(eko.debits).toHaveLength(1);
    });

    test('also for a caller who asks for the timeline', async () => {
      const otpRefId = await sendOtp(gateway);
      eko.onDebit = (response, call) => {
        proxy.cut();
        reply(response, toDebitReply(call));
      };
      const { data } = await tryInitiate(gateway, { otpRefId });
      expect(data?.initiateTransfer?.transaction).toMatchObject({ status: 'AWAITED' });
    });

    test('a proven failure is stored too', async () => {
      const otpRefId = await sendOtp(gateway);
      eko.onDebit = (response) => {
        proxy.cut();
        setTimeout(() => proxy.restore(), 300);
        reply(response, {
          status: 1,
          message: 'Insufficient balance',
          response_status_id: 347,
          tx_status: '1',
          data: {},
        });
      };
      const { data } = await tryInitiate(gateway, { otpRefId });
      expect(data?.initiateTransfer?.transaction).toMatchObject({
        status: 'FAILED',
        statusReason: { code: 'INSUFFICIENT_BALANCE' },
      });
      expect(eko.debits).toHaveLength(1);
    });
  });
});

describe('stored, the caller’s answer lost: same key, same transaction, no call', () => {
  test('the caller hangs up while Eko works, and asks again', async () => {
    const eko = await startScriptedEko();
    const gateway = await startGateway({ ekoUrl: eko.url });
    try {
      const otpRefId = await sendOtp(gateway);
      const giveUp = new AbortController();
      let answer: () => void = () => undefined;
      eko.onDebit = (response, call) => {
        answer = () => reply(response, toDebitReply(call));
        giveUp.abort();
      };
      const input = {
        customerId: '6111111111',
        recipientId: '98765',
        amount: 500,
        otp: '123456',
        otpRefId,
        latlong: '28.6,77.2',
        clientRefId: 'REQ-lost-000001',
      };
      const query =
        'mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { transaction { id } } }';
      await expect(
        fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables: { input } }),
          signal: giveUp.signal,
        }),
      ).rejects.toThrow(/abort/);
      answer();
      await eventually(
        async () => (await gateway.sql(`SELECT 1 FROM transfers WHERE status = 'SUCCESS'`))[0],
      );
      const again = await tryInitiate(gateway, { otpRefId, clientRefId: 'REQ-lost-000001' });
      expect(again.data?.initiateTransfer).toMatchObject({
        replayed: true,
        transaction: { status: 'SUCCESS' },
      });
      expectGapFree(again.data!.initiateTransfer!.transaction);
      expect(eko.debits).toHaveLength(1);
      expect(await countRows(gateway)).toBe(1);
    } finally {
      await gateway.stop();
      await eko.stop();
    }
  });
});

describe('two identical requests at once: one row, both get it, one call', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ settings: { MAX_TRANSFERS_IN_FLIGHT: '200' } });
  });
  afterAll(() => gateway.stop());

  test.each([
    ['two with a clientRefId', 2, 'REQ-twice-000001'],
    ['two without', 2, null],
    ['a hundred with a clientRefId', 100, 'REQ-hundred-0001'],
    ['a hundred without', 100, null],
  ])('%s', async (_, count, clientRefId) => {
    const otpRefId = await sendOtp(gateway);
    const rowsBefore = await countRows(gateway);
    const answers = await Promise.all(
      Array.from({ length: count }, () => tryInitiate(gateway, { otpRefId, clientRefId })),
    );
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const payloads = answers.map(({ data }) => data!.initiateTransfer!);
    const [first, ...more] = payloads.filter(({ replayed }) => !replayed);
    expect(more).toEqual([]);
    const { transaction } = first!;
    expect(transaction).toMatchObject({ status: 'SUCCESS' });
    for (const payload of payloads) expect(payload.transaction).toMatchObject(toIdentity(transaction));
    expect(
      payloads.filter(({ transaction: { status } }) => !['SUCCESS', 'AWAITED'].includes(status)),
    ).toEqual([]);
    expect(debitRequests(gateway.simulator, transaction.clientRefId)).toHaveLength(1);
    expect(ledgerOf(gateway.simulator, transaction.clientRefId)).toHaveLength(1);
    expect(await countRows(gateway)).toBe(rowsBefore + 1);
  });

  test('a hundred over two gateways on one database', async () => {
    const other = await startGateway({
      databaseUrl: gateway.databaseUrl,
      ekoUrl: `http://${simulatorHost(gateway)}/ekoapi/v3`,
      settings: { MAX_TRANSFERS_IN_FLIGHT: '200' },
    });
    try {
      const otpRefId = await sendOtp(gateway);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          tryInitiate(index % 2 === 0 ? gateway : other, { otpRefId }),
        ),
      );
      expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
      const payloads = answers.map(({ data }) => data!.initiateTransfer!);
      expect(new Set(payloads.map(({ transaction }) => transaction.id)).size).toBe(1);
      expect(payloads.filter(({ replayed }) => !replayed)).toHaveLength(1);
      const { clientRefId } = payloads[0]!.transaction;
      expect(debitRequests(gateway.simulator, clientRefId)).toHaveLength(1);
      expect(ledgerOf(gateway.simulator, clientRefId)).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  test('twenty transfers with one OTP under different references: one debit', async () => {
    const otpRefId = await sendOtp(gateway);
    const before = debitRequests(gateway.simulator).length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tryInitiate(gateway, { otpRefId, clientRefId: `REQ-many-${String(index).padStart(6, '0')}` }),
      ),
    );
    const codes = answers.flatMap(({ errors }) => (errors ?? []).map(({ extensions }) => extensions.code));
    expect(codes).toEqual(Array.from({ length: 19 }, () => 'OTP_ALREADY_USED'));
    expect(debitRequests(gateway.simulator)).toHaveLength(before + 1);
  });

  test('twenty transfers with different OTPs under one reference: one debit', async () => {
    const otpRefIds = await Promise.all(Array.from({ length: 20 }, () => sendOtp(gateway)));
    const answers = await Promise.all(
      otpRefIds.map((otpRefId) => tryInitiate(gateway, { otpRefId, clientRefId: 'REQ-oneref-00001' })),
    );
    const codes = answers.flatMap(({ errors }) => (errors ?? []).map(({ extensions }) => extensions.code));
    expect(codes).toEqual(Array.from({ length: 19 }, () => 'CLIENT_REF_CONFLICT'));
    expect(debitRequests(gateway.simulator, 'REQ-oneref-00001')).toHaveLength(1);
  });
});

describe('SIGTERM with calls in flight: drained', () => {
  let eko: ScriptedEko;
  let database: TestDatabase;
  let gateway: Gateway;
  const answers: (() => void)[] = [];
  const startHolding = async (settings: Record<string, string>) => {
    gateway = await startGateway({ ekoUrl: eko.url, databaseUrl: database.url, settings });
  };
  /** The debit waits for `answers`; resolves when Eko has it. */
  async function holdDebit(): Promise<{ running: ReturnType<typeof tryInitiate> }> {
    const otpRefId = await sendOtp(gateway);
    answers.length = 0;
    eko.onDebit = (response, call) => answers.push(() => reply(response, toDebitReply(call)));
    const running = tryInitiate(gateway, { otpRefId });
    await eventually(() => answers[0]);
    return { running };
  }
  async function statuses(): Promise<string[]> {
    const rows = await gateway.sql<{ status: string }>('SELECT status FROM transfers');
    return rows.map(({ status }) => status);
  }
  beforeEach(async () => {
    eko = await startScriptedEko();
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await gateway.stop();
    await eko.stop();
    await database.drop();
  });

  test('running ones are finished and stored, new ones refused, replays answered, and then it ends', async () => {
    await startHolding({ EKO_TRANSFER_TIMEOUT_MS: '5000' });
    const doneOtpRefId = await sendOtp(gateway);
    const done = (await tryInitiate(gateway, { otpRefId: doneOtpRefId })).data!.initiateTransfer!.transaction;
    const unused = await sendOtp(gateway);
    const { running } = await holdDebit();

    const stopped = gateway.app.stop();
    const refused = await tryInitiate(gateway, { otpRefId: unused });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'DRAINING' } }]);
    expect(refused.errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    expect((await trySendOtp(gateway)).errors).toMatchObject([{ extensions: { code: 'DRAINING' } }]);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    const replayed = await tryInitiate(gateway, { otpRefId: doneOtpRefId });
    expect(replayed.data?.initiateTransfer).toMatchObject({ replayed: true, transaction: { id: done.id } });
    expect(await countRows(gateway)).toBe(2);

    answers[0]?.();
    const answeredAt = performance.now();
    expect((await running).data?.initiateTransfer?.transaction).toMatchObject({ status: 'SUCCESS' });
    await stopped;
    expect(performance.now() - answeredAt).toBeLessThan(5_000);
    expect(await statuses()).toEqual(['SUCCESS', 'SUCCESS']);
    expect(eko.debits).toHaveLength(2);
    await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow();
  });

  test('a silent Eko holds the end up no longer than the transfer timeout and 5 s', async () => {
    await startHolding({ EKO_TRANSFER_TIMEOUT_MS: '1000' });
    const { running } = await holdDebit();
    const beganAt = performance.now();
    await gateway.app.stop();
    expect(performance.now() - beganAt).toBeLessThan(6_000);
    expect((await running).data?.initiateTransfer?.transaction).toMatchObject({ status: 'AWAITED' });
    expect(await statuses()).toEqual(['AWAITED']);
  });
});

describe('clock wrong: FAILED(EKO_REJECTED), then the offset is learnt', () => {
  test.each([
    ['an hour slow', 3_600_000],
    ['an hour fast', -3_600_000],
  ])('%s', async (_, aheadMs) => {
    const gateway = await startGateway({ simulator: { clock: { nowMs: () => Date.now() + aheadMs } } });
    try {
      // A fresh client meets the skew with the debit itself: its OTP was sent through another server.
      await plantChallenge(gateway, 'REF1');
      const { data } = await tryInitiate(gateway, { otpRefId: 'REF1' });
      const failed = data!.initiateTransfer!.transaction;
      expect(failed).toMatchObject({
        status: 'FAILED',
        statusReason: { code: 'EKO_REJECTED' },
        nextAction: 'CONTACT_SUPPORT',
      });
      expect(gateway.simulator.ledger.entries()).toEqual([]);
      expect(debitRequests(gateway.simulator)).toHaveLength(1);

      expect(await transfer(gateway)).toMatchObject({ status: 'SUCCESS' });
      expect(gateway.simulator.ledger.entries()).toHaveLength(1);
      expect(await readTransaction(gateway, failed.id)).toMatchObject({ status: 'FAILED' });
    } finally {
      await gateway.stop();
    }
  });
});

/** One that overtakes the first request’s own answer sees the transaction as it then is: awaited. */
function toIdentity({ id, clientRefId, amount, createdAt }: TestTransaction): object {
  return { id, clientRefId, amount, createdAt };
}

function simulatorHost(gateway: Gateway): string {
  const host = gateway.simulator.requests()[0]?.headers['host'];
  if (host === undefined) throw new Error('nothing has been asked of the simulator yet');
  return host;
}
