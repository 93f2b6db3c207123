// A database per test file, cloned from the migrated template; and the check that a test closed its connections.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { parseConfig } from '../../src/config/config.js';
import { Sealer, useSealer } from '../../src/shared/sealing.js';

export interface TestDatabase {
  url: string;
  /** Fails if a connection to it is still open; drops it in any case. */
  drop(): Promise<void>;
}

/** A closed connection is visible in pg_stat_activity until its backend has ended: milliseconds, more on a busy machine. */
const CLOSING_PATIENCE_MS = 2_000;
/** The template is in use while another test file clones it or autovacuum visits it. */
const CLONE_PATIENCE_MS = 10_000;
const POLL_MS = 20;
const OBJECT_IN_USE = '55006';

// Test files read and write rows with the keys of a sandbox, as the gateways that they start do.
useSealer(new Sealer(parseConfig({}).sealing));

/** Clones the template. Its owner (a test file, in `beforeAll`) drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = getSetting('TEST_SERVER_URL');
  const template = getSetting('TEST_TEMPLATE_DATABASE');
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  await withClient(serverUrl, (client) => cloneDatabase(client, template, name));

  const url = new URL(serverUrl);
  url.pathname = name;
  keptClients.set(url.href, null);
  const drop = async (): Promise<void> => {
    await keptClients.get(url.href)?.end();
    keptClients.delete(url.href);
    try {
      await assertNoConnections(url.href);
    } finally {
      await withClient(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    }
  };
  return { url: url.href, drop };
}

/** Of each test database: one that waits for the next question. */
const keptClients = new Map<string, pg.Client | null>();

/** On a connection that is kept until its database is dropped: one for each question took half the time of some files. */
export async function runSql<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  // Who asks meanwhile has another: this question may wait for a lock.
  const client = takeKept(url) ?? (await connect(url));
  let isSound = false;
  try {
    const { rows } = await client.query<Row>(text, values);
    isSound = true;
    return rows;
  } finally {
    if (isSound && keptClients.get(url) === null) keptClients.set(url, client);
    else await client.end();
  }
}

function takeKept(url: string): pg.Client | null {
  const client = keptClients.get(url) ?? null;
  if (client !== null) keptClients.set(url, null);
  return client;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  client.on('error', () => {
    if (keptClients.get(url) === client) keptClients.set(url, null);
  });
  await client.connect();
  return client;
}

/** Throws, naming them, if connections to this database outlive the moment a closed one needs to vanish. */
export async function assertNoConnections(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await withClient(getSetting('TEST_SERVER_URL'), async (client) => {
    for (const startedAt = performance.now(); ; await delay(POLL_MS)) {
      const { rows } = await client.query<{ leak: string }>(
        `SELECT concat_ws(' ', 'pid', pid, application_name, state, 'last:', query) AS leak FROM pg_stat_activity
          WHERE datname = $1 AND backend_type = 'client backend'`,
        [name],
      );
      if (rows.length === 0) return;
      if (performance.now() - startedAt > CLOSING_PATIENCE_MS) {
        throw new Error(`connections left open:\n${rows.map(({ leak }) => leak).join('\n')}`);
      }
    }
  });
}

async function cloneDatabase(client: pg.Client, template: string, name: string): Promise<void> {
  for (const startedAt = performance.now(); ; await delay(POLL_MS)) {
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      const isInUse = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
      if (!isInUse || performance.now() - startedAt > CLONE_PATIENCE_MS) throw error;
    }
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'test support' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function getSetting(name: 'TEST_SERVER_URL' | 'TEST_TEMPLATE_DATABASE'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: test/support/global-setup.ts sets it, did it run?`);
  return value;
}
