// How the Eko client connects and when it stops: the name it gives to TLS, what it says of itself, calls cut short, and
// the moment from which on Eko's clock counts as another than ours.
import { getEventListeners, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { EkoClient, type EkoClientOptions } from '../../src/eko/index.js';
import { sendOnce, type TransportRequest } from '../../src/eko/transport.js';
import { TEST_ONLY_CERTIFICATE, TEST_ONLY_KEY } from '../fixtures/eko/test-only-certificate.js';
import { startStubServer, toHttpReply, type Answer, type StubServer } from '../support/stub-server.js';

const NOW_MS = 1_700_000_000_000;
const TRANSFER = {
  userCode: '20810200',
  clientRefId: 'REQ-20260101-001',
  customerId: '9123456789',
  recipientId: '98765',
  amountRupees: 500,
};
const DEBIT = { ...TRANSFER, otp: '025183', otpRefId: 'R', latlong: '28.6,77.2' };
const NOT_FOUND = { status: 168, message: 'TID does not exist' };

const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

async function start(answer?: Answer): Promise<StubServer> {
  const stub = await startStubServer(answer === undefined ? {} : { answer });
  stubs.push(stub);
  return stub;
}
const replying =
  (body: object, httpStatus = 200, headers: Record<string, string> = {}): Answer =>
  (socket) =>
    socket.end(toHttpReply(httpStatus, JSON.stringify(body), headers));

function createClient(stub: StubServer, options: Partial<EkoClientOptions> = {}): EkoClient {
  return new EkoClient({
    baseUrl: `${stub.url}/ekoapi/v3`,
    credentials: { developerKey: 'dev-key', accessKey: 'access-key', initiatorId: '9962981729' },
    timeouts: { otpMs: 10_000, transferMs: 10_000, inquiryMs: 10_000 },
    clock: { nowMs: () => NOW_MS },
    digest: () => 'digest',
    ...options,
  });
}

function toRequest(url: string, changes: Partial<TransportRequest> = {}): TransportRequest {
  return { method: 'GET', url: new URL(url), headers: {}, deadlineMs: 10_000, ...changes };
}

describe('a connection', () => {
  /** The names that clients ask for over TLS; none of them trusts the certificate. */
  async function recordNames(run: (port: number) => Promise<unknown>): Promise<string[]> {
    const names: string[] = [];
    const server = tls.createServer({
      key: TEST_ONLY_KEY,
      cert: TEST_ONLY_CERTIFICATE,
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await run((server.address() as AddressInfo).port);
    server.close();
    await once(server, 'close');
    return names;
  }

  test.each([
    ['localhost', ['localhost']],
    ['127.0.0.1', []],
  ])('over TLS to %s asks for the names %j', async (host, expected) => {
    let result: unknown;
    const names = await recordNames(async (port) => {
      result = await sendOnce(toRequest(`https://${host}:${port}/`));
    });
    expect(names).toEqual(expected);
    expect(result).toMatchObject({ kind: 'notSent', cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('to an IPv6 address is made to that address', async () => {
    // Nobody listens there; a machine without IPv6 says so. Neither is a name that cannot be found.
    const result = await sendOnce(toRequest('http://[::1]:1/'));
    expect(result).toMatchObject({
      kind: 'notSent',
      cause: expect.stringMatching(/^(ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT)$/),
    });
  });

  test('is used once, for JSON, by a client that names itself', async () => {
    const stub = await start(replying({ status: 0 }));
    await createClient(stub).inquire({ ...TRANSFER, tid: null });
    const { headers } = stub.requests[0]!;
    const sent = Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]));
    expect(sent).toMatchObject({
      accept: 'application/json',
      'user-agent': 'eko-transfer-gateway',
      connection: 'close',
    });
  });

  test('whose request cannot be made is lost, and says no more', async () => {
    const stub = await start();
    expect(await sendOnce(toRequest(stub.url, { method: 'GET', body: 'a GET has none' }))).toEqual({
      kind: 'lost',
      cause: 'network failure',
    });
  });
});

describe('the base URL', () => {
  test.each(['', '/', '//'])('may end in "%s"', async (end) => {
    const stub = await start(replying({ status: 0 }));
    const eko = createClient(stub, { baseUrl: `${stub.url}/ekoapi//v3${end}` });
    await eko.inquire({ ...TRANSFER, tid: '17' });
    expect(stub.requests[0]?.path.split('?')[0]).toBe('/ekoapi//v3/tools/reference/transaction/17');
  });
});

describe('an inquiry', () => {
  test.each([
    ['by our reference, which was not found', null, [NOT_FOUND], 'notFound', false],
    ['by the tid, which was found', '17', [{ status: 0, data: { tid: 17, tx_status: 2 } }], 'awaited', false],
    ['by a tid that Eko denies', '17', [NOT_FOUND, NOT_FOUND], 'notFound', true],
  ])('%s, says so', async (_what, tid, replies, kind, isTidDenied) => {
    const stub = await start((socket, request, index) =>
      replying(replies[Math.min(index, replies.length - 1)]!)(socket, request, index),
    );
    const answer = await createClient(stub).inquire({ ...TRANSFER, tid });
    expect(answer).toEqual({ outcome: expect.objectContaining({ kind }), isTidDenied });
    expect(stub.requests).toHaveLength(replies.length);
  });
});

describe('when inquiries have to end', () => {
  test('the one under way is cut short, the next is not sent, and both are failed inquiries', async () => {
    const end = new AbortController();
    const stub = await start(() => end.abort());
    const eko = createClient(stub, { inquiriesEnd: end.signal });
    const stopped = { outcome: expect.objectContaining({ kind: 'inquiryFailed', cause: 'stopped' }) };
    expect(await eko.inquire({ ...TRANSFER, tid: null })).toMatchObject(stopped);
    expect(await eko.inquire({ ...TRANSFER, tid: null })).toMatchObject(stopped);
    expect(stub.requests).toHaveLength(1);
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
  });

  test('a debit is not cut short', async () => {
    const end = new AbortController();
    const stub = await start((...call) => {
      end.abort();
      replying({ status: 0, data: { tx_status: 0, tid: 17 } })(...call);
    });
    const eko = createClient(stub, { inquiriesEnd: end.signal });
    expect(await eko.initiateTransfer(DEBIT)).toMatchObject({ kind: 'succeeded', tid: '17' });
  });

  test('a call that has ended no longer listens', async () => {
    const { signal } = new AbortController();
    const stub = await start(replying({ status: 0 }));
    await createClient(stub, { inquiriesEnd: signal }).inquire({ ...TRANSFER, tid: null });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('Eko’s clock', () => {
  const toDate = (ms: number) => ({ date: new Date(ms).toUTCString() });

  test.each([
    [5_000, [5_000]],
    [-5_000, [-5_000]],
    [4_000, []],
    [-4_000, []],
  ])('%i ms from ours is told as %j, and told once', async (offsetMs, expected) => {
    const told: number[] = [];
    const stub = await start(replying({ status: 1, message: 'Forbidden' }, 403, toDate(NOW_MS + offsetMs)));
    const eko = createClient(stub, { onClockOffset: (ms) => told.push(ms) });
    await eko.initiateTransfer(DEBIT);
    await eko.initiateTransfer(DEBIT);
    expect(told).toEqual(expected);
  });

  test('is not learnt from an answer that refuses nothing, and no OTP is asked for again', async () => {
    const told: number[] = [];
    const stub = await start(
      replying({ status: 0, data: { otp_ref_id: 'R' } }, 200, toDate(NOW_MS + 3_600_000)),
    );
    const eko = createClient(stub, { onClockOffset: (ms) => told.push(ms) });
    expect(await eko.sendTransferOtp(TRANSFER)).toMatchObject({ kind: 'sent' });
    expect(stub.requests).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('is none in an answer without a date', async () => {
    const stub = await start(replying({ status: 0 }));
    expect(await sendOnce(toRequest(stub.url))).toMatchObject({ kind: 'answered', dateMs: null });
  });
});
