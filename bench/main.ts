// `npm run bench`: what the gateway costs, measured in one run. See bench/results.md.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchBacklog } from './backlog.js';
import { benchProcess } from './process.js';
import { benchReads } from './reads.js';
import { benchScale } from './scale.js';
import { benchWrites } from './writes.js';

const HELP = `npm run bench [-- <part> …] [--write]

Parts (the first two by default):
  reads    a page of 20 and one transaction, beside peers   [--rows 100000] [--rounds 10] [--requests 2000] [--concurrency 16]
  writes   an OTP and its transfer, beside pgbench          [--transfers 5000] [--concurrency 16]
  scale    filters and look-ups in a small and a large table [--small 10000] [--large 5000000]
  backlog  awaited transfers, worked off                    [--backlog 100000]
  process  ready when, and how much memory                  [--minutes 30] [--rows 100000]

--write keeps each part's result in bench/results.md.
`;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '10' },
    requests: { type: 'string', default: '2000' },
    transfers: { type: 'string', default: '5000' },
    concurrency: { type: 'string', default: '16' },
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '5000000' },
    backlog: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const concurrency = Number(values.concurrency);
const PARTS: Readonly<Record<string, { title: string; run: () => Promise<readonly string[]> }>> = {
  reads: {
    title: 'Reads beside peers',
    run: () =>
      benchReads({
        rows: Number(values.rows),
        rounds: Number(values.rounds),
        requests: Number(values.requests),
        concurrency,
      }),
  },
  writes: {
    title: 'Writes',
    run: () => benchWrites({ transfers: Number(values.transfers), concurrency }),
  },
  scale: {
    title: 'Small and large tables',
    run: () => benchScale({ small: Number(values.small), large: Number(values.large) }),
  },
  backlog: {
    title: 'A backlog of awaited transfers',
    run: () => benchBacklog({ transfers: Number(values.backlog) }),
  },
  process: {
    title: 'Start and memory',
    run: () => benchProcess({ rows: Number(values.rows), minutes: Number(values.minutes) }),
  },
};
const BY_DEFAULT = ['reads', 'writes'];
const RESULTS = new URL('../../../bench/results.md', import.meta.url);

const names = positionals.length === 0 ? BY_DEFAULT : positionals;
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (values.help || unknown.length > 0) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}
for (const name of names) {
  const { title, run } = PARTS[name]!;
  process.stdout.write(`\n${title}: measuring …\n`);
  const report = (await run()).join('\n');
  process.stdout.write(`${report}\n`);
  if (values.write) await keep(title, report);
}

/** In place of this part's last result. */
async function keep(title: string, report: string): Promise<void> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node.js ${process.version}`;
  const section = `## ${title}\n\nAt commit ${commit}; ${machine}.\n${report}\n\n`;
  const [head = '', ...sections] = (await readFile(RESULTS, 'utf8')).split(/^(?=## )/m);
  const others = sections.filter((other) => !other.startsWith(`## ${title}\n`));
  await writeFile(RESULTS, `${[head, ...others, section].join('').trimEnd()}\n`);
}
