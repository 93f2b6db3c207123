// Who is calling, as far as a verified token says.
import { USER_CODE } from '../shared/identifiers.js';

export const ROLES = ['agent', 'support', 'admin'] as const;
/** agent: moves money and reads its own · support: reads all, moves nothing · admin: also resolves reviews. */
export type Role = (typeof ROLES)[number];

export interface AgentIdentity {
  readonly subject: string;
  /** Eko's user code; null for support and admin without one. */
  readonly userCode: string | null;
  readonly roles: ReadonlySet<Role>;
  /** The token's `jti`; null when it has none. */
  readonly tokenId: string | null;
  /** When the token ends; null: it does not. */
  readonly expiresAt: Date | null;
}

/** The agent that a request without a token acts as in the sandbox. */
export const DEMO_AGENT: AgentIdentity = {
  subject: 'demo-agent',
  userCode: '20810200',
  roles: new Set(['agent']),
  tokenId: null,
  expiresAt: null,
};

/** Whose requests and subscriptions are counted together. A subject may be called like an agent. */
export function toCallerKey({ roles, userCode, subject }: AgentIdentity): string {
  return roles.has('agent') && userCode !== null ? `agent ${userCode}` : `subject ${subject}`;
}

/** Null when the claims do not make an identity: no subject, no known role, or an agent without a user code. */
export function toIdentity(claims: Readonly<Record<string, unknown>>): AgentIdentity | null {
  const { sub, user_code: userCode, roles, exp, jti } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 200) return null;
  if (userCode !== undefined && (typeof userCode !== 'string' || !USER_CODE.test(userCode))) return null;
  if (!Array.isArray(roles)) return null;
  const known = new Set(ROLES.filter((role) => roles.includes(role)));
  if (known.size === 0 || (known.has('agent') && userCode === undefined)) return null;
  const expiresAt = typeof exp === 'number' ? new Date(exp * 1000) : null;
  return {
    subject: sub,
    userCode: userCode ?? null,
    roles: known,
    tokenId: typeof jti === 'string' ? jti : null,
    expiresAt,
  };
}
