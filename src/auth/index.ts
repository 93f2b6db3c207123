export { DEMO_AGENT, ROLES, type AgentIdentity, type Role } from './identity.js';
export { requireAdmin, requireAgent, toReadScope } from './policy.js';
export { issueToken } from './token-issuer.js';
export { TokenVerifier, type VerificationKey } from './token-verifier.js';
