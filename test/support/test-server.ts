// The process that provides the tests' database server. It ends, and cleans up, when the test run does, however that ends.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';

export interface TestServerMessage {
  /** Administrative connection: may create and drop databases. */
  serverUrl: string;
  /** A migrated database to clone. */
  templateDatabase: string;
}

await main(process.argv[2] ?? '');

async function main(buildDir: string): Promise<void> {
  // Ctrl-C reaches this process too, but the end of the test run is what counts: it closes the channel to us.
  process.on('SIGINT', () => undefined);
  const testRunEnd = once(process, 'disconnect');
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  try {
    const givenUrl = process.env['TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'];
    if (givenUrl) return await serve(givenUrl, testRunEnd);
    const postgres = await startEmbeddedPostgres({ dataDir, durability: 'fast' });
    await serve(postgres.adminUrl, testRunEnd).finally(postgres.stop);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
    await rm(buildDir, { recursive: true, force: true });
  }
}

/** Offers the server to the test run until that ends. */
async function serve(serverUrl: string, testRunEnd: Promise<unknown>): Promise<void> {
  const templateDatabase = `gateway_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  try {
    await createTemplate(serverUrl, templateDatabase);
    const message: TestServerMessage = { serverUrl, templateDatabase };
    process.send?.(message);
    await testRunEnd;
  } finally {
    await dropDatabases(serverUrl, templateDatabase);
  }
}

async function createTemplate(serverUrl: string, name: string): Promise<void> {
  await query(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  await migrate(url.href);
  // Nobody may open the template: PostgreSQL does not clone a database that is in use.
  await query(serverUrl, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
}

/** The template, and what failed tests left of its clones, which have its name in front of theirs. */
async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  const names = await query<{ datname: string }>(
    serverUrl,
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${prefix}')`,
  );
  for (const { datname } of names) await query(serverUrl, `DROP DATABASE ${datname} WITH (FORCE)`);
}

async function query<Row extends pg.QueryResultRow>(serverUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
