// What a campaign does to the processes: kill -9, SIGSTOP, and PostgreSQL falling over, each at a moment that the
// seed names, counted in answered transfers.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { CampaignOptions } from './options.js';
import type { ManagedProcess } from './processes.js';
import { pick } from './random.js';

interface Disruption {
  readonly kind: 'kills' | 'freezes' | 'dbRestarts' | 'outages';
  /** Strikes when this many transfers have been answered. */
  readonly at: number;
  readonly index: number;
}

/** Longer than a debit's deadline, so that a stopped server wakes up to answers that are too late. */
const FREEZE_MS = 1_500;
const OUTAGE_MS = 300;
/** Longer than what a transfer needs to be called never received, were silence taken for an answer. */
const LONG_OUTAGE_MS = 14_000;

export class Disruptor {
  readonly #plan: Disruption[];
  /** One after the other: a process is not killed while it is being started. */
  #queue: Promise<void> = Promise.resolve();
  readonly counts = { kills: 0, freezes: 0, dbRestarts: 0, outages: 0 };

  constructor(
    private readonly given: {
      options: CampaignOptions;
      processes: readonly ManagedProcess[];
      databaseUrl: string;
      /** The simulator's control door. */
      simulatorUrl: string;
    },
  ) {
    const { kills, dbRestarts } = given.options;
    this.#plan = [
      ...this.#toPlan('kills', kills),
      ...this.#toPlan('freezes', kills),
      ...this.#toPlan('outages', kills),
      ...this.#toPlan('dbRestarts', dbRestarts),
    ];
    this.#plan.sort((a, b) => a.at - b.at);
  }

  /** Call it with the number of answered transfers as it grows. */
  advance(answered: number): void {
    while (this.#plan[0] !== undefined && this.#plan[0].at <= answered) {
      const disruption = this.#plan.shift();
      if (disruption) this.#queue = this.#queue.then(() => this.#strike(disruption));
    }
    this.#queue.catch(() => {}); // `settled` tells of it; until then the campaign goes on, and closes what it opened
  }

  /** Resolves when nothing is being done to anybody. Rejects when a process could not be started again. */
  settled(): Promise<void> {
    return this.#queue;
  }

  describe(): string {
    const { kills, freezes, outages, dbRestarts } = this.counts;
    return `${kills} kills, ${freezes} freezes, ${outages} outages, ${dbRestarts} database restarts`;
  }

  #toPlan(kind: Disruption['kind'], times: number): Disruption[] {
    const { seed, transfers } = this.given.options;
    return Array.from({ length: times }, (_, index) => ({
      kind,
      index,
      at: pick(1, transfers, seed, kind, index),
    }));
  }

  async #strike({ kind, index }: Disruption): Promise<void> {
    const { options, processes, databaseUrl, simulatorUrl } = this.given;
    const victim = processes[pick(0, processes.length - 1, options.seed, 'victim', kind, index)];
    if (kind === 'dbRestarts') await crashDatabase(databaseUrl);
    else if (kind === 'outages')
      await refuseConnections(simulatorUrl, index === 0 ? LONG_OUTAGE_MS : OUTAGE_MS);
    else if (kind === 'kills') await victim?.restart();
    else await victim?.freeze(FREEZE_MS);
    this.counts[kind] += 1;
  }
}

/** Eko's port is closed for a moment: connections are refused. */
async function refuseConnections(simulatorUrl: string, forMs: number): Promise<void> {
  const body = JSON.stringify({ forMs });
  await fetch(`${simulatorUrl}/_simulator/outage`, { method: 'POST', body });
  await delay(forMs);
  // On a busy machine it opens later than that. Asked by a connection of its own: one that is kept would answer anyway.
  while (!(await isListening(simulatorUrl))) await delay(50);
}

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** kill -9 of one of PostgreSQL's processes: it drops every connection, recovers, and is back at the same address. */
async function crashDatabase(adminUrl: string): Promise<void> {
  const [victim, witness] = [await connect(adminUrl), await connect(adminUrl)];
  const { rows } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  // Until it drops the others it has not noticed, and takes new connections.
  const noticed = new Promise((resolve) => witness.once('end', resolve));
  process.kill(rows[0]!.pid, 'SIGKILL');
  await noticed;
  await victim.end().catch(() => {});
  while (!(await isConnectable(adminUrl))) await delay(50);
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the connection goes down with the database
  await client.connect();
  return client;
}

async function isConnectable(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // still going down
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
