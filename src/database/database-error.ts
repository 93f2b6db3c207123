// What a failed statement tells us.

/** PostgreSQL 23505. */
export function isUniqueViolation(error: unknown): boolean {
  return toSqlState(error) === '23505';
}

/** SQLSTATE classes: a value does not fit, a rule of the schema said no, the statement is wrong. */
const PERMANENT: ReadonlySet<string | undefined> = new Set(['22', '23', '42']);

/** True when trying again cannot help. */
export function isPermanent(error: unknown): boolean {
  return PERMANENT.has(toSqlState(error)?.slice(0, 2));
}

function toSqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  const found = driverError?.code ?? code;
  return typeof found === 'string' && /^[0-9A-Z]{5}$/.test(found) ? found : undefined;
}
