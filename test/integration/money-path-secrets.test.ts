// OTPs, keys and account numbers: in no table, no answer, no metric, no log line; whatever Eko echoes. The customer's number
// and tokens: in no table and no log line either.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { issueToken } from '../../src/auth/index.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { postCallback } from '../support/records.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  toTid,
  type DebitScript,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { transfer, tryInitiate, trySendOtp, type InitiateAnswer } from '../support/transfer-client.js';

const OTP = '90218473';
const ACCOUNT = '50100234567891';
const ACCESS_KEY = 'an-access-key-that-nobody-may-see';
const DEVELOPER_KEY = 'a-developer-key-that-nobody-may-see';
const JWT_SECRET = 'a secret of the test, longer than 32 bytes';
const WEBHOOK_SECRET = 'a-webhook-secret-of-the-test';
const MOBILE = '6123498765';
const SECRETS = [
  OTP,
  ACCOUNT,
  ACCESS_KEY,
  Buffer.from(ACCESS_KEY).toString('base64'),
  DEVELOPER_KEY,
  JWT_SECRET,
];

/** Every row of every table, ours and the job queue's, as text. */
async function dump(gateway: Pick<Gateway, 'sql'>): Promise<string> {
  const tables = await gateway.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'graphile_worker')`,
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['public.transfers', 'graphile_worker._private_jobs']),
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      gateway.sql<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

function expectNoSecrets(text: string, more: readonly string[] = []): void {
  expect([...SECRETS, ...more].filter((secret) => text.includes(secret))).toEqual([]);
}

/** Answers that say the OTP, the account and the keys wherever a text can stand. */
const leak = `${OTP} for a/c ${ACCOUNT}, 5010 0234 5678 91, of ${MOBILE}, key ${ACCESS_KEY} of ${DEVELOPER_KEY}`;
/** An inquiry does not know the OTP, and cannot take it out of what Eko says. */
const later = leak.replace(OTP, 'OTP');
const LEAKING: readonly (readonly [string, DebitScript])[] = [
  [
    'success',
    (response, call) =>
      reply(
        response,
        toDebitReply(
          call,
          { account: ACCOUNT, recipient_name: leak, reason: leak },
          { message: leak, txstatus_desc: leak },
        ),
      ),
  ],
  [
    'decline',
    (response, call) =>
      reply(
        response,
        toDebitReply(
          call,
          { account: ACCOUNT, reason: `Wrong OTP ${OTP}` },
          { status: 55, tx_status: '1', message: leak },
        ),
      ),
  ],
  [
    'refused parameters',
    (response) =>
      reply(response, {
        status: 461,
        response_type_id: -1,
        message: leak,
        invalid_params: { otp: leak, [OTP]: 'x' },
      }),
  ],
  [
    '500 with everything',
    (response) => reply(response, { status: 1, message: leak, data: { reason: leak } }, 500),
  ],
  ['HTML with everything', (response) => reply(response, `<html>${leak}</html>`)],
  [
    'unlisted fields',
    (response, call) =>
      reply(response, { ...toDebitReply(call), otp: OTP, echo: { otp: OTP, account: ACCOUNT } }),
  ],
  [
    'awaited',
    (response, call) =>
      reply(response, toDebitReply(call, { account: ACCOUNT }, { tx_status: '2', txstatus_desc: leak })),
  ],
  [
    'a contradiction',
    (response, call) =>
      reply(response, toDebitReply(call, { amount: 1, account: ACCOUNT }, { message: leak })),
  ],
  [
    'a cut body',
    (response) => {
      response.writeHead(200, { 'content-length': 900 });
      response.write(leak, () => response.socket?.destroy());
    },
  ],
];

let eko: ScriptedEko;
let database: TestDatabase;
beforeAll(async () => {
  eko = await startScriptedEko();
  eko.onInquiry = (response, { reference }) => {
    const call = eko.debits.find(({ clientRefId }) =>
      [`client_ref_id:${clientRefId}`, toTid(clientRefId)].includes(reference),
    )!;
    reply(
      response,
      toInquiryReply(
        call,
        { account: ACCOUNT, txstatus_desc: later, recipient_name: later },
        { message: later },
      ),
    );
  };
  database = await createTestDatabase();
});
afterAll(async () => {
  await eko.stop();
  await database.drop();
});

test('a real server in front of an Eko that echoes everything keeps nothing and logs nothing of it, and ends well', async () => {
  const buildDir = process.env['TEST_BUILD_DIR'] ?? '';
  const server = spawn(process.execPath, [join(buildDir, 'src', 'cli.js'), 'start'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: database.url,
      DATA_DIR: join(buildDir, 'data'),
      EKO_BASE_URL: eko.url,
      EKO_DEVELOPER_KEY: DEVELOPER_KEY,
      EKO_ACCESS_KEY: ACCESS_KEY,
      EKO_INITIATOR_ID: '9962981729',
      EKO_TRANSFER_TIMEOUT_MS: '2000',
      EKO_WEBHOOK_SECRET: WEBHOOK_SECRET,
      INQUIRY_SCHEDULE_MS: '100',
      OTP_MAX_PER_HOUR: '1000',
      OTP_MAX_PER_DAY: '1000',
      AUTH_JWT_SECRET: JWT_SECRET,
      AUTH_ISSUER: 'test',
      AUTH_AUDIENCE: 'test',
      LOG_LEVEL: 'trace',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  server.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  server.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exit = once(server, 'exit') as Promise<[number | null, string | null]>;
  try {
    const url = await eventually(() => /http:\/\/[^/\s]+\/graphql/.exec(output)?.[0], 20_000);
    const token = await issueToken({
      secret: JWT_SECRET,
      issuer: 'test',
      audience: 'test',
      userCode: '20810200',
      role: 'agent',
      lifetimeSeconds: 600,
    });
    const hidden = [MOBILE, token, token.split('.')[2]!, WEBHOOK_SECRET];
    const gateway = toRemoteGateway(url, token);

    const answers: InitiateAnswer[] = [];
    for (const [, script] of LEAKING) {
      eko.onDebit = script;
      const sent = await trySendOtp(gateway, { customerId: MOBILE });
      const { otpRefId } = sent.data!.sendTransferOtp!.transferOtp;
      answers.push(await tryInitiate(gateway, { otp: OTP, otpRefId, customerId: MOBILE }));
    }
    // Refusals of ours, with the secrets in the wrong places.
    answers.push(await tryInitiate(gateway, { otp: OTP, otpRefId: OTP }));
    answers.push(await tryInitiate(gateway, { otp: `${OTP}x`, otpRefId: ACCOUNT }));
    answers.push(await tryInitiate(gateway, { otp: OTP, otpRefId: 'X', customerId: ACCOUNT }));
    const text = JSON.stringify(answers);
    expectNoSecrets(await sendToWrongPlaces(url, token), hidden);
    expect(answers.filter(({ data }) => data?.initiateTransfer)).toHaveLength(LEAKING.length);
    expectNoSecrets(text);

    const { sql } = toSql();
    await eventually(async () => {
      const open = await sql(`SELECT 1 FROM transfers WHERE status IN ('SUBMITTING', 'AWAITED')`);
      return open.length === 0 ? true : null;
    });
    const kept = await dump({ sql });
    expect(kept).toContain('XXXXXXXXXX7891');
    expectNoSecrets(kept, hidden);
    const metrics = await fetch(url.replace('/graphql', '/metrics'));
    expectNoSecrets(await metrics.text(), hidden);
  } finally {
    server.kill('SIGTERM');
  }
  expect(await exit).toEqual([0, null]);
  expect(output).toMatch(/"address":"[^"]+","hasToken":true,"msg":"a caller could not be identified"/);
  expectNoSecrets(output, [MOBILE, WEBHOOK_SECRET, 'eyJ']);
});

/** Requests with secrets where they do not belong; everything that is answered. */
async function sendToWrongPlaces(url: string, token: string): Promise<string> {
  const base = url.replace('/graphql', '');
  const json = { 'content-type': 'application/json' };
  const requests: [string, RequestInit][] = [
    [`${base}/${OTP}/${MOBILE}`, {}],
    [`${url}?otp=${OTP}&query={transaction(tid:"${ACCOUNT}"){id}}`, {}],
    [`${base}/webhooks/eko/${JWT_SECRET.replaceAll(' ', '')}${OTP}`, { method: 'POST', body: leak }],
    [`${base}/webhooks/eko/${WEBHOOK_SECRET}`, { method: 'POST', body: leak }],
    [
      `${base}/webhooks/eko/${WEBHOOK_SECRET}`,
      { method: 'POST', body: JSON.stringify({ leak, otp: OTP, MOBILE }) },
    ],
    [
      url,
      {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${token}${OTP}` },
        body: '{"query":"{ a }"}',
      },
    ],
    [
      url,
      { method: 'POST', headers: { ...json, authorization: `Basic ${token}` }, body: '{"query":"{ a }"}' },
    ],
    [url, { method: 'POST', headers: { ...json, [`x-${OTP}`]: leak }, body: `{"query": "${OTP} ${MOBILE}"` }],
    [
      url,
      {
        method: 'POST',
        headers: {
          ...json,
          authorization: `Bearer ${token}`,
          accept: 'multipart/mixed;subscriptionSpec=1.0',
        },
        body: JSON.stringify({
          query: 'subscription ($id: ID!) { transactionUpdated(id: $id) { id } }',
          variables: { id: leak },
        }),
      },
    ],
  ];
  const answers = requests.map(async ([address, init]) => (await fetch(address, init)).text());
  return (await Promise.all(answers)).join('\n');
}

test('after a run on the simulator no table holds an OTP or an account number', async () => {
  const gateway = await startGateway();
  try {
    const recipients = ['98765', '10001', '10002', '10003'];
    for (const recipientId of recipients) {
      const sent = await trySendOtp(gateway, { recipientId });
      await tryInitiate(gateway, { recipientId, otpRefId: sent.data!.sendTransferOtp!.transferOtp.otpRefId });
    }
    const { clientRefId, tid } = await transfer(gateway, 103);
    await postCallback(gateway, {
      tx_status: 0,
      tid,
      client_ref_id: clientRefId,
      account: '012345678901',
      otp: OTP,
    });
    const accounts = ['012345678901', ...recipients.slice(1).map((id) => `3${id.padStart(10, '0')}`)];
    const kept = await dump(gateway);
    expect(kept).toContain('XXXXXXXX8901');
    for (const account of accounts) expect(kept).not.toContain(account);
    expect(kept).not.toMatch(/(?<![0-9a-f.])123456(?![0-9a-f])/);
  } finally {
    await gateway.stop();
  }
});

function toSql(): Pick<Gateway, 'sql'> {
  return {
    sql: async <Found extends pg.QueryResultRow>(text: string, values?: unknown[]) => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        return (await client.query<Found>(text, values)).rows;
      } finally {
        await client.end();
      }
    },
  };
}

/** As much of a gateway as the client calls need, for a server in another process. */
function toRemoteGateway(url: string, token: string): Gateway {
  const request: Gateway['request'] = async (query, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return { httpStatus: response.status, ...((await response.json()) as object) };
  };
  return { request, ...toSql() } as Gateway;
}
