// One crash from beginning to end: a real server that dies at a named moment, what it leaves in the database, and a
// healthy server that takes over.
import { tmpdir } from 'node:os';
import pg from 'pg';
import { issueToken } from '../../src/auth/index.js';
import type { Milestone } from '../../src/shared/milestones.js';
import { SIMULATOR_CREDENTIALS } from '../../src/simulator/index.js';
import { AGENT, JWT_SECRET, postOperation, startGateway, type Caller } from './gateway.js';
import { startProcess } from './real-process.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  toTid,
  type ScriptedEko,
} from './scripted-eko.js';
import { createTestDatabase } from './test-database.js';
import { sendOtp, tryInitiate } from './transfer-client.js';

/** Of both servers. */
const SETTINGS = {
  LOG_LEVEL: 'silent',
  AUTH_JWT_SECRET: JWT_SECRET,
  AUTH_ISSUER: 'crash-tests',
  AUTH_AUDIENCE: 'crash-tests',
  EKO_OTP_TIMEOUT_MS: '5000',
  EKO_TRANSFER_TIMEOUT_MS: '1000',
  EKO_INQUIRY_TIMEOUT_MS: '2000',
  INQUIRY_SCHEDULE_MS: '200',
  NOT_RECEIVED_AFTER_MS: '0',
  NOT_RECEIVED_ANSWERS: '3',
  NOT_RECEIVED_SPACING_MS: '100',
  // Long enough to be used, short enough to be waited for: "not found" means nothing before it.
  OTP_LIFETIME_MS: '10000',
};
const WEBHOOK_SECRET = 'crash-tests-webhook';

/** A scene takes a second or two for each server, and at most the life of an OTP. */
export const SCENE_MS = 90_000;
/** Of the one transfer of a scene. */
export const CLIENT_REF_ID = 'REQ-crash-000001';

export interface Server extends Caller {
  readonly callbackUrl: string;
}
export interface Doomed extends Server {
  /** kill -9 from outside. */
  kill(): void;
}

export interface Scene {
  readonly eko: ScriptedEko;
  sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  /** Of the transfers there are. */
  statuses(): Promise<string[]>;
  /** For the sweep: the queue holds a dead worker's job for hours, and what is overdue by half a minute is queued again. */
  letHalfAMinutePass(): Promise<void>;
  /**
   * Starts a server with its worker, lets `act` do something to it, and resolves when it has died: at the
   * milestone, or with null, by `kill`. Fails when it dies otherwise or does not die.
   */
  crash(milestone: Milestone | null, act: (doomed: Doomed) => Promise<unknown>): Promise<void>;
  /** The server that takes over; it is stopped with the scene. */
  recover(): Promise<Server>;
}

/** Runs `play` in a scene of its own, and clears up whatever came of it. */
export async function inScene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const eko = await startScriptedEko();
  const database = await createTestDatabase();
  const sql = async <Row extends pg.QueryResultRow>(text: string) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<Row>(text).finally(() => client.end());
    return rows;
  };
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = SETTINGS;
  const token = await issueToken({
    ...{ secret: JWT_SECRET, issuer, audience, userCode: AGENT },
    ...{ role: 'agent', lifetimeSeconds: 600 },
  });
  let stop: () => Promise<void> = () => Promise.resolve();
  try {
    await play({
      eko,
      sql,
      statuses: async () =>
        (await sql<{ status: string }>('SELECT status FROM transfers')).map(({ status }) => status),
      letHalfAMinutePass: async () => {
        await sql(`UPDATE transfers SET next_inquiry_at = next_inquiry_at - interval '40 seconds',
                                        last_inquiry_at = last_inquiry_at - interval '40 seconds'`);
        await sql(`UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '40 seconds'`);
      },
      crash: (milestone, act) => crash({ milestone, act, token, ekoUrl: eko.url, databaseUrl: database.url }),
      recover: async () => {
        const gateway = await startGateway({
          ...{ settings: SETTINGS, ekoUrl: eko.url, databaseUrl: database.url, isSandbox: false },
        });
        stop = () => gateway.stop();
        return {
          callbackUrl: gateway.callbackUrl,
          request: (query, variables) => gateway.request(query, variables, { token }),
        };
      },
    });
  } finally {
    await stop();
    await eko.stop();
    await database.drop();
  }
}

async function crash(given: {
  milestone: Milestone | null;
  act: (doomed: Doomed) => Promise<unknown>;
  token: string;
  ekoUrl: string;
  databaseUrl: string;
}): Promise<void> {
  const { milestone, act, token, ekoUrl, databaseUrl } = given;
  const doomed = startProcess(['start'], {
    cwd: tmpdir(),
    preload: 'crash-at',
    env: {
      ...SETTINGS,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      EKO_BASE_URL: ekoUrl,
      EKO_DEVELOPER_KEY: SIMULATOR_CREDENTIALS.developerKey,
      EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey,
      EKO_INITIATOR_ID: SIMULATOR_CREDENTIALS.initiatorId,
      EKO_WEBHOOK_SECRET: WEBHOOK_SECRET,
      CRASH_AT: milestone ?? 'never',
    },
  });
  try {
    const [, url = ''] = await doomed.prints(/(http:\/\/localhost:\d+)\/graphql/);
    // What it would have answered dies with it.
    await act({
      callbackUrl: `${url}/webhooks/eko/${WEBHOOK_SECRET}`,
      kill: () => doomed.kill('SIGKILL'),
      request: (query, variables) =>
        postOperation(`${url}/graphql`, { query, variables }, { authorization: `Bearer ${token}` }),
    });
    if (milestone !== null) await doomed.prints(new RegExp(`^crashed: ${milestone}$`, 'm'));
    await doomed.exited();
  } finally {
    doomed.kill('SIGKILL');
  }
}

/** An Eko with a memory: what it was asked to debit, inquiry finds. */
export function remember(eko: ScriptedEko, { isAwaited = false } = {}): void {
  const sayNotFound = eko.onInquiry;
  eko.onDebit = (response, call) =>
    reply(response, toDebitReply(call, {}, isAwaited ? { tx_status: '2' } : {}));
  eko.onInquiry = (response, call, index) => {
    const debit = eko.debits.find(({ clientRefId }) =>
      [`client_ref_id:${clientRefId}`, toTid(clientRefId)].includes(call.reference),
    );
    if (debit) reply(response, toInquiryReply(debit));
    else sayNotFound(response, call, index);
  };
}

/** Sends an OTP and the transfer to a server that dies over it; returns the OTP's reference. */
export async function initiateLost(doomed: Doomed): Promise<string> {
  const otpRefId = await sendOtp(doomed);
  await tryInitiate(doomed, { otpRefId, clientRefId: CLIENT_REF_ID }).catch(() => null);
  return otpRefId;
}
