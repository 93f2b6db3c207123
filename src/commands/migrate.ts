// `migrate`: brings the database up to date.
import { loadConfig } from '../config/config.js';
import { startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { migrate } from '../database/migrate.js';

export async function runMigrate(): Promise<void> {
  const { databaseUrl, dataDir } = loadConfig();
  const embedded = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir }) : undefined;
  try {
    const applied = await migrate(databaseUrl ?? embedded?.url ?? '');
    for (const name of applied) process.stdout.write(`applied ${name}\n`);
    process.stdout.write(
      applied.length === 0 ? 'The database was up to date.\n' : 'The database is up to date.\n',
    );
  } finally {
    await embedded?.stop();
  }
}
