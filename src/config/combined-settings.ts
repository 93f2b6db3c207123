// What is wrong with settings together, though each may be right by itself.
import { isKnownToEverybody } from './sealing-settings.js';

/** As they stand in the environment; what goes together is checked even where one of them is wrong in itself. */
export type GivenSettings = Readonly<
  Partial<
    Record<
      | 'NODE_ENV'
      | 'DATABASE_URL'
      | 'EKO_BASE_URL'
      | 'EKO_DEVELOPER_KEY'
      | 'EKO_ACCESS_KEY'
      | 'EKO_INITIATOR_ID'
      | 'EKO_WEBHOOK_SECRET'
      | 'AUTH_JWT_SECRET'
      | 'AUTH_JWT_PUBLIC_KEY'
      | 'AUTH_JWKS_URL'
      | 'AUTH_ISSUER'
      | 'AUTH_AUDIENCE'
      | 'DATA_ENCRYPTION_KEYS'
      | 'DATA_INDEX_KEY',
      string
    >
  >
>;

/** One line each, with the variable's name. */
export function findCombinedProblems(given: GivenSettings): string[] {
  return [
    ...findEkoProblems(given),
    ...findAuthProblems(given),
    ...findSealingProblems(given),
    ...findProductionProblems(given),
  ];
}

function findEkoProblems(v: GivenSettings): string[] {
  const needed = ['EKO_DEVELOPER_KEY', 'EKO_ACCESS_KEY', 'EKO_INITIATOR_ID'] as const;
  if (v.EKO_BASE_URL !== undefined) {
    return needed
      .filter((name) => v[name] === undefined)
      .map((name) => `${name} is needed with EKO_BASE_URL`);
  }
  return needed
    .filter((name) => v[name] !== undefined)
    .map((name) => `${name} is set without EKO_BASE_URL: the simulator takes no live credentials`);
}

function findAuthProblems(v: GivenSettings): string[] {
  const isSandbox = v.EKO_BASE_URL === undefined;
  const keys = [v.AUTH_JWT_SECRET, v.AUTH_JWT_PUBLIC_KEY, v.AUTH_JWKS_URL].filter((key) => key !== undefined);
  const names = 'AUTH_JWT_SECRET, AUTH_JWT_PUBLIC_KEY and AUTH_JWKS_URL';
  const problems: string[] = [];
  if (keys.length > 1) problems.push(`only one of ${names} may be set`);
  if (keys.length === 0 && !isSandbox) problems.push(`one of ${names} is needed outside the sandbox`);
  if (!isSandbox && v.AUTH_ISSUER === undefined) problems.push('AUTH_ISSUER is needed outside the sandbox');
  if (!isSandbox && v.AUTH_AUDIENCE === undefined)
    problems.push('AUTH_AUDIENCE is needed outside the sandbox');
  return problems;
}

function findSealingProblems(v: GivenSettings): string[] {
  const problems: string[] = [];
  if ((v.DATA_ENCRYPTION_KEYS === undefined) !== (v.DATA_INDEX_KEY === undefined))
    problems.push('DATA_ENCRYPTION_KEYS and DATA_INDEX_KEY go together');
  if (v.EKO_BASE_URL === undefined) return problems;
  const [sealing = ''] = v.DATA_ENCRYPTION_KEYS?.split(',') ?? [];
  if (isKnownToEverybody(sealing))
    problems.push(
      'DATA_ENCRYPTION_KEYS begins with the key of the sandbox, or its name: everybody knows that one',
    );
  if (isKnownToEverybody(v.DATA_INDEX_KEY ?? ''))
    problems.push('DATA_INDEX_KEY is that of the sandbox, which everybody knows');
  return problems;
}

function findProductionProblems(v: GivenSettings): string[] {
  if (v.NODE_ENV !== 'production') return [];
  const problems: string[] = [];
  if (v.EKO_BASE_URL === undefined) problems.push('EKO_BASE_URL is needed in production: no simulator there');
  if (v.DATABASE_URL === undefined)
    problems.push('DATABASE_URL is needed in production: no embedded database there');
  if (
    v.AUTH_JWT_SECRET === undefined &&
    v.AUTH_JWT_PUBLIC_KEY === undefined &&
    v.AUTH_JWKS_URL === undefined
  ) {
    problems.push(
      'generated keys are not for production: set AUTH_JWT_SECRET, AUTH_JWT_PUBLIC_KEY or AUTH_JWKS_URL',
    );
  }
  if (v.EKO_WEBHOOK_SECRET !== undefined && v.EKO_WEBHOOK_SECRET.length < 16) {
    problems.push('EKO_WEBHOOK_SECRET must be at least 16 characters in production');
  }
  return problems;
}
