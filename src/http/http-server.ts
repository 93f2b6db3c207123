// Fastify: the addresses of the contract, body limits, and refusals in GraphQL's own shape.
import { randomUUID, timingSafeEqual, createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import cors from '@fastify/cors';
import proxyAddress from '@fastify/proxy-addr';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { GraphQLError, printSchema, type GraphQLSchema } from 'graphql';
import type { AgentIdentity, TokenVerifier } from '../auth/index.js';
import { HTTP } from '../config/limits.js';
import type { Logger, Metrics } from '../observability/index.js';
import { createContext, type GraphQLContext, type GraphQLServices } from '../resolvers/index.js';
import { CodedError, ERRORS, type ErrorCode } from '../shared/errors.js';
import type { CallbackInbox } from '../webhooks/index.js';
import type { DemoFile } from './demo-files.js';
import { createExplorerPage, EXPLORER_POLICY } from './explorer-page.js';
import { toGraphQLError } from './graphql-errors.js';
import { answerMultipart, findMultipartSubscription } from './multipart-subscriptions.js';
import type { RateLimits } from './rate-limits.js';
import { runWithRequestId } from './request-context.js';
import type { Subscriptions } from './subscriptions.js';
import { addWebSocket } from './websocket-subscriptions.js';

export interface HttpServerOptions {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly schema: GraphQLSchema;
  readonly services: GraphQLServices;
  readonly subscriptions: Subscriptions;
  readonly verifier: TokenVerifier;
  readonly callbacks: CallbackInbox;
  readonly rateLimits: RateLimits;
  /** Proxies before this server: what they say of the caller's address is believed. */
  readonly trustedProxies: readonly string[];
  /** Undefined: no callback address. */
  readonly webhookSecret: string | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly isProduction: boolean;
  readonly corsOrigins: readonly (string | RegExp)[];
  readonly isReady: () => Promise<boolean>;
  /** The sandbox's start page; undefined outside the sandbox. */
  readonly renderHomePage: (() => string) | undefined;
  /** The example page, in the sandbox, if it was built. */
  readonly demoFiles: readonly DemoFile[];
}

export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { schema, isProduction, metrics, renderHomePage } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: HTTP.maxBodyBytes,
    requestTimeout: HTTP.requestTimeoutMs,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    // What still arrives on a connection that is kept is told DRAINING, like everything else, and not a bare 503.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    // Of an address that is none, e.g. `/%ff`: no hook runs for it.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      void reply.header('x-request-id', request.id).code(404).send(toNothingHere(request.id));
    },
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    runWithRequestId(request.id, done);
  });
  app.addHook('onRequest', (request, reply, done) => {
    // What answers GraphQL makes an address of it.
    if (URL.canParse(`http://${request.hostname}/`)) return done();
    void reply.code(400).send(toBody('BAD_USER_INPUT', request.id, { message: 'The host is not valid.' }));
  });
  app.addHook('preClose', (done) => {
    closeConnections(app.server);
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerFailure(options, error, request, reply));
  app.setNotFoundHandler((request, reply) => reply.code(404).send(toNothingHere(request.id)));

  await app.register(cors, {
    origin: [...options.corsOrigins],
    methods: ['GET', 'POST', 'OPTIONS'],
    maxAge: 600,
  });
  addGraphQL(app, options);
  addCallbacks(app, options);
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('alive\n'));
  app.get('/readyz', async (_request, reply) => {
    const isReady = await options.isReady();
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ready\n' : 'not ready\n');
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  if (!isProduction) addSchemaPages(app, schema);
  if (renderHomePage !== undefined) {
    app.get('/', (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .send(renderHomePage()),
    );
  }
  addDemo(app, options.demoFiles);
  return app;
}

function addGraphQL(app: FastifyInstance, options: HttpServerOptions): void {
  const { apollo, services, verifier, subscriptions, rateLimits } = options;
  const admit = async (requestId: string, identity: AgentIdentity): Promise<GraphQLContext> => {
    await rateLimits.admitAgent(identity.userCode ?? identity.subject);
    return createContext({ requestId, identity, services });
  };
  const context = async (request: FastifyRequest): Promise<GraphQLContext> => {
    try {
      // Node keeps the first of two headers; what stands before us may have looked at the second. Joined, they are none.
      const authorization = request.raw.headersDistinct['authorization']?.join(', ');
      return await admit(request.id, await verifier.identify(authorization));
    } catch (error) {
      throw error instanceof CodedError ? toGraphQLError(error, STATUSES[error.code] ?? 500) : error;
    }
  };
  const admitAddress = toAddressLimit(options);
  const answerApollo = fastifyApolloHandler(apollo, { context });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    onRequest: async (request, reply) => {
      await admitAddress(request.raw).catch((error: unknown) => answerCoded(reply, error));
    },
    handler: async (request, reply) => {
      if (request.method === 'GET' && !isCrossSite(request)) request.headers[PREFLIGHT_HEADER] = 'not needed';
      const subscription = findMultipartSubscription(request);
      if (subscription === null) return answerApollo.call(app, request, reply);
      try {
        return await answerMultipart(subscriptions, { subscription, context: await context(request), reply });
      } catch (error) {
        return answerCoded(reply, error instanceof GraphQLError ? error.originalError : error);
      }
    },
  });
  const closeWebSockets = addWebSocket(app.server, {
    ...options,
    admitAddress,
    identify: (authorization) => verifier.identify(authorization),
    createContext: (identity) => admit(randomUUID(), identity),
  });
  app.addHook('preClose', closeWebSockets);
}

/** Of what a request is refused with before it is GraphQL. */
const STATUSES: Partial<Record<ErrorCode, number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429 };

function answerCoded(reply: FastifyReply, error: unknown): FastifyReply {
  const status = error instanceof CodedError ? STATUSES[error.code] : undefined;
  if (!(error instanceof CodedError) || status === undefined) throw error;
  const { code, message, retryAfterMs } = error;
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
  return reply.code(status).send(toBody(code, reply.request.id, { message, retryAfterMs }));
}

/** Throws RATE_LIMITED. */
function toAddressLimit({
  trustedProxies,
  rateLimits,
}: HttpServerOptions): (request: IncomingMessage) => Promise<void> {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return (request) => rateLimits.admitAddress(proxyAddress(request, isTrusted));
}

/** What Apollo's protection against cross-site requests looks for. */
const PREFLIGHT_HEADER = 'apollo-require-preflight';

/** True unless the browser says that it is not, or it is no browser. A GET only reads, and no cookie is looked at. */
function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined ? headers.origin !== undefined : site !== 'same-origin' && site !== 'none';
}

/** The schema as text, and GraphiQL: for whoever may know the schema. */
function addSchemaPages(app: FastifyInstance, schema: GraphQLSchema): void {
  const sdl = `${printSchema(schema)}\n`;
  app.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl));
  const renderExplorer = createExplorerPage();
  app.get('/explorer', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-encoding', 'gzip')
      .header('content-security-policy', EXPLORER_POLICY)
      .send(await renderExplorer()),
  );
}

function addDemo(app: FastifyInstance, files: readonly DemoFile[]): void {
  if (files.length === 0) return;
  app.get('/demo', (_request, reply) => reply.redirect('/demo/'));
  for (const { path, contentType, body } of files) {
    app.get(`/demo/${path}`, (_request, reply) =>
      reply
        .type(contentType)
        .header('content-security-policy', "default-src 'self'; img-src data:; style-src 'self'")
        .send(body),
    );
  }
}

/** How often connections are looked at that became idle after the server began to close. */
const CLOSE_IDLE_EVERY_MS = 50;

/** Fastify closes those that are idle at that moment; one that is just being answered would hold the end for its keep-alive time. */
function closeConnections(server: Server): void {
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  const rest = setTimeout(() => server.closeAllConnections(), HTTP.closeWithinMs);
  server.once('close', () => {
    clearInterval(idle);
    clearTimeout(rest);
  });
}

interface CallbackRoute {
  Params: { secret: string };
}
type CallbackRequest = FastifyRequest<CallbackRoute>;

/** In a scope of its own: the body is kept as bytes, whatever it says it is. */
function addCallbacks(app: FastifyInstance, options: HttpServerOptions): void {
  const { webhookSecret, callbacks, metrics } = options;
  if (webhookSecret === undefined) return;
  const admitAddress = toAddressLimit(options);
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: HTTP.maxCallbackBytes },
      (_request, body, parsed) => parsed(null, body),
    );
    // Before the body is read, so that its size does not tell that there is an address.
    const onRequest = async (request: CallbackRequest, reply: FastifyReply) => {
      if (isSameText(request.params.secret, webhookSecret)) return;
      await admitAddress(request.raw).catch((error: unknown) => answerCoded(reply, error));
      if (!reply.sent) reply.callNotFound();
    };
    scope.post<CallbackRoute>('/webhooks/eko/:secret', { onRequest }, async (request, reply) => {
      metrics.countCallback();
      await callbacks.receive(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      return reply.code(200).send({ status: 'received' });
    });
    done();
  });
}

function answerFailure(
  { logger }: HttpServerOptions,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 500;
  if (status >= 500) logger.error({ err: error, requestId: request.id }, 'a request failed');
  const code: ErrorCode =
    status === 413 ? 'QUERY_TOO_COMPLEX' : status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
  void reply.code(status).send(toBody(code, request.id, { message: MESSAGES[status] }));
}

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON.',
  413: 'The body is too large.',
  415: 'The body must be JSON: send content-type application/json.',
};

function toNothingHere(requestId: string): object {
  return toBody('NOT_FOUND', requestId, { message: 'There is nothing at this address.' });
}

function toBody(
  code: ErrorCode,
  requestId: string,
  {
    message = ERRORS[code].meaning,
    retryAfterMs,
  }: { message?: string | undefined; retryAfterMs?: number | undefined },
): object {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { errors: [{ message, extensions: { code, retry: ERRORS[code].retry, ...wait, requestId } }] };
}

/** In constant time for any length. */
function isSameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
