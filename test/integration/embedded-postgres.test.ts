// The embedded PostgreSQL with real processes: started, killed, adopted, fought over, and run by root.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { findBinaries } from '../../src/database/embedded/binaries.js';
import { createLauncher } from '../../src/database/embedded/launcher.js';
import { findPostmaster, isProcessAlive, stopPostmaster } from '../../src/database/embedded/postmaster.js';
import {
  DataDirInUseError,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres.js';

const isRoot = process.getuid?.() === 0;
const children: ChildProcess[] = [];
let playground: string;
let home: string;
let dataDir: string;
let clusterDir: string;
let options: EmbeddedPostgresOptions;

// Removed at the end, not one by one: ext4 makes new files three times slower while it remembers many deleted ones.
beforeAll(async () => {
  playground = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  await chmod(playground, 0o755);
});

afterAll(() => rm(playground, { recursive: true, force: true, maxRetries: 10 }));

beforeEach(async () => {
  home = await mkdtemp(join(playground, 'home-'));
  await chmod(home, 0o755);
  dataDir = join(home, 'data');
  clusterDir = join(dataDir, 'postgres');
  options = { dataDir, durability: 'fast' };
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const postmaster = await findPostmaster(clusterDir);
  if (postmaster) await stopPostmaster(clusterDir, postmaster.pid);
});

describe('starting', () => {
  test('makes a cluster at the first start and says so', async () => {
    const messages: string[] = [];
    const postgres = await startEmbeddedPostgres({
      dataDir,
      onProgress: (message) => messages.push(message),
    });

    expect(postgres.isAdopted).toBe(false);
    expect(messages).toEqual(['preparing the database (first start, takes a few seconds)']);
    const [row] = await query(
      postgres.url,
      `SELECT current_database() AS db, getdatabaseencoding() AS encoding, current_setting('listen_addresses') AS listens,
              current_setting('unix_socket_directories') AS sockets, current_setting('fsync') AS fsync`,
    );
    expect(row).toEqual({ db: 'gateway', encoding: 'UTF8', listens: '127.0.0.1', sockets: '', fsync: 'on' });
    expect(await readFile(join(dataDir, 'database-url'), 'utf8')).toBe(`${postgres.url}\n`);
    for (const name of ['database-url', 'postgres-password', 'postgres.log']) {
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    }

    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(await findPostmaster(clusterDir)).toBeNull();
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
  });

  test('keeps the data over a restart', async () => {
    const first = await startEmbeddedPostgres(options);
    await query(first.url, 'CREATE TABLE note AS SELECT 42 AS answer');
    await first.stop();

    const second = await startEmbeddedPostgres(options);
    expect(second.isAdopted).toBe(false);
    expect(await query(second.url, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  test('refuses connections without the password', async () => {
    const { url, stop } = await startEmbeddedPostgres(options);
    const withoutPassword = new URL(url);
    withoutPassword.password = 'wrong';
    await expect(query(withoutPassword.href, 'SELECT')).rejects.toThrow('password authentication failed');
    await stop();
  });

  test('tells the last words of the log, and no secret, when PostgreSQL does not start', async () => {
    await (await startEmbeddedPostgres(options)).stop();
    await appendFile(join(clusterDir, 'postgresql.conf'), 'no_such_setting = 1\n');
    const message = await startEmbeddedPostgres(options).then(String, String);
    expect(message).toContain('unrecognized configuration parameter "no_such_setting"');
    expect(message).not.toContain(await readFile(join(dataDir, 'postgres-password'), 'utf8'));
  });

  test('names the missing password file of an existing cluster', async () => {
    await (await startEmbeddedPostgres(options)).stop();
    await rm(join(dataDir, 'postgres-password'));
    await expect(startEmbeddedPostgres(options)).rejects.toThrow(/postgres-password is missing/);
  });

  test('makes the library links that an installation without scripts left out', async () => {
    const binDir = await copyBinaries(home);
    const lib = join(binDir, '..', 'lib');
    for (const name of await readdir(lib)) {
      if ((await lstat(join(lib, name))).isSymbolicLink()) await rm(join(lib, name));
    }
    const postgres = await startEmbeddedPostgres({ ...options, binDir });
    expect((await lstat(join(lib, 'libpq.so.5'))).isSymbolicLink()).toBe(true);
    await postgres.stop();
  });

  test('moves a large log aside', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'postgres.log'), Buffer.alloc(10 * 1024 * 1024 + 1, '\n'));
    await (await startEmbeddedPostgres(options)).stop();
    expect((await stat(join(dataDir, 'postgres.log'))).size).toBeLessThan(100_000);
  });
});

describe('after a kill', () => {
  test('adopts the server of a killed process, data intact', async () => {
    const { child, url } = await startChild();
    await query(url, 'CREATE TABLE note AS SELECT 42 AS answer');
    const before = await findPostmaster(clusterDir);
    await kill(child);

    const adopted = await startEmbeddedPostgres(options);
    expect(adopted.isAdopted).toBe(true);
    expect(adopted.url).toBe(url);
    expect(await findPostmaster(clusterDir)).toEqual(before);
    expect(await query(adopted.url, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    await adopted.stop();
    expect(await findPostmaster(clusterDir)).toBeNull();
  });

  test('recovers when the server was killed too', async () => {
    options.durability = 'safe';
    const { child, url } = await startChild();
    await query(url, 'CREATE TABLE note AS SELECT 42 AS answer');
    process.kill((await findPostmaster(clusterDir))!.pid, 'SIGKILL');
    await kill(child);

    const postgres = await startEmbeddedPostgres(options);
    expect(postgres.isAdopted).toBe(false);
    expect(await query(postgres.url, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    await postgres.stop();
  });

  test('leaves the server alone on Ctrl-C, which a terminal sends to the whole process group', async () => {
    const { child } = await startChild();
    process.kill(-child.pid!, 'SIGINT');
    await once(child, 'exit');
    const adopted = await startEmbeddedPostgres(options);
    expect(adopted.isAdopted).toBe(true);
    await adopted.stop();
  });

  test('starts although another process has the number in the lock file now', async () => {
    const first = await startEmbeddedPostgres(options);
    const [, ...lines] = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n');
    await first.stop();
    const { uid, gid } = await stat(clusterDir);
    // Of the same user: a number of another user's process PostgreSQL sees through by itself.
    const launcher = await createLauncher({ program: process.execPath, dataDir, owner: { uid, gid } });
    const stranger = launcher.spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      stdio: 'ignore',
    });
    children.push(stranger);
    await writeFile(join(clusterDir, 'postmaster.pid'), [stranger.pid, ...lines].join('\n'));

    const postgres = await startEmbeddedPostgres(options);
    expect(postgres.isAdopted).toBe(false);
    expect(isProcessAlive(stranger.pid!)).toBe(true);
    await postgres.stop();
  });

  test('starts afresh when the first start was killed while making the cluster', async () => {
    const child = spawnChild();
    await until(async () =>
      (await findDrafts()).some((name) => existsSync(join(dataDir, name, 'cluster', 'PG_VERSION'))),
    );
    await kill(child);
    expect(existsSync(clusterDir)).toBe(false);
    expect(await findDrafts()).toHaveLength(1);

    const postgres = await startEmbeddedPostgres(options);
    expect(await query(postgres.url, 'SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
    expect(await findDrafts()).toEqual([]);
    await postgres.stop();
  });
});

describe('sharing a data folder', () => {
  test('refuses a second user, names the first, and leaves it in peace', async () => {
    const { child, url } = await startChild();
    const error = await startEmbeddedPostgres(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataDirInUseError);
    expect(String(error)).toContain(
      `another process (pid ${child.pid}) is already using the data folder ${dataDir}`,
    );
    expect(await query(url, 'SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
  });

  test('refuses a second start in the same process', async () => {
    const attempts = await Promise.allSettled([
      startEmbeddedPostgres(options),
      startEmbeddedPostgres(options),
    ]);
    const refusals = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(refusals.map((refusal) => refusal.reason as unknown)).toEqual([
      new DataDirInUseError(dataDir, process.pid),
    ]);
    for (const attempt of attempts) if (attempt.status === 'fulfilled') await attempt.value.stop();
  });

  test('lets exactly one of two simultaneous first starts win', async () => {
    const answers = await Promise.all([readAnswer(spawnChild()), readAnswer(spawnChild())]);
    const winners = answers.flatMap((answer) => ('url' in answer ? [answer.url] : []));
    expect(winners).toHaveLength(1);
    expect(answers.flatMap((answer) => ('error' in answer ? [answer.error] : []))).toEqual([
      'DataDirInUseError',
    ]);
    expect(await query(winners[0]!, 'SELECT current_database() AS db')).toEqual([{ db: 'gateway' }]);
    expect(await findDrafts()).toEqual([]);
  });

  test('lets an inspecting tool in beside the holder, which stays when the tool goes', async () => {
    const holder = await startEmbeddedPostgres(options);
    const tool = await startEmbeddedPostgres({ ...options, exclusive: false });
    expect(tool).toMatchObject({ isAdopted: true, url: holder.url });
    await tool.stop();
    expect(await query(holder.url, 'SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
    expect(existsSync(join(dataDir, 'database-url'))).toBe(true);
    await holder.stop();
  });

  test('stops the server an inspecting tool started, unless a holder took it over', async () => {
    const tool = await startEmbeddedPostgres({ ...options, exclusive: false });
    const holder = await startEmbeddedPostgres(options);
    expect(holder.isAdopted).toBe(true);
    await tool.stop();
    expect(await query(holder.url, 'SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
    await holder.stop();

    const lonelyTool = await startEmbeddedPostgres({ ...options, exclusive: false });
    await lonelyTool.stop();
    expect(await findPostmaster(clusterDir)).toBeNull();
  });

  test('keeps the folder when PostgreSQL crashes and restarts by itself', async () => {
    const { url, child } = await startChild();
    await crash(url);
    await until(() =>
      query(url, `SELECT FROM pg_locks WHERE locktype = 'advisory'`).then(({ length }) => length === 1),
    );
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({ holderPid: child.pid });
  });
});

describe('users', () => {
  test('runs where only root may enter, binaries included, and never as root', async () => {
    options = { dataDir, binDir: await copyBinaries(home) };
    await chmod(home, 0o700);
    const postgres = await startEmbeddedPostgres(options);
    await query(postgres.url, 'CREATE TABLE note AS SELECT 42 AS answer');
    await crash(postgres.url);
    await until(() => query(postgres.url, 'SELECT FROM note').then(({ length }) => length === 1));

    const { uid } = await stat(clusterDir);
    if (isRoot) expect(uid).not.toBe(0);
    else expect(uid).toBe(process.getuid?.());
    await postgres.stop();
    const again = await startEmbeddedPostgres(options);
    expect(await query(again.url, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    await again.stop();
  });

  test('names the closed folder and the cure when root cannot lend its access', async () => {
    await chmod(home, 0o700);
    // No binary here: what setpriv is to run does not answer, as where setpriv or the capability is missing.
    const binDir = join(home, 'bin');
    await mkdir(binDir);
    for (const name of ['initdb', 'postgres'])
      await writeFile(join(binDir, name), '#!/bin/false\n', { mode: 0o755 });
    const expected = isRoot
      ? `cannot enter ${home}: allow that (chmod a+x ${home})`
      : 'initdb failed (exit code 1)';
    await expect(startEmbeddedPostgres({ ...options, binDir })).rejects.toThrow(expected);
  });

  test('runs as an ordinary user', async () => {
    // As someone who can read this repository and run Node, wherever root keeps them.
    const { postgres: program } = await findBinaries();
    const launcher = await createLauncher({ program, dataDir: dirname(process.execPath), owner: null });
    await mkdir(dataDir);
    if (launcher.account) await chown(dataDir, launcher.account.uid, launcher.account.gid);
    const child = launcher.spawn(process.execPath, childArguments(), {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    children.push(child);
    const answer = await readAnswer(child);
    expect(answer).toMatchObject({ url: expect.any(String) });
    expect((await stat(clusterDir)).uid).toBe(launcher.account?.uid ?? process.getuid?.());
    await kill(child);

    // Root, coming later, uses the cluster as its owner.
    const postgres = await startEmbeddedPostgres(options);
    expect(postgres.isAdopted).toBe(true);
    await postgres.stop();
  });
});

type Answer = { url: string } | { error: string };

function buildDir(): string {
  return process.env['TEST_BUILD_DIR'] ?? '';
}

/** A program that starts the embedded PostgreSQL, says how that went, and stays. */
function childArguments(): string[] {
  const module = pathToFileURL(join(buildDir(), 'src', 'database', 'embedded-postgres.js')).href;
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const answer = await startEmbeddedPostgres(${JSON.stringify(options)}).catch((error) => ({ error: error.name }));
    console.log(JSON.stringify(answer));`;
  return ['--input-type=module', '-e', program];
}

function spawnChild(): ChildProcess {
  const child = spawn(process.execPath, childArguments(), {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  return child;
}

async function readAnswer(child: ChildProcess): Promise<Answer> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Answer;
}

async function startChild(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawnChild();
  const answer = await readAnswer(child);
  if ('error' in answer) throw new Error(answer.error);
  return { child, url: answer.url };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Kills a backend, upon which PostgreSQL ends all connections and restarts itself. */
async function crash(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  const ended = new Promise((resolve) => client.once('end', resolve));
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]!.pid, 'SIGKILL');
  await ended;
}

async function findDrafts(): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => []);
  return names.filter((name) => name.startsWith('postgres.tmp'));
}

/** The platform's package, copied to where the test may spoil it; returns its folder of binaries. */
async function copyBinaries(target: string): Promise<string> {
  const { postgres } = await findBinaries();
  const packageDir = dirname(dirname(dirname(postgres)));
  await cp(packageDir, join(target, 'package'), { recursive: true, verbatimSymlinks: true });
  return join(target, 'package', 'native', 'bin');
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Waits for a condition; an error means not yet. Gives up in time for the test to be told, and not to go on for ever. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`never came true: ${condition.toString()}`);
    await delay(10);
  }
}
