// The composition root: the only place that constructs. Settings in, a running server out.
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../ormconfig.js';
import { DEMO_AGENT, TokenVerifier, type VerificationKey } from './auth/index.js';
import type { Config } from './config/config.js';
import { DEBIT_BREAKER, OTP, RECONCILIATION, REVIEW } from './config/limits.js';
import { NotMigratedError } from './database/not-migrated-error.js';
import { ProcessLane } from './database/process-lane.js';
import { EkoClient, SIGNING_LANES } from './eko/index.js';
import {
  createApolloServer,
  createHttpServer,
  getRequestId,
  LANDING_DOCUMENT,
  LANDING_VARIABLES,
  renderSandboxPage,
  type SandboxOtp,
} from './http/index.js';
import { createMetrics, type Logger } from './observability/index.js';
import { ReconciliationWorker } from './reconciliation/index.js';
import { createSchema } from './resolvers/index.js';
import { systemClock } from './shared/clock.js';
import {
  assertTransitionsAreSound,
  type AppliedOutcome,
  Capacity,
  DebitBreaker,
  InquiryService,
  OtpService,
  ReviewService,
  TransferReader,
  TransferService,
  TransferStore,
} from './transfers/index.js';
import { CallbackInbox } from './webhooks/index.js';

export interface AppOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly eko: {
    readonly baseUrl: string;
    readonly developerKey: string;
    readonly accessKey: string;
    readonly initiatorId: string;
  };
  readonly verificationKey: VerificationKey;
  readonly webhookSecret: string | undefined;
  /** Present when Eko is the simulator: no token needed, and a start page. */
  readonly sandbox:
    | {
        readonly latestOtps: () => readonly SandboxOtp[];
        readonly magicAmounts: readonly (readonly [string, string])[];
      }
    | undefined;
  readonly parts: { readonly api: boolean; readonly worker: boolean };
  readonly logger: Logger;
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

/** Constructs and starts the parts asked for. Rejects when the database is not there or not migrated. */
export async function startApp(options: AppOptions): Promise<App> {
  assertTransitionsAreSound();
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
    if (await dataSource.showMigrations()) throw new NotMigratedError();
    const core = createCore(options, dataSource, inquiriesEnd.signal);
    const lane = new ProcessLane({
      databaseUrl: options.databaseUrl,
      lanes: SIGNING_LANES,
      onLane: (number) => core.eko.useSigningLane(number),
      onError: (error) => logger.warn({ err: error }, 'timestamps may meet those of other servers'),
    });
    await lane.start();
    closers.push(() => lane.stop());
    if (options.parts.worker) {
      const worker = createWorker(options, core);
      await worker.start();
      drains.push(() => worker.stop());
    }
    const url = options.parts.api ? await startApi(options, core, { drains, closers }) : undefined;
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Core = ReturnType<typeof createCore>;

function createCore(
  { config, eko: target, sandbox, logger }: AppOptions,
  dataSource: DataSource,
  inquiriesEnd: AbortSignal,
) {
  const clock = systemClock;
  const eko = new EkoClient({
    baseUrl: target.baseUrl,
    credentials: target,
    timeouts: config.ekoTimeouts,
    inquiriesEnd,
    clock,
    onClockOffset: (offsetMs) =>
      logger.warn({ offsetMs }, 'this machine’s clock differs from Eko’s; requests are signed in Eko’s time'),
  });
  const isSimulated = sandbox !== undefined;
  const store = new TransferStore(dataSource, isSimulated);
  const transferTimeoutMs = config.ekoTimeouts.transferMs;
  const capacities = {
    transfers: new Capacity(config.maxTransfersInFlight),
    otps: new Capacity(OTP.maxInFlight),
    refreshes: new Capacity(RECONCILIATION.maxInquiriesInFlight),
  };
  const breaker = new DebitBreaker({
    clock,
    limits: DEBIT_BREAKER,
    onOpen: () => logger.error('Eko does not answer debits: new ones are refused until it does'),
    onClose: () => logger.warn('Eko answers debits again: new ones are taken'),
  });
  const reviews = new ReviewService({ dataSource, clock });
  const metrics = createMetrics({
    transfersInFlight: () => capacities.transfers.inFlight,
    isBreakerOpen: () => breaker.isOpen,
    transfersInReview: () => countOrNaN(reviews.countOpen()),
  });
  const onApplied = ({ transfer, hasChanged, isForReview }: AppliedOutcome) => {
    const { id, status, failureReason } = transfer;
    if (hasChanged) metrics.countTransition(status);
    if (hasChanged && failureReason === 'EKO_REJECTED') {
      logger.error(
        { transferId: id },
        'Eko refused a debit before processing it: check credentials, clock and address',
      );
    }
    if (isForReview) logger.error({ transferId: id }, 'a transfer needs review: Eko’s answers contradict');
  };
  const shared = {
    dataSource,
    clock,
    policy: config.inquiryPolicy,
    store,
    eko,
    transferTimeoutMs,
    onApplied,
  };
  const services = {
    otps: new OtpService({ dataSource, eko, clock, capacity: capacities.otps, policy: config.otpPolicy }),
    transfers: new TransferService({
      ...shared,
      capacity: capacities.transfers,
      breaker,
      isSimulated,
      onStoreFailure: (transferId, error) =>
        logger.error({ err: error, transferId }, 'an outcome could not be stored'),
    }),
    inquiries: new InquiryService({
      ...shared,
      capacity: capacities.refreshes,
      onInquiry: ({ transferId, kind, cause }) => {
        metrics.countInquiry(kind);
        breaker.record(kind);
        if (cause !== undefined) logger.warn({ transferId, cause }, 'an inquiry found nothing out');
      },
    }),
    reviews,
    reader: new TransferReader(dataSource),
  };
  return { dataSource, clock, eko, store, services, capacities, metrics };
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
  const apollo = createApolloServer({
    schema,
    isProduction: config.isProduction,
    landingDocument: LANDING_DOCUMENT,
    landingVariables: LANDING_VARIABLES,
    getRequestId,
    onFault: (error) => logger.error({ err: error, requestId: getRequestId() }, 'a fault of this server'),
    onError: (code) => metrics.countError(code),
  });
  await apollo.start();
  closers.push(() => apollo.stop());

  let isDraining = false;
  const http = await createHttpServer({
    apollo,
    schema,
    services,
    metrics,
    logger,
    isProduction: config.isProduction,
    verifier: new TokenVerifier({
      key: options.verificationKey,
      issuer: config.auth.issuer,
      audience: config.auth.audience,
      anonymous: sandbox === undefined ? null : DEMO_AGENT,
    }),
    callbacks: new CallbackInbox({ dataSource, store, clock }),
    webhookSecret: options.webhookSecret,
    corsOrigins: config.corsOrigins ?? (sandbox === undefined ? [] : SANDBOX_ORIGINS),
    isReady: async () => !isDraining && (await isAnswering(dataSource)),
    renderHomePage: sandbox && (() => renderSandboxPage({ ...sandbox, latestOtps: sandbox.latestOtps() })),
  });
  await http.listen({ host: config.host, port: config.port });
  closers.push(() => http.close());
  drains.push(() => {
    isDraining = true;
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

/** Metrics are answered, and in time, without the database too. */
async function countOrNaN(count: Promise<number>): Promise<number> {
  const timeout = delay(REVIEW.countWithinMs, NaN, { ref: false });
  return Promise.race([count.catch(() => NaN), timeout]);
}

function toUrl(address: AddressInfo | string | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
