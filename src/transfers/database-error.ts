// What a failed statement tells us.

/** PostgreSQL 23505. */
export function isUniqueViolation(error: unknown): boolean {
  return toSqlState(error) === '23505';
}

/** A value does not fit (class 22), a rule of the schema said no (23), or the statement is wrong (42): trying again cannot help. */
export function isPermanent(error: unknown): boolean {
  const state = toSqlState(error);
  return state !== undefined && /^(22|23|42)/.test(state);
}

function toSqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  const found = driverError?.code ?? code;
  return typeof found === 'string' && /^[0-9A-Z]{5}$/.test(found) ? found : undefined;
}
