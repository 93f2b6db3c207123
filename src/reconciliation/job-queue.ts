// graphile-worker's queue, kept running: it gives up when it cannot record the end of a job, as when PostgreSQL restarts.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Logger as WorkerLogger,
  run,
  type Runner,
  type TaskList,
  type WorkerEvents,
  type WorkerPool,
} from 'graphile-worker';
import pg from 'pg';
import { POOL, RECONCILIATION } from '../config/limits.js';
import { KEPT_CONNECTIONS } from '../database/kept-connections.js';
import { closeWhenOverdue } from '../database/overdue-answers.js';

export interface JobQueueOptions {
  readonly databaseUrl: string;
  readonly tasks: TaskList;
  readonly onError: (message: string, error: unknown) => void;
}

export class JobQueue {
  readonly #pool: QueuePool;
  #runner: Runner | undefined;
  #isStopping = false;
  #restart: Promise<void> = Promise.resolve();
  /** The names under which jobs are locked whose end was not recorded. */
  #abandoned: string[] = [];

  constructor(private readonly options: JobQueueOptions) {
    const { databaseUrl, onError } = options;
    this.#pool = new QueuePool({
      connectionString: databaseUrl,
      application_name: 'eko-transfer-gateway worker',
      max: RECONCILIATION.maxInquiriesInFlight + 2,
      connectionTimeoutMillis: POOL.connectTimeoutMs,
      statement_timeout: POOL.statementTimeoutMs,
      ...KEPT_CONNECTIONS,
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool waits for it; its types do not say so
      onConnect: openQueueConnection,
    });
    this.#pool.on('error', (error) => {
      if (!this.#isStopping) onError('the worker lost a database connection', error);
    });
    this.#pool.on('connect', (client) => client.on('error', () => {})); // reported above, or by its statement
  }

  /** Rejects when the database is not there. From then on the queue is started again whenever it ends. */
  async start(): Promise<void> {
    const { tasks, onError } = this.options;
    const events: WorkerEvents = new EventEmitter();
    events.once('pool:gracefulShutdown', ({ workerPool }) => this.#onEnding(workerPool));
    this.#runner = await run({
      events,
      pgPool: this.#pool,
      concurrency: RECONCILIATION.maxInquiriesInFlight,
      pollInterval: RECONCILIATION.pollEveryMs,
      // Jobs are due by the clock that planned them. By one that is ahead of it, inquiries would come in a burst.
      useNodeTime: true,
      noHandleSignals: true,
      logger: new WorkerLogger(() => (level, message) => {
        if (String(level) === 'error') onError(`the job queue reports: ${message}`, undefined);
      }),
      taskList: tasks,
      // Unbatched, a job whose end cannot be recorded is a rejection that nobody handles, and the process dies of it.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
  }

  /** Lets running jobs end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#restart;
    try {
      await this.#runner?.stop();
    } finally {
      await this.#pool.end();
    }
  }

  #onEnding(pool: WorkerPool): void {
    if (this.#isStopping) return;
    this.#restart = this.#startAgain(pool, this.#runner);
    this.#runner = undefined;
  }

  async #startAgain(pool: WorkerPool, runner: Runner | undefined): Promise<void> {
    // It may never say that it ended: when one job's end was not recorded and others' were, the library miscounts them
    // (graphile/worker#636). A job that is still at work after the deadline ends beside its successors.
    const ended = pool.promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const error = await Promise.race([ended, delay(RECONCILIATION.endsWithinMs, undefined, { ref: false })]);
    this.#abandoned.push(pool.id);
    this.options.onError('the job queue stopped, and is started again', error);
    runner?.stop().catch(() => {}); // it has, if it ended
    for (;;) {
      await delay(RECONCILIATION.restartAfterMs);
      if (this.#isStopping) return;
      try {
        await this.#pool.query('SELECT graphile_worker.force_unlock_workers($1)', [this.#abandoned]);
        this.#abandoned = [];
        return await this.start();
      } catch (error) {
        this.options.onError('the job queue could not be started', error);
      }
    }
  }
}

type OnConnected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/**
 * Takes the second return of a connection for none: graphile-worker 0.17 gives the one it listens on back again when it is
 * lost while its LISTEN is unanswered and the queue has given up. The pool would throw into a promise that nobody watches,
 * and the process would end.
 */
class QueuePool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(onConnected: OnConnected): void;
  override connect(onConnected?: OnConnected): Promise<pg.PoolClient> | void {
    if (onConnected === undefined) return super.connect();
    super.connect((error, client, release) => {
      let isReleased = false;
      onConnected(error, client, (reason) => {
        if (isReleased) return;
        isReleased = true;
        release(reason);
      });
    });
  }
}

/**
 * That a job was taken, or has ended, may be lost when PostgreSQL crashes: then Eko is asked once more than needed. So
 * nobody waits for the disk, and the commits of new transfers have it to themselves. A claim and an outcome are written
 * on other connections, and take what came before them to the disk with them.
 */
async function openQueueConnection(client: pg.ClientBase): Promise<void> {
  closeWhenOverdue(POOL.answerTimeoutMs)(client);
  await client.query('SET synchronous_commit = off');
}
