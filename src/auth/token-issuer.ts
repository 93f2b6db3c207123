// Tokens for development, signed with the shared secret. A deployment has an identity provider for this.
import { SignJWT } from 'jose';
import type { Role } from './identity.js';

export interface TokenRequest {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
  readonly userCode: string;
  readonly role: Role;
  readonly lifetimeSeconds: number;
}

export function issueToken(request: TokenRequest): Promise<string> {
  return new SignJWT({ user_code: request.userCode, roles: [request.role] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(`${request.role}-${request.userCode}`)
    .setIssuer(request.issuer)
    .setAudience(request.audience)
    .setIssuedAt()
    .setExpirationTime(`${request.lifetimeSeconds}s`)
    .sign(Buffer.from(request.secret, 'utf8'));
}
