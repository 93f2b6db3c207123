// The way into a cluster: finds its server or starts it, and claims the data folder.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type ClusterFiles, SUPERUSER } from './cluster.js';
import {
  acquireDataDirLock,
  DataDirInUseError,
  type DataDirLock,
  findLockHolder,
  LOCK_APPLICATION_NAME,
} from './data-dir-lock.js';
import { findPostmaster, isProcessAlive, type Postmaster, type SpawnedPostmaster } from './postmaster.js';

export interface Session {
  postmaster: Postmaster;
  /** Null without `exclusive`. */
  lock: DataDirLock | null;
  isAdopted: boolean;
}

interface SessionOptions {
  files: ClusterFiles;
  password: string;
  exclusive: boolean;
  spawnServer: () => Promise<SpawnedPostmaster>;
}

type Entry = { isAdmitted: true; lock: DataDirLock | null } | { isAdmitted: false; holderPid: number | null };

const DATABASE = 'gateway';
const MAINTENANCE_DATABASE = 'postgres';
/** Recovery after a crash replays at most max_wal_size (256 MB): seconds; a minute is for a very slow disk. */
const START_TIMEOUT_MS = 60_000;
/** A server on loopback that says nothing for so long is frozen. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A killed holder's lock is freed as soon as PostgreSQL notices its closed socket: at once, or later on a busy machine. */
const LOCK_PATIENCE_MS = 2_000;
const POLL_MS = 20;
/** Reasons for a failed start that are over at the next try: others starting or dying at this moment. */
const PASSING_FAILURE =
  /lock file "[^"]*" already exists|pre-existing shared memory block|could not create any TCP\/IP sockets/;

export function toUrls(password: string, port: number): { url: string; adminUrl: string } {
  const server = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}`;
  return { url: `${server}/${DATABASE}`, adminUrl: `${server}/${MAINTENANCE_DATABASE}` };
}

/** Looks for the server, starts it where there is none, and looks again, until one answers and lets us in (or surely will not). */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { files, password, exclusive } = options;
  const startedAt = performance.now();
  let spawned: SpawnedPostmaster | null = null;
  let refusedAt: number | null = null;
  while (performance.now() - startedAt < START_TIMEOUT_MS) {
    const postmaster = await findPostmaster(files.clusterDir);
    if (postmaster?.isReady) {
      const entry = await enter(toUrls(password, postmaster.port).adminUrl, exclusive).catch(nullIfPassing);
      if (entry?.isAdmitted) {
        return { postmaster, lock: entry.lock, isAdopted: postmaster.pid !== spawned?.pid };
      }
      if (entry) {
        refusedAt ??= performance.now();
        const isHolderAlive = entry.holderPid !== null && isProcessAlive(entry.holderPid);
        if (isHolderAlive || performance.now() - refusedAt > LOCK_PATIENCE_MS) {
          throw new DataDirInUseError(files.dataDir, entry.holderPid);
        }
      }
    } else if (!postmaster) {
      const failure: string | null = spawned && (await spawned.findFailure());
      if (failure !== null && !PASSING_FAILURE.test(failure)) throw new Error(failure);
      if (spawned === null || failure !== null) spawned = await options.spawnServer();
    }
    await delay(POLL_MS);
  }
  throw new Error(
    `PostgreSQL does not answer after ${START_TIMEOUT_MS / 1000} s; its log is ${files.logFile}`,
  );
}

/** The lock for whoever has a session without it; null if it is taken, or the server gone. */
export async function takeLock(adminUrl: string): Promise<DataDirLock | null> {
  const entry = await enter(adminUrl, true).catch(nullIfPassing);
  return entry?.isAdmitted ? entry.lock : null;
}

async function enter(adminUrl: string, exclusive: boolean): Promise<Entry> {
  const client = await connect(adminUrl);
  let lock: DataDirLock | null = null;
  try {
    await createDatabaseIfMissing(client);
    if (!exclusive) return { isAdmitted: true, lock };
    lock = await acquireDataDirLock(client, () => connect(adminUrl));
    return lock ? { isAdmitted: true, lock } : { isAdmitted: false, holderPid: await findLockHolder(client) };
  } finally {
    if (lock === null) await client.end();
  }
}

/** At every start, because the first one may have been killed before it came to this. */
async function createDatabaseIfMissing(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 1) return;
  await client.query(`CREATE DATABASE ${DATABASE}`).catch((error: pg.DatabaseError) => {
    // duplicate_database or its unique index: another process did it at the same moment.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}

/** PostgreSQL starting, stopping or gone: no connection, or SQLSTATE 57P01-57P03. Everything else is worth telling. */
function nullIfPassing(error: unknown): null {
  if (error instanceof pg.DatabaseError && !error.code?.startsWith('57P')) throw error;
  return null;
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    ssl: false,
    application_name: LOCK_APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that PostgreSQL ends is no reason to end this process; `end` tells the lock.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
