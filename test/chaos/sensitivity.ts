// Would the campaign notice? Each wrong design is built into a copy of the sources and has to be caught.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { WRONG_DESIGNS, type Edit, type WrongDesign } from './wrong-designs.js';

export interface Catch {
  readonly name: string;
  /** Transfers of the smallest campaign that caught it; null when none did. */
  readonly transfers: number | null;
  /** The first violation that was told. */
  readonly violation: string;
}

/** The smallest campaign that catches it is the figure; beyond the last it counts as missed. */
const SIZES = [250, 500, 1_000, 2_000];
const COPIED = ['src', 'test/chaos', 'ormconfig.ts', '.swcrc'];
const CAMPAIGN_TIMEOUT_MS = 300_000;

export async function runSensitivity(
  { seed, from }: { seed: number; from: number },
  onCaught: (caught: Catch) => void,
): Promise<Catch[]> {
  const results: Catch[] = [];
  for (const [index, design] of WRONG_DESIGNS.entries()) {
    if (index + 1 < from) continue;
    const folder = join('.cache', `wrong-design-${index + 1}`);
    const result = await tryDesign(design, folder, seed).finally(() =>
      rm(folder, { recursive: true, force: true }),
    );
    onCaught(result);
    results.push(result);
  }
  return results;
}

async function tryDesign(design: WrongDesign, folder: string, seed: number): Promise<Catch> {
  await build(design, folder);
  for (const transfers of SIZES) {
    const violation = await runWith(folder, { seed, transfers });
    if (violation !== null) return { name: design.name, transfers, violation };
  }
  return { name: design.name, transfers: null, violation: '' };
}

async function build(design: WrongDesign, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const path of COPIED) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(path, join(folder, path), { recursive: true });
  }
  for (const edit of design.edits) await apply(edit, folder);
  const args = ['src', 'test/chaos', 'ormconfig.ts', '-d', 'dist', '--quiet', '--config-file', '.swcrc'];
  await promisify(execFile)(
    process.execPath,
    [join(process.cwd(), 'node_modules/@swc/cli/bin/swc.js'), ...args],
    { cwd: folder },
  );
}

async function apply({ file, find, replace }: Edit, folder: string): Promise<void> {
  const path = join(folder, file);
  const parts = (await readFile(path, 'utf8')).split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`);
  await writeFile(path, parts.join(replace));
}

/** The first violation of a campaign with this build; null when it found none. Throws when it did not run to its end. */
async function runWith(
  folder: string,
  { seed, transfers }: { seed: number; transfers: number },
): Promise<string | null> {
  const program = join(folder, 'dist', 'test', 'chaos', 'main.js');
  const sizes = [
    '--seed',
    String(seed),
    '--transfers',
    String(transfers),
    '--faults',
    '0.4',
    '--kills',
    '12',
  ];
  const args = [program, ...sizes, '--db-restarts', '4', '--workers', '2', '--patience', '20'];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    timeout: CAMPAIGN_TIMEOUT_MS,
    maxBuffer: 1e8,
  }).catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: `${error.stdout ?? ''}${error.stderr ?? ''}`,
  }));
  if (stdout.includes('No violation')) return null;
  const [, violation] = /^ {2}! (.*)$/m.exec(stdout) ?? [];
  if (/^\d+ violations/m.test(stdout)) return violation ?? 'the sums differ';
  throw new Error(`the campaign did not run to its end:\n${stdout.slice(-2_000)}`);
}
