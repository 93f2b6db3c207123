// The database of the settings, for commands that look into it beside a running server or without one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { UsageError } from './usage-error.js';

/** The embedded database is looked into beside whoever holds it; where nobody does, it is started for the moment. */
export async function withDatabaseUrl<Result>(
  { databaseUrl, dataDir }: Config,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl !== undefined) return use(databaseUrl);
  if (!existsSync(join(dataDir, 'postgres'))) {
    throw new UsageError(
      `There is no database in DATA_DIR (${dataDir}) yet, and DATABASE_URL is not set: run this where the server runs, with its settings.`,
    );
  }
  const embedded = await startEmbeddedPostgres({ dataDir, exclusive: false });
  try {
    return await use(embedded.url);
  } finally {
    await embedded.stop();
  }
}

/** For whoever looks in the wrong place; without the address, which may hold a password. */
export function toPlace({ databaseUrl, dataDir }: Config): string {
  return `the database of ${databaseUrl === undefined ? `DATA_DIR (${dataDir})` : 'DATABASE_URL'}`;
}
