// What a transfer costs: CPU of each process, transfers a second, what we add to Eko's time, and PostgreSQL's share
// beside pgbench running the same statements.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Caller } from './caller.js';
import { drive, driveAt, quantile, time, type Load } from './load.js';
import { runPgbench } from './pgbench.js';
import { createPlace, type Place } from './place.js';
import { startPromptEko } from './prompt-eko.js';
import type { BenchServer } from './servers.js';

export interface WritesOptions {
  readonly transfers: number;
  readonly concurrency: number;
}

/** V8 goes on compiling for this many: a transfer takes 2.6 ms of the gateway's CPU until then, and 2.2 to 2.4 from then on. */
const WARM_UP = 2_500;
const MANY_IN_FLIGHT = { MAX_TRANSFERS_IN_FLIGHT: '500' };
const PER_SECOND = 100;
/** Once with whatever comes each minute: autovacuum, and the plans that are made anew after it. */
const AT_RATE_SECONDS = 60;
/** PostgreSQL's own counters are this late: a session that rests tells of its last transactions after ten seconds. */
const COUNTED_AFTER_MS = 11_000;

interface Cost {
  readonly name: string;
  readonly load: Load;
  /** Milliseconds a request. */
  readonly gateway: number;
  readonly simulator: number;
  readonly postgres: number;
  readonly caller: number;
  /** Transactions of PostgreSQL a request. */
  readonly commits: number;
}

export async function benchWrites({ transfers, concurrency }: WritesOptions): Promise<string[]> {
  const place = await createPlace();
  try {
    const simulator = await place.startSimulator();
    const gateway = await place.startGateway({
      ekoUrl: simulator.url,
      env: MANY_IN_FLIGHT,
    });
    const caller = new Caller(gateway);
    const warm = Array.from({ length: WARM_UP }, () => caller.newTransfer());
    await drive({ requests: WARM_UP, concurrency, ask: (index) => caller.sendOtp(warm[index]!) });
    await drive({ requests: WARM_UP, concurrency, ask: (index) => caller.initiate(warm[index]!) });

    const all = Array.from({ length: transfers }, () => caller.newTransfer());
    const given = { place, gateway, simulator, requests: transfers, concurrency };
    const costs = [
      await measureCost({ ...given, name: 'sendTransferOtp', ask: (index) => caller.sendOtp(all[index]!) }),
      await measureCost({ ...given, name: 'initiateTransfer', ask: (index) => caller.initiate(all[index]!) }),
    ];
    caller.stop();
    await gateway.stop();
    await simulator.stop();
    const added = await measureAdded(place, concurrency);
    const bare = await runPgbench(place, { clients: 8, seconds: 10 });
    return [
      `${transfers} transfers, ${concurrency} at once, after ${WARM_UP} to warm up, an Eko that answers at once; everything on one machine. CPU per request:`,
      '',
      '| | requests/s | gateway | PostgreSQL | simulator | load | commits | p50 | p99 |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...costs.map(toRow),
      '',
      `At ${PER_SECOND} transfers a second, initiateTransfer without Eko’s time: p50 ${added.p50Ms.toFixed(1)} ms, p99 ${added.p99Ms.toFixed(1)} ms.`,
      '',
      bare === null
        ? 'pgbench is not installed: PostgreSQL’s share is not compared.'
        : `pgbench with the same two statements: ${Math.round(bare.perSecond)} transfers/s, ` +
          `${bare.postgresMs.toFixed(2)} ms of PostgreSQL’s CPU each; ours is ${(costs[1]!.postgres / bare.postgresMs).toFixed(2)}×.`,
    ];
  } finally {
    await place.stop();
  }
}

function toRow({ name, load, gateway, postgres, simulator, caller, commits }: Cost): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const cells = [
    name,
    String(Math.round(load.perSecond)),
    ...[gateway, postgres, simulator, caller].map(ms),
    commits.toFixed(1),
    ...[0.5, 0.99].map((share) => `${quantile(load.latenciesMs, share).toFixed(1)} ms`),
  ];
  return `| ${cells.join(' | ')} |`;
}

interface CostGiven {
  readonly name: string;
  readonly place: Place;
  readonly gateway: BenchServer;
  readonly simulator: BenchServer;
  readonly requests: number;
  readonly concurrency: number;
  readonly ask: (index: number) => Promise<unknown>;
}

async function measureCost(given: CostGiven): Promise<Cost> {
  const { name, place, gateway, simulator, requests } = given;
  await delay(COUNTED_AFTER_MS);
  const commitsBefore = await countCommits(place);
  const read = () => {
    const { user, system } = process.cpuUsage();
    return [gateway.cpuMs(), simulator.cpuMs(), place.postgresCpuMs(), (user + system) / 1000] as const;
  };
  const before = read();
  const load = await drive(given);
  const [gatewayMs, simulatorMs, postgresMs, callerMs] = read().map(
    (ms, index) => (ms - before[index]!) / requests,
  ) as [number, number, number, number];
  await delay(COUNTED_AFTER_MS);
  return {
    name,
    load,
    gateway: gatewayMs,
    simulator: simulatorMs,
    postgres: postgresMs,
    caller: callerMs,
    commits: ((await countCommits(place)) - commitsBefore) / requests,
  };
}

async function countCommits({ ownerUrl }: Place): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ commits: string }>(
      'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0]?.commits);
  } finally {
    await client.end();
  }
}

/** Of each transfer: how long its caller waited, less how long Eko had it. */
async function measureAdded(place: Place, concurrency: number): Promise<{ p50Ms: number; p99Ms: number }> {
  const eko = await startPromptEko();
  const gateway = await place.startGateway({ ekoUrl: eko.url, env: MANY_IN_FLIGHT });
  const caller = new Caller(gateway);
  try {
    const requests = PER_SECOND * AT_RATE_SECONDS;
    const all = Array.from({ length: WARM_UP + requests }, () => caller.newTransfer());
    await drive({ requests: all.length, concurrency, ask: (index) => caller.sendOtp(all[index]!) });
    await drive({ requests: WARM_UP, concurrency, ask: (index) => caller.initiate(all[index]!) });
    const added: number[] = [];
    const ask = async (index: number) => {
      const transfer = all[WARM_UP + index]!;
      const tookMs = await time(() => caller.initiate(transfer));
      added.push(tookMs - eko.tookMs(transfer.clientRefId));
    };
    await driveAt({ perSecond: PER_SECOND, requests, ask });
    added.sort((a, b) => a - b);
    return { p50Ms: quantile(added, 0.5), p99Ms: quantile(added, 0.99) };
  } finally {
    caller.stop();
    await gateway.stop();
    await eko.stop();
  }
}
