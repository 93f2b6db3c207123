// PostgreSQL takes seconds to start, and to recover from a crash: a server that is started beside it waits.
import { setTimeout as delay } from 'node:timers/promises';
import { DATABASE_START } from '../config/limits.js';

/**
 * `start`, again for as long as PostgreSQL says that it is starting or ending, or drops the connection. Everything else
 * rejects at once: an address where nobody listens, a wrong password.
 */
export async function onceItAccepts<Started>(
  start: () => Promise<Started>,
  progress: (message: string) => void,
): Promise<Started> {
  const deadlineMs = performance.now() + DATABASE_START.withinMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!isNotAccepting(error) || performance.now() > deadlineMs) throw error;
      progress(`waiting for PostgreSQL, which says: ${error.message}`);
      await delay(DATABASE_START.tryEveryMs);
    }
  }
}

/** SQLSTATE 57P01 to 57P03, or the words of node-postgres for a connection that ended; one that never began says otherwise. */
function isNotAccepting(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return /^57P0[123]$/.test(String(code)) || error.message === 'Connection terminated unexpectedly';
}
