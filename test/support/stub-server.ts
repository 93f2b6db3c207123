// An Eko made of a bare socket: it records every byte that reaches it and answers with whatever a test writes.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Names as they stood on the wire. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type Answer = (socket: net.Socket, request: RecordedRequest, index: number) => void;

export interface StubServer {
  readonly url: string;
  /** Whole requests, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** TCP connections accepted so far. */
  readonly connections: number;
  /** Bytes of requests received so far, after decryption where there is any. */
  readonly bytes: number;
  /** Resolves when the other side has closed every connection: a leaked one keeps it waiting. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface StubOptions {
  /** What happens to a whole request; by default nothing. */
  readonly answer?: Answer;
  /** What happens to a connection before any request. */
  readonly onConnection?: (socket: net.Socket) => void;
  /** True for a server that accepts connections and never reads from them. */
  readonly isDeaf?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startStubServer(options: StubOptions): Promise<StubServer> {
  const { answer, onConnection, isDeaf = false, tls: keys } = options;
  const requests: RecordedRequest[] = [];
  const sockets = new Set<net.Socket>();
  const counts = { connections: 0, bytes: 0 };
  const server = keys === undefined ? net.createServer() : tls.createServer({ ...keys });

  server.on('connection', (socket: net.Socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection?.(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.on(keys === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => {
    let received = '';
    socket.on('error', () => undefined);
    if (isDeaf) return;
    socket.on('data', (chunk) => {
      counts.bytes += chunk.length;
      received += chunk.toString('latin1');
      for (let next = takeRequest(received); next !== null; next = takeRequest(received)) {
        received = next.rest;
        requests.push(next.request);
        answer?.(socket, next.request, requests.length - 1);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const idle = async (): Promise<void> => {
    await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  };
  return {
    url: `${keys === undefined ? 'http' : 'https'}://localhost:${port}`,
    requests,
    get connections() {
      return counts.connections;
    },
    get bytes() {
      return counts.bytes;
    },
    idle,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A whole HTTP reply, with a length and no keep-alive. */
export function toHttpReply(
  httpStatus: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const content = Buffer.from(body as string);
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(content.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${httpStatus} Stub\r\n${lines.join('')}\r\n`, 'latin1'),
    content,
  ]);
}

/** The first whole request of what was received, and the rest; null until there is one. */
function takeRequest(received: string): { request: RecordedRequest; rest: string } | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [requestLine = '', ...lines] = received.slice(0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = [...headers].find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? '0';
  const bodyEnd = headEnd + 4 + Number(length);
  if (received.length < bodyEnd) return null;
  const [method = '', path = ''] = requestLine.split(' ');
  const body = Buffer.from(received.slice(headEnd + 4, bodyEnd), 'latin1').toString('utf8');
  return { request: { method, path, headers, body }, rest: received.slice(bodyEnd) };
}
