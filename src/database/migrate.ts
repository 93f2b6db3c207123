// Brings a database to this version: our tables, then the job queue's. Safe to run from several servers at once.
import { Logger as WorkerLogger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { NotMigratedError } from './not-migrated-error.js';
import { closeWhenOverdue } from './overdue-answers.js';

/** Any number, the same in every version of this program: who holds it is migrating. */
const MIGRATION_LOCK = 7_215_340_119;
const OLDEST_POSTGRESQL = 140_000;

const HAS_TASK = `EXISTS (SELECT FROM graphile_worker._private_tasks WHERE identifier = 'inquire')`;
const TUNE_QUEUE = [
  // Each transfer leaves a dead job or more, and every look for the next job walks over them.
  `ALTER TABLE graphile_worker._private_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
  // Each call of `add_job` takes a number for a task that it then finds is there; after 2,147,483,647 there would be none.
  `DO $$
   DECLARE numbers regclass := pg_get_serial_sequence('graphile_worker._private_tasks', 'id');
   BEGIN
     IF NOT (SELECT seqcycle FROM pg_sequence WHERE seqrelid = numbers) THEN
       EXECUTE format('ALTER SEQUENCE %s CYCLE', numbers);
     END IF;
   END $$`,
  // Jobs are inserted under it (src/transfers/transfer-statements.ts), before any worker has run.
  `INSERT INTO graphile_worker._private_tasks (identifier) SELECT 'inquire' WHERE NOT ${HAS_TASK}`,
];

const silentLogger = new WorkerLogger(() => () => {});

/** Returns the names of the migrations that were applied now. Throws when the server is older than PostgreSQL 14. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl });
  lock.on('error', () => {}); // the statements below report a lost connection
  await lock.connect();
  try {
    await assertSupportedVersion(lock);
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const dataSource = createDataSource(databaseUrl);
    // A large table takes longer than any statement of a server may; a lock is still waited for no longer.
    const noLimits = { statement_timeout: 0, onConnect: closeWhenOverdue(0) };
    const extra = { ...(dataSource.options.extra as object), ...noLimits };
    await dataSource.setOptions({ extra }).initialize();
    try {
      const applied = await dataSource.runMigrations();
      await runMigrations({ connectionString: databaseUrl, logger: silentLogger });
      for (const statement of TUNE_QUEUE) await dataSource.query(statement);
      return applied.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

/** Throws NotMigratedError. */
export async function assertMigrated(dataSource: DataSource): Promise<void> {
  if (await dataSource.showMigrations()) throw new NotMigratedError();
  const [queue] = await dataSource.query<{ isReady: boolean }[]>(`SELECT ${HAS_TASK} AS "isReady"`);
  if (!queue?.isReady) throw new NotMigratedError();
}

async function assertSupportedVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = rows[0]?.version ?? 0;
  if (version < OLDEST_POSTGRESQL) {
    throw new Error(
      `PostgreSQL 14 or later is needed; this server is version ${Math.floor(version / 10_000)}`,
    );
  }
}
