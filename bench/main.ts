// `npm run bench`: what a read costs, beside peers that a user would pick instead; in turns, in one run, as ratios.
import { cpus, tmpdir } from 'node:os';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { issueToken } from '../src/auth/index.js';
import { parseConfig } from '../src/config/config.js';
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.js';
import { migrate } from '../src/database/migrate.js';
import { SIMULATOR_CREDENTIALS } from '../src/simulator/index.js';
import { Sealer } from '../src/shared/sealing.js';
import { fill } from './data.js';
import { measure, post, type Measured } from './load.js';
import { startServer, type BenchServer, type ServerSpec } from './servers.js';
import http from 'node:http';

const HELP = `npm run bench -- [--rows 100000] [--rounds 5] [--requests 2000] [--concurrency 16] [--write]

Reads of a page of 20 and of one transaction, ours beside its peers, on one database. --write keeps the result in
bench/results.md.
`;
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '16' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [rows, rounds, requests, concurrency] = [
  values.rows,
  values.rounds,
  values.requests,
  values.concurrency,
].map(Number) as [number, number, number, number];

const FIELDS = 'id clientRefId status amount fee createdAt customerId recipient { id name maskedAccount }';
const PAGE = `query Page($first: Int!) { transactions(first: $first) { edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage endCursor } } }`;
const ONE = `query One($id: ID!) { transaction(id: $id) { ${FIELDS} } }`;

const AUTH = {
  AUTH_JWT_SECRET: 'the secret of a benchmark, longer than 32 bytes',
  AUTH_ISSUER: 'bench',
  AUTH_AUDIENCE: 'bench',
};
const dataDir = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir, durability: 'safe' });
const servers: BenchServer[] = [];
try {
  await migrate(postgres.url);
  say(`storing ${rows} transfers …`);
  await fill(
    postgres.adminUrl.replace(/\/[^/]*$/, new URL(postgres.url).pathname),
    rows,
    new Sealer(parseConfig({}).sealing),
  );
  const token = await issueToken({
    secret: AUTH.AUTH_JWT_SECRET,
    issuer: 'bench',
    audience: 'bench',
    userCode: '20810200',
    role: 'agent',
    lifetimeSeconds: 36_000,
  });
  const database = { DATABASE_URL: postgres.url };
  const specs: ServerSpec[] = [
    {
      name: 'this gateway',
      program: '../src/cli.js',
      args: ['serve'],
      env: {
        ...database,
        ...AUTH,
        DATA_DIR: dataDir,
        LOG_LEVEL: 'error',
        EKO_BASE_URL: 'http://127.0.0.1:1',
        EKO_DEVELOPER_KEY: SIMULATOR_CREDENTIALS.developerKey,
        EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey,
        EKO_INITIATOR_ID: SIMULATOR_CREDENTIALS.initiatorId,
        // On, as in production, and wide enough for a benchmark.
        RATE_LIMIT_PER_AGENT: '6000000',
        RATE_LIMIT_PER_ADDRESS: '6000000',
      },
      headers: { authorization: `Bearer ${token}` },
    },
    { name: 'http + pg, no GraphQL', program: './peers/bare.js', env: database },
    { name: 'Mercurius + JIT + pg', program: './peers/mercurius.js', env: database },
    { name: 'Yoga + pg', program: './peers/yoga.js', env: database },
    { name: 'Apollo standalone + type-graphql + TypeORM find', program: './peers/apollo.js', env: database },
  ];
  for (const spec of specs) servers.push(await startServer(spec));
  const questions = [
    ['transactions(first: 20)', JSON.stringify({ query: PAGE, variables: { first: 20 } })],
    ['transaction(id)', JSON.stringify({ query: ONE, variables: { id: await findNewestId(servers) } })],
  ] as const;
  const report: string[] = [];
  for (const [name, body] of questions) report.push(...(await compare(name, body)));
  report.push(
    '',
    `Memory after it (RSS): ${servers.map((one) => `${one.name} ${Math.round(one.rssMb())} MB`).join(' · ')}`,
  );
  say(report.join('\n'));
  if (values.write)
    await writeFile(new URL('../../../bench/results.md', import.meta.url), toDocument(report));
} finally {
  for (const server of servers) await server.stop();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function findNewestId([first]: readonly BenchServer[]): Promise<string> {
  const agent = new http.Agent();
  const text = await post(first!, { body: JSON.stringify({ query: PAGE, variables: { first: 1 } }), agent });
  return /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';
}

async function compare(name: string, body: string): Promise<string[]> {
  for (const server of servers) await measure(server, { body, requests, concurrency }); // compilers warm up
  const found = new Map(servers.map((server): [BenchServer, Measured[]] => [server, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers)
      found.get(server)!.push(await measure(server, { body, requests, concurrency }));
  }
  const ours = median(found.get(servers[0]!)!, 'cpuMicros');
  return [
    '',
    `### ${name}`,
    '',
    '| | CPU per request | ours is | requests/s | p50 | p99 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...found].map(([server, all]) => {
      const cpu = median(all, 'cpuMicros');
      const cells = [
        server.name,
        `${Math.round(cpu)} µs`,
        `${(ours / cpu).toFixed(2)}×`,
        String(Math.round(median(all, 'perSecond'))),
        `${median(all, 'p50Ms').toFixed(1)} ms`,
        `${median(all, 'p99Ms').toFixed(1)} ms`,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function median(all: readonly Measured[], key: keyof Measured): number {
  const sorted = all.map((one) => one[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function toDocument(report: readonly string[]): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node.js ${process.version}`;
  return `# Reads beside peers

Made by \`npm run bench -- --write\` at commit ${commit}; ${machine}. ${rows} transfers, ${rounds} rounds of ${requests} requests
in turns, ${concurrency} at once, PostgreSQL and the load on the same machine; medians of the rounds. Ours has every limit,
policy and check on, and opens sealed text; the peers answer anybody and have none of it.
${report.join('\n')}
`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
