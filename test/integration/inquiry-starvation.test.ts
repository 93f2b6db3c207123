// Three thousand transfers whose inquiries are due at once, and an Eko that lets inquiries hang until their deadline.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RECONCILIATION } from '../../src/config/limits.js';
import { storeBacklog } from '../support/awaited-backlog.js';
import { eventually, runSql } from '../support/gateway.js';
import { readMetric } from '../support/read-metric.js';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import { becomes } from '../support/records.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { transfer, tryRefresh, type TestTransaction } from '../support/transfer-client.js';

const BACKLOG = 3_000;
/** Of those, how many are worked off at the end: the rest would show the same and take three times as long. */
const WORKED_OFF = 1_000;
const DEADLINE_MS = 1_000;
/** The first inquiry of a transfer comes soon, the next not within this test. */
const SCHEDULE_MS = '200,600000';
const WORKERS = 2;
const MOST_IN_FLIGHT = WORKERS * RECONCILIATION.maxInquiriesInFlight;
/** How far out of line an inquiry may arrive: every inquiry under way, and as many more for a busy machine. */
const DISORDER = 6 * MOST_IN_FLIGHT;

/** What had become of the jobs of the first few, long before. */
const LOST_JOBS: readonly (readonly [what: string, sql: string])[] = [
  ['vanished', 'DELETE FROM graphile_worker._private_jobs'],
  ['is used up', 'UPDATE graphile_worker._private_jobs SET attempts = max_attempts'],
  [
    'was put off by a day',
    `UPDATE graphile_worker._private_jobs SET attempts = 9, run_at = now() + interval '1 day'`,
  ],
  [
    'is held by a worker that was killed',
    `UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '1 hour', locked_by = 'killed'`,
  ],
];
/** After those: its job is held by a worker that is at it. */
const BUSY = LOST_JOBS.length;

let database: TestDatabase;
let eko: ScriptedEko;
let servers: readonly RealServer[];
/** Places in the line of those that Eko was asked about, as they came. */
const asked: number[] = [];
let mostInFlight = 0;
let heapBytesBefore: number;

const places = new Map<string, number>();
const toReference = (reference: string) => reference.replace('client_ref_id:', '');

beforeAll(async () => {
  database = await createTestDatabase();
  eko = await startScriptedEko();
  const refs = await storeBacklog(database.url, BACKLOG, new Date(Date.now() - 60_000));
  for (const [place, ref] of refs.entries()) places.set(ref, place);
  const keyOf = (place: number) =>
    `(SELECT 'inquire:' || id FROM transfers WHERE client_ref_id = '${refs[place] ?? ''}')`;
  for (const [place, [, sql]] of LOST_JOBS.entries())
    await runSql(database.url, `${sql} WHERE key = ${keyOf(place)}`);
  await runSql(
    database.url,
    `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'busy' WHERE key = ${keyOf(BUSY)}`,
  );

  const recent: number[] = [];
  eko.onInquiry = (_response, { reference, atMs }) => {
    asked.push(places.get(toReference(reference)) ?? -1);
    recent.push(atMs);
    // Its socket is closed at the deadline, or some time after that by when it is seen.
    while (atMs - (recent[0] ?? atMs) > 0.8 * DEADLINE_MS) recent.shift();
    mostInFlight = Math.max(mostInFlight, recent.length);
  };
  servers = await Promise.all(
    Array.from({ length: WORKERS }, () =>
      startRealServer({
        databaseUrl: database.url,
        ekoUrl: eko.url,
        settings: {
          EKO_INQUIRY_TIMEOUT_MS: String(DEADLINE_MS),
          INQUIRY_SCHEDULE_MS: SCHEDULE_MS,
          LOG_LEVEL: 'error',
          // Twice what it needs: garbage is collected before it looks like growth, and a leak ends the process.
          NODE_OPTIONS: '--max-old-space-size=96',
        },
      }),
    ),
  );
  await eventually(() => (asked.length > 2 * MOST_IN_FLIGHT ? true : null), 60_000);
  heapBytesBefore = await leastHeapBytes();
}, 120_000);
afterAll(async () => {
  await killRealServers();
  await eko.stop();
  await database.drop();
});

/** Of a few samples: what is not garbage. */
async function leastHeapBytes(): Promise<number> {
  let least = Infinity;
  for (let sample = 0; sample < 10; sample += 1) {
    least = Math.min(least, await readMetric(servers[0]!, 'nodejs_heap_size_used_bytes'));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return least;
}

describe('while inquiries hang', () => {
  test('new transfers succeed in normal time', async () => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    for (let index = 0; index < 10; index += 1) {
      const beganAtMs = performance.now();
      expect(await transfer(servers[index % WORKERS]!)).toMatchObject({ status: 'SUCCESS' });
      // A few milliseconds of its own; the rest is slack for a busy machine.
      expect(performance.now() - beganAtMs).toBeLessThan(5_000);
    }
  });

  test('a caller’s refresh is answered, with nothing new', async () => {
    const [row] = await runSql<{ id: string }>(
      database.url,
      `SELECT id FROM transfers WHERE status = 'AWAITED' AND last_inquiry_at IS NULL
        ORDER BY next_inquiry_at DESC LIMIT 1`,
    );
    const { data, errors } = await tryRefresh(servers[0]!, row!.id);
    expect(errors).toBeUndefined();
    expect(data?.refreshTransaction).toMatchObject({ changed: false, transaction: { status: 'AWAITED' } });
    const refreshed = asked.indexOf(places.get(data!.refreshTransaction!.transaction.clientRefId)!);
    expect(refreshed).toBeGreaterThanOrEqual(0);
    asked.splice(refreshed, 1);
  });

  test(`${MOST_IN_FLIGHT} are under way in ${WORKERS} workers, never more, and none is asked after twice`, () => {
    expect(mostInFlight).toBeGreaterThan(RECONCILIATION.maxInquiriesInFlight);
    // A caller's refresh has a place of its own.
    expect(mostInFlight).toBeLessThanOrEqual(MOST_IN_FLIGHT + 1);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('they are made in the order in which they became due', () => {
    const inLine = asked.filter((place) => place > BUSY);
    const sorted = [...inLine].sort((a, b) => a - b);
    const outOfLine = inLine.filter((place, index) => Math.abs(sorted.indexOf(place) - index) > DISORDER);
    expect(outOfLine).toEqual([]);
    // None is left out either.
    expect(sorted.at(-1)).toBeLessThan(inLine.length + BUSY + DISORDER);
  });

  test.each(LOST_JOBS.map(([what], place) => [what, place] as const))(
    'one whose job %s has its place in that order',
    (_, place) => {
      expect(asked.indexOf(place)).toBeGreaterThanOrEqual(0);
      expect(asked.indexOf(place)).toBeLessThan(DISORDER);
    },
  );

  test('one that another worker is at is left to it', () => {
    expect(asked).not.toContain(BUSY);
  });

  test('a failed inquiry is not "not found", and changes nothing', async () => {
    const changed = await runSql(
      database.url,
      `SELECT id FROM transfers WHERE client_ref_id LIKE 'BACKLOG%' AND (status <> 'AWAITED' OR not_found_count > 0)`,
    );
    expect(changed).toEqual([]);
  });
});

describe('when Eko answers again', () => {
  let young: TestTransaction;
  let askedWhileHanging: ReadonlySet<number>;
  beforeAll(async () => {
    eko.onDebit = (response) => response.socket?.resetAndDestroy();
    young = await transfer(servers[0]!);
    const theRest = `IN (SELECT id FROM transfers WHERE client_ref_id LIKE 'BACKLOG%' ORDER BY client_ref_id OFFSET ${WORKED_OFF})`;
    await runSql(
      database.url,
      `UPDATE graphile_worker._private_jobs SET run_at = now() + interval '1 day'
        WHERE (payload ->> 'transferId')::uuid ${theRest}`,
    );
    await runSql(
      database.url,
      `UPDATE transfers SET next_inquiry_at = now() + interval '1 day' WHERE id ${theRest}`,
    );
    eko.onInquiry = (response, { reference }) =>
      reply(response, toInquiryReply({ clientRefId: toReference(reference), amount: 500 }));
    askedWhileHanging = new Set(asked);
    expect(askedWhileHanging.size).toBeLessThan(WORKED_OFF);
  });

  test('a transfer made behind all the others has its turn, and nobody before it was passed over', async () => {
    const settled = await eventually(async () => {
      const [row] = await runSql<{ status: string }>(
        database.url,
        `SELECT status FROM transfers WHERE client_ref_id = '${young.clientRefId}' AND status = 'SUCCESS'`,
      );
      return row;
    }, 90_000);
    expect(settled).toBeDefined();
    await becomes(servers[0]!, young.id, 'SUCCESS');
    // Those asked while Eko hung have their next inquiry later; the last few may be under way.
    const open = await runSql<{ client_ref_id: string }>(
      database.url,
      `SELECT client_ref_id FROM transfers WHERE status = 'AWAITED'`,
    );
    const left = open
      .map((row) => places.get(row.client_ref_id)!)
      .filter((place) => place < WORKED_OFF && place !== BUSY && !askedWhileHanging.has(place));
    expect(left.length).toBeLessThanOrEqual(MOST_IN_FLIGHT);
  }, 120_000);

  test('memory stays flat', async () => {
    expect((await leastHeapBytes()) - heapBytesBefore).toBeLessThan(24 * 1024 * 1024);
  });
});
