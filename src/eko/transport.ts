// One HTTP request on one fresh connection: no retry, no redirect, no keep-alive, one deadline over all of it.
//
// Connecting and sending are two steps on purpose. Until the first has succeeded no byte of the request
// exists outside this process, so its failure proves "never sent"; every failure after it proves nothing.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import fetch from 'node-fetch';

/** Eko's replies are about 2 kB; anything near this is not one. */
const MAX_REPLY_BYTES = 256 * 1024;

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over connecting, sending and the whole reply. */
  readonly deadlineMs: number;
  /** Cuts the call short before its deadline. */
  readonly signal?: AbortSignal;
}

export type TransportResult =
  /** A complete reply came. */
  | {
      readonly kind: 'answered';
      readonly httpStatus: number;
      readonly body: string;
      readonly dateMs: number | null;
    }
  /** The connection (name, TCP, TLS) was never established: proof that nothing was sent. */
  | { readonly kind: 'notSent'; readonly cause: string }
  /** The request may have arrived; the reply did not, or not whole. */
  | { readonly kind: 'lost'; readonly cause: string };

/** Sends one request. Never throws for what the network does. */
export async function sendOnce(request: TransportRequest): Promise<TransportResult> {
  const deadline = new AbortController();
  const endsAtMs = performance.now() + request.deadlineMs;
  const timer = setTimeout(() => deadline.abort('timeout'), request.deadlineMs);
  const cutShort = () => deadline.abort('stopped');
  request.signal?.addEventListener('abort', cutShort);
  if (request.signal?.aborted) cutShort();
  let socket: net.Socket | undefined;
  try {
    try {
      socket = await connect(request.url, deadline.signal);
      // A process that was stopped meanwhile hears of its connection before it hears of its deadline.
      if (performance.now() >= endsAtMs) deadline.abort('timeout');
      deadline.signal.throwIfAborted();
    } catch (error) {
      return { kind: 'notSent', cause: describeFailure(error, deadline.signal) };
    }
    try {
      return await exchange(request, socket, deadline.signal);
    } catch (error) {
      return { kind: 'lost', cause: describeFailure(error, deadline.signal) };
    }
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', cutShort);
    socket?.destroy();
  }
}

async function exchange(
  request: TransportRequest,
  socket: net.Socket,
  signal: AbortSignal,
): Promise<TransportResult> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: { ...request.headers, accept: 'application/json', 'user-agent': 'eko-transfer-gateway' },
    body: request.body,
    agent: createSingleUseAgent(request.url, socket),
    redirect: 'error',
    compress: false,
    size: MAX_REPLY_BYTES,
    signal,
  });
  const body = await response.text();
  const dateMs = Date.parse(String(response.headers.get('date')));
  return {
    kind: 'answered',
    httpStatus: response.status,
    body,
    dateMs: Number.isNaN(dateMs) ? null : dateMs,
  };
}

async function connect(url: URL, signal: AbortSignal): Promise<net.Socket> {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/[[\]]/g, '');
  const port = Number(url.port) || (isTls ? 443 : 80);
  const servername = net.isIP(host) === 0 ? host : '';
  // Said in full, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot hand the OTP to anybody.
  const socket = isTls
    ? tls.connect({ host, port, servername, rejectUnauthorized: true })
    : net.connect({ host, port });
  socket.on('error', () => {}); // an error while nobody else listens must not crash the process
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** An agent that hands out the one connection we made, once: a second request on it cannot happen. */
function createSingleUseAgent(url: URL, socket: net.Socket): http.Agent {
  const agent = url.protocol === 'https:' ? new https.Agent() : new http.Agent();
  let isTaken = false;
  const createConnection = (): net.Socket => {
    if (isTaken) throw new Error('the connection of this request was already used');
    isTaken = true;
    return socket;
  };
  return Object.assign(agent, { createConnection });
}

/** A short word for logs and evidence: `timeout`, `stopped`, or the error's code; never text from outside. */
function describeFailure(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return String(signal.reason);
  const { code, type } = Object(error) as { code?: unknown; type?: unknown };
  return [code, type].find((word) => typeof word === 'string') ?? 'network failure';
}
