// Inquires until everything is final: runs the queue's inquiry jobs, and sweeps up those a killed worker lost.
import { setTimeout as delay } from 'node:timers/promises';
import { Logger as WorkerLogger, run, type Runner } from 'graphile-worker';
import pg from 'pg';
import { RECONCILIATION } from '../config/limits.js';
import type { Clock } from '../shared/clock.js';
import {
  INQUIRY_TASK,
  type InquiryJobPayload,
  type InquiryService,
  type TransferStore,
} from '../transfers/index.js';

export interface ReconciliationOptions {
  readonly databaseUrl: string;
  readonly store: TransferStore;
  readonly inquiries: InquiryService;
  readonly clock: Clock;
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
  #runner: Runner | undefined;
  #pool: pg.Pool | undefined;
  #isStopping = false;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweep: Promise<void> = Promise.resolve();
  #restart: Promise<void> = Promise.resolve();

  constructor(private readonly options: ReconciliationOptions) {}

  async start(): Promise<void> {
    const { databaseUrl, onError } = this.options;
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: RECONCILIATION.maxInquiriesInFlight + 2,
      application_name: 'eko-transfer-gateway worker',
    });
    this.#pool.on('error', (error) => {
      if (!this.#isStopping) onError('the worker lost a database connection', error);
    });
    this.#pool.on('connect', (client) => client.on('error', () => {})); // reported above, or by its statement
    await this.#startQueue(this.#pool);
    this.#sweepOnce();
    this.#sweepTimer = setInterval(() => this.#sweepOnce(), RECONCILIATION.sweepEveryMs);
  }

  /** Lets running inquiries end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#sweepTimer);
    await Promise.all([this.#sweep, this.#restart]);
    try {
      await this.#runner?.stop();
    } finally {
      await this.#pool?.end();
    }
  }

  async #startQueue(pgPool: pg.Pool): Promise<void> {
    const { inquiries, onError } = this.options;
    this.#runner = await run({
      pgPool,
      concurrency: RECONCILIATION.maxInquiriesInFlight,
      pollInterval: RECONCILIATION.pollEveryMs,
      noHandleSignals: true,
      logger: new WorkerLogger(() => (level, message) => {
        if (String(level) === 'error') onError(`the job queue reports: ${message}`, undefined);
      }),
      taskList: {
        [INQUIRY_TASK]: async (payload: InquiryJobPayload) => {
          await inquiries.inquire(payload.transferId, { spacingMs: 0, isPlanned: true });
        },
      },
    });
    this.#runner.promise.then(
      () => this.#onQueueEnd(pgPool, undefined),
      (error: unknown) => this.#onQueueEnd(pgPool, error),
    );
  }

  /** The queue gives up when it cannot record the end of a job, as when PostgreSQL restarts: then it is started again. */
  #onQueueEnd(pgPool: pg.Pool, error: unknown): void {
    if (this.#isStopping) return;
    this.options.onError('the job queue stopped, and is started again', error);
    this.#restart = this.#restartQueue(pgPool);
  }

  async #restartQueue(pgPool: pg.Pool): Promise<void> {
    for (;;) {
      await delay(RECONCILIATION.restartAfterMs);
      if (this.#isStopping) return;
      try {
        return await this.#startQueue(pgPool);
      } catch (error) {
        this.options.onError('the job queue could not be started', error);
      }
    }
  }

  #sweepOnce(): void {
    const { store, clock, onError } = this.options;
    const now = new Date(clock.nowMs());
    const before = new Date(now.getTime() - RECONCILIATION.overdueAfterMs);
    this.#sweep = store.requeueOverdue({ before, now, limit: RECONCILIATION.sweepBatch }).then(
      () => {},
      (error: unknown) => onError('overdue inquiries could not be queued again', error),
    );
  }
}
