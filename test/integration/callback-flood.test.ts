// Ten thousand callbacks that cannot be trusted: each is acknowledged or refused, and none of them changes what is known of a transfer.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pick } from '../chaos/random.js';
import { createStorm, type StormRequest, type StormTarget } from '../support/callback-storm.js';
import { eventually, runSql } from '../support/gateway.js';
import { createPipelinedConnection, type PipelinedAnswer } from '../support/pipelined-http.js';
import { sendRaw } from '../support/raw-http.js';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import {
  reply,
  sayNotFound,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  toTid,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { storeTransfers, type StoredTransfer } from '../support/stored-transfers.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { sendOtp, transfer, tryInitiate, type InitiateAnswer } from '../support/transfer-client.js';

const SEED = 7;
const CALLBACKS = 10_000;
const CONNECTIONS = 12;
/** Requests written at once on one connection. */
const MAX_BATCH = 8;
const SPACING_MS = 10_000;
/** From the claim of an inquiry to its arrival at Eko, on a busy machine: by so much two may come closer together. */
const ARRIVAL_SLACK_MS = 2_500;
/** Ten thousand of anything that is kept, a request with its socket for one, is more. */
const MAX_GROWTH_BYTES = 128 * 1024 ** 2;

/** What is stored, what Eko says when it is asked (null: not found), and what is known then. */
const KINDS: readonly (readonly [StoredTransfer, txStatus: number | null, becomes: string])[] = [
  [{ status: 'SUBMITTING' }, null, 'SUBMITTING'],
  [{ status: 'AWAITED' }, 2, 'AWAITED'],
  [{ status: 'AWAITED' }, 0, 'SUCCESS'],
  [{ status: 'ON_HOLD' }, 5, 'ON_HOLD'],
  [{ status: 'ON_HOLD' }, 3, 'REFUND_PENDING'],
  [{ status: 'SUCCESS' }, 0, 'SUCCESS'],
  [{ status: 'SUCCESS' }, 3, 'REFUND_PENDING'],
  [{ status: 'FAILED' }, 1, 'FAILED'],
  [{ status: 'FAILED', failureReason: 'NOT_RECEIVED' }, null, 'FAILED'],
  [{ status: 'REFUND_PENDING' }, 3, 'REFUND_PENDING'],
  [{ status: 'REFUND_PENDING' }, 4, 'REFUNDED'],
  [{ status: 'REFUNDED' }, 4, 'REFUNDED'],
];
const OF_EACH_KIND = 4;
/** Whose debits Eko answers only after the storm. */
const UNDER_WAY = 4;

interface Known {
  readonly ref: string;
  readonly status: string;
  readonly needsReview: boolean;
  readonly events: readonly { readonly source: string; readonly to: string }[];
}

let eko: ScriptedEko;
let database: TestDatabase;
let server: RealServer;

async function readKnown(): Promise<ReadonlyMap<string, Known>> {
  const rows = await runSql<Known>(
    database.url,
    `SELECT client_ref_id AS ref, status, needs_review AS "needsReview",
            (SELECT json_agg(json_build_object('source', source, 'to', to_status) ORDER BY sequence)
               FROM transfer_events WHERE transfer_id = transfers.id) AS events
       FROM transfers`,
  );
  return new Map(rows.map((row) => [row.ref, row]));
}

interface Target extends StormTarget {
  readonly txStatus: number | null;
  readonly becomes: string;
}

async function storeTargets(): Promise<Target[]> {
  const stored = KINDS.flatMap(([kind, txStatus, becomes]) =>
    Array.from({ length: OF_EACH_KIND }, () => ({ kind, txStatus, becomes })),
  );
  const now = Date.now();
  const rows = await storeTransfers(
    database.url,
    stored.map(({ kind }, index) => ({ ...kind, isSimulated: false, createdAt: new Date(now - index) })),
  );
  return rows.map(({ clientRefId, tid }, index) => ({ clientRefId, tid, ...stored[index]! }));
}

/** Transfers whose debits Eko answers when `answer` is called. */
async function beginTargets() {
  const targets = Array.from({ length: UNDER_WAY }, (_, index): Target => {
    const clientRefId = `UNDER-WAY-${index}`;
    return { clientRefId, tid: toTid(clientRefId), txStatus: 0, becomes: 'SUCCESS' };
  });
  const answers: (() => void)[] = [];
  eko.onDebit = (response, call) => answers.push(() => reply(response, toDebitReply(call)));
  const callers: Promise<InitiateAnswer>[] = [];
  for (const { clientRefId } of targets)
    callers.push(tryInitiate(server, { clientRefId, otpRefId: await sendOtp(server) }));
  for (const caller of callers) caller.catch(() => undefined); // told by `answer`
  await eventually(() => (answers.length === UNDER_WAY ? true : null));
  const answer = () => {
    for (const send of answers) send();
    return Promise.all(callers);
  };
  return { targets, answer };
}

/** How many of the next requests of a connection are written at once. */
function toBatchSize(next: readonly StormRequest[], wishedSize: number): number {
  const alone = next.findIndex(({ place }) => place === 'alone');
  const last = next.findIndex(({ place }) => place === 'last');
  const toAlone = alone === -1 ? wishedSize : Math.max(alone, 1);
  const toLast = last === -1 ? wishedSize : last + 1;
  return Math.min(wishedSize, toAlone, toLast);
}

/** Every request on one of the connections, some at once; in the order of `storm`, what each was answered. */
async function send(storm: readonly StormRequest[]): Promise<(PipelinedAnswer | undefined)[]> {
  const answers = storm.map((): PipelinedAnswer | undefined => undefined);
  const runConnection = async (number: number) => {
    const connection = createPipelinedConnection(server.url.replace('localhost', '127.0.0.1'));
    const own = [...storm.entries()].filter(([index]) => index % CONNECTIONS === number);
    while (own.length > 0) {
      const next = own.slice(0, MAX_BATCH).map(([, request]) => request);
      const batch = own.splice(0, toBatchSize(next, pick(1, MAX_BATCH, SEED, number, own.length)));
      const received = await connection.send(batch.map(([, { bytes }]) => bytes));
      for (const [at, [index]] of batch.entries()) answers[index] = received[at];
      if (batch.at(-1)?.[1].place !== 'any') connection.close();
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => runConnection(number)));
  return answers;
}

async function readMemoryBytes(): Promise<number> {
  const { text } = await sendRaw(`${server.url}/metrics`);
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

describe('a storm of callbacks', () => {
  let targets: readonly Target[];
  let answerDebits: () => Promise<InitiateAnswer[]>;
  let before: ReadonlyMap<string, Known>;
  let storm: readonly StormRequest[];
  let answers: readonly (PipelinedAnswer | undefined)[];
  let growthBytes: number;
  /** When Eko was asked after each transfer. */
  let askedAtMs: ReadonlyMap<Target, readonly number[]>;

  beforeAll(async () => {
    eko = await startScriptedEko();
    database = await createTestDatabase();
    server = await startRealServer({
      databaseUrl: database.url,
      ekoUrl: eko.url,
      // Nothing is given up, and nothing planned is due, before the storm is over.
      settings: { EKO_TRANSFER_TIMEOUT_MS: '600000' },
    });
    const begun = await beginTargets();
    answerDebits = begun.answer;
    targets = [...(await storeTargets()), ...begun.targets];
    const byReference = new Map<string, Target>();
    for (const target of targets)
      byReference.set(target.tid, target).set(`client_ref_id:${target.clientRefId}`, target);
    eko.onInquiry = (response, call) => {
      const { clientRefId, tid, txStatus = null } = byReference.get(call.reference) ?? {};
      if (clientRefId === undefined || txStatus === null) return sayNotFound(response, call);
      const data = { tid, tx_status: String(txStatus) };
      return reply(response, toInquiryReply({ clientRefId, amount: 500 }, data));
    };
    before = await readKnown();

    storm = createStorm({ seed: SEED, count: CALLBACKS, callbackUrl: server.callbackUrl, targets });
    // The first tenth warms the server up; what grows after that is kept.
    const early = await send(storm.slice(0, CALLBACKS / 10));
    const usedBytes = await readMemoryBytes();
    answers = [...early, ...(await send(storm.slice(CALLBACKS / 10)))];
    growthBytes = (await readMemoryBytes()) - usedBytes;

    // Until the last hint is answered.
    await eventually(async () => {
      const open = await runSql(database.url, 'SELECT 1 FROM transfers WHERE hinted_at IS NOT NULL');
      return open.length === 0 ? true : null;
    }, 60_000);
    askedAtMs = new Map(
      targets.map((target) => [
        target,
        eko.inquiries
          .filter(({ reference }) => byReference.get(reference) === target)
          .map(({ atMs }) => atMs),
      ]),
    );
  }, 290_000);
  afterAll(async () => {
    await killRealServers();
    await eko.stop();
    await database.drop();
  });

  test('is acknowledged with 200, or refused with 4xx where it is no callback, one by one', () => {
    const wrong = storm.flatMap(({ bytes, accepted }, index) => {
      const { status = 0, body } = answers[index] ?? {};
      const isRefused = status >= 400 && status <= 499;
      const isAcknowledged = status === 200 && body === '{"status":"received"}';
      if (accepted === null ? isRefused : isAcknowledged) return [];
      return [{ index, status, body, sent: bytes.toString('latin1', 0, 300) }];
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('leaves one row for each body, one planned inquiry and one second look for each transfer at most', async () => {
    const accepted = storm.flatMap(({ accepted: body }) => body ?? []);
    const bodies = new Set(accepted.map((body) => createHash('sha256').update(body).digest('hex')));
    const counts = await runSql(
      database.url,
      `SELECT count(*)::int AS bodies, sum(delivery_count)::int AS deliveries FROM webhook_deliveries`,
    );
    expect(counts).toEqual([{ bodies: bodies.size, deliveries: accepted.length }]);
    expect(bodies.size).toBeLessThan(accepted.length);
    const keys = await runSql<{ key: string }>(database.url, 'SELECT key FROM graphile_worker.jobs');
    const isSecondLook = ({ key }: { key: string }) => key.startsWith('second-look:');
    expect(keys.filter((job) => !isSecondLook(job)).length).toBeLessThanOrEqual(targets.length);
    // Of each transfer one, however many claimed something else of it.
    const looks = keys.filter(isSecondLook).map(({ key }) => key);
    expect(new Set(looks).size).toBe(looks.length);
    expect(looks.length).toBeLessThanOrEqual(targets.length);
  });

  test('does not stay in memory', () => {
    expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test('makes the server ask after each transfer, at most once in 10 s', () => {
    const asked = [...askedAtMs.values()];
    expect(asked.filter((times) => times.length === 0)).toEqual([]);
    const gapsMs = asked.flatMap((times) => times.slice(1).map((ms, index) => ms - times[index]!));
    // Hints that came while the last inquiry was too young were answered later.
    expect(gapsMs).not.toEqual([]);
    expect(Math.min(...gapsMs)).toBeGreaterThan(SPACING_MS - ARRIVAL_SLACK_MS);
  });

  test('changes no status: what is known afterwards is what Eko said when it was asked', async () => {
    const after = await readKnown();
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const { clientRefId, becomes } of targets) {
      const { status, events = [] } = before.get(clientRefId) ?? {};
      const found = becomes === status ? [] : [{ source: 'EKO_INQUIRY', to: becomes }];
      expect(after.get(clientRefId)).toEqual({
        ref: clientRefId,
        status: becomes,
        needsReview: false,
        events: [...events, ...found],
      });
    }
  });

  test('leaves the server well: late answers are taken, new transfers made, and it stops with 0', async () => {
    for (const { data } of await answerDebits())
      expect(data?.initiateTransfer?.transaction).toMatchObject({ status: 'SUCCESS', needsReview: false });
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    expect((await sendRaw(`${server.url}/readyz`)).status).toBe(200);
    expect((await transfer(server)).status).toBe('SUCCESS');
    server.process.kill('SIGTERM');
    expect(await server.process.exited()).toBe(0);
    expect(server.process.output().match(/.*"level":[56]0.*/g)).toBeNull();
  });
});
