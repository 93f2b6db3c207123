// Who may ask, and how often; whichever way the request came.
import type { IncomingMessage } from 'node:http';
import { toCallerKey, type AgentIdentity, type TokenVerifier } from '../auth/index.js';
import { UNIDENTIFIED } from '../config/limits.js';
import { createBoundedLines, type Logger } from '../observability/index.js';
import { createCallerAddress } from './caller-address.js';
import type { RateLimits } from './rate-limits.js';

export interface AdmissionOptions {
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
  /** Proxies before this server: what they say of the caller's address is believed. */
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
}

export class Admission {
  readonly #toAddress: (request: IncomingMessage) => string;
  readonly #writeLine: (write: () => void) => void;

  constructor(private readonly options: AdmissionOptions) {
    const { trustedProxies, logger } = options;
    this.#toAddress = createCallerAddress({
      trustedProxies,
      onUntrusted: () =>
        logger.warn('a caller’s word for its address was not believed: TRUSTED_PROXIES may be missing'),
    });
    this.#writeLine = createBoundedLines({
      ...UNIDENTIFIED,
      onLeftOut: (leftOut) => logger.warn({ leftOut }, 'more callers could not be identified'),
    });
  }

  /** Throws RATE_LIMITED. */
  admitAddress(request: IncomingMessage): Promise<void> {
    return this.options.rateLimits.admitAddress(this.#toAddress(request));
  }

  /** Throws RATE_LIMITED. */
  admitAgent(identity: AgentIdentity): Promise<void> {
    return this.options.rateLimits.admitAgent(toCallerKey(identity));
  }

  /** Throws UNAUTHENTICATED, and logs from where. */
  async identify(request: IncomingMessage, authorization: string | undefined): Promise<AgentIdentity> {
    try {
      return await this.options.verifier.identify(authorization);
    } catch (error) {
      this.#writeLine(() =>
        this.options.logger.info(
          {
            address: this.#toAddress(request),
            ...toReason(error),
            hasToken: authorization !== undefined,
          },
          'a caller could not be identified',
        ),
      );
      throw error;
    }
  }
}

/** What the check of a token failed at, e.g. `ERR_JWT_EXPIRED`; callers are all told the same. */
function toReason(error: unknown): { reason?: string } {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? { reason: String(cause.code) } : {};
}

/** Node keeps the first of two headers; what stands before us may have looked at the second. Joined, they are no token. */
export function findAuthorization({ rawHeaders }: IncomingMessage): string | undefined {
  let found: string | undefined;
  // Not by `headersDistinct`, which reads every header once more.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() !== 'authorization') continue;
    const value = rawHeaders[index + 1]!;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
