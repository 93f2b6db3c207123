// Subscriptions over a WebSocket on the address of the queries. Source: the graphql-transport-ws protocol of graphql-ws.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  GraphQLError,
  parse,
  type ExecutionArgs,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { handleProtocols, makeServer, type Server as ProtocolServer } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AgentIdentity, RevocationList } from '../auth/index.js';
import { HTTP, SUBSCRIPTION } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import { CodedError, type ErrorCode } from '../shared/errors.js';
import { findAuthorization, type Admission } from './admission.js';
import { Connections, UNAUTHORIZED, type ConnectionLimits } from './connections.js';
import { toGraphQLError } from './graphql-errors.js';
import type { ResultStream, Subscriptions } from './subscriptions.js';

export interface WebSocketOptions {
  readonly schema: GraphQLSchema;
  readonly subscriptions: Subscriptions;
  readonly admission: Admission;
  readonly services: { readonly revocations: RevocationList };
  readonly connectionLimits: ConnectionLimits;
  /** Throws RATE_LIMITED. */
  readonly createContext: (identity: AgentIdentity) => Promise<GraphQLContext>;
  /** Pages of other origins that may connect. */
  readonly corsOrigins: readonly (string | RegExp)[];
}

/** What graphql-ws keeps of a connection. */
interface Connection extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  identity?: AgentIdentity;
}

/** graphql-ws wants to execute a document itself; it is handed one of the right kind, and the stream that is under way. */
interface StartedOperation extends ExecutionArgs {
  readonly stream: ResultStream;
}
const ANY_SUBSCRIPTION = parse('subscription { transactionUpdated }');

type Protocol = ProtocolServer<Connection>;

const BAD_REQUEST = 4400;
/** IANA: the client may connect again, later. */
const TRY_AGAIN_LATER = 1013;
/** RFC 6455: the client may connect again, to whoever takes over. */
const GOING_AWAY = 1001;

/** Returns what closes every connection and lets no new ones in. */
export function addWebSocket(server: Server, options: WebSocketOptions): () => Promise<void> {
  const protocol = createProtocol(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: HTTP.maxBodyBytes, handleProtocols });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const [path] = (request.url ?? '').split('?');
    if (path !== '/graphql') refuse(socket, '404 Not Found');
    else if (!isOriginAllowed(request, options.corsOrigins)) refuse(socket, '403 Forbidden');
    else
      options.admission.admitAddress(request).then(
        () =>
          sockets.clients.size >= options.connectionLimits.maxInAll
            ? refuse(socket, '503 Service Unavailable')
            : sockets.handleUpgrade(request, socket, head, (client) => serve(protocol, client, request)),
        () => refuse(socket, '429 Too Many Requests'),
      );
  };
  server.on('upgrade', onUpgrade);
  return async () => {
    server.off('upgrade', onUpgrade);
    for (const client of sockets.clients) client.close(GOING_AWAY);
    const cutOff = setTimeout(
      () => sockets.clients.forEach((client) => client.terminate()),
      HTTP.closeWithinMs,
    );
    await new Promise((resolve) => sockets.close(resolve));
    clearTimeout(cutOff);
  };
}

function createProtocol(options: WebSocketOptions): Protocol {
  const { admission, connectionLimits, services } = options;
  const connections = new Connections(connectionLimits, services.revocations);
  const refused = (error: GraphQLError) => [
    toProtocolError(options.subscriptions.toFormatted(error, randomUUID())),
  ];
  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: SUBSCRIPTION.greetingWithinMs,
    onConnect: async (greeted) => {
      const { request, socket } = greeted.extra;
      try {
        const authorization = findToken(greeted.connectionParams) ?? findAuthorization(request);
        const identity = await admission.identify(request, authorization);
        await admission.admitAgent(identity);
        if (socket.readyState !== socket.OPEN) return false; // its close has been told already
        const hasSubscriptions = () => Object.keys(greeted.subscriptions).length > 0;
        connections.keep({ socket, identity, hasSubscriptions });
        greeted.extra.identity = identity;
        return true;
      } catch (error) {
        const isLimited = error instanceof CodedError && error.code === 'RATE_LIMITED';
        if (isLimited) socket.close(TRY_AGAIN_LATER, error.code);
        else socket.close(UNAUTHORIZED, 'UNAUTHENTICATED');
        return false;
      }
    },
    onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
      if (Object.keys(subscriptions).length > SUBSCRIPTION.maxPerConnection) return refused(tooMany());
      const context = await options.createContext(extra.identity!).catch(toRefusal);
      if (context instanceof GraphQLError) return refused(context);
      const stream = await options.subscriptions.start(payload, context);
      if (!('next' in stream)) {
        if (isDraining(stream)) extra.socket.close(GOING_AWAY);
        return stream.map(toProtocolError);
      }
      return { schema: options.schema, document: ANY_SUBSCRIPTION, stream } satisfies StartedOperation;
    },
    subscribe: (args) => (args as StartedOperation).stream as unknown as AsyncGenerator<never>,
    onNext: ({ extra }, _id, _payload, _args, result) => {
      if (isDraining(result.errors)) extra.socket.close(GOING_AWAY);
      return result;
    },
  });
}

/** Between the protocol and one socket. A message is sent when the one before has left: a slow reader holds the rest back. */
function serve(protocol: Protocol, socket: WebSocket, request: IncomingMessage): void {
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) resolve();
          else socket.send(text, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        // What only a server may say: the protocol's own checks let it pass, and then throw.
        socket.on(
          'message',
          (data: Buffer) => void take(String(data)).catch(() => socket.close(BAD_REQUEST)),
        ),
    },
    { socket, request },
  );
  let isAlive = true;
  const heartbeat = setInterval(() => {
    if (!isAlive) socket.terminate();
    isAlive = false;
    socket.ping();
  }, SUBSCRIPTION.heartbeatMs);
  socket.on('pong', () => (isAlive = true));
  socket.on('error', () => {}); // closes it
  socket.once('close', (code, reason) => {
    clearInterval(heartbeat);
    closed(code, String(reason)).catch(() => {}); // of streams that had failed
  });
}

/** Browsers cannot set the header of a WebSocket, so the token may also come with the protocol's greeting. */
function findToken(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const given = params?.['authorization'] ?? params?.['Authorization'];
  if (given === undefined || given === null) return undefined;
  return typeof given === 'string' ? given : '';
}

/** A WebSocket is not held back by the same-origin policy. Programs that are not browsers name no origin. */
function isOriginAllowed({ headers }: IncomingMessage, allowed: readonly (string | RegExp)[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return true;
  return allowed.some((one) => (typeof one === 'string' ? one === origin : one.test(origin)));
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Closed, a client connects again by itself; told of an error, it would take the subscription for ended. */
function isDraining(errors: readonly (GraphQLError | GraphQLFormattedError)[] = []): boolean {
  return errors[0]?.extensions?.['code'] === ('DRAINING' satisfies ErrorCode);
}

function toRefusal(error: unknown): GraphQLError {
  const cause =
    error instanceof CodedError ? error : new CodedError('INTERNAL_SERVER_ERROR', { cause: error });
  return toGraphQLError(cause, 429);
}

function toProtocolError({ message, extensions = {} }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { extensions });
}

function tooMany(): GraphQLError {
  const message = `At most ${SUBSCRIPTION.maxPerConnection} subscriptions on one connection.`;
  return toGraphQLError(new CodedError('RATE_LIMITED', { message }), 429);
}
