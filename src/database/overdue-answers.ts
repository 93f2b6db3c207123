// A connection that breaks fails its statement, not the process. One whose answer is overdue is closed: given back to
// the pool it would make everybody after wait for that answer as well, and a transaction that could not be rolled back
// on it would still be open.
import type pg from 'pg';

/** For `onConnect` of a pool with a `query_timeout`: node-postgres gives the caller an error, and keeps the connection. */
export function closeWhenOverdue(client: pg.ClientBase): void {
  client.on('error', () => {}); // told to its statement, or to the pool
  const prototype = Object.getPrototypeOf(client) as { query: (...args: unknown[]) => unknown };
  client.query = ((...args: unknown[]) => {
    const answer = prototype.query.apply(client, args);
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (isOverdue(error)) (client as pg.Client).end().catch(() => {}); // gone already
      });
    }
    return answer;
  }) as typeof client.query;
}

/** It has no code. */
function isOverdue(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
