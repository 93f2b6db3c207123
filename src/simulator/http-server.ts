// Sockets and bytes: reads a whole request, asks for the answer, delivers it as told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../shared/clock.js';
import type { Headers } from './authentication.js';
import { BODY_TOO_LARGE } from './common-replies.js';
import { createHungSockets, deliver, toPlainDelivery, type Delivery } from './delivery.js';

/** A request with its body read. */
export interface Call {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Headers;
  /** Parsed JSON; undefined when nothing was sent, null for what is not JSON. */
  readonly body: unknown;
  /** Asked from this machine, by a name of this machine. */
  isLocal(): boolean;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly hangLimitMs: number;
  answer(call: Call): Delivery;
}

export interface HttpServer {
  /** Resolves to `http://host:port`. */
  start(): Promise<string>;
  /** Closes the listening socket for this long: connections are refused, those that stand go on. */
  refuseFor(ms: number): void;
  stop(): Promise<void>;
}

/** A hundred times the largest documented request. */
const MAX_BODY_BYTES = 64 * 1024;
/** For the whole of a request to arrive: only broken clients need longer. */
const REQUEST_TIMEOUT_MS = 30_000;
const LOOPBACK_ADDRESS = /^(::ffff:)?127\.|^::1$/;
/** The Host header too, so that no web page can reach the control door through a name of its own. */
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { host, port, clock, hangLimitMs, answer } = options;
  const hungSockets = createHungSockets(hangLimitMs);
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Past the limit the rest is read and thrown away: a caller still writing would miss the answer.
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    incoming.on('error', () => undefined);
    incoming.on('end', () => {
      setDate(response, clock);
      const delivery =
        bytes > MAX_BODY_BYTES
          ? toPlainDelivery(BODY_TOO_LARGE)
          : answer(toCall(incoming, Buffer.concat(chunks)));
      deliver(delivery, response, hungSockets);
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  let reopening: NodeJS.Timeout | undefined;

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve(toOrigin(server.address() as AddressInfo));
        });
      }),
    refuseFor: (ms) => {
      const address = server.address();
      // Refusing already: the longer of two does not matter, the first ends both.
      if (address === null || typeof address === 'string') return;
      server.close();
      reopening = setTimeout(() => server.listen(address.port, host), ms);
    },
    stop: () =>
      new Promise((resolve) => {
        clearTimeout(reopening);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Node would send the machine's time; tests skew the simulator's. */
function setDate(response: ServerResponse, clock: Clock): void {
  response.setHeader('date', new Date(clock.nowMs()).toUTCString());
}

function toCall(incoming: IncomingMessage, body: Buffer): Call {
  const { method = '', url = '', headers, socket } = incoming;
  return {
    method,
    target: url,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body: body.length === 0 ? undefined : findJson(body.toString('utf8')),
    isLocal: () =>
      LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') && LOOPBACK_HOST.test(headers.host ?? ''),
  };
}

function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toOrigin({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
