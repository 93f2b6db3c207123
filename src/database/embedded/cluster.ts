// The files of the embedded cluster: made in one piece or not at all, with a password of their own.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Account, Launcher } from './launcher.js';
import { type Durability, isProcessAlive } from './postmaster.js';

export const SUPERUSER = 'postgres';

/** Drafts this process is working on: its pid alone does not tell them from those of a dead process with the same pid (in a container). */
const draftsInWork = new Set<string>();

/** Where everything lies in a data folder. */
export interface ClusterFiles {
  dataDir: string;
  clusterDir: string;
  passwordFile: string;
  urlFile: string;
  logFile: string;
}

export function clusterFilesIn(dataDir: string): ClusterFiles {
  return {
    dataDir,
    clusterDir: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'postgres-password'),
    urlFile: join(dataDir, 'database-url'),
    logFile: join(dataDir, 'postgres.log'),
  };
}

export async function findClusterOwner(files: ClusterFiles): Promise<Account | null> {
  return stat(files.clusterDir).then(
    ({ uid, gid }) => ({ uid, gid }),
    () => null,
  );
}

/** The password of the superuser. The first of several concurrent callers makes it, the others get that one. */
export async function getPassword(files: ClusterFiles): Promise<string> {
  if (!existsSync(files.passwordFile)) {
    if (existsSync(files.clusterDir)) {
      throw new Error(
        `${files.passwordFile} is missing, and without it the database in ${files.clusterDir} cannot be opened: put it back, or remove both`,
      );
    }
    const draft = `${files.passwordFile}.tmp-${randomBytes(6).toString('hex')}`;
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true });
    await link(draft, files.passwordFile).catch(ignoreExisting);
    await rm(draft);
  }
  return readFile(files.passwordFile, 'utf8');
}

/** Makes the cluster beside its place and moves it there when it is complete. Another process may be doing the same: the first one's stays. */
export async function createCluster(options: {
  files: ClusterFiles;
  launcher: Launcher;
  initdb: string;
  password: string;
  durability: Durability;
}): Promise<void> {
  const { files, launcher } = options;
  await removeAbandonedDrafts(files.dataDir);
  const draft = `${files.clusterDir}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  draftsInWork.add(draft);
  try {
    await mkdir(draft, { mode: 0o700 });
    const passwordFile = join(draft, 'password');
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (launcher.account) {
      for (const path of [draft, passwordFile]) await chown(path, launcher.account.uid, launcher.account.gid);
    }
    await runInitdb(options, join(draft, 'cluster'), passwordFile);
    await rename(join(draft, 'cluster'), files.clusterDir).catch(ignoreExisting);
  } finally {
    await rm(draft, { recursive: true, force: true });
    draftsInWork.delete(draft);
  }
}

async function runInitdb(
  options: { launcher: Launcher; initdb: string; durability: Durability },
  clusterDir: string,
  passwordFile: string,
): Promise<void> {
  const args = ['-D', clusterDir, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push('--encoding=UTF8', '--locale=C', ...(options.durability === 'fast' ? ['--no-sync'] : []));
  const child = options.launcher.spawn(options.initdb, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
  });
  const [failure, words] = await Promise.all([ended, child.stderr ? text(child.stderr) : '']);
  if (failure !== null) throw new Error(`initdb failed (${failure}): ${words.trim().slice(-2000)}`);
}

/** What killed processes left behind, some 40 MB each. */
async function removeAbandonedDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = Number(/^postgres\.tmp-(\d+)-/.exec(name)?.[1]);
    const draft = join(dataDir, name);
    const isInWork = pid === process.pid ? draftsInWork.has(draft) : isProcessAlive(pid);
    // Its initdb may still be writing for a moment, hence the retries.
    if (pid > 0 && !isInWork) await rm(draft, { recursive: true, force: true, maxRetries: 10 });
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error;
}
