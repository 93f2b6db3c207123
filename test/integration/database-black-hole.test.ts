// PostgreSQL that accepts connections and never answers, twice: until it goes on as if nothing had been, and until
// another takes its place while the old connections stay silent.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { POOL } from '../../src/config/limits.js';
import type { DatabaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/gateway.js';
import {
  expectComeAgain,
  keepCalling,
  startOutageScene,
  type Answer,
  type OutageScene,
} from '../support/outage-scene.js';
import { becomes, expectGapFree } from '../support/records.js';
import { reply, sayNotFound, toDebitReply, toInquiryReply } from '../support/scripted-eko.js';
import { sendOtp, tryInitiate, trySendOtp, type InitiateAnswer } from '../support/transfer-client.js';

/** How long callers call. */
const CALLING_MS = 1_500;
/** Each of them has given up waiting before it ends, on a busy machine too. */
const SILENCE_MS = CALLING_MS + POOL.answerTimeoutMs + 3_000;
const READ = '{ transactions { edges { node { id } } } }';

const ENDINGS: readonly (readonly [string, (proxy: DatabaseProxy) => void])[] = [
  ['another takes its place', (proxy) => proxy.restore()],
  ['it goes on', (proxy) => proxy.thaw()],
];

interface Silence {
  readonly scene: OutageScene;
  /** What those were told who called during it. */
  readonly answers: Record<'sendOtp' | 'initiate' | 'read', Answer[]>;
  readonly readyz: readonly number[];
  readonly livez: readonly number[];
  /** Of a transfer whose debit was answered during it. */
  readonly debited: InitiateAnswer;
  /** Of a transfer whose intent was about to be committed when it began. */
  readonly caught: InitiateAnswer;
  readonly caughtOtpRefId: string;
  /** What everybody was told who called as soon as it was over. */
  readonly readsAfter: readonly Answer[];
}

const silences = new Map<string, Silence>();
const scenes: OutageScene[] = [];
// Both at once: most of it is waiting.
beforeAll(async () => {
  await Promise.all(
    ENDINGS.map(async ([ending, end]) => {
      const scene = await startScene();
      scenes.push(scene);
      silences.set(ending, await playSilence(scene, end));
    }),
  );
}, 120_000);
afterAll(() => Promise.all(scenes.map((scene) => scene.stop())));

async function startScene(): Promise<OutageScene> {
  const scene = await startOutageScene({
    EKO_TRANSFER_TIMEOUT_MS: '3000',
    EKO_INQUIRY_TIMEOUT_MS: '1000',
    INQUIRY_SCHEDULE_MS: '500',
  });
  const { eko } = scene;
  eko.onInquiry = (response, inquiry) => {
    const call = eko.debits.find(({ clientRefId }) => inquiry.reference === `client_ref_id:${clientRefId}`);
    if (call === undefined) sayNotFound(response, inquiry);
    else reply(response, toInquiryReply(call));
  };
  return scene;
}

/** Full pools, a debit at Eko, an intent at its commit: then nothing is heard of PostgreSQL until `end`. */
async function playSilence(scene: OutageScene, end: (proxy: DatabaseProxy) => void): Promise<Silence> {
  const { eko, server, proxy } = scene;
  const read = () => server.request<Record<string, unknown>>(READ);
  const readAtOnce = (count: number) => Promise.all(Array.from({ length: count }, read));
  const [otpRefId, caughtOtpRefId, unusedOtpRefId] = await Promise.all([1, 2, 3].map(() => sendOtp(server)));
  let answerDebit: (() => void) | undefined;
  eko.onDebit = (response, call) => (answerDebit = () => reply(response, toDebitReply(call)));
  const debiting = tryInitiate(server, { otpRefId });
  await eventually(() => answerDebit);
  eko.onDebit = (response, call) => reply(response, toDebitReply(call));
  await readAtOnce(POOL.maxConnections);

  proxy.failNextIntent('frozen');
  const catching = tryInitiate(server, { otpRefId: caughtOtpRefId });
  await proxy.faulted();
  answerDebit?.();
  const calls = {
    sendOtp: () => trySendOtp(server),
    initiate: () => tryInitiate(server, { otpRefId: unusedOtpRefId }),
    read,
  };
  const calling = keepCalling(calls, 250);
  const [readyz, livez]: [number[], number[]] = [[], []];
  const beganAtMs = performance.now();
  while (performance.now() - beganAtMs < CALLING_MS) {
    livez.push(await scene.health('livez'));
    readyz.push(await scene.health('readyz'));
  }
  const answered = calling.stop();
  await delay(beganAtMs + SILENCE_MS - performance.now());
  end(proxy);
  const [answers, debited, caught] = await Promise.all([answered, debiting, catching]);
  const readsAfter = await readAtOnce(2 * POOL.maxConnections);
  return { scene, answers, readyz, livez, debited, caught, caughtOtpRefId: caughtOtpRefId!, readsAfter };
}

describe.each(ENDINGS)('PostgreSQL is silent until %s', (ending) => {
  let silence: Silence;
  let scene: OutageScene;
  beforeAll(() => {
    silence = silences.get(ending)!;
    ({ scene } = silence);
  });

  test('every call is refused with a code, and advised to come again', () => {
    for (const refused of Object.values(silence.answers)) expectComeAgain(refused);
  });

  test('the process is alive and not ready', () => {
    expect(new Set(silence.livez)).toEqual(new Set([200]));
    expect(new Set(silence.readyz)).toEqual(new Set([503]));
  });

  test('everybody is served as soon as it is over: no connection of before is used', async () => {
    expect(silence.readsAfter.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(await scene.health('readyz')).toBe(200);
  });

  test('a debit answered during it is data, awaited, and its outcome is stored', async () => {
    expect(silence.debited.errors).toBeUndefined();
    const { id, status } = silence.debited.data!.initiateTransfer!.transaction;
    expect(status).toBe('AWAITED');
    expectGapFree(await becomes(scene.server, id, 'SUCCESS'));
  });

  test('the intent that was caught at its commit was not debited, and the same request is good', async () => {
    const { caught, caughtOtpRefId } = silence;
    if (caught.errors !== undefined) expectComeAgain([caught]);
    const { data, errors } = await tryInitiate(scene.server, { otpRefId: caughtOtpRefId });
    expect(errors).toBeUndefined();
    // Whether PostgreSQL heard of the commit before it gave the connection up is chance; the law is the same.
    const { replayed, transaction } = data!.initiateTransfer!;
    const debits = scene.eko.debits.filter(({ otpRefId }) => otpRefId === caughtOtpRefId);
    expect(debits).toHaveLength(replayed ? 0 : 1);
    expect(transaction.status).toBe(replayed ? 'AWAITED' : 'SUCCESS');
  });

  test('no transaction was left open', async () => {
    const open = await scene.sql(
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
         AND state_change < now() - interval '1 second'`,
    );
    expect(open).toEqual([]);
  });

  test('the process lives, and ends well', async () => {
    expect(scene.server.process.output()).not.toMatch(/unhandled|Node\.js v\d/i);
    scene.server.process.kill('SIGTERM');
    expect(await scene.server.process.exited()).toBe(0);
  });
});
