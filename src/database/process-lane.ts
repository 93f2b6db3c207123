// Tells the processes on one database apart: each holds a number that no other holds, for as long as it is connected.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { POOL, PROCESS_LANE } from '../config/limits.js';

/** The first half of the advisory lock's key; the second is the lane. Any number, the same in every version of this program. */
const LANE_LOCK = 1_215_340_119;

export interface ProcessLaneOptions {
  readonly databaseUrl: string;
  /** How many there are. */
  readonly lanes: number;
  /** Told the lane that is this process's from now on; also when a lost connection brought another one. */
  readonly onLane: (lane: number) => void;
  readonly onError: (error: unknown) => void;
}

/** With more processes than lanes, the last ones go without. */
export class ProcessLane {
  #client: pg.Client | undefined;
  readonly #end = new AbortController();

  constructor(private readonly options: ProcessLaneOptions) {}

  /** Rejects when the database is not there. From then on a lost connection is made again. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: 'eko-transfer-gateway lane',
      connectionTimeoutMillis: POOL.connectTimeoutMs,
      query_timeout: POOL.answerTimeoutMs,
      keepAlive: true,
    });
    client.on('error', () => {}); // reported when it cannot be made again
    this.#client = client;
    try {
      await client.connect();
      const lane = await this.#claim(client);
      if (lane !== null) this.options.onLane(lane);
    } catch (error) {
      client.end().catch(() => {}); // gone already
      throw error;
    }
    client.once('end', () => void this.#onEnd());
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.race([this.#client?.end(), delay(PROCESS_LANE.closeWithinMs, undefined, { ref: false })]);
  }

  /** Begun anywhere, so that a process rarely follows one that was killed into its lane. */
  async #claim(client: pg.Client): Promise<number | null> {
    const { lanes } = this.options;
    const { rows } = await client.query<{ lane: number }>(
      `SELECT (try + $2) % $3 AS lane FROM generate_series(0, $3::int - 1) try
       WHERE pg_try_advisory_lock($1, (try + $2::int) % $3) LIMIT 1`,
      [LANE_LOCK, randomInt(lanes), lanes],
    );
    return rows[0]?.lane ?? null;
  }

  async #onEnd(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await delay(PROCESS_LANE.reconnectAfterMs, undefined, { signal, ref: false });
        return await this.start();
      } catch (error) {
        if (!signal.aborted) this.options.onError(error);
      }
    }
  }
}
