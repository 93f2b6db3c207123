// Inquires until everything is final: runs the queue's inquiry jobs, and sweeps up those that were lost.
import type { JobHelpers } from 'graphile-worker';
import { RECONCILIATION } from '../config/limits.js';
import type { Clock } from '../shared/clock.js';
import {
  INQUIRY_TASK,
  type InquiryJobPayload,
  type InquiryService,
  type TransferStore,
} from '../transfers/index.js';
import { JobQueue } from './job-queue.js';
import { Pace } from './pace.js';

export interface ReconciliationOptions {
  readonly databaseUrl: string;
  readonly store: TransferStore;
  readonly inquiries: InquiryService;
  readonly clock: Clock;
  /** The deadline of one call; an inquiry makes one or two. */
  readonly inquiryTimeoutMs: number;
  readonly maxInquiriesPerSecond: number;
  readonly onError: (message: string, error: unknown) => void;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how graphile-worker names its tasks
  namespace GraphileWorker {
    interface Tasks {
      [INQUIRY_TASK]: InquiryJobPayload;
    }
  }
}

export class ReconciliationWorker {
  readonly #queue: JobQueue;
  #sweepTimer: NodeJS.Timeout | undefined;
  /** Undefined between two sweeps. */
  #sweep: Promise<void> | undefined;

  constructor(private readonly options: ReconciliationOptions) {
    const { databaseUrl, store, clock, inquiries, maxInquiriesPerSecond, onError } = options;
    const pace = new Pace(maxInquiriesPerSecond);
    this.#queue = new JobQueue({
      databaseUrl,
      onError,
      tasks: {
        [INQUIRY_TASK]: async (
          { transferId, isSecondLook = false }: InquiryJobPayload,
          { job }: JobHelpers,
        ) => {
          if (isSecondLook) return store.hintAgain(transferId, new Date(clock.nowMs()));
          await pace.turn();
          // Taken before, a job may have used its turn in the schedule up, and what it found out was lost with the database.
          await inquiries.inquire(transferId, { spacingMs: 0, isPlanned: job.attempts === 1 });
        },
      },
    });
  }

  async start(): Promise<void> {
    await this.#queue.start();
    this.#sweepOnce();
    this.#sweepTimer = setInterval(() => this.#sweepOnce(), RECONCILIATION.sweepEveryMs);
  }

  /** Lets running inquiries end. */
  async stop(): Promise<void> {
    clearInterval(this.#sweepTimer);
    await this.#sweep;
    await this.#queue.stop();
  }

  #sweepOnce(): void {
    const { store, clock, inquiryTimeoutMs, onError } = this.options;
    const now = new Date(clock.nowMs());
    const before = new Date(now.getTime() - RECONCILIATION.overdueAfterMs);
    const lockedBefore = new Date(before.getTime() - 2 * inquiryTimeoutMs);
    this.#sweep ??= store
      .requeueOverdue({ before, lockedBefore, now, limit: RECONCILIATION.sweepBatch })
      .then(
        () => {},
        (error: unknown) => onError('overdue inquiries could not be queued again', error),
      )
      .finally(() => {
        this.#sweep = undefined;
      });
  }
}
