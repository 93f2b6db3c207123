// Before all tests: compiles src, and starts the process that provides the database server (test-server.ts).
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** The same build as `npm run build`, for tests that need processes of their own, to kill. */
async function compile(rootDir: string, buildDir: string): Promise<void> {
  const swc = join(rootDir, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const args = [swc, 'src', 'test/support', 'test/chaos', 'ormconfig.ts', '-d', buildDir, '--quiet'];
  await promisify(execFile)(process.execPath, args, { cwd: rootDir }).catch((error: { stderr: string }) => {
    // A file that does not compile fails the tests that need it, not those that do not.
    process.stderr.write(error.stderr);
  });
}
