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

/** A row's columns in PostgreSQL's own words: what nobody looks at is not read. See `decode`. */
export type TextRow = readonly (string | null)[];

const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** Runs a statement by itself, committed when this resolves. Rejects with PostgreSQL's error. */
export async function runPrepared(
  dataSource: DataSource,
  { name, text }: PreparedStatement,
  values: readonly unknown[],
): Promise<TextRow[]> {
  const client = await getPool(dataSource).connect();
  let isSound = false;
  try {
    const kept = name === undefined ? {} : { name };
    const { rows } = await client.query<(string | null)[]>({
      ...kept,
      text,
      values: [...values],
      rowMode: 'array',
      types: AS_TEXT,
    });
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
