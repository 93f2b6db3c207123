// A connection that breaks fails its statement, not the process. One whose answer is overdue is closed, which fails its
// statement as well: given back to the pool it would make everybody after wait for that answer, and a transaction that
// could not be rolled back on it would still be open.
import type { Duplex } from 'node:stream';
import type pg from 'pg';

/** What node-postgres has, and its types do not. */
type Ending = Pick<pg.Client, 'end'> & { readonly connection: { readonly stream: Duplex } };

/**
 * For `onConnect` of a pool. 0: answers may take as long as they like. One timer a connection, for node-postgres's own
 * `query_timeout` makes one a statement, and leaves the connection as it is.
 */
export function closeWhenOverdue(answerTimeoutMs: number): (client: pg.ClientBase) => void {
  return (client) => {
    client.on('error', () => {}); // told to its statement, or to the pool
    if (answerTimeoutMs === 0) return;
    let isWaiting = false;
    const timer = setTimeout(() => {
      if (isWaiting) close(client as unknown as Ending);
    }, answerTimeoutMs);
    timer.unref();
    client.on('drain', () => (isWaiting = false));
    const prototype = Object.getPrototypeOf(client) as { query: (...args: unknown[]) => unknown };
    client.query = ((...args: unknown[]) => {
      isWaiting = true;
      timer.refresh();
      return prototype.query.apply(client, args);
    }) as typeof client.query;
  };
}

function close(client: Ending): void {
  client.end().catch(() => {}); // gone already
  // Of a statement that waits for the end of another, which failed, `end` would wait for a farewell.
  client.connection.stream.destroy();
}
