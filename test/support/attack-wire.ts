// Attacks as bytes on a socket, and as frames on a WebSocket: whatever a client library would refuse to send.
import net from 'node:net';
import WebSocket from 'ws';
import type { RawAnswer } from './raw-http.js';

export type Header = readonly [name: string, value: string];

export interface WireRequest {
  readonly method?: string;
  readonly target?: string;
  /** Beside `host`, `connection` and `content-length`; one of these names replaces the one that is made. */
  readonly headers?: readonly Header[];
  readonly body?: string | Buffer;
}

/** A server that says nothing for so long, or does not end its answer, is an answer of its own: it fails the test. */
const SILENCE_MS = 10_000;

/** The status of a connection that is closed without an answer. */
export const CLOSED = 0;

/** The bytes of a request. Header values are written as latin1, so that every byte can be sent. */
export function toBytes(
  serverUrl: string,
  { method = 'POST', target = '/graphql', ...rest }: WireRequest,
): Buffer {
  const body = Buffer.from(rest.body ?? '');
  const given = rest.headers ?? [];
  const made: Header[] = [
    ['host', new URL(serverUrl).host],
    ['connection', 'close'],
    ...(rest.body === undefined ? [] : [['content-length', String(body.length)] as const]),
  ];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const headers = [...made.filter(([name]) => !names.has(name)), ...given];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body]);
}

export function sendWire(serverUrl: string, request: WireRequest): Promise<RawAnswer> {
  return sendBytes(serverUrl, toBytes(serverUrl, request));
}

/**
 * On a connection of its own, which the server has to close after its one answer. Half closed, the server is told that
 * nothing more comes, so that it need not wait for what the bytes promise.
 */
export async function sendBytes(
  serverUrl: string,
  bytes: Buffer,
  { isHalfClosed = false }: { readonly isHalfClosed?: boolean } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(serverUrl);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('the server does not end its answer')));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that has refused a request need not read the rest of it.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve() : reject(error),
    );
    socket.on('close', () => resolve());
    if (isHalfClosed) socket.end(bytes);
    else socket.write(bytes);
  });
  return parseAnswer(Buffer.concat(chunks));
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (bytes.length === 0) return { status: CLOSED, headers: new Headers(), text: '' };
  if (/^HTTP\/1\.1 1\d\d /.test(bytes.toString('latin1', 0, 13)))
    return parseAnswer(bytes.subarray(headEnd + 4));
  if (headEnd === -1) throw new Error(`no answer, but: ${bytes.toString('latin1').slice(0, 200)}`);
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  // Behind it may stand an answer to what the server took for another request.
  const length = Number(headers.get('content-length') ?? Infinity);
  const body = bytes.subarray(headEnd + 4, headEnd + 4 + length);
  const isOfAnother = body.toString('latin1', 0, 9) === 'HTTP/1.1 ';
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    text: isOfAnother ? '' : (isChunked ? joinChunks(body) : body).toString('utf8'),
  };
}

function joinChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = parseInt(body.subarray(at, lineEnd).toString('latin1'), 16);
    if (!(length > 0)) break;
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(parts);
}

export interface WebSocketAnswer {
  /** Undefined while the connection is open. */
  readonly closeCode: number | undefined;
  readonly closeReason: string;
  /** Everything told after the greeting, as text. */
  readonly messages: readonly string[];
}

export interface WebSocketAttack {
  /** Undefined: no greeting is sent. */
  readonly greeting?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly frames: readonly (string | Buffer)[];
  /** The attacker does not know how much will be told: it leaves when all that takes no waiting has been. */
  readonly isPatient?: boolean;
  /** How many messages the attacker waits for; fewer when the server closes the connection. Default 1. */
  readonly answers?: number;
  /** Between the greeting and the frames. */
  readonly wait?: () => Promise<unknown>;
}

/** The answer to one says that all before it was read, the answer to the next that it was answered. */
const PING = '{"type":"ping"}';
const PONG = '{"type":"pong"}';

export function attackWebSocket(serverUrl: string, attack: WebSocketAttack): Promise<WebSocketAnswer> {
  const { greeting, frames, isPatient = false } = attack;
  const answers = attack.answers ?? (isPatient ? Infinity : 1);
  const socket = new WebSocket(`${serverUrl.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    ...(attack.headers ? { headers: attack.headers } : {}),
  });
  const messages: string[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.terminate();
      reject(new Error(`the server says nothing more than ${messages.join(' ')}`));
    }, SILENCE_MS);
    const finish = (closeCode: number | undefined, closeReason: string) => {
      clearTimeout(timer);
      resolve({ closeCode, closeReason, messages });
      socket.terminate();
    };
    let pongs = 0;
    const sendAll = () => [...frames, ...(isPatient ? [PING] : [])].forEach((frame) => socket.send(frame));
    socket.on('open', () => {
      if (greeting !== undefined) socket.send(JSON.stringify(greeting));
      else sendAll();
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === '{"type":"connection_ack"}') {
        void (attack.wait?.() ?? Promise.resolve()).then(sendAll, reject);
        return;
      }
      if (isPatient && text === PONG) return pongs++ === 0 ? socket.send(PING) : finish(undefined, '');
      messages.push(text);
      if (messages.length >= answers) finish(undefined, '');
    });
    socket.on('close', (code, reason) => finish(code, String(reason)));
    socket.on('error', reject);
  });
}
