// A backlog of awaited transfers, as after an outage of Eko's: how it is worked off, and what new transfers feel of it.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startAgreeableEko } from './agreeable-eko.js';
import { Caller } from './caller.js';
import { uuidV7 } from './data.js';
import { driveAt, quantile, time } from './load.js';
import { createPlace, type Place } from './place.js';

export interface BacklogOptions {
  readonly transfers: number;
}

const PER_SECOND = 10;
const SECONDS_A_ROUND = 60;
/** Before there is a backlog. */
const ROUNDS_BEFORE = 3;
/** With the worker at work, and then one without: the machine is another one from minute to minute. */
const ROUNDS_AT_WORK = 4;
/** Not measured: after an outage of Eko's it runs. */
const WORKER_STARTS_WITHIN_MS = 5_000;
const MANY_IN_FLIGHT = { MAX_TRANSFERS_IN_FLIGHT: '500' };

export async function benchBacklog({ transfers }: BacklogOptions): Promise<string[]> {
  const place = await createPlace();
  const eko = await startAgreeableEko();
  try {
    const gateway = await place.startGateway({ ekoUrl: eko.url, env: MANY_IN_FLIGHT });
    const caller = new Caller(gateway);
    await measureRound(caller); // compilers warm up
    const before: number[][] = [];
    while (before.length < ROUNDS_BEFORE) before.push(await measureRound(caller));
    await storeBacklog(place, transfers);
    const askedBefore = eko.inquiries;
    const during: number[][] = [];
    const between: number[][] = [];
    let seconds = 0;
    while (await isOpen(place)) {
      const worker = await place.startWorker({ ekoUrl: eko.url });
      const startedAtMs = performance.now();
      await delay(WORKER_STARTS_WITHIN_MS);
      for (let round = 0; round < ROUNDS_AT_WORK && (await isOpen(place)); round += 1)
        during.push(await measureRound(caller));
      seconds += (performance.now() - startedAtMs) / 1000;
      await worker.stop();
      between.push(await measureRound(caller));
    }
    const asked = eko.inquiries - askedBefore;
    caller.stop();
    const [p99Before, p99Between, p99During] = [before, between, during].map((rounds) =>
      toP99(rounds.flat()),
    );
    const ratio = (base: number) =>
      `${p99During!.toFixed(1)} ms for ${base.toFixed(1)} (${(p99During! / base).toFixed(2)}×)`;
    return [
      `${transfers} awaited transfers, all due, one worker: worked off in ${Math.round(seconds)} s by ${asked} inquiries,`,
      `${Math.round(asked / seconds)} a second, at most ${eko.mostAtOnce} at once.`,
      `New transfers all the while, ${PER_SECOND} a second: p99 ${ratio(p99Between!)} in the minutes between, in which the worker rests,`,
      `one in ${ROUNDS_AT_WORK + 1}; before there was a backlog ${ratio(p99Before!)}.`,
      `Minute by minute: before ${list(before)}; at work ${list(during)}; between ${list(between)} ms.`,
    ];
  } finally {
    await place.stop();
    await eko.stop();
  }
}

/** What each took, milliseconds. */
async function measureRound(caller: Caller): Promise<number[]> {
  const latenciesMs: number[] = [];
  const ask = async () => {
    const transfer = caller.newTransfer();
    await caller.sendOtp(transfer);
    latenciesMs.push(await time(() => caller.initiate(transfer)));
  };
  await driveAt({ requests: PER_SECOND * SECONDS_A_ROUND, perSecond: PER_SECOND, ask });
  return latenciesMs;
}

function toP99(latenciesMs: number[]): number {
  return quantile(
    latenciesMs.sort((a, b) => a - b),
    0.99,
  );
}

const list = (rounds: number[][]) => rounds.map((round) => toP99(round).toFixed(0)).join(' ');

async function isOpen({ ownerUrl }: Place): Promise<boolean> {
  return (await ask(ownerUrl, 'SELECT FROM transfers WHERE next_inquiry_at IS NOT NULL LIMIT 1')).length > 0;
}

async function storeBacklog({ ownerUrl, sealer }: Place, transfers: number): Promise<void> {
  const customer = sealer.sealToFind('6111111111', 'customer_id');
  await ask(ownerUrl, STORE_CHALLENGES, [transfers, customer]);
  await ask(ownerUrl, STORE_TRANSFERS);
  await ask(ownerUrl, STORE_EVENTS);
  // One transaction for all of them takes with the square of their number.
  for (let from = 1; from <= transfers; from += JOBS_AT_ONCE)
    await ask(ownerUrl, STORE_JOBS, [toReference(from), toReference(from + JOBS_AT_ONCE)]);
  // In earnest they came one by one, and PostgreSQL had cleaned up after them.
  await ask(ownerUrl, 'VACUUM ANALYZE');
  await ask(ownerUrl, 'CHECKPOINT');
}

const JOBS_AT_ONCE = 2_000;
const toReference = (n: number) => `BACKLOG-${String(n).padStart(8, '0')}`;

const OURS = `client_ref_id LIKE 'BACKLOG-%'`;
/** One came after the other, and so they are due. */
const STORE_CHALLENGES = `
  INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees,
      state, created_at, expires_at)
  SELECT ${uuidV7('made', 'n')}, 'BACKLOG-' || n, 'BACKLOG-' || lpad(n::text, 8, '0'), '20810200', $2, '98765', 500, 'SENT',
         made, made + interval '10 minutes'
    FROM generate_series(1, $1::int) n, LATERAL (SELECT now() - interval '1 hour' + n * interval '10 minutes' / $1 AS made) at`;
const STORE_TRANSFERS = `
  SET session_replication_role = replica;
  INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees, currency, channel,
      latlong, otp_challenge_id, is_simulated, status, event_count, next_inquiry_at, created_at, updated_at)
  SELECT id, client_ref_id, agent_user_code, customer_id, recipient_id, 500, 'INR', 'IMPS', '28.6,77.2', id,
         false, 'AWAITED', 2, created_at + interval '10 minutes', created_at, created_at
    FROM otp_challenges WHERE ${OURS}`;
const STORE_EVENTS = `
  SET session_replication_role = replica;
  INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at, hash)
  SELECT ${uuidV7('created_at', '2 * right(client_ref_id, 8)::int + sequence')}, id, sequence, 'EKO_RESPONSE', from_status, to_status, 'stored by a benchmark', '{}', created_at, ''
    FROM transfers, (VALUES (1, NULL, 'SUBMITTING'), (2, 'SUBMITTING', 'AWAITED')) told (sequence, from_status, to_status)
   WHERE ${OURS}`;
const STORE_JOBS = `
  SELECT count(graphile_worker.add_job('inquire', json_build_object('transferId', id), run_at => next_inquiry_at,
           job_key => 'inquire:' || id))
    FROM (SELECT id, next_inquiry_at FROM transfers WHERE client_ref_id >= $1 AND client_ref_id < $2
           ORDER BY next_inquiry_at) due`;

async function ask(url: string, text: string, values?: unknown[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as unknown[];
  } finally {
    await client.end();
  }
}
