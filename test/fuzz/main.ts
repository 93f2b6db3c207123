// `npm run test:fuzz -- --seed 42 --inputs 50000`: runs the fuzzer on a database of its own, and prints the figures.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { runFuzz, type FuzzResult } from './fuzz-run.js';

const HELP = `Usage: npm run test:fuzz -- [OPTIONS]

  --seed 42        what the inputs follow from
  --inputs 50000   how many
  --only 4711      only this one of them, and what it is
`;
/** What a heap of this size moves by; documents that are kept parsed have reached their bound at a fifth. */
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;
const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '42' },
    inputs: { type: 'string', default: '50000' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  say(HELP);
  process.exit(0);
}
const [seed, inputs, only] = [Number(values.seed), Number(values.inputs), Number(values.only ?? 0)];
if (![seed, inputs, only].every(Number.isInteger)) {
  say(`--seed, --inputs and --only are whole numbers\n\n${HELP}`);
  process.exit(2);
}

const result = await withDatabase((databaseUrl) =>
  runFuzz({
    seed,
    inputs,
    ...(values.only === undefined ? {} : { only }),
    databaseUrl,
    serverModule: new URL('../support/attack-server.js', import.meta.url),
    onProgress: (done) => (done % 5_000 === 0 ? say(`  ${done}`) : undefined),
  }),
);
say(toTable(result));
const growth = result.heapBytes.atEnd - result.heapBytes.atFifth;
const isFlat = growth < MAX_GROWTH_BYTES;
if (!isFlat) say(`The heap grew by ${toMiB(growth)} MiB.`);
for (const { index, problem, input } of result.problems.slice(0, MOST_SHOWN)) {
  say(`! input ${index}: ${problem}\n  ${input.slice(0, only === index ? undefined : 400)}`);
  say(`  again with: npm run test:fuzz -- --seed ${seed} --only ${index}`);
}
process.exit(result.problems.length === 0 && isFlat ? 0 : 1);

async function withDatabase<Result>(use: (url: string) => Promise<Result>): Promise<Result> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-fuzz-'));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, durability: 'fast' });
    try {
      await migrate(postgres.adminUrl);
      return await use(postgres.adminUrl);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function toTable(run: FuzzResult): string {
  const toRows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `    ${name.padEnd(28)} ${count}`);
  return [
    `${run.inputs} inputs of seed ${seed} in ${run.seconds} s`,
    '  by the way they came:',
    ...toRows(run.ways),
    '  by what was answered (an answer may hold several errors):',
    ...toRows(run.outcomes),
    `  heap at a fifth of the run     ${toMiB(run.heapBytes.atFifth)} MiB`,
    `  heap at the end of it          ${toMiB(run.heapBytes.atEnd)} MiB`,
    `  CPU of the server per input    ${run.cpuMsPerInput.toFixed(2)} ms`,
    `  slowest                        input ${run.slowest.index}, ${Math.round(run.slowest.ms)} ms`,
    `  problems                       ${run.problems.length}`,
  ].join('\n');
}

function toMiB(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
