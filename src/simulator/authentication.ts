// Who may call: Eko's three security headers, checked with signature code of the simulator's own (§2).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../shared/clock.js';

export interface EkoCredentials {
  readonly developerKey: string;
  readonly accessKey: string;
  readonly initiatorId: string;
}

/** Dummies, of no use at Eko. The initiator is the one of Eko's public test identity. */
export const SIMULATOR_CREDENTIALS: EkoCredentials = {
  developerKey: 'simulator-developer-key',
  accessKey: 'simulator-access-key-not-a-secret',
  initiatorId: '9962981729',
};

/** Header names to values, as far as they were sent. */
export type Headers = Readonly<Record<string, string | undefined>>;

export interface AuthRefusal {
  readonly code: number;
  readonly message: string;
}

/** Null lets the request in. */
export type Authenticate = (headers: Headers) => AuthRefusal | null;

/** Code and message as documented. A replayed timestamp has no code of its own and shares the second. */
export const REFUSALS = {
  unknownKey: { code: 2483, message: 'Unauthorized' },
  badSignature: { code: 2484, message: 'Invalid secret-key or timestamp' },
  skewed: {
    code: 2485,
    message: 'Expired security headers (secret-key-timestamp older than 2 minutes)',
  },
  notMilliseconds: {
    code: 2486,
    message: 'Invalid secret-key-timestamp (expected milliseconds since the UNIX epoch)',
  },
  missing: { code: 2487, message: 'Missing security headers' },
} as const satisfies Record<string, AuthRefusal>;

/** Documented tolerance, to either side of the server's clock. */
const TOLERANCE_MS = 2 * 60 * 1000;
/** 13 digits: milliseconds of any year from 2001 to 2286; seconds have ten. */
const MILLISECONDS = /^\d{13}$/;

export interface AuthenticateOptions {
  readonly credentials: EkoCredentials;
  readonly clock: Clock;
  /**
   * Whether a timestamp is accepted once only. Eko documents no replay check; refusing repetition is the stricter
   * reading. Two server processes with one developer key can sign in the same millisecond, so a campaign that is
   * not about that switches it off, or it would see refusals that no seed can replay.
   */
  readonly checksReplays: boolean;
}

export function createAuthenticate({ credentials, clock, checksReplays }: AuthenticateOptions): Authenticate {
  const usedTimestamps = new Set<number>();

  /** Those outside the tolerance are refused by age, so none older need be remembered. */
  function isReplay(timestampMs: number, nowMs: number): boolean {
    for (const used of usedTimestamps) {
      if (Math.abs(nowMs - used) <= TOLERANCE_MS) break;
      usedTimestamps.delete(used);
    }
    if (usedTimestamps.has(timestampMs)) return true;
    usedTimestamps.add(timestampMs);
    return false;
  }

  return (headers) => {
    const developerKey = headers['developer_key'];
    const secretKey = headers['secret-key'];
    const timestamp = headers['secret-key-timestamp'];
    if (!developerKey || !secretKey || !timestamp) return REFUSALS.missing;
    if (!isSameText(developerKey, credentials.developerKey)) return REFUSALS.unknownKey;
    if (!MILLISECONDS.test(timestamp)) return REFUSALS.notMilliseconds;
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - Number(timestamp)) > TOLERANCE_MS) return REFUSALS.skewed;
    if (!isSameText(secretKey, toSecretKey(credentials.accessKey, timestamp))) return REFUSALS.badSignature;
    return checksReplays && isReplay(Number(timestamp), nowMs) ? REFUSALS.badSignature : null;
  };
}

/** The base64 text of the access key, not its bytes, is the HMAC key. */
function toSecretKey(accessKey: string, timestamp: string): string {
  const key = Buffer.from(accessKey, 'utf8').toString('base64');
  return createHmac('sha256', key).update(timestamp).digest('base64');
}

/** In constant time: equal digests of equal length, whatever the length of the texts. */
function isSameText(left: string, right: string): boolean {
  return timingSafeEqual(toDigest(left), toDigest(right));
}

function toDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
