// One process per data folder: an advisory lock in its database, which ends with the process however that dies.
import type pg from 'pg';

/** Another process is using this data folder; its database keeps running. */
export class DataDirInUseError extends Error {
  override name = 'DataDirInUseError';

  constructor(
    readonly dataDir: string,
    /** Process id of the holder, if it left one. */
    readonly holderPid: number | null,
  ) {
    const holder = holderPid === null ? 'another process' : `another process (pid ${holderPid})`;
    super(`${holder} is already using the data folder ${dataDir}: stop it, or set another DATA_DIR`);
  }
}

export interface DataDirLock {
  /** True once another process took the lock while our connection was down. */
  isLost(): boolean;
  release(): Promise<void>;
}

// The letters "eko" and "data": any pair will do that nothing else in this cluster's database `postgres` uses.
const LOCK_KEY = [0x656b6f, 0x64617461];
const HOLDER_NAME = 'data folder holder, pid ';
/** How long to wait before asking again for the lock after a restart of PostgreSQL. */
const RETRY_MS = 500;

/** The name a connection must have, for the pid in a refusal. */
export const LOCK_APPLICATION_NAME = `${HOLDER_NAME}${process.pid}`;

/**
 * Takes the lock on `client`, which then belongs to the lock; null if another process holds it.
 * `reconnect` serves when PostgreSQL restarts after a crash: that drops every connection, and the lock with ours.
 */
export async function acquireDataDirLock(
  client: pg.Client,
  reconnect: () => Promise<pg.Client>,
): Promise<DataDirLock | null> {
  if (!(await tryLock(client))) return null;

  let connection = client;
  let state: 'held' | 'lost' | 'released' = 'held';
  let timer: NodeJS.Timeout | undefined;
  const hold = (holder: pg.Client): void => {
    connection = holder;
    holder.once('end', retakeLater);
  };
  const retakeLater = (): void => {
    if (state === 'held') timer = setTimeout(() => void retake().catch(retakeLater), RETRY_MS);
  };
  const retake = async (): Promise<void> => {
    const next = await reconnect();
    const isTaken = state === 'held' && (await tryLock(next));
    if (isTaken) return hold(next);
    if (state === 'held') state = 'lost';
    await next.end();
  };
  hold(client);

  return {
    isLost: () => state === 'lost',
    release: async () => {
      state = 'released';
      clearTimeout(timer);
      await connection.end();
    },
  };
}

/** Process id of the lock's holder, or null when nobody holds it any more or it gave no name. */
export async function findLockHolder(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2`,
    LOCK_KEY,
  );
  const name = rows[0]?.name ?? '';
  return name.startsWith(HOLDER_NAME) ? Number(name.slice(HOLDER_NAME.length)) : null;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2) AS taken',
    LOCK_KEY,
  );
  return rows[0]?.taken === true;
}
