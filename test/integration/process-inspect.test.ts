// `inspect` as a person calls it: the real program, against a server's database and against the embedded one.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Inspection } from '../../src/commands/inspection.js';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { AGENT, CUSTOMER, startGateway } from '../support/gateway.js';
import { inquireAnswering, inquireNow, type Place } from '../support/inquire-now.js';
import { postCallback } from '../support/records.js';
import { runProcess } from '../support/real-process.js';
import { reply, sayNotFound, startScriptedEko, toDebitReply } from '../support/scripted-eko.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { createTestDatabase } from '../support/test-database.js';
import { transfer, type TestTransaction } from '../support/transfer-client.js';

/** Nowhere in a time, an id or a reference by chance. */
const OTP = '90817263';
const ACCOUNT = '50100123456789';
const REASON = 'Eko confirmed by mail that its answer was wrong';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'gateway-inspect-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** In a folder of its own, so that only the settings given count. */
async function inspect(args: readonly string[], env: Record<string, string>) {
  const { code, output } = await runProcess(['inspect', ...args], { cwd, env });
  expect(output).not.toMatch(/\n\s+at |node:internal|\.js:\d+/);
  return { code, output };
}

describe('a server’s database', () => {
  let place: Place;
  let env: Record<string, string>;
  let settled: TestTransaction;
  let denied: TestTransaction;
  let doubted: TestTransaction;
  beforeAll(async () => {
    const eko = await startScriptedEko();
    const gateway = await startGateway({
      ekoUrl: eko.url,
      settings: { INQUIRY_SCHEDULE_MS: '3600000', EKO_TRANSFER_TIMEOUT_MS: '3000' },
    });
    place = { gateway, eko };
    env = { DATABASE_URL: gateway.databaseUrl };

    eko.onDebit = (response, call) =>
      reply(
        response,
        toDebitReply(call, { account: ACCOUNT }, { message: `Paid ${CUSTOMER} by OTP ${OTP}` }),
      );
    settled = await transfer(gateway, 500, { otp: OTP, clientRefId: 'INSPECT-SETTLED-01' });
    await postCallback(gateway, {
      client_ref_id: settled.clientRefId,
      tx_status: '3',
      customer_id: CUSTOMER,
    });
    await postCallback(gateway, {
      client_ref_id: settled.clientRefId,
      tx_status: '3',
      customer_id: CUSTOMER,
    });

    eko.onDebit = (response) => response.socket?.resetAndDestroy();
    denied = await inquireAnswering(place, await transfer(gateway, 600, { otp: OTP }), sayNotFound);
    doubted = await inquireNow(place, await transfer(gateway, 700, { otp: OTP }), { amount: '7000' });
  });
  afterAll(async () => {
    await place.gateway.stop();
    await place.eko.stop();
  });

  test('a settled transfer by its clientRefId: everything in its place, nothing that is a secret', async () => {
    expect(settled.status).toBe('SUCCESS');
    const { code, output } = await inspect([settled.clientRefId], env);
    expect(code).toBe(0);
    const rows = [
      ['status', 'SUCCESS'],
      ['needs review', 'no'],
      ['amount', '₹500 (simulated: no money moves)'],
      ['customer', 'XXXXXX1111'],
      ['account', 'XXXXXXXXXX6789 (recipient 98765)'],
      ['tid', String(settled.tid)],
      ['bank reference', String(settled.bankReference)],
      ['clientRefId', settled.clientRefId],
      ['agent', AGENT],
      ['created', settled.createdAt],
      ['by schedule', '0'],
    ] as const;
    for (const [label, value] of rows) expect(output).toContain(`\n  ${label.padEnd(14)}  ${value}\n`);
    for (const event of settled.events) expect(output).toContain(`      ${event.message}\n`);
    expect(output).toMatch(/\n {3}2 {2}\S+Z {2}EKO_RESPONSE {2}SUBMITTING -> SUCCESS\n/);
    expect(output).toMatch(/ amount=500\.00 /);
    expect(output).toMatch(/ httpStatus=200 /);
    expect(output).toMatch(/\n {2}tx_status 3: 2 times, \S+Z to \S+Z\n/);
    expect(output).toMatch(/\nNext\n {2}\S.+\.\n$/);
    expect(output).toContain('OTP [redacted]');
    for (const secret of [OTP, ACCOUNT, CUSTOMER]) expect(output).not.toContain(secret);
  });

  test('as JSON it is the same, for a program', async () => {
    const { code, output } = await inspect([String(settled.tid), '--json'], env);
    expect(code).toBe(0);
    const { transfer: shown, timeline, inquiries, callbacks, next } = JSON.parse(output) as Inspection;
    expect(shown).toMatchObject({
      id: settled.id,
      clientRefId: settled.clientRefId,
      tid: settled.tid,
      status: 'SUCCESS',
      reason: null,
      needsReview: false,
      amountRupees: 500,
      customer: 'XXXXXX1111',
      account: 'XXXXXXXXXX6789',
      agent: AGENT,
      createdAt: settled.createdAt,
    });
    expect(Date.parse(shown.otpExpiresAt)).toBeGreaterThan(Date.parse(shown.createdAt));
    expect(timeline.map(({ sequence, source, to }) => [sequence, source, to])).toEqual([
      [1, 'CLIENT', 'SUBMITTING'],
      [2, 'EKO_RESPONSE', 'SUCCESS'],
    ]);
    expect(timeline[1]?.evidence).toMatchObject({ tid: settled.tid, httpStatus: 200, amount: '500.00' });
    expect(inquiries.notFound).toBe(0);
    expect(callbacks).toEqual([
      {
        claimedStatus: '3',
        count: 2,
        firstReceivedAt: expect.stringMatching(/Z$/),
        lastReceivedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(next).not.toBe('');
    for (const secret of [OTP, ACCOUNT, CUSTOMER]) expect(output).not.toContain(secret);
  });

  test('an awaited transfer that Eko denies: how often, and when it is asked after again', async () => {
    const { code, output } = await inspect([denied.id.toUpperCase(), '--json'], env);
    expect(code).toBe(0);
    const { transfer: shown, inquiries, next } = JSON.parse(output) as Inspection;
    expect(shown).toMatchObject({ status: 'AWAITED', reason: null, tid: null, account: null });
    expect(inquiries).toMatchObject({ notFound: 1, nextAt: denied.nextCheckAt });
    expect(next).toContain(
      `Asked after again at ${denied.nextCheckAt ?? ''}; Eko has denied it 1 of 5 times`,
    );
    expect(next).toMatch(/never send it again\.$/);
  });

  test('a transfer in review says what contradicts; closed, it says who closed it and why', async () => {
    const before = await inspect([doubted.clientRefId], env);
    expect(before.output).toMatch(/\n {2}needs review {4}yes\n/);
    expect(before.output).toMatch(/\nNext\n {2}A person has to look: Eko’s answer names another amount;/);
    expect(before.output).toMatch(/ amount=7000\.00/);

    const closing = `mutation ($input: ResolveReviewInput!) { resolveReview(input: $input) { transaction { needsReview } } }`;
    const token = await place.gateway.token('admin');
    const input = { id: doubted.id, reason: `${REASON}; ${CUSTOMER} was asked` };
    expect(await place.gateway.request(closing, { input }, { token })).toMatchObject({
      data: { resolveReview: { transaction: { needsReview: false } } },
    });
    const after = await inspect([doubted.clientRefId], env);
    expect(after.output).toMatch(/\n {2}needs review {4}no\n/);
    expect(after.output).toContain(`closed the review: ${REASON}; XXXXXX1111 was asked\n`);
    expect(after.output).toContain('operator=admin-20810200');
    expect(after.output).toMatch(/\nNext\n {2}Asked after again at /);
    expect(after.output).not.toContain(CUSTOMER);
  });

  test('a role that may only read can inspect, and nothing is written', async () => {
    const url = new URL(place.gateway.databaseUrl);
    const role = `inspector_${url.pathname.slice(1).slice(-8)}`;
    const administer = (text: string) => place.gateway.sql(text);
    await administer(`CREATE ROLE ${role} LOGIN PASSWORD 'only-to-read'`);
    try {
      await administer(
        `GRANT SELECT ON transfers, transfer_events, otp_challenges, webhook_deliveries TO ${role}`,
      );
      url.username = role;
      url.password = 'only-to-read';
      const { code, output } = await inspect([settled.id], { DATABASE_URL: url.href });
      expect(code).toBe(0);
      expect(output).toContain(`Transfer ${settled.id}`);
      expect(output).not.toContain('only-to-read');
    } finally {
      await administer(`DROP OWNED BY ${role}`);
      await administer(`DROP ROLE ${role}`);
    }
  });

  test.each(['01900000-0000-7000-8000-000000000000', 'MISSING-REF-0001', CUSTOMER])(
    'a transfer that is not there: exits 1, says so and repeats nothing: %s',
    async (name) => {
      const { code, output } = await inspect([name, '--json'], env);
      expect(code).toBe(1);
      expect(output).toBe(
        'There is no transfer with this id, clientRefId or tid in the database of DATABASE_URL.\n',
      );
    },
  );
});

describe('called wrongly', () => {
  test.each([
    ['without a name', [], /^Usage: npm run inspect -- ID/],
    ['with an unknown option', ['A', '--all'], /--all/],
  ])('%s: exits 1 and says how', async (_what, args, says) => {
    const { code, output } = await inspect(args, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' });
    expect(code).toBe(1);
    expect(output).toMatch(says);
  });

  test('a database without our tables: exits 1 and says what to do', async () => {
    const database = await createTestDatabase();
    try {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('ALTER TABLE transfers RENAME TO elsewhere').finally(() => client.end());
      const { code, output } = await inspect(['MISSING-REF-0001'], { DATABASE_URL: database.url });
      expect(code).toBe(1);
      expect(output).toMatch(/npm run migrate/);
    } finally {
      await database.drop();
    }
  });
});

describe('the embedded database', () => {
  let dataDir: string;
  let held: EmbeddedPostgres;
  let id: string;
  const run = () => inspect([id], { DATA_DIR: dataDir });
  beforeAll(async () => {
    dataDir = join(cwd, 'data');
    held = await startEmbeddedPostgres({ dataDir, durability: 'fast' });
    await migrate(held.url);
    [{ id } = { id: '' }] = await storeTransfers(held.url, [{ status: 'AWAITED', needsReview: true }]);
  });
  afterAll(() => held.stop());

  test('is read while another process holds it, which goes on; and when nobody does, it is started for the moment', async () => {
    const beside = await run();
    expect(beside).toMatchObject({ code: 0, output: expect.stringContaining(`Transfer ${id}`) });
    expect(beside.output).toContain('A person has to look');
    const [row] = await storeTransfers(held.url, [{}]);
    expect(row).toBeDefined();

    await held.stop();
    const alone = await run();
    expect(alone.code).toBe(0);
    expect(alone.output).toContain(`Transfer ${id}`);
    expect(await findPostmaster(join(dataDir, 'postgres'))).toBeNull();
  });

  test('is not made where there is none', async () => {
    const missing = join(cwd, 'nothing-here');
    const { code, output } = await inspect(['MISSING-REF-0001'], { DATA_DIR: missing });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^There is no database in DATA_DIR \(.*nothing-here\) yet, and DATABASE_URL is not set/,
    );
    expect(existsSync(missing)).toBe(false);
  });
});
