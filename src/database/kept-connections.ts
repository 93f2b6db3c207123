// What all pools have in common, in `pg`'s words: a connection stays open. Closed when idle for ten seconds, as by default,
// they were made anew in each burst: 0.64 of the transfers in a second, for twice PostgreSQL's CPU.
export const KEPT_CONNECTIONS = {
  idleTimeoutMillis: 0,
  keepAlive: true,
  /** What stands between forgets a silent connection after minutes. */
  keepAliveInitialDelayMillis: 30_000,
} as const;
