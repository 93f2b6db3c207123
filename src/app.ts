// The composition root: the only place that constructs. Settings in, a running server out.
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../ormconfig.js';
import { createCore, type Core, type CoreOptions } from './app-core.js';
import { DEMO_AGENT, TokenVerifier, type VerificationKey } from './auth/index.js';
import { CONNECTION, RATE_POOL, SESSION } from './config/limits.js';
import { assertMigrated } from './database/migrate.js';
import { assertDataOpens } from './database/reseal.js';
import { claimLane } from './database/process-lane.js';
import { ProcessSession } from './database/process-session.js';
import { createRatePool } from './database/rate-pool.js';
import { listenToChannels, STATUS_CHANNEL } from './database/status-channel.js';
import { SIGNING_LANES } from './eko/index.js';
import {
  Admission,
  createApolloServer,
  createErrorFormatter,
  createHttpServer,
  isNotListed,
  LANDING_DOCUMENT,
  LANDING_VARIABLES,
  RateLimits,
  readDemoFiles,
  readTrustedDocuments,
  renderSandboxPage,
  Subscriptions,
  type SandboxOtp,
} from './http/index.js';
import { ReconciliationWorker } from './reconciliation/index.js';
import { createSchema } from './resolvers/index.js';
import { getSealer, Sealer, useSealer } from './shared/sealing.js';
import { assertTransitionsAreSound } from './transfers/index.js';
import { CallbackInbox } from './webhooks/index.js';

export interface AppOptions extends Pick<CoreOptions, 'config' | 'eko' | 'logger'> {
  readonly databaseUrl: string;
  readonly verificationKey: VerificationKey;
  readonly webhookSecret: string | undefined;
  /** Present when Eko is the simulator: no token needed, and a start page. */
  readonly sandbox:
    | {
        readonly latestOtps: () => readonly SandboxOtp[];
        readonly magicAmounts: readonly (readonly [string, string])[];
        /** Where the example page was built; it may not be there. */
        readonly demoDirectory?: string;
      }
    | undefined;
  readonly parts: { readonly api: boolean; readonly worker: boolean };
}

export interface App {
  /** Undefined without the API. */
  readonly url: string | undefined;
  /** Takes no new transfers, lets running ones end, then closes everything. */
  stop(): Promise<void>;
}

/** After the debits' own deadline: time to store their outcomes. It leaves two of the five seconds that a stop has. */
const DRAIN_MARGIN_MS = 3_000;
/** For inquiries that were cut short to be stored as failed: a transaction each. */
const CUT_SHORT_MARGIN_MS = 500;

const digest = (body: string | Buffer) => getSealer().digest(body);

/** Constructs and starts the parts asked for. Rejects when the database is not there or not migrated. */
export async function startApp(options: AppOptions): Promise<App> {
  assertTransitionsAreSound();
  const sealer = new Sealer(options.config.sealing);
  useSealer(sealer);
  const { logger } = options;
  const dataSource = await createDataSource(options.databaseUrl).initialize();
  const inquiriesEnd = new AbortController();
  /** Called all at once, and waited for no longer than debits may take; then the closers, the last one first. */
  const drains: (() => Promise<unknown>)[] = [];
  const closers: (() => Promise<void>)[] = [() => dataSource.destroy()];
  const report = (error: unknown) => logger.error({ err: error }, 'a part did not stop cleanly');
  const stop = async () => {
    const drained = Promise.all(drains.splice(0).map((drain) => drain().catch(report)));
    await Promise.race([drained, pause(options.config.ekoTimeouts.transferMs + DRAIN_MARGIN_MS)]);
    // An inquiry may outlast every debit; it moves no money, and the next process makes another.
    inquiriesEnd.abort();
    await Promise.race([drained, pause(CUT_SHORT_MARGIN_MS)]);
    for (const close of closers.splice(0).reverse()) await close().catch(report);
  };
  try {
    await assertMigrated(dataSource);
    await assertDataOpens(dataSource, sealer);
    const isSimulated = options.sandbox !== undefined;
    const core = createCore({
      ...options,
      isSimulated,
      dataSource,
      digest,
      inquiriesEnd: inquiriesEnd.signal,
    });
    const session = createSession(options, core);
    await session.start();
    closers.push(() => session.stop());
    if (options.parts.worker) {
      const worker = createWorker(options, core);
      drains.push(() => worker.stop());
      await worker.start();
    }
    const url = options.parts.api ? await startApi(options, core, { drains, closers }) : undefined;
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every process holds a lane; those that serve the API hear of changes, too. */
function createSession(
  { databaseUrl, parts, logger }: AppOptions,
  { eko, services: { feed, revocations } }: Core,
): ProcessSession {
  const reportUnheard = (error: unknown) =>
    logger.error({ err: error }, 'changes in other processes are not heard of now');
  return new ProcessSession({
    databaseUrl,
    limits: SESSION,
    onOpen: async (client) => {
      const lane = await claimLane(client, SIGNING_LANES);
      if (lane !== null) eko.useSigningLane(lane);
      if (!parts.api) return;
      await listenToChannels(client);
      await revocations.load();
      feed.onGap();
    },
    onNotification: (channel, payload) => {
      if (channel === STATUS_CHANNEL) feed.onChange(payload);
      else void revocations.onChange(reportUnheard);
    },
    onError: reportUnheard,
  });
}

function createWorker(
  { config, databaseUrl, logger }: AppOptions,
  { store, services, clock }: Core,
): ReconciliationWorker {
  return new ReconciliationWorker({
    databaseUrl,
    store,
    clock,
    inquiryTimeoutMs: config.ekoTimeouts.inquiryMs,
    maxInquiriesPerSecond: config.maxInquiriesPerSecond,
    inquiries: services.inquiries,
    onError: (message, error) => logger.error({ err: error }, message),
  });
}

async function startApi(
  options: AppOptions,
  core: Core,
  { drains, closers }: { drains: (() => Promise<unknown>)[]; closers: (() => Promise<void>)[] },
): Promise<string> {
  const { config, logger, sandbox } = options;
  const { dataSource, clock, store, services, capacities, metrics } = core;
  const schema = createSchema();
  const { isProduction } = config;
  const formatError = createErrorFormatter({
    isProduction,
    onFault: (error, requestId) => logger.error({ err: error, requestId }, 'a fault of this server'),
    onError: (error, requestId) => {
      metrics.countError(error.code);
      if (isNotListed(error)) logger.info({ requestId }, 'a document that is not on the list was refused');
      else if (error.code === 'FORBIDDEN')
        logger.info({ requestId }, 'a caller was refused what its role may not do');
    },
  });
  const trusted =
    config.trustedDocuments === undefined ? undefined : await readTrustedDocuments(config.trustedDocuments);
  const apollo = createApolloServer({
    schema,
    isProduction,
    trusted,
    formatError,
    landingDocument: LANDING_DOCUMENT,
    landingVariables: LANDING_VARIABLES,
  });
  await apollo.start();
  closers.push(() => apollo.stop());

  const demoFiles = sandbox?.demoDirectory === undefined ? [] : await readDemoFiles(sandbox.demoDirectory);
  const rateLimits = new RateLimits({
    pool: createRatePool(options.databaseUrl, RATE_POOL),
    ...config.rateLimits,
  });
  closers.push(() => rateLimits.stop());
  let isDraining = false;
  const http = await createHttpServer({
    apollo,
    schema,
    services,
    subscriptions: new Subscriptions({ schema, isProduction, trusted, formatError }),
    metrics,
    logger,
    isProduction,
    admission: new Admission({
      verifier: new TokenVerifier({
        key: options.verificationKey,
        issuer: config.auth.issuer,
        audience: config.auth.audience,
        anonymous: sandbox === undefined ? null : DEMO_AGENT,
      }),
      rateLimits,
      trustedProxies: config.trustedProxies,
      logger,
    }),
    connectionLimits: CONNECTION,
    callbacks: new CallbackInbox({ dataSource, store, clock, digest }),
    webhookSecret: options.webhookSecret,
    corsOrigins: config.corsOrigins ?? (sandbox === undefined ? [] : SANDBOX_ORIGINS),
    isReady: async () => !isDraining && (await isAnswering(dataSource)),
    renderHomePage:
      sandbox &&
      (() =>
        renderSandboxPage({ ...sandbox, latestOtps: sandbox.latestOtps(), hasDemo: demoFiles.length > 0 })),
    demoFiles,
  });
  await http.listen({ host: config.host, port: config.port });
  closers.push(() => http.close());
  drains.push(() => {
    isDraining = true;
    services.feed.close();
    return Promise.all([capacities.transfers.drain(), capacities.otps.drain(), capacities.refreshes.drain()]);
  });
  return toUrl(http.server.address(), config.host);
}

const SANDBOX_ORIGINS = ['https://studio.apollographql.com', /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/];

/** A second is far more than `SELECT 1` takes; longer than that is not ready. */
const READINESS_TIMEOUT_MS = 1_000;

async function isAnswering(dataSource: DataSource): Promise<boolean> {
  const timeout = pause(READINESS_TIMEOUT_MS).then(() => false);
  const answer = dataSource.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, timeout]);
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}

function toUrl(address: AddressInfo | string | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
