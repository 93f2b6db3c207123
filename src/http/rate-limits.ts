// How many requests an agent and an address may make in a minute, counted over all servers in PostgreSQL. Each server takes
// its share in small leases, so that a request costs no statement; what is taken counts, so the limit is never passed.
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { RATE } from '../config/limits.js';
import { CodedError } from '../shared/errors.js';

export interface RateLimitsOptions {
  readonly pool: pg.Pool;
  /** Requests a minute; 0: no limit. */
  readonly perAgent: number;
  readonly perAddress: number;
}

/** What is left to this server of a key's window. */
interface Lease {
  readonly left: number;
  readonly endsAtMs: number;
}

export class RateLimits {
  readonly #agents: Limit | null;
  readonly #addresses: Limit | null;

  constructor({ pool, perAgent, perAddress }: RateLimitsOptions) {
    this.#agents = perAgent === 0 ? null : new Limit(pool, 'agent', perAgent);
    this.#addresses = perAddress === 0 ? null : new Limit(pool, 'address', perAddress);
  }

  /** Throws RATE_LIMITED. */
  async admitAgent(subject: string): Promise<void> {
    await this.#agents?.take(subject);
  }

  /** Throws RATE_LIMITED. */
  async admitAddress(address: string): Promise<void> {
    await this.#addresses?.take(address);
  }
}

class Limit {
  readonly #limiter: RateLimiterPostgres;
  readonly #leaseSize: number;
  readonly #leases = new Map<string, Lease>();
  /** One at a time for a key: a hundred requests at once would take a hundred. */
  readonly #asked = new Map<string, Promise<void>>();

  constructor(pool: pg.Pool, name: string, perMinute: number) {
    this.#leaseSize = Math.max(1, Math.floor(perMinute / RATE.leasesPerWindow));
    // Whole leases: the last one must not be refused for a rest of it.
    const points = this.#leaseSize * Math.floor(perMinute / this.#leaseSize);
    const window = { points, duration: RATE.windowSeconds, keyPrefix: name };
    this.#limiter = new RateLimiterPostgres({
      ...window,
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      // While the database is away each server counts for itself.
      insuranceLimiter: new RateLimiterMemory(window),
    });
  }

  async take(key: string): Promise<void> {
    for (;;) {
      const lease = this.#leases.get(key);
      const nowMs = performance.now();
      if (lease !== undefined && nowMs < lease.endsAtMs) {
        if (lease.left === 0) throw refuse(lease.endsAtMs - nowMs);
        this.#leases.set(key, { ...lease, left: lease.left - 1 });
        if (lease.left > 1) return;
        // The last of it; the next request asks for another lease.
        this.#leases.delete(key);
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

  /** A lease of nothing lasts until the window ends: until then nobody is asked again. */
  async #lease(key: string): Promise<void> {
    const { result, left } = await this.#limiter.consume(key, this.#leaseSize).then(
      (taken) => ({ result: taken, left: this.#leaseSize }),
      (refused: unknown) => {
        if (refused instanceof RateLimiterRes) return { result: refused, left: 0 };
        throw refused;
      },
    );
    this.#leases.delete(key);
    this.#leases.set(key, { left, endsAtMs: performance.now() + Math.max(result.msBeforeNext, 1) });
    const [oldest = key] = this.#leases.keys();
    if (this.#leases.size > RATE.maxKeys) this.#leases.delete(oldest);
  }
}

function refuse(waitMs: number): CodedError {
  return new CodedError('RATE_LIMITED', {
    message: 'Too many requests in this minute; `retryAfterMs` says when the next are taken.',
    retryAfterMs: Math.ceil(waitMs),
  });
}
