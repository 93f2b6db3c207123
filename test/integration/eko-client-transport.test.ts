// What the network can do to a debit, on real sockets: each case is either proven never sent, or lost, and in every
// case at most one request reaches the other side, on a connection of its own.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { EkoClient } from '../../src/eko/index.js';
import { sendOnce, type TransportRequest, type TransportResult } from '../../src/eko/transport.js';
import { systemClock } from '../../src/shared/clock.js';
import { SEED_SUCCESS } from '../fixtures/eko/documented-replies.js';
import { TEST_ONLY_CERTIFICATE, TEST_ONLY_KEY } from '../fixtures/eko/test-only-certificate.js';
import { startStubServer, toHttpReply, type StubOptions, type StubServer } from '../support/stub-server.js';

const REPLY = JSON.stringify(SEED_SUCCESS);
const KEYS = { key: TEST_ONLY_KEY, cert: TEST_ONLY_CERTIFICATE };
/** Long enough for a local exchange on a busy machine. */
const AMPLE_MS = 10_000;
/** For what must run into its deadline. */
const SHORT_MS = 300;

const stubs: StubServer[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const stub of stubs.splice(0)) {
    await stub.idle();
    await stub.stop();
  }
  await untilNoClientSocket();
});

const countSockets = () =>
  process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|TLSWrap)$/.test(name)).length;
/** Not ours: what runs the tests may hold one. */
const SOCKETS_BEFORE = countSockets();

/** The leak check: no connection of the test's is open, on either side. */
async function untilNoClientSocket(): Promise<void> {
  for (
    const startedAt = performance.now();
    countSockets() > SOCKETS_BEFORE;
    await new Promise(setImmediate)
  ) {
    if (performance.now() - startedAt > AMPLE_MS) throw new Error('a connection was left open');
  }
}

async function start(options: StubOptions): Promise<StubServer> {
  const stub = await startStubServer(options);
  stubs.push(stub);
  return stub;
}

function send(url: string, request: Partial<TransportRequest> = {}): Promise<TransportResult> {
  return sendOnce({
    method: 'POST',
    url: new URL('/ekoapi/v3/customer/payment/dmt-fino', url),
    headers: { 'content-type': 'application/json' },
    body: '{"amount":500}',
    deadlineMs: AMPLE_MS,
    ...request,
  });
}

/** The address of a port on which nobody listens. */
async function findClosedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a request is proven never sent when', () => {
  test.each(['http', 'https'])('the connection is refused (%s)', async (scheme) => {
    expect(await send(`${scheme}://127.0.0.1:${await findClosedPort()}`)).toEqual({
      kind: 'notSent',
      cause: 'ECONNREFUSED',
    });
  });

  test.each(['http', 'https'])('the name does not resolve (%s)', async (scheme) => {
    const result = await send(`${scheme}://nothing.invalid`);
    expect(result.kind).toBe('notSent');
    expect(result).toHaveProperty('cause', expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|timeout)$/));
  });

  test('the process was stopped until after the deadline, and hears of its connection first', async () => {
    const stub = await start({});
    jest.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(AMPLE_MS);
    expect(await send(stub.url)).toEqual({ kind: 'notSent', cause: 'timeout' });
    jest.restoreAllMocks();
    expect(stub.bytes).toBe(0);
  });

  test('the certificate is not trusted', async () => {
    const stub = await start({ tls: KEYS });
    expect(await send(stub.url)).toEqual({ kind: 'notSent', cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect([stub.connections, stub.bytes]).toEqual([1, 0]);
  });

  test('the certificate is not trusted, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const connect = jest.spyOn(tls, 'connect');
    const stub = await start({ tls: KEYS });
    expect(await send(stub.url)).toMatchObject({ kind: 'notSent' });
    // Jest's process.env is a copy that Node does not read: what is asked of Node has to speak for itself.
    expect(connect.mock.calls).toEqual([[expect.objectContaining({ rejectUnauthorized: true })]]);
  });

  test('the certificate is another host’s', async () => {
    trustTestCertificate();
    const stub = await start({ tls: KEYS });
    const elsewhere = stub.url.replace('localhost', '127.0.0.2');
    const result = await send(elsewhere);
    expect(result).toMatchObject({ kind: 'notSent' });
    expect(stub.bytes).toBe(0);
  });

  test('the other side does not speak TLS', async () => {
    const stub = await start({ onConnection: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') });
    expect(await send(stub.url.replace('http:', 'https:'))).toMatchObject({ kind: 'notSent' });
    expect(stub.requests).toHaveLength(0);
  });

  test('the other side hangs up during the TLS handshake', async () => {
    const stub = await start({
      onConnection: (socket) => socket.once('data', () => socket.resetAndDestroy()),
    });
    expect(await send(stub.url.replace('http:', 'https:'))).toEqual({ kind: 'notSent', cause: 'ECONNRESET' });
    expect(stub.requests).toHaveLength(0);
  });

  test('the TLS handshake is not done within the deadline', async () => {
    const stub = await start({});
    const startedAtMs = performance.now();
    expect(await send(stub.url.replace('http:', 'https:'), { deadlineMs: SHORT_MS })).toEqual({
      kind: 'notSent',
      cause: 'timeout',
    });
    expect(performance.now() - startedAtMs).toBeLessThan(SHORT_MS + 1_000);
    expect(stub.connections).toBe(1);
    expect(stub.requests).toHaveLength(0);
  });
});

/** Faults after the request was, or may have been, received. */
const LOST: readonly { name: string; cause: string; deadlineMs?: number; stub: StubOptions }[] = [
  {
    name: 'the connection is reset after the request',
    cause: 'ECONNRESET',
    stub: { answer: (socket) => socket.resetAndDestroy() },
  },
  {
    name: 'the connection is closed after the request',
    cause: 'ECONNRESET',
    stub: { answer: (socket) => socket.end() },
  },
  { name: 'there is silence', cause: 'timeout', deadlineMs: SHORT_MS, stub: {} },
  {
    name: 'the head comes and then silence',
    cause: 'timeout',
    deadlineMs: SHORT_MS,
    stub: { answer: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n') },
  },
  {
    name: 'the body drips past the deadline',
    cause: 'timeout',
    deadlineMs: SHORT_MS,
    stub: {
      answer: (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${REPLY.length}\r\n\r\n`);
        let sent = 0;
        const timer = setInterval(() => socket.write(REPLY[sent++] ?? ' '), 20);
        socket.once('close', () => clearInterval(timer));
      },
    },
  },
  {
    name: 'interim replies drip past the deadline',
    cause: 'timeout',
    deadlineMs: SHORT_MS,
    stub: {
      answer: (socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
        socket.once('close', () => clearInterval(timer));
      },
    },
  },
  {
    name: 'the body is shorter than its length, though it is whole JSON',
    cause: 'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|system',
    stub: {
      answer: (socket) => socket.end(toHttpReply(200, REPLY, { 'content-length': `${REPLY.length + 1}` })),
    },
  },
  {
    name: 'the body is cut and reset',
    cause: 'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|system',
    stub: {
      answer: (socket) => {
        const cut = toHttpReply(200, REPLY).subarray(0, -20);
        socket.write(cut, () => socket.resetAndDestroy());
      },
    },
  },
  {
    name: 'a chunked body ends without its last chunk, though it is whole JSON',
    cause: 'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|system',
    stub: {
      answer: (socket) =>
        socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${toChunk(REPLY)}`),
    },
  },
  {
    name: 'a chunked body is cut inside a chunk',
    cause: 'ECONNRESET|ERR_STREAM_PREMATURE_CLOSE|system',
    stub: {
      answer: (socket) =>
        socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${toChunk(REPLY).slice(0, -40)}`),
    },
  },
  {
    name: 'the body is larger than any reply of Eko’s',
    cause: 'max-size',
    stub: { answer: (socket) => socket.end(toHttpReply(200, `${REPLY}${' '.repeat(256 * 1024)}`)) },
  },
  {
    name: 'the body has no end',
    cause: 'max-size',
    stub: {
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n{"message":"');
        const pump = () => {
          while (!socket.destroyed && socket.write('a'.repeat(16_384)));
        };
        socket.on('drain', pump);
        pump();
      },
    },
  },
  {
    name: 'the head has no end',
    cause: 'HPE_HEADER_OVERFLOW',
    stub: { answer: (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`) },
  },
  {
    name: 'the reply is not HTTP',
    cause: 'HPE_INVALID_CONSTANT',
    stub: { answer: (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n') },
  },
  {
    name: 'the reply has two lengths',
    cause: 'HPE_.*',
    stub: {
      answer: (socket) =>
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${REPLY.length}\r\ncontent-length: 7\r\n\r\n${REPLY}`),
    },
  },
  {
    name: 'the other side wants another protocol',
    cause: 'ECONNRESET|timeout',
    deadlineMs: SHORT_MS,
    stub: {
      answer: (socket) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    },
  },
];

function toChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

describe('a request may have arrived when', () => {
  test.each(LOST)('$name', async ({ cause, deadlineMs = AMPLE_MS, stub: options }) => {
    const stub = await start(options);
    const startedAtMs = performance.now();
    const result = await send(stub.url, { deadlineMs });
    expect(result).toEqual({ kind: 'lost', cause: expect.stringMatching(new RegExp(`^(${cause})$`)) });
    expect(performance.now() - startedAtMs).toBeLessThan(deadlineMs + 1_000);
    expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
  });

  test('the connection is reset as soon as it is accepted', async () => {
    const stub = await start({ onConnection: (socket) => socket.resetAndDestroy() });
    const result = await send(stub.url);
    // The reset can overtake the news of the connection: then it is even proven that nothing was sent.
    expect(result).toEqual({ kind: expect.stringMatching(/^(lost|notSent)$/), cause: 'ECONNRESET' });
    expect([stub.connections, stub.requests.length]).toEqual([1, 0]);
  });

  test('the connection is accepted and reset before anything is read', async () => {
    const stub = await start({
      isDeaf: true,
      onConnection: (socket) => setTimeout(() => socket.resetAndDestroy(), 100),
    });
    expect(await send(stub.url)).toEqual({ kind: 'lost', cause: 'ECONNRESET' });
    expect([stub.connections, stub.bytes]).toEqual([1, 0]);
  });

  test('the connection is accepted and nothing is ever read', async () => {
    const stub = await start({ isDeaf: true });
    expect(await send(stub.url, { body: 'a'.repeat(8_000_000), deadlineMs: SHORT_MS })).toEqual({
      kind: 'lost',
      cause: 'timeout',
    });
    expect([stub.connections, stub.bytes]).toEqual([1, 0]);
    await stub.stop(); // a deaf server does not hear that the connection is closed
  });

  test('the connection is reset halfway through the request', async () => {
    const stub = await start({
      onConnection: (socket) => socket.once('data', () => socket.resetAndDestroy()),
    });
    const result = await send(stub.url, { body: JSON.stringify({ filler: 'a'.repeat(5_000_000) }) });
    expect(result.kind).toBe('lost');
    expect([stub.connections, stub.requests.length]).toEqual([1, 0]);
  });

  test.each([301, 302, 303, 307, 308])(
    'it is redirected with HTTP %d, which is not followed',
    async (httpStatus) => {
      const elsewhere = await start({ answer: (socket) => socket.end(toHttpReply(200, REPLY)) });
      const location = `${elsewhere.url}/customer/payment/dmt-fino`;
      const stub = await start({ answer: (socket) => socket.end(toHttpReply(httpStatus, '', { location })) });
      expect(await send(stub.url)).toEqual({ kind: 'lost', cause: 'no-redirect' });
      expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
      expect([elsewhere.connections, elsewhere.bytes]).toEqual([0, 0]);
    },
  );

  test('it is redirected to where it was sent, or nowhere', async () => {
    for (const location of ['/customer/payment/dmt-fino', 'http://[', '']) {
      const stub = await start({ answer: (socket) => socket.end(toHttpReply(307, '', { location })) });
      expect(await send(stub.url)).toMatchObject({ kind: 'lost' });
      expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
    }
  });
});

describe('a request that cannot be made', () => {
  test('leaves no connection open', async () => {
    const stub = await start({});
    const result = await send(stub.url.replace('//', '//user:password@'));
    expect(result.kind).toBe('lost');
    expect([stub.connections, stub.bytes]).toEqual([1, 0]);
  });
});

describe('an answer', () => {
  test.each([
    ['with a length', toHttpReply(200, REPLY)],
    [
      'in chunks',
      Buffer.from(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${toChunk(REPLY)}0\r\n\r\n`),
    ],
    ['until the end of the connection', Buffer.from(`HTTP/1.0 200 OK\r\n\r\n${REPLY}`)],
    [
      'after an interim one',
      Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), toHttpReply(200, REPLY)]),
    ],
    ['that wants to keep the connection', toHttpReply(200, REPLY, { connection: 'keep-alive' })],
    ['followed by a second one', Buffer.concat([toHttpReply(200, REPLY), toHttpReply(200, '{"status":1}')])],
  ])('is read %s', async (_how, bytes) => {
    const stub = await start({
      answer: (socket) => socket.write(bytes, () => bytes.includes('1.0 ') && socket.end()),
    });
    expect(await send(stub.url)).toEqual({ kind: 'answered', httpStatus: 200, body: REPLY, dateMs: null });
    expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
  });

  test('comes with Eko’s time', async () => {
    const date = 'Tue, 14 Nov 2023 22:13:20 GMT';
    const stub = await start({ answer: (socket) => socket.end(toHttpReply(401, '', { date })) });
    expect(await send(stub.url)).toEqual({
      kind: 'answered',
      httpStatus: 401,
      body: '',
      dateMs: 1_700_000_000_000,
    });
  });

  test('over TLS is read from a host whose certificate is trusted', async () => {
    trustTestCertificate();
    const stub = await start({ tls: KEYS, answer: (socket) => socket.end(toHttpReply(200, REPLY)) });
    expect(await send(stub.url)).toMatchObject({ kind: 'answered', httpStatus: 200, body: REPLY });
    expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
  });

  test('over TLS that is cut is lost', async () => {
    trustTestCertificate();
    const stub = await start({
      tls: KEYS,
      answer: (socket) => socket.write(toHttpReply(200, REPLY).subarray(0, -1), () => socket.destroy()),
    });
    expect(await send(stub.url)).toMatchObject({ kind: 'lost' });
    expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
  });
});

describe('an answer that settles nothing', () => {
  test.each<[string, Buffer, string]>([
    [
      'compressed, which was not asked for',
      toHttpReply(200, gzipSync(REPLY), { 'content-encoding': 'gzip' }),
      'unreadable reply',
    ],
    ['a page of HTML with HTTP 200', toHttpReply(200, '<html>Welcome</html>'), 'unreadable reply'],
    ['an empty body with HTTP 200', toHttpReply(200, ''), 'unreadable reply'],
    ['HTTP 204', Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'), 'HTTP 204'],
    ['a text with HTTP 500', toHttpReply(500, 'Internal server error'), 'HTTP 500'],
    ['HTML with HTTP 502', toHttpReply(502, '<html>Bad Gateway</html>'), 'HTTP 502'],
    ['a success with HTTP 503', toHttpReply(503, REPLY), 'HTTP 503'],
    ['HTTP 408', toHttpReply(408, ''), 'HTTP 408'],
    ['HTTP 413', toHttpReply(413, ''), 'HTTP 413'],
    ['HTTP 429', toHttpReply(429, '', { 'retry-after': '1' }), 'HTTP 429'],
    ['HTTP 304', Buffer.from('HTTP/1.1 304 Not Modified\r\n\r\n'), 'HTTP 304'],
  ])('leaves the debit unknown and sends it once: %s', async (_what, bytes, cause) => {
    const stub = await start({ answer: (socket) => socket.end(bytes) });
    expect(await debit(stub)).toMatchObject({ kind: 'unknown', cause });
    expect([stub.connections, stub.requests.length]).toEqual([1, 1]);
  });
});

describe('debits', () => {
  test('each have a connection of their own, however many run at once', async () => {
    const stub = await start({
      answer: (socket) => socket.write(toHttpReply(200, REPLY, { connection: 'keep-alive' })),
    });
    const outcomes = await Promise.all(Array.from({ length: 25 }, () => debit(stub)));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['succeeded']));
    expect([stub.connections, stub.requests.length]).toEqual([25, 25]);
  });

  test('are each sent once through twenty resets', async () => {
    const stub = await start({ answer: (socket) => socket.resetAndDestroy() });
    for (let sent = 1; sent <= 20; sent += 1) {
      expect(await debit(stub)).toMatchObject({ kind: 'unknown', cause: 'ECONNRESET' });
      expect([stub.connections, stub.requests.length]).toEqual([sent, sent]);
    }
  });
});

function debit(stub: StubServer) {
  const eko = new EkoClient({
    baseUrl: stub.url,
    credentials: { developerKey: 'dev', accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE', initiatorId: '9962981729' },
    timeouts: { otpMs: AMPLE_MS, transferMs: AMPLE_MS, inquiryMs: AMPLE_MS },
    clock: systemClock,
    digest: () => 'digest',
  });
  return eko.initiateTransfer({
    userCode: '20810200',
    clientRefId: 'REQ-20260101-001',
    customerId: '9123456789',
    recipientId: '98765',
    amountRupees: 500,
    otp: '025183',
    otpRefId: 'TXNOTP20240101001',
    latlong: '28.6139,77.2090',
  });
}

/** Node 20 has no other way to add a root certificate to a running process. Restored after each test. */
function trustTestCertificate(): void {
  const createSecureContext = tls.createSecureContext;
  jest
    .spyOn(tls, 'createSecureContext')
    .mockImplementation((options) => createSecureContext({ ca: TEST_ONLY_CERTIFICATE, ...options }));
}
