// Pages and look-ups in a small table and in a large one: what a filter costs must not grow with the table.
import http from 'node:http';
import pg from 'pg';
import { fill } from './data.js';
import { drive, post, quantile } from './load.js';
import { createPlace, type Place } from './place.js';
import { PAGE } from './reads.js';
import type { BenchServer } from './servers.js';

export interface ScaleOptions {
  readonly small: number;
  readonly large: number;
}

const QUERY = PAGE.replace(
  '($first: Int!)',
  '($first: Int = 20, $filter: TransactionFilter, $after: String)',
).replace('(first: $first)', '(first: $first, filter: $filter, after: $after)');
const BY = `query By($id: ID, $clientRefId: ClientRefId, $tid: String) { transaction(id: $id, clientRefId: $clientRefId, tid: $tid) { id status } }`;
const REQUESTS = 400;
const A_TURN = 50;
/** Of each filter, before it is measured: plans are made, pages are read into memory. */
const WARM_UP = 50;
/** Of the first one, also for the compilers. */
const WARM_UP_FIRST = 10_000;
const FIRST_DAY = '2025-01-01';

interface Question {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
}

/** A table with its gateway, and what it is asked. */
interface Side {
  readonly gateway: BenchServer;
  readonly questions: readonly Question[];
  readonly agent: http.Agent;
}

export async function benchScale({ small, large }: ScaleOptions): Promise<string[]> {
  const places: Place[] = [];
  const createSide = async (transfers: number): Promise<Side> => {
    const place = await createPlace();
    places.push(place);
    await fill(place.ownerUrl, transfers, place.sealer);
    const gateway = await place.startGateway();
    const agent = new http.Agent({ keepAlive: true });
    return { gateway, questions: await toQuestions(place, gateway), agent };
  };
  try {
    const sides = [await createSide(small), await createSide(large)] as const;
    const report = [
      `p50 of ${REQUESTS} requests, one after the other, in turns of ${A_TURN}; all transfers of one agent.`,
      '',
      `| | ${small} transfers | ${large} transfers | |`,
      '| --- | --- | --- | --- |',
    ];
    for (const [index, { name }] of sides[0].questions.entries()) {
      const [inSmall, inLarge] = (await measureBoth(sides, index)) as [number, number];
      const ratio = (inLarge / inSmall).toFixed(2);
      report.push(`| ${name} | ${inSmall.toFixed(2)} ms | ${inLarge.toFixed(2)} ms | ${ratio}× |`);
    }
    for (const { agent } of sides) agent.destroy();
    return [...report, '', ...(await describeSizes(places[1]!, large))];
  } finally {
    for (const place of places) await place.stop();
  }
}

async function toQuestions(place: Place, gateway: BenchServer): Promise<Question[]> {
  const page = (name: string, filter: object, more: { after?: string; first?: number } = {}): Question => ({
    name,
    query: QUERY,
    variables: { filter, ...more },
  });
  const middle = await findMiddle(place, gateway);
  return [
    page('no filter', {}),
    page('no filter, in the middle', {}, { after: middle.cursor }),
    ...['SUCCESS', 'FAILED', 'AWAITED', 'REFUND_PENDING'].map((status) =>
      page(`status ${status}`, { status: [status] }),
    ),
    page('status, several', { status: ['FAILED', 'AWAITED', 'ON_HOLD'] }),
    // As many as the small table has: pages are to be of the same length.
    page('customerId', { customerId: '6000000123' }, { first: 10 }),
    page('customerId and status', { customerId: '6000000123', status: ['FAILED'] }),
    page('recipientId', { recipientId: '10123' }, { first: 2 }),
    page('minAmount, half', { minAmount: 2_500 }),
    page('an amount', { minAmount: 4_321, maxAmount: 4_321 }, { first: 2 }),
    page('an amount that nobody sent', { minAmount: 5_000 }),
    page('needsReview', { needsReview: true }, { first: 10 }),
    page('needsReview, not', { needsReview: false }),
    page('the first day', { createdFrom: `${FIRST_DAY}T00:00:00Z`, createdBefore: `${FIRST_DAY}T23:59:59Z` }),
    ...Object.entries(middle.names).map(([name, value]) => ({
      name: `transaction by ${name}`,
      query: BY,
      variables: { [name]: value },
    })),
  ];
}

/** A transfer as far from the newest as from the oldest. */
async function findMiddle(
  { ownerUrl }: Place,
  gateway: BenchServer,
): Promise<{ cursor: string; names: Record<string, string> }> {
  const [row] = await ask<{ id: string; client_ref_id: string; tid: string; created_at: Date }>(
    ownerUrl,
    `SELECT id, client_ref_id, tid, created_at FROM transfers WHERE tid = (2000000000 + (SELECT count(*) / 2 FROM transfers))::text`,
  );
  if (row === undefined) throw new Error('there is no transfer in the middle');
  const agent = new http.Agent();
  const body = JSON.stringify({
    query: QUERY,
    variables: { filter: { createdBefore: new Date(row.created_at.getTime() + 1).toISOString() } },
  });
  const cursor = /"cursor":"([^"]+)"/.exec(await post(gateway, { body, agent }))?.[1] ?? '';
  return { cursor, names: { id: row.id, clientRefId: row.client_ref_id, tid: row.tid } };
}

/** The p50 of a question on each side. In turns: from minute to minute the machine is another one. */
async function measureBoth(sides: readonly Side[], index: number): Promise<number[]> {
  const all = sides.map(({ gateway, questions, agent }) => {
    const { query, variables } = questions[index]!;
    const body = JSON.stringify({ query, variables });
    return { latenciesMs: [] as number[], concurrency: 1, ask: () => post(gateway, { body, agent }) };
  });
  const warmUp = index === 0 ? WARM_UP_FIRST : WARM_UP;
  for (const one of all) await drive({ ...one, requests: warmUp });
  for (let asked = 0; asked < REQUESTS; asked += A_TURN)
    for (const one of all) one.latenciesMs.push(...(await drive({ ...one, requests: A_TURN })).latenciesMs);
  return all.map(({ latenciesMs }) =>
    quantile(
      latenciesMs.sort((a, b) => a - b),
      0.5,
    ),
  );
}

async function describeSizes({ ownerUrl }: Place, transfers: number): Promise<string[]> {
  const rows = await ask<{ name: string; bytes: string }>(
    ownerUrl,
    `SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class
      WHERE relkind IN ('r', 'i') AND relname ~ '^(transfers|transfer_events|otp_challenges)' ORDER BY relkind DESC, 2 DESC`,
  );
  const perMillion = (bytes: number) => `${(((bytes / transfers) * 1e6) / 2 ** 20).toFixed(0)} MB`;
  const total = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  return [
    `Size of a million transfers: ${perMillion(total)}.`,
    '',
    '| table or index | of a million |',
    '| --- | --- |',
    ...rows.map(({ name, bytes }) => `| ${name} | ${perMillion(Number(bytes))} |`),
  ];
}

async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
