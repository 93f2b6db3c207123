// What was asked of the simulator, for tests and auditors to look at.
import type { Headers } from './authentication.js';

export interface RecordedRequest {
  readonly method: string;
  /** With the query string, as sent. */
  readonly path: string;
  readonly headers: Headers;
  /** The parsed JSON body; null when there was none or it was no JSON. */
  readonly body: unknown;
  readonly receivedAtMs: number;
}

export interface RequestLog {
  add(request: RecordedRequest): void;
  /** Oldest first; only the last 10,000 are kept. */
  all(): RecordedRequest[];
}

/** Initiate Transfer requests seen per client_ref_id, refused and never processed ones included. */
export interface AttemptLog {
  add(clientRefId: string): void;
  all(): Readonly<Record<string, number>>;
}

const MAX_KEPT = 10_000;

/** A ring: the newest takes the place of the oldest. */
export function createRequestLog(): RequestLog {
  const ring: RecordedRequest[] = [];
  let oldest = 0;
  return {
    add: (request) => {
      if (ring.length < MAX_KEPT) {
        ring.push(request);
        return;
      }
      ring[oldest] = request;
      oldest = (oldest + 1) % MAX_KEPT;
    },
    all: () => [...ring.slice(oldest), ...ring.slice(0, oldest)],
  };
}

export function createAttemptLog(): AttemptLog {
  const attempts = new Map<string, number>();
  return {
    add: (clientRefId) => attempts.set(clientRefId, (attempts.get(clientRefId) ?? 0) + 1),
    all: () => Object.fromEntries(attempts),
  };
}
