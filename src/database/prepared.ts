// Statements that PostgreSQL parses and plans once a connection, run on the DataSource's own pool: one round trip each.
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { isUniqueViolation } from './database-error.js';
import { TextQuery, type TextRow } from './text-query.js';

export interface PreparedStatement {
  /** Unique in the program; PostgreSQL keeps the plan under it. Undefined: it is read anew each time. */
  readonly name: string | undefined;
  readonly text: string;
}

/** What TypeORM runs its statements on, and ours run beside them. */
export function getPool(dataSource: DataSource): pg.Pool {
  return (dataSource.driver as unknown as { master: pg.Pool }).master;
}

function run(
  client: pg.PoolClient,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<TextRow[]> {
  return new Promise((resolve, reject) => {
    const query = new TextQuery(statement, values, (error) => (error ? reject(error) : resolve(query.found)));
    client.query(query);
  });
}

/** Runs a statement by itself, committed when this resolves. Rejects with PostgreSQL's error. */
export async function runPrepared(
  dataSource: DataSource,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<TextRow[]> {
  const client = await getPool(dataSource).connect();
  let isSound = false;
  try {
    const rows = await run(client, statement, values);
    isSound = true;
    return rows;
  } catch (error) {
    isSound = isUniqueViolation(error);
    // It came from a socket: who asked is of more use.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  } finally {
    // After a migration changed a column, a kept plan fails for as long as its connection lives.
    client.release(!isSound);
  }
}
