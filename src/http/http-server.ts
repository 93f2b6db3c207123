// Fastify: the addresses of the contract, body limits, and refusals in GraphQL's own shape.
import { randomUUID, timingSafeEqual, createHash } from 'node:crypto';
import type { Server } from 'node:http';
import cors from '@fastify/cors';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { GraphQLError, printSchema, type GraphQLSchema } from 'graphql';
import type { AgentIdentity } from '../auth/index.js';
import { HTTP } from '../config/limits.js';
import type { Logger, Metrics } from '../observability/index.js';
import { createContext, type GraphQLContext, type GraphQLServices } from '../resolvers/index.js';
import { CodedError } from '../shared/errors.js';
import type { CallbackInbox } from '../webhooks/index.js';
import { findAuthorization, type Admission } from './admission.js';
import type { ConnectionLimits } from './connections.js';
import type { DemoFile } from './demo-files.js';
import { createExplorerPage, EXPLORER_POLICY } from './explorer-page.js';
import { toGraphQLError } from './graphql-errors.js';
import { answerMultipart, findMultipartSubscription } from './multipart-subscriptions.js';
import { answerCoded, answerFailure, toBody, toHttpStatus, toNothingHere } from './refusals.js';
import { noteRequest, UNKNOWN_REQUEST } from './request-ids.js';
import type { Subscriptions } from './subscriptions.js';
import { addWebSocket } from './websocket-subscriptions.js';

export interface HttpServerOptions {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly schema: GraphQLSchema;
  readonly services: GraphQLServices;
  readonly subscriptions: Subscriptions;
  readonly admission: Admission;
  readonly connectionLimits: ConnectionLimits;
  readonly callbacks: CallbackInbox;
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
    done();
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
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if ((error.statusCode ?? 500) >= 500)
      options.logger.error({ err: error, requestId: request.id }, 'a request failed');
    answerFailure(reply, error);
  });
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
  const { apollo, services, admission, subscriptions } = options;
  const admit = async (requestId: string, identity: AgentIdentity): Promise<GraphQLContext> => {
    await admission.admitAgent(identity);
    return createContext({ requestId, identity, services });
  };
  const context = async (request: FastifyRequest): Promise<GraphQLContext> => {
    try {
      return await admit(request.id, await admission.identify(request.raw, findAuthorization(request.raw)));
    } catch (error) {
      const refusal = error instanceof CodedError ? toGraphQLError(error, toHttpStatus(error)) : error;
      noteRequest(refusal, request.id);
      throw refusal;
    }
  };
  const answerApollo = fastifyApolloHandler(apollo, { context });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    onRequest: async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      await admission.admitAddress(request.raw).catch((error: unknown) => answerCoded(reply, error));
    },
    handler: async (request, reply) => {
      if (request.method === 'GET' && !isCrossSite(request)) request.headers[PREFLIGHT_HEADER] = 'not needed';
      const subscription = findMultipartSubscription(subscriptions, request);
      if (subscription === null) {
        const answer: unknown = await answerApollo.call(app, request, reply);
        const isRefused = typeof answer === 'string' && reply.statusCode >= 400;
        return isRefused ? answer.replaceAll(UNKNOWN_REQUEST, request.id) : answer;
      }
      try {
        return await answerMultipart(subscriptions, { subscription, context: await context(request), reply });
      } catch (error) {
        return answerCoded(reply, error instanceof GraphQLError ? error.originalError : error);
      }
    },
  });
  const closeWebSockets = addWebSocket(app.server, {
    ...options,
    createContext: (identity) => admit(randomUUID(), identity),
  });
  app.addHook('preClose', closeWebSockets);
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
  const { webhookSecret, callbacks, metrics, admission } = options;
  if (webhookSecret === undefined) return;
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
      await admission.admitAddress(request.raw).catch((error: unknown) => answerCoded(reply, error));
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

/** In constant time for any length. */
function isSameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
