// Eko's request signature: base64(HMAC-SHA256(timestamp, base64(access_key))), in (message, key) order.
import { createHmac, randomInt } from 'node:crypto';
import type { Clock } from '../shared/clock.js';

export interface SigningCredentials {
  readonly developerKey: string;
  readonly accessKey: string;
}

export type SignedHeaders = Readonly<
  Record<'developer_key' | 'secret-key' | 'secret-key-timestamp' | 'content-type', string>
>;

/**
 * `secret-key` for a `secret-key-timestamp` in milliseconds. The HMAC key is the base64 text of the access
 * key, not decoded bytes; nothing of the request but the timestamp is signed.
 * Source: both seed documents, "Headers".
 */
export function signTimestamp(accessKey: string, timestampMs: string): string {
  const key = Buffer.from(accessKey).toString('base64');
  return createHmac('sha256', key).update(timestampMs).digest('base64');
}

/** How many timestamps are remembered: those of the four minutes in which Eko accepts one, at 100 requests a second. */
const REMEMBERED_TIMESTAMPS = 24_000;
/** Each process keeps to every eighth millisecond while it can: processes that share a key do not share timestamps. */
export const SIGNING_LANES = 8;
/** Where a free millisecond is looked for, growing with each try up to a minute: Eko accepts two. */
const SPREAD_MS = 5_000;
const MAX_SPREADS = 12;

/** Signs each request with a timestamp of its own, in Eko's time as far as it is known. */
export class EkoSigner {
  #offsetMs = 0;
  #lane: number;
  readonly #usedMs = new Set<number>();

  /** `pickBelow`: chance; a whole number from 0 to one less than what it is given. */
  constructor(
    private readonly credentials: SigningCredentials,
    private readonly clock: Clock,
    private readonly pickBelow = (bound: number): number => randomInt(bound),
  ) {
    this.#lane = pickBelow(SIGNING_LANES);
  }

  /** From now on, keeps to this lane, 0 to `SIGNING_LANES` - 1; until it is told, to one picked by chance. */
  useLane(lane: number): void {
    this.#lane = lane;
  }

  /** Headers for one request. Never the same timestamp twice in a process: Eko refuses a repeated one. */
  signRequest(): SignedHeaders {
    const timestamp = String(this.#takeTimestamp());
    return {
      developer_key: this.credentials.developerKey,
      'secret-key': signTimestamp(this.credentials.accessKey, timestamp),
      'secret-key-timestamp': timestamp,
      'content-type': 'application/json',
    };
  }

  /** Takes Eko's time (from its `Date` header) as the time to sign with; returns the offset in milliseconds. */
  learnServerTime(serverTimeMs: number): number {
    this.#offsetMs = serverTimeMs - this.clock.nowMs();
    return this.#offsetMs;
  }

  /** Eko's time minus ours, in milliseconds; 0 until a refusal taught us better. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * The last free millisecond of this process's lane, in Eko's time. In a burst that has used up the lane's, any
   * free one, picked by chance, so that two processes with a burst each do not walk through the same ones.
   */
  #takeTimestamp(): number {
    const nowMs = this.clock.nowMs() + this.#offsetMs;
    let timestampMs = nowMs - ((nowMs - this.#lane) % SIGNING_LANES);
    while (this.#usedMs.has(timestampMs) && timestampMs > nowMs - SPREAD_MS) timestampMs -= SIGNING_LANES;
    for (let tries = 1; this.#usedMs.has(timestampMs); tries += 1) {
      timestampMs = nowMs - this.pickBelow(SPREAD_MS * Math.min(tries, MAX_SPREADS));
    }
    this.#usedMs.add(timestampMs);
    const [oldest] = this.#usedMs;
    if (this.#usedMs.size > REMEMBERED_TIMESTAMPS) this.#usedMs.delete(oldest!);
    return timestampMs;
  }
}
