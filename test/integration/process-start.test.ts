import { readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, CUSTOMER, LATLONG, RECIPIENT } from '../support/gateway.js';
import { parseBody, postRaw, sendRaw } from '../support/raw-http.js';
import {
  runProcess as runBundled,
  startProcess,
  UNBUNDLED_CLI,
  type RealProcess,
} from '../support/real-process.js';

/** Not the default account of anything: where one of these is found in the output, it came from the requests. */
const CANARY_REF = 'CANARY-REF-000001';

const folders: string[] = [];
const running: RealProcess[] = [];
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-process-'));
  folders.push(folder);
  return folder;
}
function start(args: readonly string[], options: Parameters<typeof startProcess>[1]): RealProcess {
  const started = startProcess(args, { ...options, program: UNBUNDLED_CLI });
  running.push(started);
  return started;
}
const runProcess = (args: readonly string[], options: Parameters<typeof runBundled>[1]) =>
  runBundled(args, { ...options, program: UNBUNDLED_CLI });
/** Whether the PostgreSQL of a data folder still runs. */
async function findPostmaster(dataDir: string): Promise<number | null> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return pid && isGone(pid) === null ? pid : null;
}
/** A process that has ended but whose parent has not asked yet is gone: after kill -9 the parent is the system. */
function isGone(pid: number): true | null {
  try {
    process.kill(pid, 0);
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) ? true : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? true : null;
  }
}

async function ask<Data>(
  url: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
) {
  const answer = await postRaw(`${url}/graphql`, { query, variables }, headers);
  const { data, errors } = parseBody(answer);
  if (errors) throw new Error(answer.text);
  return data as Data;
}
interface Made {
  readonly id: string;
  readonly status: string;
  readonly isFinal: boolean;
  readonly tid: string | null;
}
async function makeTransfer(
  url: string,
  amount: number,
  headers: Record<string, string> = {},
): Promise<Made> {
  const terms = { customerId: CUSTOMER, recipientId: RECIPIENT, amount };
  const sent = await ask<{ sendTransferOtp: { transferOtp: { otpRefId: string } } }>(
    url,
    'mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { otpRefId } } }',
    { input: terms },
    headers,
  );
  const { otpRefId } = sent.sendTransferOtp.transferOtp;
  const made = await ask<{ initiateTransfer: { transaction: Made } }>(
    url,
    'mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { transaction { id status isFinal tid } } }',
    { input: { ...terms, otp: '123456', otpRefId, latlong: LATLONG } },
    headers,
  );
  return made.initiateTransfer.transaction;
}
const read = async (url: string, id: string) =>
  (
    await ask<{ transaction: Made }>(
      url,
      'query ($id: ID!) { transaction(id: $id) { id status isFinal tid } }',
      { id },
    )
  ).transaction;
const whenReady = async (started: RealProcess) =>
  (await started.prints(/GraphQL\s+(http:\S+)\/graphql/))[1] ?? '';

afterAll(async () => {
  for (const started of running) started.kill('SIGKILL');
  for (const folder of folders) {
    const pid = await findPostmaster(join(folder, 'data')).catch(() => null);
    if (pid !== null) {
      process.kill(pid, 'SIGQUIT');
      await eventually(() => isGone(pid));
    }
    await rm(folder, { recursive: true, force: true });
  }
});

describe('start', () => {
  let cwd: string;
  let dataDir: string;
  let env: Record<string, string>;
  let first: RealProcess;
  let url: string;
  let firstSettled: Made;
  let awaited: Made;
  beforeAll(async () => {
    cwd = await makeFolder();
    dataDir = join(cwd, 'data');
    env = { DATA_DIR: dataDir, PORT: '0', INQUIRY_SCHEDULE_MS: '4000,300' };
    first = start(['start'], { cwd, env });
    url = await whenReady(first);
  });

  test('prints the addresses, a token that works, the OTP and what to try next', async () => {
    const token = /Token\s+(\S+)/.exec(first.output())?.[1] ?? '';
    expect(first.output()).toMatch(/OTP\s+123456/);
    expect(first.output()).toMatch(/Eko simulator\s+http:\/\/127\.0\.0\.1:\d+\/ekoapi\/v3/);
    expect(first.output()).toMatch(/Start page\s+http:\/\/localhost:\d+\//);
    expect(await ask(url, '{ __typename }', {}, { authorization: `Bearer ${token}` })).toEqual({
      __typename: 'Query',
    });
    const command = /curl .*-d '(.*)'/.exec(first.output())?.[1] ?? '';
    const answer = await postRaw(`${url}/graphql`, command);
    expect(parseBody(answer)).toMatchObject({
      data: { sendTransferOtp: { transferOtp: { sentTo: expect.any(String) } } },
    });
    for (const path of ['/', '/livez', '/readyz', '/schema.graphql'])
      expect((await sendRaw(`${url}${path}`)).status).toBe(200);
  });

  test('keeps its key and its database to itself', async () => {
    for (const name of ['jwt-secret', 'database-url'])
      expect((await stat(join(dataDir, name))).mode & 0o077).toBe(0);
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
  });

  test('`token` signs with the key of the running server', async () => {
    const { code, output } = await runProcess(
      ['token', '--user-code', '77778888', '--role', 'support', '--hours', '1'],
      { cwd, env },
    );
    expect(code).toBe(0);
    const authorization = `Bearer ${output.trim()}`;
    expect(await ask(url, '{ transactions { totalCount } }', {}, { authorization })).toEqual({
      transactions: { totalCount: 0 },
    });
    const otp =
      'mutation { sendTransferOtp(input: {customerId: "6111111111", recipientId: "98765", amount: 500}) { transferOtp { amount } } }';
    const refused = await postRaw(`${url}/graphql`, { query: otp }, { authorization });
    expect(parseBody(refused).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('is the only one on its data folder: a second one says so', async () => {
    const { code, output } = await runProcess(['start'], { cwd, env });
    expect(code).toBe(1);
    expect(output).toMatch(/already using the data folder/);
    expect(output).toContain(String(first.pid));
    expect(output).not.toMatch(/\n\s+at /);
    expect((await sendRaw(`${url}/readyz`)).status).toBe(200);
  });

  test('comes back with everything after kill -9, and settles what was open', async () => {
    firstSettled = await makeTransfer(url, 500);
    expect(firstSettled.status).toBe('SUCCESS');
    awaited = await makeTransfer(url, 103);
    expect(awaited.status).toBe('AWAITED');
    first.kill('SIGKILL');
    await first.exited();

    const second = start(['start'], { cwd, env });
    url = await whenReady(second);
    expect(await read(url, firstSettled.id)).toEqual(firstSettled);
    const settled = await eventually(async () => {
      const found = await read(url, awaited.id);
      return found.isFinal ? found : null;
    }, 20_000);
    // The simulator's own book survived: it knows the transfer under the tid that it had given.
    expect(settled).toMatchObject({ status: 'SUCCESS', tid: awaited.tid });
    const simulatorUrl = /Eko simulator\s+(http:\/\/[^/]+)/.exec(second.output())?.[1] ?? '';
    const ledger = JSON.parse((await sendRaw(`${simulatorUrl}/_simulator/ledger`)).text) as { tid: string }[];
    expect(ledger.map((entry) => entry.tid)).toEqual([firstSettled.tid, awaited.tid]);
  });

  test('stops on SIGTERM with 0, leaves no PostgreSQL behind, and starts again', async () => {
    const last = running.at(-1)!;
    const postmaster = await findPostmaster(dataDir);
    expect(postmaster).not.toBeNull();
    last.kill('SIGTERM');
    expect(await last.exited()).toBe(0);
    expect(isGone(postmaster ?? 0)).toBe(true);
    expect(await findPostmaster(dataDir)).toBeNull();

    const again = start(['start'], { cwd, env });
    url = await whenReady(again);
    expect(await read(url, firstSettled.id)).toEqual(firstSettled);
    again.kill('SIGINT');
    expect(await again.exited()).toBe(0);
    expect(await findPostmaster(dataDir)).toBeNull();
  }, 45_000);
});

describe('start with LOG_LEVEL=trace', () => {
  test('prints nothing of what is secret or personal, finishes what runs at SIGTERM, and exits 0', async () => {
    const cwd = await makeFolder();
    await writeFile(
      join(cwd, '.env'),
      `DATA_DIR=${join(cwd, 'data')}\nPORT=0\nLOG_LEVEL=trace\nEKO_TRANSFER_TIMEOUT_MS=1500\n`,
    );
    const server = start(['start'], { cwd });
    const url = await whenReady(server);
    const banner = server.output();
    const token = /Token\s+(\S+)/.exec(banner)?.[1] ?? '';
    const headers = { authorization: `Bearer ${token}` };
    await makeTransfer(url, 500, headers);
    await makeTransfer(url, 111, headers);
    const input = {
      customerId: CUSTOMER,
      recipientId: RECIPIENT,
      amount: 500,
      otp: '90721077',
      otpRefId: 'CANARYOTPREF',
      latlong: '19.0760111,72.8777111',
      clientRefId: CANARY_REF,
    };
    const initiate =
      'mutation ($input: InitiateTransferInput!, $c: TransferChannel) { initiateTransfer(input: $input) { replayed } }';
    for (const body of [
      { query: initiate.replace(', $c: TransferChannel', ''), variables: { input } },
      {
        query: initiate.replace(', $c: TransferChannel', ''),
        variables: { input: { ...input, amount: 'CANARYAMOUNT' } },
      },
      {
        query: `mutation ($c: TransferChannel) { initiateTransfer(input: {customerId: "6111111111", recipientId: "98765", amount: 500, otp: "90721077", otpRefId: "CANARYOTPREF", latlong: "1,1", channel: $c}) { replayed } }`,
        variables: { c: null },
      },
      { query: '{ transaction(tid: "CANARY\u0000TID") { id } }' },
      'CANARYBODY',
    ])
      expect((await postRaw(`${url}/graphql`, body, headers)).status).toBeLessThan(500);
    await postRaw(`${url}/graphql`, { query: '{ __typename }' }, { authorization: 'Bearer CANARYTOKEN' });

    const slow = makeTransfer(url, 106, headers);
    await eventually(async () =>
      (await sendRaw(`${url}/metrics`)).text.includes('gateway_transfers_in_flight 1') ? true : null,
    );
    server.kill('SIGTERM');
    expect((await slow).status).toBe('AWAITED');
    expect(await server.exited()).toBe(0);

    const logged = server.output().slice(banner.length);
    const secrets = [
      CUSTOMER,
      token,
      token.split('.')[2] ?? token,
      '123456',
      '90721077',
      'CANARY',
      RECIPIENT,
      '19.0760111',
      LATLONG,
      'secret-key',
      'developer_key',
      'eko-transfer-gateway@',
    ];
    expect(secrets.filter((secret) => logged.includes(secret))).toEqual([]);
    expect(logged).not.toMatch(/"level":(50|60)/);
    expect(await findPostmaster(join(cwd, 'data'))).toBeNull();
  }, 45_000);
});

// Only root can become somebody else; an ordinary user is one already.
const asNobody =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

test('start works for an ordinary user', async () => {
  const cwd = await makeFolder();
  if (asNobody.length > 0) {
    await chown(cwd, 65534, 65534);
    await chmod(cwd, 0o755);
  }
  const server = start(['start'], { cwd, env: { DATA_DIR: 'data', PORT: '0', HOME: cwd }, prefix: asNobody });
  const url = await whenReady(server);
  expect((await makeTransfer(url, 500)).status).toBe('SUCCESS');
  server.kill('SIGTERM');
  expect(await server.exited()).toBe(0);
  expect((await stat(join(cwd, 'data', 'jwt-secret'))).uid).toBe(
    asNobody.length > 0 ? 65534 : process.getuid?.(),
  );
});

test.each(['start', 'token'])(
  '%s: what nobody expected is told with the lines of our sources',
  async (command) => {
    const cwd = await makeFolder();
    await writeFile(join(cwd, 'file'), '');
    const { code, output } = await runProcess([command], {
      cwd,
      env: { PORT: '0', DATA_DIR: join(cwd, 'file', 'data') },
    });
    expect(code).toBe(1);
    expect(output).toMatch(/ENOTDIR/);
    expect(output).toMatch(/ \(.*src\/commands\/system\.ts:\d+:\d+\)/);
  },
);

test('demo tells its story and exits 0', async () => {
  const cwd = await makeFolder();
  const { code, output } = await runProcess(['demo'], { cwd });
  expect({ code, last: output.trimEnd().split('\n').at(-1) }).toEqual({
    code: 0,
    last: 'Every step did what it says.',
  });
  for (const part of [
    /SUCCESS: tid \d+/,
    /Replayed/,
    /AWAITED, next action WAIT/,
    /SUCCESS \(EKO_INQUIRY\)/,
    /FAILED, INSUFFICIENT_BALANCE/,
  ])
    expect(output).toMatch(part);
});

describe('a signal', () => {
  test('that interrupts the demo leaves nothing behind', async () => {
    const cwd = await makeFolder();
    const demo = start(['demo'], { cwd, env: { TMPDIR: cwd } });
    await demo.prints(/1\. The agent/);
    const [folder = ''] = (await readdir(cwd)).filter((name) => name.includes('demo'));
    const pid = await findPostmaster(join(cwd, folder));
    expect(pid).not.toBeNull();
    demo.kill('SIGINT');
    expect(await demo.exited()).toBe(1);
    expect(isGone(pid ?? 0)).toBe(true);
    expect((await readdir(cwd)).filter((name) => name.includes('demo'))).toEqual([]);
    expect(demo.output()).toMatch(/Interrupted/);
    expect(demo.output()).not.toMatch(/\n\s+at /);
  });

  test('during the start stops what has been started', async () => {
    const cwd = await makeFolder();
    const dataDir = join(cwd, 'data');
    const server = start(['start'], { cwd, env: { DATA_DIR: dataDir, PORT: '0' } });
    await server.prints(/preparing the database/);
    server.kill('SIGTERM');
    expect(await server.exited()).toBe(0);
    expect(await findPostmaster(dataDir)).toBeNull();
  });

  test('twice at once, as npm passes Ctrl-C on, is one; twice by hand leaves at once', async () => {
    const cwd = await makeFolder();
    const dataDir = join(cwd, 'data');
    const server = start(['start'], {
      cwd,
      env: { DATA_DIR: dataDir, PORT: '0', EKO_TRANSFER_TIMEOUT_MS: '30000' },
    });
    const url = await whenReady(server);
    const slow = makeTransfer(url, 106).catch(() => 'cut off');
    await eventually(async () =>
      (await sendRaw(`${url}/metrics`)).text.includes('gateway_transfers_in_flight 1') ? true : null,
    );
    server.kill('SIGINT');
    server.kill('SIGTERM');
    await eventually(async () => ((await sendRaw(`${url}/readyz`)).status === 503 ? true : null));
    // Until it counts as a second one, a signal does nothing: the server still answers.
    const startedAt = performance.now();
    const ended = server.exited();
    let exitCode: number | null | undefined;
    void ended.then((code) => (exitCode = code));
    await eventually(() => {
      server.kill('SIGINT');
      return exitCode;
    });
    expect(exitCode).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await slow).toBe('cut off');
  });
});
