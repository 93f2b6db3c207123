// `npm run test:browser`: says what is missing before anything is built, or runs the tests in test/browser.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { findChromium } from './chromium.js';

if (findChromium() === null) {
  const named = process.env['CHROMIUM_PATH'];
  process.stderr.write(
    named
      ? `CHROMIUM_PATH names ${named}, which is not there or cannot be run.\n`
      : 'These tests drive a real Chromium, and there is none here. Install it (Debian: apt-get install chromium; macOS: Google Chrome), or name it with CHROMIUM_PATH.\n',
  );
  process.exit(1);
}
/** The server under test is the one that `npm start` runs. */
const env = { ...process.env, TEST_BUILD_DIR: resolve('dist') };
const run = (command: string, args: readonly string[]) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
};
run('npm', ['run', '--silent', 'build']);
run('npm', ['run', '--silent', 'build:web']);
run(process.execPath, [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config',
  'test/browser/jest.config.js',
  ...process.argv.slice(2),
]);
