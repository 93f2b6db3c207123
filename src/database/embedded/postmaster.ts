// The server process of a cluster: found by its postmaster.pid, spawned apart from us, stopped by signals.
import { execFile } from 'node:child_process';
import { link, open, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Launcher } from './launcher.js';

export interface Postmaster {
  pid: number;
  port: number;
  isReady: boolean;
}

export interface SpawnedPostmaster {
  pid: number | undefined;
  /** Why it ended, with the last words of its log; null while it runs. */
  findFailure(): Promise<string | null>;
}

/** `fast` gives up crash safety for speed: tests only. */
export type Durability = 'safe' | 'fast';

const POLL_MS = 20;
/** PostgreSQL's log is moved aside (one generation) at a start that finds it larger: it must not fill a disk. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;
/** Characters of the log to show: a screenful. */
const MAX_LAST_WORDS = 2_000;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // TCP alone: the path of a socket may be too long (107 bytes) in a deep folder.
  unix_socket_directories: '',
  max_connections: '100',
  // Half of PostgreSQL's default: our tables are small.
  shared_buffers: '64MB',
  // A parallel query takes /dev/shm, of which a container has 64 MB.
  max_parallel_workers_per_gather: '0',
  // Of the disk; a quarter of the default.
  max_wal_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Start, stop and crashes; not failed statements, whose text and values may be private.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Several test files at once, each with up to three gateways of 30 connections.
  max_connections: '300',
};

/**
 * The living postmaster of this cluster, or null. PostgreSQL takes over the lock file of a dead one by itself,
 * but refuses to start while any process has the number in it, so a reused number is cleared here.
 */
export async function findPostmaster(clusterDir: string): Promise<Postmaster | null> {
  const pidFile = join(clusterDir, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => '');
  const lines = content.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (await isPostmaster(pid, clusterDir)) {
    return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  }
  if (isProcessAlive(pid)) await removeStalePidFile(pidFile, content);
  return null;
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Starts a server in a session of its own, so that a Ctrl-C in our terminal does not reach it. Not ready yet when this returns. */
export async function spawnPostmaster(options: {
  launcher: Launcher;
  postgres: string;
  clusterDir: string;
  logFile: string;
  durability: Durability;
}): Promise<SpawnedPostmaster> {
  const { logFile } = options;
  const settings = { ...SETTINGS, ...(options.durability === 'fast' ? FAST_SETTINGS : {}) };
  const args = ['-D', options.clusterDir, '-p', String(await findFreePort())];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);

  if ((await sizeOf(logFile)) > MAX_LOG_BYTES) await rename(logFile, `${logFile}.1`);
  const log = await open(logFile, 'a', 0o600);
  const logStart = await sizeOf(logFile);
  const child = options.launcher.spawn(options.postgres, args, {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  child.unref();
  let spawnError = '';
  child.once('error', (error) => (spawnError = error.message));
  await log.close();

  return {
    pid: child.pid,
    findFailure: async () => {
      const end = spawnError || child.signalCode || child.exitCode;
      if (end === null) return null;
      const words = (await readFile(logFile)).subarray(logStart).toString().slice(-MAX_LAST_WORDS);
      return `PostgreSQL ended (${end}); its log, ${logFile}, says:\n${words.trim()}`;
    },
  };
}

/** Ends this cluster's server, politely at first; returns when it is gone. Does nothing if it is gone already. */
export async function stopPostmaster(clusterDir: string, pid: number): Promise<void> {
  // Fast shutdown (rolls back and disconnects), immediate shutdown (as after a crash), the axe.
  const steps = [
    { signal: 'SIGINT', patienceMs: 10_000 },
    { signal: 'SIGQUIT', patienceMs: 5_000 },
    { signal: 'SIGKILL', patienceMs: 5_000 },
  ] as const;
  for (const { signal, patienceMs } of steps) {
    if (!(await isPostmaster(pid, clusterDir))) return;
    sendSignal(pid, signal);
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline && (await isPostmaster(pid, clusterDir))) await delay(POLL_MS);
  }
  if (await isPostmaster(pid, clusterDir)) throw new Error(`PostgreSQL (pid ${pid}) does not stop`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself in this moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether `pid` is a server for this folder: neither a stranger with a reused number, nor a zombie nobody has buried. */
async function isPostmaster(pid: number, clusterDir: string): Promise<boolean> {
  if (!isProcessAlive(pid)) return false;
  if ((await readCommandLine(pid)).includes(` -D ${clusterDir} `)) return true;
  // One started by hand may have been given another path; every postmaster works in its data folder.
  return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === clusterDir;
}

async function readCommandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words.replaceAll('\0', ' ');
  }
  return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** By way of a rename, because between our look and our deed another process may have removed it and started a server. */
async function removeStalePidFile(pidFile: string, staleContent: string): Promise<void> {
  const aside = `${pidFile}.stale-${process.pid}`;
  try {
    await rename(pidFile, aside);
    if ((await readFile(aside, 'utf8')) !== staleContent) await link(aside, pidFile);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
  await rm(aside, { force: true });
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
