// Statements that PostgreSQL parses and plans once a connection, run on the DataSource's own pool: one round trip each.
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { isUniqueViolation } from './database-error.js';

export interface PreparedStatement {
  /** Unique in the program; PostgreSQL keeps the plan under it. Undefined: it is read anew each time. */
  readonly name: string | undefined;
  readonly text: string;
}

/** What TypeORM runs its statements on, and ours run beside them. */
export function getPool(dataSource: DataSource): pg.Pool {
  return (dataSource.driver as unknown as { master: pg.Pool }).master;
}

/** Runs a statement by itself, committed when this resolves. Rejects with PostgreSQL's error. Rows are lists of columns. */
export async function runPrepared(
  dataSource: DataSource,
  { name, text }: PreparedStatement,
  values: readonly unknown[],
): Promise<unknown[][]> {
  const client = await getPool(dataSource).connect();
  let isSound = false;
  try {
    const kept = name === undefined ? {} : { name };
    const { rows } = await client.query<unknown[]>({ ...kept, text, values: [...values], rowMode: 'array' });
    isSound = true;
    return rows;
  } catch (error) {
    isSound = isUniqueViolation(error);
    throw error;
  } finally {
    // After a migration changed a column, a kept plan fails for as long as its connection lives.
    client.release(!isSound);
  }
}
