// Runs programs as a user PostgreSQL accepts: it refuses to be root, so root lends it an unprivileged account.
import { type ChildProcess, execFile, spawn, type StdioOptions } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

export interface Account {
  uid: number;
  gid: number;
}

export interface Launcher {
  /** Who has to own the cluster's files; null: whoever runs this process. */
  account: Account | null;
  spawn(program: string, args: string[], options: { stdio: StdioOptions; detached?: boolean }): ChildProcess;
}

interface LauncherNeeds {
  /** The program that will be run, and that answers `--version`. */
  program: string;
  /** Folder whose files the program will use. */
  dataDir: string;
  /** Owner of the cluster if there is one already. */
  owner: Account | null;
}

// Nothing of the caller's environment: PGPORT, PGOPTIONS and the like would change what the binaries do.
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

// Enough to pass closed folders and read files; the second also runs a program that only root may execute
// (a clone made under umask 077).
const CAPABILITIES = ['dac_read_search', 'dac_override'];

export async function createLauncher(needs: LauncherNeeds): Promise<Launcher> {
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (needs.owner && uid !== undefined && needs.owner.uid !== uid) {
      throw new Error(
        `the database in ${needs.dataDir} belongs to user ${needs.owner.uid}: run as that user, or set another DATA_DIR`,
      );
    }
    return { account: null, spawn: run };
  }
  const account = needs.owner && needs.owner.uid !== 0 ? needs.owner : await findUnprivilegedAccount();
  const closed =
    (await findClosedAncestor(needs.program, account)) ?? (await findClosedAncestor(needs.dataDir, account));
  if (closed === null) {
    return { account, spawn: (program, args, options) => run(program, args, { ...options, ...account }) };
  }
  const prefix = await findWorkingSetpriv(needs.program, account);
  if (prefix === null) {
    throw new Error(
      `PostgreSQL cannot run as root, and the unprivileged user ${account.uid} it would run as cannot enter ${closed}: ` +
        `allow that (chmod a+x ${closed}), run this as an ordinary user, or set DATABASE_URL`,
    );
  }
  return {
    account,
    spawn: (program, args, options) => run('setpriv', [...prefix, program, ...args], options),
  };
}

function run(
  file: string,
  args: string[],
  options: { stdio: StdioOptions; detached?: boolean; uid?: number; gid?: number },
): ChildProcess {
  // From `/`, because the account may not be able to enter the folder we are in.
  return spawn(file, args, { ...options, cwd: '/', env: ENVIRONMENT });
}

async function findUnprivilegedAccount(): Promise<Account> {
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((fields) => fields[0] === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as: run this as an ordinary user, or set DATABASE_URL',
  );
}

/** The nearest of `path` and its ancestors that `account` may not pass (by mode bits), or null. */
async function findClosedAncestor(path: string, account: Account): Promise<string | null> {
  let current = await realpath(path);
  for (;;) {
    const { mode, uid, gid } = await stat(current);
    const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
    if ((bits & 1) === 0) return current;
    if (current === dirname(current)) return null;
    current = dirname(current);
  }
}

/** Arguments of setpriv that make `program` runnable for `account` in spite of closed folders, or null. */
async function findWorkingSetpriv(program: string, account: Account): Promise<string[] | null> {
  for (const capability of CAPABILITIES) {
    const prefix = [
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      // access(2), with which PostgreSQL looks for its own binary, ignores capabilities of other users without this.
      '--securebits=+no_setuid_fixup',
      '--',
    ];
    // By way of a shell, because setpriv itself still has all of root's capabilities when it runs a program.
    const probe = [...prefix, '/bin/sh', '-c', '"$0" --version', program];
    const isWorking = await promisify(execFile)('setpriv', probe, { cwd: '/', env: ENVIRONMENT }).then(
      () => true,
      () => false,
    );
    if (isWorking) return prefix;
  }
  return null;
}
