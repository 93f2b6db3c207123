// What a role may do, and whose transfers it may see.
import { CodedError } from '../shared/errors.js';
import type { AgentIdentity } from './identity.js';

/** The user code that money moves under, and the token that says so. Throws FORBIDDEN for anybody but an agent. */
export function requireAgent({ roles, userCode, tokenId }: AgentIdentity): {
  userCode: string;
  tokenId: string | null;
} {
  if (!roles.has('agent') || userCode === null) throw new CodedError('FORBIDDEN');
  return { userCode, tokenId };
}

/** Who closes a review. Throws FORBIDDEN for anybody but an admin. */
export function requireAdmin(identity: AgentIdentity): { subject: string } {
  if (!identity.roles.has('admin')) throw new CodedError('FORBIDDEN');
  return { subject: identity.subject };
}

/** An agent reads its own; support and admin read all. */
export function toReadScope(
  identity: AgentIdentity,
): { readonly kind: 'all' } | { readonly kind: 'agent'; readonly userCode: string } {
  if (identity.roles.has('support') || identity.roles.has('admin')) return { kind: 'all' };
  return { kind: 'agent', userCode: requireAgent(identity).userCode };
}
