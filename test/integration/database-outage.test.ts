// PostgreSQL away for half a minute while transfers are under way and callers keep calling. A silent PostgreSQL is in
// database-black-hole.test.ts, one that is lost at an outcome's commit in database-lost-at-outcome.test.ts.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/gateway.js';
import {
  expectComeAgain,
  keepCalling,
  startOutageScene,
  type Answer,
  type OutageScene,
} from '../support/outage-scene.js';
import { readMetric } from '../support/read-metric.js';
import { becomes, expectGapFree } from '../support/records.js';
import { reply, toDebitReply, toInquiryReply, toTid, type DebitScript } from '../support/scripted-eko.js';
import {
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  trySendOtp,
  type InitiateAnswer,
  type TestTransaction,
} from '../support/transfer-client.js';

const OUTAGE_MS = 30_000;
const DECLINED = { status: 1, message: 'Insufficient balance', tx_status: '1' };

interface UnderWay {
  /** By which it is known. */
  readonly amount: number;
  /** What Eko answers to the debit when the database has gone. */
  readonly answer: DebitScript;
  readonly becomes: 'SUCCESS' | 'FAILED';
}
const UNDER_WAY: readonly UnderWay[] = [
  { amount: 501, becomes: 'SUCCESS', answer: (response, call) => reply(response, toDebitReply(call)) },
  {
    amount: 502,
    becomes: 'FAILED',
    answer: (response, call) => reply(response, toDebitReply(call, {}, DECLINED)),
  },
  {
    amount: 503,
    becomes: 'SUCCESS',
    answer: (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' })),
  },
  { amount: 504, becomes: 'SUCCESS', answer: (response) => response.socket?.resetAndDestroy() },
];

describe('while PostgreSQL cannot be reached for 30 s', () => {
  let scene: OutageScene;
  let unknown: TestTransaction;
  let unusedOtpRefId: string;
  let underWay: readonly InitiateAnswer[];
  let answers: Record<'sendOtp' | 'initiate' | 'replay' | 'refresh' | 'read' | 'needsNoDatabase', Answer[]>;
  const health: { readyz: number[]; livez: number[] } = { readyz: [], livez: [] };
  const heapBytes: number[] = [];
  let openFiles: number;

  beforeAll(async () => {
    scene = await startOutageScene({
      EKO_TRANSFER_TIMEOUT_MS: '3000',
      EKO_INQUIRY_TIMEOUT_MS: '1000',
      INQUIRY_SCHEDULE_MS: '500',
    });
    const { eko, server, proxy } = scene;
    const settledOtpRefId = await sendOtp(server);
    await tryInitiate(server, { otpRefId: settledOtpRefId });
    eko.onInquiry = (response, { reference }) => {
      const clientRefId = reference.replace('client_ref_id:', '');
      reply(response, toInquiryReply({ clientRefId, amount: 500 }, { tid: '', tx_status: '2' }));
    };
    eko.onDebit = (response) => response.socket?.resetAndDestroy();
    unknown = await transfer(server);
    unusedOtpRefId = await sendOtp(server);

    const held: (() => void)[] = [];
    eko.onDebit = (response, call, index) => {
      const script = UNDER_WAY.find(({ amount }) => amount === call.amount)!;
      held.push(() => script.answer(response, call, index));
    };
    openFiles = await readMetric(scene.server, 'process_open_fds');
    // An inquiry is under way as well: its end cannot be recorded.
    const sayAwaited = eko.onInquiry;
    eko.onInquiry = (...inquiry) => held.push(() => sayAwaited(...inquiry));
    const running = await Promise.all(
      UNDER_WAY.map(async ({ amount }) => {
        const otpRefId = await sendOtp(server, amount);
        return { answered: tryInitiate(server, { amount, otpRefId }) };
      }),
    );
    await eventually(() => held[UNDER_WAY.length]);

    proxy.cut();
    for (const answer of held) answer();
    const calling = keepCalling(
      {
        sendOtp: () => trySendOtp(server),
        initiate: () => tryInitiate(server, { otpRefId: unusedOtpRefId }),
        replay: () => tryInitiate(server, { otpRefId: settledOtpRefId }),
        refresh: () => tryRefresh(server, unknown.id),
        read: () => server.request('{ transactions { edges { node { id } } } }'),
        needsNoDatabase: () => server.request('{ errorCatalogue { code } }'),
      },
      500,
    );
    for (const endsAtMs = performance.now() + OUTAGE_MS; performance.now() < endsAtMs; await delay(1_000)) {
      health.readyz.push(await scene.health('readyz'));
      health.livez.push(await scene.health('livez'));
      heapBytes.push(await readMetric(server, 'nodejs_heap_size_used_bytes'));
    }
    answers = await calling.stop();
    underWay = await Promise.all(running.map(({ answered }) => answered));
  }, 120_000);
  afterAll(() => scene.stop());

  test('every call that needs it is refused with a code, and advised to come again', () => {
    const { needsNoDatabase, ...others } = answers;
    for (const refused of Object.values(others)) expectComeAgain(refused);
    for (const { errors } of needsNoDatabase) expect(errors).toBeUndefined();
  });

  test('no refused transfer was debited', () => {
    // The settled one, the unknown one, and those under way.
    expect(scene.eko.debits).toHaveLength(2 + UNDER_WAY.length);
    expect(answers.initiate.length).toBeGreaterThan(20);
  });

  test('a transfer whose debit was under way is data, awaited', () => {
    for (const { data, errors } of underWay) {
      expect(errors).toBeUndefined();
      expect(data?.initiateTransfer).toMatchObject({
        replayed: false,
        transaction: { status: 'AWAITED', isFinal: false, nextAction: 'WAIT' },
      });
    }
  });

  test('the process is alive and not ready', () => {
    expect(new Set(health.livez)).toEqual(new Set([200]));
    expect(new Set(health.readyz)).toEqual(new Set([503]));
  });

  test('memory stays flat', () => {
    const third = Math.floor(heapBytes.length / 3);
    const growth = Math.min(...heapBytes.slice(-third)) - Math.min(...heapBytes.slice(0, third));
    expect(growth).toBeLessThan(16 * 1024 * 1024);
  });

  describe('and when it is back', () => {
    beforeAll(() => {
      const { eko, proxy } = scene;
      eko.onDebit = (response, call) => reply(response, toDebitReply(call));
      eko.onInquiry = (response, { reference }) => {
        const isIt = (clientRefId: string) =>
          [`client_ref_id:${clientRefId}`, toTid(clientRefId)].includes(reference);
        const call = eko.debits.find(({ clientRefId }) => isIt(clientRefId))!;
        const isDeclined = UNDER_WAY.some(
          ({ amount, becomes: status }) => amount === call.amount && status === 'FAILED',
        );
        reply(response, toInquiryReply(call, isDeclined ? { tx_status: '1', reason: DECLINED.message } : {}));
      };
      proxy.restore();
    });

    test.each(UNDER_WAY)(
      'the outcome of ₹$amount is there: $becomes',
      async ({ amount, becomes: status }) => {
        const { transaction } = underWay.find(
          ({ data }) => data?.initiateTransfer?.transaction.amount === amount,
        )!.data!.initiateTransfer!;
        const found = await becomes(scene.server, transaction.id, status);
        expectGapFree(found);
        expect(found).toMatchObject({ isFinal: true, needsReview: false });
        if (status === 'FAILED') expect(found.statusReason).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
        else expect(found.tid).toBe(toTid(transaction.clientRefId));
      },
    );

    test('the server is ready, and the OTP that was refused all the time is good', async () => {
      await eventually(async () => ((await scene.health('readyz')) === 200 ? true : null));
      const { data } = await tryInitiate(scene.server, { otpRefId: unusedOtpRefId });
      expect(data?.initiateTransfer).toMatchObject({ replayed: false, transaction: { status: 'SUCCESS' } });
    });

    test('each debit has one row and each row one debit', async () => {
      const rows = await scene.sql<{ client_ref_id: string }>(
        'SELECT client_ref_id FROM transfers ORDER BY 1',
      );
      expect(rows.map((row) => row.client_ref_id)).toEqual(
        scene.eko.debits.map(({ clientRefId }) => clientRefId).sort(),
      );
    });

    test('no connection attempt has left a socket behind', async () => {
      // Two full pools, and no more.
      expect(await readMetric(scene.server, 'process_open_fds')).toBeLessThan(openFiles + 40);
    });

    test('the worker has resumed: the inquiry that was under way when it went is made again', async () => {
      expectGapFree(await becomes(scene.server, unknown.id, 'SUCCESS'));
    });

    test('it is the same process, and ends well', async () => {
      expect(scene.server.process.output()).not.toMatch(/unhandled|Node\.js v\d/i);
      scene.server.process.kill('SIGTERM');
      expect(await scene.server.process.exited()).toBe(0);
    });
  });
});
