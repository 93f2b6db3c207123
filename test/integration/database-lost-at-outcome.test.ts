// PostgreSQL lost exactly between Eko's answer to a debit and the storing of it: at the commit, or until an inquiry has
// found the outcome out.
import { beforeAll, expect, test } from '@jest/globals';
import { startDatabaseProxy, type CommitFault, type DatabaseProxy } from '../support/database-proxy.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { becomes, expectGapFree } from '../support/records.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { createTestDatabase } from '../support/test-database.js';
import {
  sendOtp,
  tryInitiate,
  type InitiateAnswer,
  type TestTransaction,
} from '../support/transfer-client.js';

interface Scene {
  readonly eko: ScriptedEko;
  readonly proxy: DatabaseProxy;
  readonly gateway: Gateway;
  /** Past the relay. */
  readonly databaseUrl: string;
}
interface Played {
  readonly answered: InitiateAnswer;
  readonly settled: TestTransaction;
  readonly debitCount: number;
  readonly jobs: readonly object[];
}
const COMMIT_FAULTS: readonly (readonly [CommitFault, answered: string])[] = [
  ['neverArrives', 'SUCCESS'],
  ['acknowledgementLost', 'SUCCESS'],
  ['acknowledgementLostAndGone', 'AWAITED'],
  ['acknowledgementLate', 'AWAITED'],
];
/** What the answer says that is stored after an inquiry has found a success. */
const LATE_ANSWERS: readonly (readonly [string, data: object])[] = [
  ['the same', {}],
  ['less', { tx_status: '2' }],
];
let faulted: readonly Played[];
let overtaken: readonly Played[];

// All at once: most of it is waiting.
beforeAll(async () => {
  [faulted, overtaken] = await Promise.all([
    Promise.all(COMMIT_FAULTS.map(([fault]) => inScene((scene) => playFault(scene, fault)))),
    Promise.all(LATE_ANSWERS.map(([, data]) => inScene((scene) => playOvertaken(scene, data)))),
  ]);
}, 60_000);

async function inScene(play: (scene: Scene) => Promise<Played>): Promise<Played> {
  const eko = await startScriptedEko();
  const database = await createTestDatabase();
  const proxy = await startDatabaseProxy(database.url);
  const parts = { api: true, worker: false };
  const gateway = await startGateway({ ekoUrl: eko.url, databaseUrl: proxy.url, parts });
  try {
    return await play({ eko, proxy, gateway, databaseUrl: database.url });
  } finally {
    proxy.restore();
    await gateway.stop();
    await proxy.stop();
    await eko.stop();
    await database.drop();
  }
}

/** The outcome's commit meets a fault, which is over once the caller has an answer. */
async function playFault({ eko, proxy, gateway }: Scene, fault: CommitFault): Promise<Played> {
  const otpRefId = await sendOtp(gateway);
  proxy.failNextOutcome(fault);
  const answered = await tryInitiate(gateway, { otpRefId });
  await proxy.faulted();
  proxy.restore();
  proxy.release();
  const settled = await becomes(gateway, answered.data!.initiateTransfer!.transaction.id, 'SUCCESS');
  const jobs = await gateway.sql('SELECT key FROM graphile_worker.jobs');
  return { answered, settled, debitCount: eko.debits.length, jobs };
}

/** The database is away until another server has found the outcome out. */
async function playOvertaken({ eko, proxy, gateway, databaseUrl }: Scene, data: object): Promise<Played> {
  const otpRefId = await sendOtp(gateway);
  eko.onDebit = (response, call) => {
    proxy.cut();
    reply(response, toDebitReply(call, {}, data));
  };
  eko.onInquiry = (response) => reply(response, toInquiryReply(eko.debits[0]!));
  const running = tryInitiate(gateway, { otpRefId });
  const other = await startGateway({ ekoUrl: eko.url, databaseUrl });
  try {
    const { id } = await eventually(async () => {
      const rows = await other.sql<{ id: string }>(`SELECT id FROM transfers WHERE status = 'SUCCESS'`);
      return rows[0];
    }, 30_000);
    proxy.restore();
    const answered = await running;
    await gateway.app.stop(); // when what it heard has been stored
    const jobs = await other.sql('SELECT key FROM graphile_worker.jobs');
    return { answered, settled: await becomes(other, id, 'SUCCESS'), debitCount: eko.debits.length, jobs };
  } finally {
    await other.stop();
  }
}

function expectSettledOnce({ answered, settled, debitCount, jobs }: Played, sources: string[]): void {
  expect(answered.errors).toBeUndefined();
  expectGapFree(settled);
  expect(settled.events.map(({ source }) => source)).toEqual(sources);
  expect(settled).toMatchObject({ isFinal: true, needsReview: false, nextCheckAt: null });
  expect(jobs).toEqual([]);
  expect(debitCount).toBe(1);
}

test.each(COMMIT_FAULTS)('at the commit itself, %s: it is stored, once', (fault, status) => {
  const played = faulted[COMMIT_FAULTS.findIndex(([one]) => one === fault)]!;
  expectSettledOnce(played, ['CLIENT', 'EKO_RESPONSE']);
  expect(played.answered.data?.initiateTransfer?.transaction).toMatchObject({ status });
});

test.each(LATE_ANSWERS)(
  'another server’s inquiry comes first: the answer said %s, and changes nothing',
  (said) => {
    const played = overtaken[LATE_ANSWERS.findIndex(([one]) => one === said)]!;
    expectSettledOnce(played, ['CLIENT', 'RECOVERY', 'EKO_INQUIRY']);
  },
);
