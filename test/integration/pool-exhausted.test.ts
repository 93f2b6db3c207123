// Every connection to PostgreSQL in use for longer than a request waits for one: callers are told to come again, and
// nothing is half-written.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { POOL } from '../../src/config/limits.js';
import { getSealer } from '../../src/shared/sealing.js';
import { eventually, startGateway, type Gateway, type GraphQLAnswer } from '../support/gateway.js';
import { becomes, countRows, expectGapFree } from '../support/records.js';
import { reply, startScriptedEko, toDebitReply, type ScriptedEko } from '../support/scripted-eko.js';
import {
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  trySendOtp,
  type InitiateAnswer,
  type OtpAnswer,
} from '../support/transfer-client.js';

/** Whose requests hold the connections, and somebody else. */
const HOLDER = '6111111112';
const BYSTANDER = '6111111113';

let eko: ScriptedEko;
let gateway: Gateway;
beforeAll(async () => {
  eko = await startScriptedEko();
  gateway = await startGateway({
    ekoUrl: eko.url,
    settings: { EKO_OTP_TIMEOUT_MS: '10000', EKO_TRANSFER_TIMEOUT_MS: '10000' },
    parts: { api: true, worker: false },
  });
});
afterAll(async () => {
  await gateway.stop();
  await eko.stop();
});

function expectOverloaded(answers: readonly GraphQLAnswer<object>[]): void {
  expect(answers).not.toHaveLength(0);
  for (const { data, errors } of answers) {
    expect(Object.values(data ?? {}).filter((field) => field !== null)).toEqual([]);
    expect(errors).toMatchObject([
      { extensions: { code: 'OVERLOADED', retry: 'SAME_REQUEST_LATER', retryAfterMs: 1_000 } },
    ]);
  }
}

/** A session of the test's own that holds a lock until it is released. */
async function holdLock(sql: string): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl, application_name: 'test' });
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  return { release: () => client.end() };
}

async function countWaiting(): Promise<number> {
  const [row] = await gateway.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND datname = current_database()`,
  );
  return row?.count ?? 0;
}

/** Requests for OTPs, each holding a connection while it waits to be told that its caller is not revoked. */
async function exhaustPool(): Promise<{ release: () => Promise<OtpAnswer[]> }> {
  const lock = await holdLock('LOCK TABLE revocations IN ACCESS EXCLUSIVE MODE');
  const answers: OtpAnswer[] = [];
  let isReleased = false;
  const keepAsking = async () => {
    while (!isReleased) answers.push(await trySendOtp(gateway, { customerId: HOLDER }));
  };
  const start = () => Array.from({ length: POOL.maxConnections }, keepAsking);
  const holding = start();
  await eventually(async () => ((await countWaiting()) === POOL.maxConnections ? true : null));
  // As many again, who take over when the first give up; what comes after them waits behind them.
  await delay(POOL.lockTimeoutMs / 5);
  const waiting = start();
  await delay(POOL.lockTimeoutMs / 5);
  return {
    release: async () => {
      isReleased = true;
      await lock.release();
      await Promise.all([...holding, ...waiting]);
      return answers;
    },
  };
}

describe('while other requests hold every connection', () => {
  let unusedOtpRefId: string;
  let debited: InitiateAnswer;
  let otpSent: OtpAnswer;
  let refused: readonly GraphQLAnswer<object>[];
  let held: readonly OtpAnswer[];
  let health: { readonly readyz: number; readonly livez: number };
  let before: { readonly debits: number; readonly otps: number; readonly rows: number };

  beforeAll(async () => {
    const settledOtpRefId = await sendOtp(gateway);
    const settled = (await tryInitiate(gateway, { otpRefId: settledOtpRefId })).data!.initiateTransfer!;
    unusedOtpRefId = await sendOtp(gateway);
    const debitOtpRefId = await sendOtp(gateway);
    const atEko: (() => void)[] = [];
    eko.onDebit = (response, call) => atEko.push(() => reply(response, toDebitReply(call)));
    const sendNow = eko.onOtp;
    eko.onOtp = (...call) => atEko.push(() => sendNow(...call));
    const debiting = tryInitiate(gateway, { otpRefId: debitOtpRefId });
    const sending = trySendOtp(gateway);
    await eventually(() => (atEko.length === 2 ? true : null));
    eko.onOtp = sendNow;
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    before = { debits: eko.debits.length, otps: eko.otpCount, rows: await countRows(gateway) };

    const pool = await exhaustPool();
    for (const answer of atEko) answer();
    const calling = Promise.all<GraphQLAnswer<object>>([
      trySendOtp(gateway, { customerId: BYSTANDER }),
      tryInitiate(gateway, { otpRefId: unusedOtpRefId }),
      tryInitiate(gateway, { otpRefId: settledOtpRefId }),
      tryRefresh(gateway, settled.transaction.id),
      gateway.request('{ transactions { edges { node { id } } } }'),
    ]);
    const [readyz, livez] = await Promise.all(
      ['readyz', 'livez'].map(async (path) => (await fetch(`${gateway.url}/${path}`)).status),
    );
    health = { readyz: readyz!, livez: livez! };
    refused = await calling;
    held = await pool.release();
    [debited, otpSent] = await Promise.all([debiting, sending]);
  }, 60_000);

  test('a request that gets none is OVERLOADED, whatever it wants', () => {
    expectOverloaded(refused);
  });

  test('so is one that gets one and not its turn', () => {
    const errors = held.filter((answer) => answer.errors !== undefined);
    expectOverloaded(errors);
  });

  test('the process is alive and not ready', () => {
    expect(health).toEqual({ readyz: 503, livez: 200 });
  });

  test('nothing was asked of Eko for those refused, and nothing written', async () => {
    expect(eko.debits).toHaveLength(before.debits);
    expect(await countRows(gateway)).toBe(before.rows);
    const bystanders = await gateway.sql('SELECT id FROM otp_challenges WHERE customer_id = ANY($1)', [
      getSealer().toStoredForms(BYSTANDER, 'customer_id'),
    ]);
    expect(bystanders).toEqual([]);
  });

  test('the outcome of a debit that Eko answers then is data, and stored when there is room', async () => {
    expect(debited.errors).toBeUndefined();
    const found = await becomes(gateway, debited.data!.initiateTransfer!.transaction.id, 'SUCCESS');
    expectGapFree(found);
    expect(found.events.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_RESPONSE']);
  });

  test('an OTP whose reference could not be stored is no OTP: another is sent', async () => {
    expectOverloaded([otpSent]);
    expect(await transfer(gateway)).toMatchObject({ status: 'SUCCESS' });
  });

  test('the OTP of the refused transfer is good', async () => {
    const { data } = await tryInitiate(gateway, { otpRefId: unusedOtpRefId });
    expect(data?.initiateTransfer).toMatchObject({ replayed: false, transaction: { status: 'SUCCESS' } });
  });
});

test('more intents at once than connections, none of which can be written: all refused, none debited, all good later', async () => {
  const otpRefIds = await Promise.all(
    Array.from({ length: POOL.maxConnections + 5 }, () => sendOtp(gateway)),
  );
  const before = { debits: eko.debits.length, rows: await countRows(gateway) };
  const lock = await holdLock('LOCK TABLE transfer_events IN SHARE MODE');
  const refused = await Promise.all(otpRefIds.map((otpRefId) => tryInitiate(gateway, { otpRefId })));
  expectOverloaded(refused);
  await lock.release();
  expect(eko.debits).toHaveLength(before.debits);
  expect(await countRows(gateway)).toBe(before.rows);

  const made = await Promise.all(otpRefIds.map((otpRefId) => tryInitiate(gateway, { otpRefId })));
  for (const { data } of made) {
    expect(data?.initiateTransfer).toMatchObject({ replayed: false, transaction: { status: 'SUCCESS' } });
  }
  expect(eko.debits).toHaveLength(before.debits + otpRefIds.length);
}, 60_000);
