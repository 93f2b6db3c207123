// What was asked of the simulator, for tests to look at.
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

const MAX_KEPT = 10_000;

export function createRequestLog(): RequestLog {
  const requests: RecordedRequest[] = [];
  return {
    add: (request) => {
      requests.push(request);
      if (requests.length > MAX_KEPT) requests.shift();
    },
    all: () => [...requests],
  };
}
