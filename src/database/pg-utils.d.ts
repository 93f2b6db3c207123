// What node-postgres has, and its types do not.
declare module 'pg/lib/utils.js' {
  /** As PostgreSQL takes a parameter: text, bytes, or null. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
