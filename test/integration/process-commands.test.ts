import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import pg from 'pg';
import { startDatabaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/gateway.js';
import { parseBody, postRaw, sendRaw } from '../support/raw-http.js';
import { CLI, runProcess, startProcess, type RealProcess } from '../support/real-process.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'gateway-commands-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));
const run = (args: string[], env: Record<string, string> = {}) => runProcess(args, { cwd, env });
const STACK = /\n\s+at |node:internal|\.js:\d+/;

describe('a command that cannot do what it is asked', () => {
  test.each([
    ['without a name', [], /which command\?[\s\S]*Usage:/],
    ['with an unknown name', ['strat'], /no command strat[\s\S]*Usage:/],
    ['with the name of what every object has', ['constructor'], /no command constructor/],
    ['token: unknown role', ['token', '--role', 'king'], /--role is one of agent, support, admin/],
    ['token: odd user code', ['token', '--user-code', "1' OR 1=1"], /--user-code is 4-20 letters and digits/],
    ['token: no time', ['token', '--hours', '0'], /--hours is a number/],
    ['token: endless', ['token', '--hours', 'Infinity'], /--hours is a number/],
    ['token: unknown option', ['token', '--admin'], /--admin/],
    ['simulator: unknown dialect', ['simulator', '--dialect', 'klingon'], /--dialect is seed or live/],
    ['simulator: no port', ['simulator', '--port', '99999'], /--port is a number/],
    ['start: an option that there is not', ['start', '--port', '4001'], /Unknown option '--port'/],
    ['demo: something else', ['demo', 'fast'], /Unexpected argument 'fast'/],
  ])('%s: exits 1 and says why', async (_what, args, says) => {
    const { code, output } = await run(args, { DATA_DIR: join(cwd, 'data') });
    expect(code).toBe(1);
    expect(output).toMatch(says);
    expect(output).not.toMatch(STACK);
  });

  test.each([['help'], ['--help'], ['-h'], ['start', '--help'], ['token', '--help'], ['demo', '-h']])(
    '%s %s exits 0 with every command',
    async (...args) => {
      const { code, output } = await run(args.filter(Boolean));
      expect(code).toBe(0);
      for (const command of ['start', 'demo', 'serve', 'worker', 'migrate', 'simulator', 'token', 'inspect'])
        expect(output).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    },
  );
});

test('a demo that nobody reads any more stops, and removes what it made', async () => {
  const folder = join(cwd, 'temporary');
  await mkdir(folder, { mode: 0o755 });
  await chmod(cwd, 0o755);
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: folder };
  const demo = spawn(process.execPath, [CLI, 'demo'], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(demo.stdout, 'data');
  expect(await readdir(folder)).toHaveLength(1);
  demo.stdout.destroy();
  expect(await once(demo, 'exit')).toEqual([1, null]);
  expect(await readdir(folder)).toEqual([]);
}, 60_000);

test.each(['start', 'serve', 'worker', 'migrate', 'token'])(
  '%s: tells all bad settings at once, never their values, and exits 1',
  async (command) => {
    const { code, output } = await run([command], {
      PORT: 'CANARYPORT',
      AUTH_JWT_SECRET: 'CANARYSECRET',
      DATABASE_URL: 'mysql://user:CANARYPASSWORD@db/x',
      EKO_BASE_URL: 'http://CANARY.example',
      LOG_LEVEL: 'CANARYLEVEL',
    });
    expect(code).toBe(1);
    for (const name of [
      'PORT',
      'AUTH_JWT_SECRET',
      'DATABASE_URL',
      'EKO_BASE_URL',
      'LOG_LEVEL',
      'EKO_DEVELOPER_KEY',
      'AUTH_ISSUER',
    ])
      expect(output).toMatch(new RegExp(`^  - ${name} `, 'm'));
    expect(output).not.toMatch(/CANARY/);
    expect(output).not.toMatch(STACK);
  },
);

test('settings come from .env, those of the environment before them', async () => {
  const folder = await mkdtemp(join(cwd, 'env-'));
  await writeFile(
    join(folder, '.env'),
    '# a comment\nPORT="CANARY"\nexport LOG_LEVEL=loud\nOTP_LIFETIME_MS=x\n',
  );
  const both = await runProcess(['token'], { cwd: folder, env: { OTP_LIFETIME_MS: '1000' } });
  expect(both.code).toBe(1);
  expect(both.output).toMatch(/- PORT /);
  expect(both.output).toMatch(/- LOG_LEVEL /);
  expect(both.output).not.toMatch(/OTP_LIFETIME_MS/);
});

test('in production the sandbox does not start', async () => {
  const { code, output } = await run(['start'], { NODE_ENV: 'production', DATA_DIR: join(cwd, 'never') });
  expect(code).toBe(1);
  expect(output).toMatch(/EKO_BASE_URL[\s\S]*DATABASE_URL[\s\S]*AUTH_JWT_SECRET/);
  await expect(stat(join(cwd, 'never'))).rejects.toThrow(/ENOENT/);
});

test.each(['EKO_DEVELOPER_KEY', 'EKO_ACCESS_KEY', 'EKO_BASE_URL', 'EKO_INITIATOR_ID'])(
  'the simulator does not start beside live credentials: %s',
  async (name) => {
    const { code, output } = await run(['simulator', '--port', '0'], { [name]: 'https://CANARY.example' });
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`live credentials.*${name}`));
    expect(output).not.toMatch(/CANARY/);
  },
);

test('a port that is taken is told in a sentence, and exits 1', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    const { code, output } = await run(['simulator', '--port', String(port)]);
    expect(code).toBe(1);
    expect(output).toMatch(/^listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n$/);
    const started = await run(['start'], { PORT: String(port), DATA_DIR: join(cwd, 'never') });
    expect(started.code).toBe(1);
    expect(started.output).toMatch(
      /Something listens on port \d+ of 127\.0\.0\.1 already: stop it, or set PORT/,
    );
    await expect(stat(join(cwd, 'never'))).rejects.toThrow(/ENOENT/);
  } finally {
    taken.close();
  }
});

test('a database that is not there is told in a sentence, without its password', async () => {
  for (const command of ['migrate', 'serve']) {
    const { code, output } = await run([command], {
      DATABASE_URL: 'postgres://gateway:CANARYPASSWORD@127.0.0.1:1/x',
      PORT: '0',
      DATA_DIR: join(cwd, 'data'),
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:1$/m);
    expect(output).not.toMatch(/CANARY/);
    expect(output).not.toMatch(STACK);
  }
});

describe('the parts of a deployment', () => {
  const name = `gateway_parts_${process.pid}`;
  const started: RealProcess[] = [];
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let env: Record<string, string>;
  const start = (args: string[], settings: Record<string, string> = {}) => {
    const child = startProcess(args, { cwd, env: settings });
    started.push(child);
    return child;
  };
  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: process.env['TEST_SERVER_URL'] });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  beforeAll(async () => {
    await administer(`CREATE DATABASE ${name}`);
    const databaseUrl = new URL(process.env['TEST_SERVER_URL'] ?? '');
    databaseUrl.pathname = name;
    const simulator = start(['simulator', '--port', '0']);
    const [, ekoUrl = ''] = await simulator.prints(/EKO_BASE_URL=(\S+)/);
    await simulator.prints(/EKO_INITIATOR_ID=/);
    const credentials = Object.fromEntries(
      [...simulator.output().matchAll(/(EKO_\w+)=(\S+)/g)].map((match) => [match[1], match[2]]),
    ) as Record<string, string>;
    env = {
      ...credentials,
      EKO_BASE_URL: ekoUrl,
      // A deployment as it is meant to be: in production, with the public key of somebody else's tokens.
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl.href,
      AUTH_JWT_PUBLIC_KEY: publicKey
        .export({ type: 'spki', format: 'pem' })
        .toString()
        .replaceAll('\n', '\\n'),
      AUTH_ISSUER: 'https://login.example.in',
      AUTH_AUDIENCE: 'transfers',
      PORT: '0',
      INQUIRY_SCHEDULE_MS: '300,300',
    };
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await Promise.all(started.map((child) => child.exited()));
    await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });

  test('serve and worker wait for migrate; then they move money together', async () => {
    for (const part of ['serve', 'worker']) {
      const early = await run([part], env);
      expect(early.code).toBe(1);
      expect(early.output).toMatch(/npm run migrate/);
    }
    const migrated = await run(['migrate'], env);
    expect(migrated).toMatchObject({ code: 0, output: expect.stringMatching(/^applied Initial\d+/) });
    expect(await run(['migrate'], env)).toMatchObject({ code: 0, output: 'The database was up to date.\n' });

    const api = start(['serve'], env);
    const worker = start(['worker'], env);
    const [, url = ''] = await api.prints(/"url":"([^"]+)"/);
    await worker.prints(/"started"/);
    const token = await new SignJWT({ user_code: '20810200', roles: ['agent'] })
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject('agent-1')
      .setIssuer('https://login.example.in')
      .setAudience('transfers')
      .setExpirationTime('5m')
      .sign(privateKey);
    const headers = { authorization: `Bearer ${token}` };
    const ask = async (query: string) => parseBody(await postRaw(`${url}/graphql`, { query }, headers));

    expect((await sendRaw(`${url}/`)).status).toBe(404);
    expect((await postRaw(`${url}/graphql`, { query: '{ __typename }' })).status).toBe(401);
    const terms = 'customerId: "6111111111", recipientId: "98765", amount: 103';
    const sent = await ask(`mutation { sendTransferOtp(input: {${terms}}) { transferOtp { otpRefId } } }`);
    const { otpRefId } = (sent.data?.['sendTransferOtp'] as { transferOtp: { otpRefId: string } })
      .transferOtp;
    const made = await ask(
      `mutation { initiateTransfer(input: {${terms}, otp: "123456", otpRefId: "${otpRefId}", latlong: "1,1"}) { transaction { id status isSimulated } } }`,
    );
    const { transaction } = made.data?.['initiateTransfer'] as { transaction: { id: string } };
    expect(transaction).toMatchObject({ status: 'AWAITED', isSimulated: false });
    await eventually(async () => {
      const { data } = await ask(`{ transaction(id: "${transaction.id}") { status } }`);
      return (data?.['transaction'] as { status: string }).status === 'SUCCESS' ? true : null;
    }, 20_000);

    for (const child of [api, worker]) child.kill('SIGTERM');
    expect(await Promise.all([api.exited(), worker.exited()])).toEqual([0, 0]);
    const logged = api.output() + worker.output();
    for (const line of logged.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(logged).not.toMatch(/6111111111|123456"|98765|"level":50/);
  });

  test('serve and worker wait for a PostgreSQL that is starting', async () => {
    const proxy = await startDatabaseProxy(env['DATABASE_URL']!);
    try {
      proxy.begin();
      const parts = ['serve', 'worker'].map((part) => start([part], { ...env, DATABASE_URL: proxy.url }));
      for (const part of parts)
        await part.prints(/waiting for PostgreSQL, which says: the database system is/);
      proxy.restore();
      for (const part of parts) await part.prints(/"started"/);
      for (const part of parts) part.kill('SIGTERM');
      expect(await Promise.all(parts.map((part) => part.exited()))).toEqual([0, 0]);
    } finally {
      await proxy.stop();
    }
  });

  test('nobody can make a token where somebody else signs them', async () => {
    const { code, output } = await run(['token'], env);
    expect(code).toBe(1);
    expect(output).toMatch(/private key of AUTH_JWT_PUBLIC_KEY/);
    expect(output).not.toMatch(STACK);
  });

  test('the worker alone needs an Eko', async () => {
    const { code, output } = await run(['worker'], {
      DATABASE_URL: env['DATABASE_URL'] ?? '',
      DATA_DIR: join(cwd, 'data'),
    });
    expect(code).toBe(1);
    expect(output).toMatch(/EKO_BASE_URL/);
    expect(output).not.toMatch(STACK);
  });
});
