// What a read costs, beside peers that a user would pick instead; in turns, in one run, as ratios.
import http from 'node:http';
import { fill } from './data.js';
import { measure, post, type Measured } from './load.js';
import { createPlace } from './place.js';
import type { BenchServer } from './servers.js';

export interface ReadsOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly requests: number;
  readonly concurrency: number;
}

const FIELDS = 'id clientRefId status amount fee createdAt customerId recipient { id name maskedAccount }';
export const PAGE = `query Page($first: Int!) { transactions(first: $first) { edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage endCursor } } }`;
const ONE = `query One($id: ID!) { transaction(id: $id) { ${FIELDS} } }`;

/** Of each server, before it is measured: compilers take thousands of requests, and servers run for days. */
const WARM_UP = 10_000;

const PEERS = [
  ['http + pg, no GraphQL', './peers/bare.js'],
  ['Mercurius + JIT + pg', './peers/mercurius.js'],
  ['Yoga + pg', './peers/yoga.js'],
  ['Apollo standalone + type-graphql + TypeORM find', './peers/apollo.js'],
] as const;

export async function benchReads(options: ReadsOptions): Promise<string[]> {
  const { rows, rounds, requests, concurrency } = options;
  const place = await createPlace();
  try {
    await fill(place.ownerUrl, rows, place.sealer);
    const servers = [await place.startGateway()];
    for (const [name, program] of PEERS) servers.push(await place.startPeer(name, program));
    const id = await findNewestId(servers[0]!);
    const questions = [
      ['transactions(first: 20)', JSON.stringify({ query: PAGE, variables: { first: 20 } })],
      ['transaction(id)', JSON.stringify({ query: ONE, variables: { id } })],
    ] as const;
    const report = [
      `${rows} transfers, ${rounds} rounds of ${requests} requests in turns, ${concurrency} at once, after ${WARM_UP} to warm up; medians of the rounds, ratios within a round.`,
      'Ours has every limit, policy and check on, and opens sealed text; the peers answer anybody and have none of it.',
    ];
    for (const [name, body] of questions) {
      report.push('', `### ${name}`, '', ...(await compare(servers, body, options)));
    }
    const memory = servers.map((one) => `${one.name} ${Math.round(one.rssMb())} MB`);
    return [...report, '', `Memory after it (RSS): ${memory.join(' · ')}`];
  } finally {
    await place.stop();
  }
}

async function findNewestId(gateway: BenchServer): Promise<string> {
  const agent = new http.Agent();
  const text = await post(gateway, { body: JSON.stringify({ query: PAGE, variables: { first: 1 } }), agent });
  return /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';
}

async function compare(
  servers: readonly BenchServer[],
  body: string,
  { rounds, requests, concurrency }: ReadsOptions,
): Promise<string[]> {
  const found = new Map(servers.map((server): [BenchServer, Measured[]] => [server, []]));
  const warmUpRounds = Math.ceil(WARM_UP / requests);
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    // Each begins a round as often as the others: who comes first, or has rested longest, takes more.
    const first = round % servers.length;
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      const measured = await measure(server, { body, requests, concurrency });
      if (round >= warmUpRounds) found.get(server)!.push(measured);
    }
  }
  const ours = found.get(servers[0]!)!;
  return [
    '| | CPU per request | ours is | requests/s | p50 | p99 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...found].map(([server, all]) => {
      const medianOf = (key: keyof Measured) => median(all.map((one) => one[key]));
      // Of each round by itself: the machine is another one in the next.
      const ratio = median(all.map(({ cpuMicros }, round) => ours[round]!.cpuMicros / cpuMicros));
      const cells = [
        server.name,
        `${Math.round(medianOf('cpuMicros'))} µs`,
        `${ratio.toFixed(2)}×`,
        String(Math.round(medianOf('perSecond'))),
        `${medianOf('p50Ms').toFixed(1)} ms`,
        `${medianOf('p99Ms').toFixed(1)} ms`,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
