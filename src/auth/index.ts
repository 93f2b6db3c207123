export { DEMO_AGENT, ROLES, toCallerKey, type AgentIdentity, type Role } from './identity.js';
export { FIELD_POLICY, type FieldPolicy, type RootPolicy } from './field-policy.js';
export { requireAdmin, requireAgent, toReadScope } from './policy.js';
export { RevocationList } from './revocation-list.js';
export { issueToken } from './token-issuer.js';
export { TokenVerifier, type VerificationKey } from './token-verifier.js';
