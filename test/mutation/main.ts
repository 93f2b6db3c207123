// Mutation testing of the money path: Stryker once per group of files, then the figures of all of them together.
// See docs/mutation-testing.md. Arguments are Stryker's own; `--mutate` takes files and folders of the money path.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import process from 'node:process';
import globalSetup from '../support/global-setup.js';
import globalTeardown from '../support/global-teardown.js';
import { listShortfalls, listSurvivors, readReport, toFigures, toTable } from './figures.js';
import { assertGroupsAreComplete, GROUPS, type Group } from './groups.js';

const OUTPUT = '.cache/stryker';

const print = (text: string) => process.stdout.write(`${text}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { patterns, rest } = readArguments(args);
  assertGroupsAreComplete();
  const groups = GROUPS.map((group) => ({ group, mutate: toMutate(group, patterns) })).filter(
    ({ mutate }) => mutate.length > 0,
  );
  if (groups.length === 0) {
    print(`nothing of src/eko or src/transfers matches ${patterns.join(', ')}`);
    return 1;
  }
  if (groups.some(({ group }) => group.needsDatabase)) await globalSetup({ rootDir: process.cwd() });
  try {
    for (const { group, mutate } of groups) {
      print(`\n${group.name}: ${mutate.length} files`);
      const code = await runStryker(group, mutate, rest);
      if (code !== 0) return code;
    }
  } finally {
    await globalTeardown();
  }
  return report(groups.map(({ group }) => toReportPath(group)));
}

function report(paths: readonly string[]): number {
  const reports = paths.map(readReport);
  const figures = reports.flatMap(toFigures);
  const shortfalls = listShortfalls(figures);
  print(`\n${reports.flatMap(listSurvivors).join('\n')}`);
  print(`\n${toTable(figures)}`);
  for (const shortfall of shortfalls) print(`\nNot enough: ${shortfall}`);
  return shortfalls.length === 0 ? 0 : 1;
}

async function runStryker(group: Group, mutate: readonly string[], rest: readonly string[]): Promise<number> {
  const reportPath = toReportPath(group);
  await rm(reportPath, { force: true });
  const stryker = spawn(
    'node_modules/.bin/stryker',
    ['run', 'stryker.config.js', '--mutate', mutate.join(','), ...rest],
    {
      stdio: 'inherit',
      env: { ...process.env, MUTATION_TESTS: JSON.stringify(group.tests), MUTATION_REPORT: reportPath },
    },
  );
  const [code] = (await once(stryker, 'exit')) as [number | null];
  return code ?? 1;
}

function toReportPath(group: Group): string {
  return `${OUTPUT}/${group.name}.json`;
}

function readArguments(args: readonly string[]): { patterns: string[]; rest: string[] } {
  const at = args.findIndex((arg) => arg === '--mutate' || arg === '-m');
  if (at < 0) return { patterns: [], rest: [...args] };
  const patterns = (args[at + 1] ?? '').split(',').filter((pattern) => pattern !== '');
  return { patterns, rest: args.filter((_, index) => index !== at && index !== at + 1) };
}

/** The group's files that are asked for: all, or by path, by folder, or by path with a range of lines. */
function toMutate(group: Group, patterns: readonly string[]): string[] {
  if (patterns.length === 0) return [...group.sources];
  return patterns.flatMap((pattern) => {
    const [path = '', ...range] = pattern.split(':');
    const folder = path.endsWith('/') ? path : `${path}/`;
    return group.sources
      .filter((source) => source === path || source.startsWith(folder))
      .map((source) => [source, ...range].join(':'));
  });
}
