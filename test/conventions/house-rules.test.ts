import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseConfig, VARIABLE_NAMES } from '../../src/config/config.js';
import { POOL, RATE_POOL, RECONCILIATION } from '../../src/config/limits.js';
import { ERROR_CODES, ERRORS, RETRY_ADVICE } from '../../src/shared/errors.js';
import { MILESTONES } from '../../src/shared/milestones.js';

const MAX_LINES = 300;

function findFiles(folder: string, suffix: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative('.', join(entry.parentPath, entry.name)));
}
/** `path:line: text` of every line that matches, so that a failure says where. */
function findLines(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}
const sources = findFiles('src', '.ts');
const tests = findFiles('test', '.test.ts');

describe('the failure analysis (docs/transfer-lifecycle.md)', () => {
  const titles = tests.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /(?:describe|test)(?:\.each.*\)|\.each<.*>\(.*\))?\(\s*'([^']+)'/g,
      ),
    ].map(([, title = '']) => title.toLowerCase()),
  );
  const [, section = ''] =
    /## Failures, one by one\n+([^]*?)\n\n/.exec(readFileSync('docs/transfer-lifecycle.md', 'utf8')) ?? [];
  const [, , ...lines] = section
    .split('\n')
    .map((row) => (row.split('|')[1] ?? '').trim().replaceAll("'", '’'));

  test('has lines', () => {
    expect(lines.length).toBeGreaterThan(10);
  });

  test.each(lines)('%s: has tests named after it', (line) => {
    expect(titles.filter((title) => title.startsWith(line.toLowerCase()))).not.toEqual([]);
  });

  test.each(MILESTONES)('a process dies at: %s', (milestone) => {
    const crashTests = tests.filter((file) => file.includes('crash-points'));
    expect(findLines(crashTests, new RegExp(`'${milestone}'`))).not.toEqual([]);
  });
});

describe('the sources', () => {
  test('are found at all', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(tests.length).toBeGreaterThan(15);
  });

  test(`have no file of more than ${MAX_LINES} lines`, () => {
    const long = sources.map(
      (file) => [file, readFileSync(file, 'utf8').trimEnd().split('\n').length] as const,
    );
    expect(long.filter(([, lines]) => lines > MAX_LINES)).toEqual([]);
  });

  test('begin with a sentence on what the file is for, but for those that only pass on', () => {
    const isIndex = (file: string) => /\/(index|initial)\.ts$/.test(file);
    expect(sources.filter((file) => !isIndex(file) && !readFileSync(file, 'utf8').startsWith('// '))).toEqual(
      [],
    );
  });

  test.each<[what: string, pattern: RegExp, except?: RegExp]>([
    ['let TypeORM change tables', /synchronize:\s*true|\.synchronize\(/],
    [
      'print past the logger, but for the commands',
      /console\.|process\.(stdout|stderr)\.write/,
      /^src\/commands\//,
    ],
    ['read the environment outside the settings', /process\.env\b/, /^src\/config\//],
    ['have folders or files without a meaning', /from '\..*\/(utils?|helpers?|common|misc)(\.js|\/)/],
    [
      'switch a check off without a reason',
      /@ts-(ignore|nocheck)|(@ts-expect-error|eslint-disable)(?!.* -- )/,
    ],
    ['leave work for later without saying where', /\b(TODO|FIXME|XXX|HACK)\b/],
    ['pick random numbers where they matter', /Math\.random\(/, /^src\/simulator\//],
    ['keep money in floats', /parseFloat\(|toFixed\(/],
  ])('do not %s', (...[, pattern, except]) => {
    expect(
      findLines(
        sources.filter((file) => !except?.test(file)),
        pattern,
      ),
    ).toEqual([]);
  });
});

describe('the tests', () => {
  const others = tests.filter((file) => !file.endsWith('house-rules.test.ts'));

  test.each<[what: string, pattern: RegExp]>([
    ['skip or single out', /\b(x(it|test|describe)|f(it|describe))\(|\.(only|skip|todo)\b[^:]*\(/],
    ['say should', /\b(test|it|describe)(\.each.*)?\(\s*['"`].*\bshould\b/i],
    ['are named after tickets', /\b(test|it|describe)\(\s*['"`].*(#\d+|\b[A-Z]{2,}-\d+\b)/],
    ['fake the database or the network', /jest\.mock\(|\bnock\b|unstable_mockModule/],
  ])('never %s', (_what, pattern) => {
    expect(findLines(others, pattern)).toEqual([]);
  });
});

describe('.env.example', () => {
  const lines = readFileSync('.env.example', 'utf8').split('\n');

  test('lists every setting once, and nothing else', () => {
    const names = lines.flatMap((line) => /^#? ?([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect([...names].sort()).toEqual([...VARIABLE_NAMES].sort());
  });

  test('changes nothing when it is copied: every setting is commented out', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  test('and the README tell the defaults that there are', () => {
    const cells = /^\| ((?:`[A-Z_]+`(?:, )?)+) +\| ((?:`[^`]+`(?:, )?)+) +\|/gm;
    const unquote = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
    const told = [...readFileSync('README.md', 'utf8').matchAll(cells)].flatMap(([, names, values]) =>
      unquote(names!).map((name, index) => [name, unquote(values!)[index]!] as const),
    );
    expect(told.length).toBeGreaterThan(10);
    expect(parseConfig(Object.fromEntries(told))).toEqual(parseConfig({}));
    expect(lines).toEqual(expect.arrayContaining(told.map(([name, value]) => `# ${name}=${value}`)));
  });

  test('holds no secret', () => {
    const secrets = lines.filter((line) => /(SECRET|ACCESS_KEY|DEVELOPER_KEY)=./.test(line));
    expect(secrets).toEqual([]);
  });
});

test('the documents tell how many connections a process may open', () => {
  const told = (file: string) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /Connections: up to (\d+) for each API process[^.]*?(\d+) for\s+each worker/g,
      ),
    ].map(([, api, worker]) => [Number(api), Number(worker)]);
  // For the statements, for what is kept of a process, for the counts of requests; for the queue.
  const session = 1;
  const api = POOL.maxConnections + session + RATE_POOL.maxConnections;
  const worker = POOL.maxConnections + session + RECONCILIATION.maxInquiriesInFlight + 2;
  expect(['docs/operations.md', 'docs/scale.md'].map(told)).toEqual([[[api, worker]], [[api, worker]]]);
});

describe('docs/errors.md', () => {
  const rows = readFileSync('docs/errors.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+`/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  test('explains every code as the program does, in its order', () => {
    const codes = rows.filter((row) => row.length === 5);
    expect(codes).toEqual(
      ERROR_CODES.map((code) => {
        const { meaning, screenMessage, retry, raisedBy } = ERRORS[code];
        return [
          `\`${code}\``,
          meaning,
          screenMessage,
          `\`${retry}\``,
          raisedBy.map((field) => `\`${field}\``).join(', '),
        ];
      }),
    );
  });

  test('explains every advice', () => {
    const advice = rows.filter((row) => row.length === 2);
    expect(advice).toEqual(Object.entries(RETRY_ADVICE).map(([name, text]) => [`\`${name}\``, text]));
  });
});
