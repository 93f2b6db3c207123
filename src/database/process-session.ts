// The one connection that a process keeps for itself, for what PostgreSQL keeps per connection: LISTEN, advisory locks.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

export interface SessionLimits {
  readonly connectTimeoutMs: number;
  /** How often it is asked whether it is alive, and how long an answer may take. */
  readonly askEveryMs: number;
  readonly answerTimeoutMs: number;
  readonly reconnectAfterMs: number;
  readonly closeWithinMs: number;
}

export interface ProcessSessionOptions {
  readonly databaseUrl: string;
  readonly limits: SessionLimits;
  /** Called with each new connection, and done before it counts as open. */
  readonly onOpen: (client: pg.Client) => Promise<void>;
  readonly onNotification: (channel: string, payload: string) => void;
  /** Told when the connection could not be made again; it is tried until it can. */
  readonly onError: (error: unknown) => void;
}

export class ProcessSession {
  #client: pg.Client | undefined;
  readonly #end = new AbortController();

  constructor(private readonly options: ProcessSessionOptions) {}

  /** Rejects when the database is not there. From then on a lost connection is made again. */
  async start(): Promise<void> {
    const { databaseUrl, limits, onOpen, onNotification } = this.options;
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'eko-transfer-gateway session',
      connectionTimeoutMillis: limits.connectTimeoutMs,
      query_timeout: limits.answerTimeoutMs,
      keepAlive: true,
    });
    client.on('error', () => {}); // reported when it cannot be made again
    client.on('notification', ({ channel, payload }) => onNotification(channel, payload ?? ''));
    this.#client = client;
    try {
      await client.connect();
      await onOpen(client);
    } catch (error) {
      client.end().catch(() => {}); // gone already
      throw error;
    }
    const stopAsking = keepAsking(client, limits.askEveryMs);
    client.once('end', () => {
      stopAsking();
      void this.#startAgain();
    });
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.race([
      this.#client?.end(),
      delay(this.options.limits.closeWithinMs, undefined, { ref: false }),
    ]);
  }

  async #startAgain(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await delay(this.options.limits.reconnectAfterMs, undefined, { signal, ref: false });
        return await this.start();
      } catch (error) {
        if (!signal.aborted) this.options.onError(error);
      }
    }
  }
}

/** Of a connection that only listens, nobody would notice that it is dead: it is ended when it does not answer. */
function keepAsking(client: pg.Client, everyMs: number): () => void {
  const timer = setInterval(() => {
    client.query('SELECT 1').catch(() => void client.end().catch(() => {})); // gone already
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
