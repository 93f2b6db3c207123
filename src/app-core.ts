// The services over one database and one Eko, which the API and the worker of a process share. Part of the composition root.
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { RevocationList } from './auth/index.js';
import type { Config } from './config/config.js';
import { DEBIT_BREAKER, OTP, RECONCILIATION, REVIEW } from './config/limits.js';
import { EkoClient } from './eko/index.js';
import { createMetrics, type Logger } from './observability/index.js';
import { systemClock } from './shared/clock.js';
import {
  type AppliedOutcome,
  Capacity,
  DebitBreaker,
  InquiryService,
  OtpService,
  ReviewService,
  TransferFeed,
  TransferReader,
  TransferService,
  TransferStore,
} from './transfers/index.js';

export interface CoreOptions {
  readonly config: Config;
  readonly eko: {
    readonly baseUrl: string;
    readonly developerKey: string;
    readonly accessKey: string;
    readonly initiatorId: string;
  };
  /** Eko is the simulator. */
  readonly isSimulated: boolean;
  readonly dataSource: DataSource;
  /** Keyed, of what Eko says. */
  readonly digest: (body: string) => string;
  /** When it fires, inquiries under way are cut short. */
  readonly inquiriesEnd: AbortSignal;
  readonly logger: Logger;
}

export type Core = ReturnType<typeof createCore>;

export function createCore({
  config,
  eko: target,
  isSimulated,
  dataSource,
  digest,
  inquiriesEnd,
  logger,
}: CoreOptions) {
  const clock = systemClock;
  const eko = new EkoClient({
    baseUrl: target.baseUrl,
    credentials: target,
    timeouts: config.ekoTimeouts,
    inquiriesEnd,
    clock,
    digest,
    onClockOffset: (offsetMs) =>
      logger.warn({ offsetMs }, 'this machine’s clock differs from Eko’s; requests are signed in Eko’s time'),
  });
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
  const reader = new TransferReader(dataSource);
  const feed = new TransferFeed({
    reader,
    clock,
    onError: (error) => logger.error({ err: error }, 'transfers that changed could not be read'),
  });
  const metrics = createMetrics({
    subscriptions: () => feed.watchCount,
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
    reader,
    feed,
    revocations: new RevocationList(dataSource),
  };
  return { dataSource, clock, eko, store, services, capacities, metrics };
}

/** Metrics are answered, and in time, without the database too. */
async function countOrNaN(count: Promise<number>): Promise<number> {
  const timeout = delay(REVIEW.countWithinMs, NaN, { ref: false });
  return Promise.race([count.catch(() => NaN), timeout]);
}
