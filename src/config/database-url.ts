// Where the database is, for tools that run beside the server: DATABASE_URL, else the embedded cluster's address.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from './env-file.js';

/** Undefined when neither is there. The embedded server writes the file while it runs. */
export function findDatabaseUrl(): string | undefined {
  const env = readEnvironment();
  if (env['DATABASE_URL']) return env['DATABASE_URL'];
  try {
    return readFileSync(join(env['DATA_DIR'] ?? '.data', 'database-url'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
