// `migrate`: brings the database up to date, and gives the roles of a deployment what they need.
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';
import { startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { migrate } from '../database/migrate.js';
import { grantRoles } from '../database/roles.js';
import { onceItAccepts } from './once-it-accepts.js';

export async function runMigrate(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { 'serve-role': { type: 'string' }, 'read-role': { type: 'string' } },
  });
  const { databaseUrl, dataDir } = loadConfig();
  const embedded = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir }) : undefined;
  const url = databaseUrl ?? embedded?.url ?? '';
  try {
    const applied = await onceItAccepts(
      () => migrate(url),
      (message) => process.stderr.write(`… ${message}\n`),
    );
    for (const name of applied) process.stdout.write(`applied ${name}\n`);
    await grantRoles(url, { serve: values['serve-role'], read: values['read-role'] });
    process.stdout.write(
      applied.length === 0 ? 'The database was up to date.\n' : 'The database is up to date.\n',
    );
  } finally {
    await embedded?.stop();
  }
}
