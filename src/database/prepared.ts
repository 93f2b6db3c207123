// Statements that PostgreSQL parses and plans once a connection, run on the DataSource's own pool: one round trip each.
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { CodedError } from '../shared/errors.js';
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

/**
 * As node-postgres's own, of which the rows are the texts that came: it would make objects of them, and convert each. With
 * this, and without a timer for each statement (`closeWhenOverdue`), a page and a look-up cost 0.88 of the CPU.
 */
class TextQuery extends pg.Query {
  readonly name: string | undefined;
  readonly found: TextRow[] = [];

  constructor(
    { name, text }: PreparedStatement,
    values: readonly unknown[],
    onEnd: (error: Error | undefined) => void,
  ) {
    super(text, [...values], onEnd);
    this.name = name;
  }

  handleRowDescription(): void {
    // The statement says which columns there are.
  }

  handleDataRow({ fields }: { fields: TextRow }): void {
    this.found.push(fields);
  }
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

export type RunStatement = (statement: PreparedStatement, values: readonly unknown[]) => Promise<TextRow[]>;

/**
 * Runs the statements of `work` in a transaction, of those with the same `key` one at a time: each statement sees what
 * those before it have committed. Committed when this resolves; a `CodedError` of `work` takes it back.
 */
export async function runInTurn<Result>(
  dataSource: DataSource,
  key: string,
  work: (run: RunStatement) => Promise<Result>,
): Promise<Result> {
  const client = await getPool(dataSource).connect();
  let isSound = false;
  try {
    // In one round trip, as what has parameters cannot be. A lock in the statement that it is for would come too late: what a
    // statement sees is settled before it waits.
    const lock = `pg_advisory_xact_lock(hashtextextended(${pg.escapeLiteral(key)}, 0))`;
    await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ${lock}`);
    const result = await work((statement, values) => run(client, statement, values));
    await client.query('COMMIT');
    isSound = true;
    return result;
  } catch (error) {
    if (error instanceof CodedError)
      isSound = await client.query('ROLLBACK').then(
        () => true,
        () => false,
      );
    else if (error instanceof pg.DatabaseError) Error.captureStackTrace(error);
    throw error;
  } finally {
    client.release(!isSound);
  }
}
