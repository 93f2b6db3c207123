// The campaign in small, as a part of every test run; `npm run test:chaos` is the same in large.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const TIMEOUT_MS = 400_000;

test(
  'a thousand transfers under faults, kills and database crashes end as Eko’s ledger says',
  async () => {
    const program = join(process.env['TEST_BUILD_DIR'] ?? '', 'test', 'chaos', 'main.js');
    const sizes = [
      '--seed',
      '7',
      '--transfers',
      '1000',
      '--faults',
      '0.3',
      '--kills',
      '5',
      '--db-restarts',
      '2',
    ];
    const { exitCode, output } = await run(program, sizes);
    // The output is the message when it fails: figures, violations and the seed, without the lines of progress.
    const told = output.replace(/^ +\d+ of 1000 answered.*\n/gm, '');
    expect(`${exitCode}\n${told}`).toMatch(/^0\n[^]*double debits +0[^]*No violation in 1000 transfers/);
  },
  TIMEOUT_MS,
);

function run(program: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { timeout: TIMEOUT_MS, maxBuffer: 1e8 },
      (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
