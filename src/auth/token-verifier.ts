// Bearer tokens: the algorithm pinned by the kind of key, issuer, audience and expiry checked on every one.
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { CodedError } from '../shared/errors.js';
import { toIdentity, type AgentIdentity } from './identity.js';

export type VerificationKey =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'publicKey'; readonly pem: string }
  | { readonly kind: 'jwks'; readonly url: string };

export interface TokenVerifierOptions {
  readonly key: VerificationKey;
  readonly issuer: string;
  readonly audience: string;
  /** Who a request without an Authorization header is; null: nobody. */
  readonly anonymous: AgentIdentity | null;
}

/** Larger than any token with these claims. */
const MAX_TOKEN_LENGTH = 4_096;
/** RFC 8725 allows a small leeway for clocks. */
const CLOCK_TOLERANCE_SECONDS = 30;
const JWKS_TIMEOUT_MS = 3_000;
/** A token that was verified is not verified again for so long, so a key that was withdrawn is forgotten by then. */
const REMEMBERED_MS = 30_000;
const MAX_REMEMBERED = 1_000;

export class TokenVerifier {
  readonly #key: KeyObject | JWTVerifyGetKey;
  readonly #options: JWTVerifyOptions;
  /** By the Authorization header, the oldest first. */
  readonly #verified = new Map<string, { readonly identity: AgentIdentity; readonly untilMs: number }>();

  constructor(private readonly options: TokenVerifierOptions) {
    const { key, issuer, audience } = options;
    this.#key = toKey(key);
    this.#options = {
      algorithms: toAlgorithms(this.#key),
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp', 'iss', 'aud'],
    };
  }

  /** The caller behind an Authorization header. Throws UNAUTHENTICATED, with the same words whatever was wrong. */
  async identify(authorization: string | undefined): Promise<AgentIdentity> {
    if (authorization === undefined) {
      if (this.options.anonymous !== null) return this.options.anonymous;
      throw new CodedError('UNAUTHENTICATED');
    }
    const known = this.#verified.get(authorization);
    if (known !== undefined && Date.now() < known.untilMs) return known.identity;
    this.#verified.delete(authorization);
    const [, token] = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(authorization) ?? [];
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw new CodedError('UNAUTHENTICATED');
    const identity = toIdentity(await this.#verify(token));
    if (identity === null) throw new CodedError('UNAUTHENTICATED');
    this.#remember(authorization, identity);
    return identity;
  }

  #remember(authorization: string, identity: AgentIdentity): void {
    const untilMs = Math.min(Date.now() + REMEMBERED_MS, identity.expiresAt?.getTime() ?? Infinity);
    this.#verified.set(authorization, { identity, untilMs });
    const [oldest = authorization] = this.#verified.keys();
    if (this.#verified.size > MAX_REMEMBERED) this.#verified.delete(oldest);
  }

  async #verify(token: string): Promise<Readonly<Record<string, unknown>>> {
    try {
      const verified =
        typeof this.#key === 'function'
          ? await jwtVerify(token, this.#key, this.#options)
          : await jwtVerify(token, this.#key, this.#options);
      return verified.payload;
    } catch (error) {
      throw new CodedError('UNAUTHENTICATED', { cause: error });
    }
  }
}

function toKey(key: VerificationKey): KeyObject | JWTVerifyGetKey {
  switch (key.kind) {
    case 'secret':
      return createSecretKey(Buffer.from(key.secret, 'utf8'));
    case 'publicKey':
      return createPublicKey(key.pem);
    case 'jwks':
      return createRemoteJWKSet(new URL(key.url), { timeoutDuration: JWKS_TIMEOUT_MS });
  }
}

function toAlgorithms(key: KeyObject | JWTVerifyGetKey): string[] {
  if (typeof key === 'function') return ['RS256', 'ES256', 'EdDSA'];
  if (key.type === 'secret') return ['HS256'];
  if (key.asymmetricKeyType === 'rsa') return ['RS256'];
  return key.asymmetricKeyType === 'ed25519' ? ['EdDSA'] : ['ES256'];
}
