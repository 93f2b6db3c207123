// How many requests an agent and an address may make in a minute, counted over all servers in PostgreSQL. Each server takes
// its share in small leases, so that a request costs no statement; what is taken counts, so the limit is never passed.
import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { RATE } from '../config/limits.js';
import { CodedError } from '../shared/errors.js';

export interface RateLimitsOptions {
  /** Not that of the transfers: whoever has no token yet must not hold their connections. */
  readonly pool: pg.Pool;
  /** Requests a minute; 0: no limit. */
  readonly perAgent: number;
  readonly perAddress: number;
}

/** What is left to this server of a key's window. */
interface Lease {
  left: number;
  readonly endsAtMs: number;
  /** All that the key may have in this window: there is no other lease after it. */
  readonly isLast: boolean;
}

export class RateLimits {
  readonly #agents: Limit | null;
  readonly #addresses: Limit | null;
  readonly #cleaning: NodeJS.Timeout;

  constructor(private readonly options: RateLimitsOptions) {
    const { pool, perAgent, perAddress } = options;
    this.#agents = perAgent === 0 ? null : new Limit(pool, 'agent', perAgent);
    this.#addresses = perAddress === 0 ? null : new Limit(pool, 'address', perAddress);
    // What fails is tried again the next time; a window that is over counts for nothing meanwhile.
    const clean = () => void this.removeEnded().catch(() => {});
    this.#cleaning = setInterval(clean, RATE.cleanEveryMs);
    this.#cleaning.unref();
  }

  /** Throws RATE_LIMITED. */
  async admitAgent(caller: string): Promise<void> {
    await this.#agents?.take(caller);
  }

  /** Throws RATE_LIMITED. */
  async admitAddress(address: string): Promise<void> {
    await this.#addresses?.take(address);
  }

  /** Removes what has been over for long, so many rows in a statement that each ends within its time. */
  async removeEnded(): Promise<void> {
    if (this.#agents === null && this.#addresses === null) return;
    let removed: pg.QueryResult;
    do {
      removed = await this.options.pool.query(
        'DELETE FROM rate_limits WHERE key = ANY(ARRAY(SELECT key FROM rate_limits WHERE expire < $1 LIMIT $2))',
        [Date.now() - RATE.keptAfterMs, RATE.cleanBatch],
      );
    } while (removed.rowCount === RATE.cleanBatch);
  }

  stop(): Promise<void> {
    clearInterval(this.#cleaning);
    return this.options.pool.end();
  }
}

class Limit {
  readonly #limiter: RateLimiterPostgres;
  readonly #leaseSize: number;
  /** Whole leases: the last one must not be refused for a rest of it. */
  readonly #points: number;
  readonly #leases = new Map<string, Lease>();
  /** One at a time for a key: a hundred requests at once would take a hundred. */
  readonly #asked = new Map<string, Promise<void>>();
  /** While the database is away, and each server counts for itself: when one request asks again. */
  #asksAgainAtMs: number | undefined;

  constructor(pool: pg.Pool, name: string, perMinute: number) {
    this.#leaseSize = Math.max(1, Math.floor(perMinute / RATE.leasesPerWindow));
    this.#points = this.#leaseSize * Math.floor(perMinute / this.#leaseSize);
    this.#limiter = new RateLimiterPostgres({
      points: this.#points,
      duration: RATE.windowSeconds,
      keyPrefix: name,
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
    });
  }

  async take(key: string): Promise<void> {
    for (;;) {
      const lease = this.#leases.get(key);
      const nowMs = performance.now();
      if (lease !== undefined && nowMs < lease.endsAtMs) {
        if (lease.left === 0) throw refuse(lease.endsAtMs - nowMs);
        // After the last of it the next request asks for another lease.
        if (lease.left === 1 && !lease.isLast) this.#leases.delete(key);
        else lease.left -= 1;
        return;
      }
      await this.#ask(key);
    }
  }

  #ask(key: string): Promise<void> {
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const asked = this.#lease(key).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #lease(key: string): Promise<void> {
    const lease = this.#isAway() ? this.#toWholeWindow() : await this.#consume(key);
    this.#leases.delete(key);
    this.#leases.set(key, lease);
    const [oldest = key] = this.#leases.keys();
    if (this.#leases.size > RATE.maxKeys) this.#leases.delete(oldest);
  }

  /** False for the one request in a while that finds out; the others do not wait for it. */
  #isAway(): boolean {
    if (this.#asksAgainAtMs === undefined) return false;
    if (performance.now() < this.#asksAgainAtMs) return true;
    this.#asksAgainAtMs = performance.now() + RATE.askAgainAfterMs;
    return false;
  }

  async #consume(key: string): Promise<Lease> {
    try {
      const taken = await this.#limiter.consume(key, this.#leaseSize);
      this.#asksAgainAtMs = undefined;
      return toLease(taken, this.#leaseSize);
    } catch (error) {
      // A lease of nothing lasts until the window ends: until then nobody is asked again.
      if (error instanceof RateLimiterRes) {
        this.#asksAgainAtMs = undefined;
        return toLease(error, 0);
      }
      this.#asksAgainAtMs = performance.now() + RATE.askAgainAfterMs;
      return this.#toWholeWindow();
    }
  }

  #toWholeWindow(): Lease {
    return { left: this.#points, endsAtMs: performance.now() + RATE.windowSeconds * 1_000, isLast: true };
  }
}

function toLease({ msBeforeNext }: RateLimiterRes, left: number): Lease {
  return { left, endsAtMs: performance.now() + Math.max(msBeforeNext, 1), isLast: false };
}

function refuse(waitMs: number): CodedError {
  return new CodedError('RATE_LIMITED', {
    message: 'Too many requests in this minute; `retryAfterMs` says when the next are taken.',
    retryAfterMs: Math.ceil(waitMs),
  });
}
