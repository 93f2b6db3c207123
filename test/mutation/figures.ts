// What Stryker's reports say, as figures per file and a list of what survived.
import { readFileSync } from 'node:fs';

/** The part that we read of the mutation testing report schema. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}
interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

export interface FileFigures {
  readonly path: string;
  readonly killed: number;
  readonly timeouts: number;
  readonly survived: number;
  readonly withoutCoverage: number;
  /** Left out by an ignorer, or not able to run. */
  readonly ignored: number;
}

/** Files in which no mutant may live: the signature, what an answer means, and what may follow what. */
const WITHOUT_SURVIVORS = ['src/eko/signer.ts', 'src/eko/outcome.ts', 'src/transfers/transitions.ts'];
const LEAST_SCORE = 0.85;

export function readReport(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}

export function toFigures(report: Report): FileFigures[] {
  return Object.entries(report.files).map(([path, { mutants }]) => {
    const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
    return {
      path,
      killed: count('Killed'),
      timeouts: count('Timeout'),
      survived: count('Survived'),
      withoutCoverage: count('NoCoverage'),
      ignored: count('Ignored', 'CompileError', 'RuntimeError'),
    };
  });
}

/** Killed, by a test or by hanging, of those that could be. */
export function toScore(files: readonly FileFigures[]): number {
  const sum = (read: (figures: FileFigures) => number) =>
    files.reduce((total, file) => total + read(file), 0);
  const dead = sum(({ killed, timeouts }) => killed + timeouts);
  const alive = sum(({ survived, withoutCoverage }) => survived + withoutCoverage);
  return dead + alive === 0 ? 1 : dead / (dead + alive);
}

/** One line for each mutant that lives: where, and what it is. */
export function listSurvivors(report: Report): string[] {
  return Object.entries(report.files).flatMap(([path, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ status, mutatorName, replacement = '', location: { start } }) => {
        const line = source.split('\n')[start.line - 1]?.trim() ?? '';
        const mutant = `${mutatorName} → ${replacement.replace(/\s+/g, ' ').slice(0, 100)}`;
        return `${status}  ${path}:${start.line}:${start.column}  ${mutant}\n    ${line}`;
      }),
  );
}

/** As a table in Markdown, fit for docs/mutation-testing.md. */
export function toTable(files: readonly FileFigures[]): string {
  const row = (name: string, some: readonly FileFigures[]) => {
    const cells = (['killed', 'timeouts', 'survived', 'withoutCoverage', 'ignored'] as const).map((key) =>
      some.reduce((total, file) => total + file[key], 0),
    );
    return `| ${name} | ${cells.join(' | ')} | ${toPercent(toScore(some))} |`;
  };
  return [
    '| File | Killed | Timeout | Survived | No coverage | Left out | Score |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...files.map((file) => row(`\`${file.path}\``, [file])),
    row('All', files),
  ].join('\n');
}

/** What falls short of what is asked; empty when nothing does. */
export function listShortfalls(files: readonly FileFigures[]): string[] {
  const score = toScore(files);
  return [
    ...(score < LEAST_SCORE ? [`all files: ${toPercent(score)}, at least ${toPercent(LEAST_SCORE)}`] : []),
    ...files
      .filter((file) => WITHOUT_SURVIVORS.includes(file.path) && toScore([file]) < 1)
      .map((file) => `${file.path}: ${toPercent(toScore([file]))}, and no mutant may live there`),
  ];
}

function toPercent(score: number): string {
  return `${(Math.floor(score * 1_000) / 10).toFixed(1)} %`;
}
