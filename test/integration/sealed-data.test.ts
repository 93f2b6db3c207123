// What is stored of people: sealed, found again, and told to nobody who holds a dump or looks on at the database.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { parseConfig } from '../../src/config/config.js';
import { getSealer, Sealer, useSealer } from '../../src/shared/sealing.js';
import { createSimulator } from '../../src/simulator/index.js';
import { CUSTOMER, startGateway, type Gateway } from '../support/gateway.js';
import { CLI, runProcess } from '../support/real-process.js';
import { killRealServers, startRealServer } from '../support/real-server.js';
import { postCallback, type Row } from '../support/records.js';
import { createTestDatabase } from '../support/test-database.js';
import { readTransaction, sendOtp, transfer, tryInitiate } from '../support/transfer-client.js';

const keyOf = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const INDEX = { DATA_INDEX_KEY: keyOf('i') };
const KEYS = { ...INDEX, DATA_ENCRYPTION_KEYS: `first:${keyOf('a')}` };

let gateway: Gateway;
/** The keys belong to the process, and each gateway that starts sets its own. */
const seal = (settings: Record<string, string>) => useSealer(new Sealer(parseConfig(settings).sealing));
beforeAll(async () => {
  gateway = await startGateway({ settings: KEYS, parts: { api: true, worker: false } });
});
beforeEach(() => seal(KEYS));
afterAll(() => gateway.stop());

const LIST = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { totalCount } }';
const count = async (customerId: string) => {
  const { data } = await gateway.request<{ transactions: { totalCount: number } }>(LIST, {
    filter: { customerId },
  });
  return data?.transactions.totalCount;
};

/** Everything that the tables of ours hold, as text. */
async function dump(): Promise<string> {
  const parts = ['transfers', 'transfer_events', 'otp_challenges', 'webhook_deliveries'].map((table) =>
    gateway.sql<{ row: string }>(`SELECT ${table}::text AS row FROM ${table}`),
  );
  return (await Promise.all(parts))
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

describe('a transfer', () => {
  test('is stored without the customer’s number or digits of it, and the recipient’s name, which its agent reads', async () => {
    const { id } = await transfer(gateway);
    const read = (await readTransaction(gateway, id))!;
    expect(read.customerId).toBe(CUSTOMER);
    expect(read.recipient.name).toMatch(/\w/);
    const stored = await dump();
    expect(stored).not.toContain(CUSTOMER);
    expect(stored).not.toContain(`XXXXXX${CUSTOMER.slice(-4)}`);
    expect(stored).not.toContain(read.recipient.name);
    expect(await count(CUSTOMER)).toBeGreaterThan(0);
    expect(await count('9999999999')).toBe(0);
  });

  test('is made, found and inquired after without its customer’s number in any statement', async () => {
    // Without the rows that came for it.
    const toStatement = (part: unknown): unknown => {
      if (!(part instanceof pg.Query)) return part;
      const { name, text, values } = part as unknown as Record<string, unknown>;
      return { name, text, values };
    };
    const query = jest.spyOn(pg.Client.prototype, 'query');
    try {
      const { id } = await transfer(gateway, 103);
      await gateway.request(
        'mutation ($id: ID!) { refreshTransaction(input: {id: $id}) { transaction { id } } }',
        { id },
      );
      await count(CUSTOMER);
      const said = query.mock.calls.map((call) =>
        JSON.stringify(call.filter((part) => typeof part !== 'function').map(toStatement)),
      );
      expect(said.join()).toContain(getSealer().sealToFind(CUSTOMER, 'customer_id'));
      expect(said.filter((text) => text.includes(CUSTOMER))).toEqual([]);
    } finally {
      query.mockRestore();
    }
  });

  test('keeps of Eko’s replies and callbacks no hash that a guessed account number could be tried on', async () => {
    const { id, clientRefId } = await transfer(gateway, 103);
    const callback = JSON.stringify({ tx_status: 0, client_ref_id: clientRefId, account: '234243534' });
    expect([await postCallback(gateway, callback), await postCallback(gateway, callback)]).toEqual([
      200, 200,
    ]);
    const digest = getSealer().digest(callback);
    expect(
      await gateway.sql('SELECT body_digest, delivery_count FROM webhook_deliveries WHERE transfer_id = $1', [
        id,
      ]),
    ).toEqual([{ body_digest: digest, delivery_count: 2 }]);
    expect(await dump()).not.toContain(createHash('sha256').update(callback).digest('hex'));
  });

  test('is hinted at by a callback to a process that lacks its key, too', async () => {
    const { id, clientRefId } = await transfer(gateway, 103);
    seal({ ...INDEX, DATA_ENCRYPTION_KEYS: `other:${keyOf('o')}` });
    expect(await postCallback(gateway, { tx_status: 0, client_ref_id: clientRefId })).toBe(200);
    const [row] = await gateway.sql<Row>('SELECT hinted_at FROM transfers WHERE id = $1', [id]);
    expect(row?.['hinted_at']).toEqual(expect.any(Date));
  });
});

describe('a server whose keys do not open what is stored does not start, and says why', () => {
  beforeAll(async () => {
    seal(KEYS);
    await transfer(gateway);
  });
  const start = (settings: Record<string, string>) =>
    startGateway({ settings, databaseUrl: gateway.databaseUrl }).then((other) => other.stop());

  test('with another key', async () => {
    const other = { ...INDEX, DATA_ENCRYPTION_KEYS: `second:${keyOf('b')}` };
    await expect(start(other)).rejects.toThrow(/sealed with the key "first"/);
  });

  test('with the same key and another index', async () => {
    await expect(start({ ...KEYS, DATA_INDEX_KEY: keyOf('j') })).rejects.toThrow(
      /DATA_INDEX_KEY is another one/,
    );
  });

  test('with the key of the numbers, and not that of a name', async () => {
    const [newest] = await gateway.sql<{ id: string; recipient_name: string }>(
      'SELECT id, recipient_name FROM transfers ORDER BY id DESC LIMIT 1',
    );
    const name = (stored: string) =>
      gateway.sql('UPDATE transfers SET recipient_name = $2 WHERE id = $1', [newest!.id, stored]);
    await name(newest!.recipient_name.replace('s1.first.', 's1.third.'));
    await expect(start(KEYS)).rejects.toThrow(/sealed with the key "third"/);
    await name(newest!.recipient_name);
    await start(KEYS);
  });
});

describe('while servers are restarted one by one, each reads what the other seals', () => {
  const OLD = `first:${keyOf('a')}`;
  const NEW = `second:${keyOf('b')}`;
  /** The phases before and after the new key seals; servers of neighbouring phases run side by side. */
  const PHASES = [`${OLD}`, `${OLD},${NEW}`, `${NEW},${OLD}`] as const;
  afterEach(killRealServers);

  test.each([
    [PHASES[0], PHASES[1]],
    [PHASES[1], PHASES[2]],
  ])('%s beside %s', async (...phases) => {
    const [database, simulator] = [await createTestDatabase(), createSimulator()];
    const { url: ekoUrl } = await simulator.start();
    try {
      const [before, after] = await Promise.all(
        phases.map((keys) =>
          startRealServer({
            databaseUrl: database.url,
            ekoUrl,
            settings: { ...INDEX, DATA_ENCRYPTION_KEYS: keys },
          }),
        ),
      );
      for (const [one, other] of [
        [before!, after!],
        [after!, before!],
      ] as const) {
        const otpRefId = await sendOtp(one);
        const { data } = await tryInitiate(other, { otpRefId });
        const made = data!.initiateTransfer!.transaction;
        expect((await readTransaction(one, made.id))?.customerId).toBe(CUSTOMER);
        const again = await tryInitiate(one, { otpRefId, clientRefId: made.clientRefId });
        expect(again.data?.initiateTransfer).toMatchObject({ replayed: true, transaction: { id: made.id } });
      }
    } finally {
      await killRealServers();
      await simulator.stop();
      await database.drop();
    }
  });
});

test('`data-keys` prints what a change of Eko’s access key would take away', async () => {
  const live = {
    EKO_BASE_URL: 'http://127.0.0.1:1',
    EKO_DEVELOPER_KEY: 'developer',
    EKO_ACCESS_KEY: 'access',
    EKO_INITIATOR_ID: '9962981729',
    AUTH_JWT_SECRET: 'a secret that is longer than 32 bytes',
    AUTH_ISSUER: 'test',
    AUTH_AUDIENCE: 'test',
  };
  const run = (env: Record<string, string>) => runProcess(['data-keys'], { cwd: tmpdir(), env });
  const { output } = await run(live);
  expect(output).toMatch(/^DATA_ENCRYPTION_KEYS=eko-[0-9a-f]{8}:.{44}\nDATA_INDEX_KEY=.{44}\n$/);
  const set = Object.fromEntries(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  const again = await run({ ...live, EKO_ACCESS_KEY: 'another', ...set } as Record<string, string>);
  expect(again.output).toBe(output);
});

test('`seal` prints what numbers are stored as, and takes nothing else', () => {
  const run = (input: string) =>
    spawnSync(process.execPath, [CLI, 'seal'], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], ...KEYS },
      input,
      encoding: 'utf8',
    });
  const sealed = [CUSTOMER, '9999999999'].map((number) => getSealer().sealToFind(number, 'customer_id'));
  expect(run(`${CUSTOMER}\n9999999999\n`)).toMatchObject({ status: 0, stdout: `${sealed.join('\n')}\n` });
  expect(run('12345\n')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/ten digits/),
  });
});

test('a transfer that a restore lost is entered again as the runbook says, and its customer is found', async () => {
  const runbook = readFileSync('docs/operations.md', 'utf8');
  const [, block = ''] = /```sql\n(\s+BEGIN;[^`]+RESTORED-0001[^`]+COMMIT;)/.exec(runbook) ?? [];
  const values: Record<string, string> = {
    SEALED_MOBILE: getSealer().sealToFind('9812345678', 'customer_id'),
    USER_CODE: '20810200',
    RECIPIENT_ID: '98765',
    CLIENT_REF_ID: 'LOST-20260101-001',
    TIME: '2026-01-01T10:30:00+05:30',
  };
  const toStatements = (given: Record<string, string>) =>
    block.replaceAll(/'([A-Z_]+)'/g, (all, name: string) => (name in given ? `'${given[name]}'` : all));
  await expect(gateway.sql(toStatements({ ...values, SEALED_MOBILE: '9812345678' }))).rejects.toThrow(
    'customer_id_check',
  );
  await gateway.sql(toStatements(values));
  expect(await count('9812345678')).toBe(1);
});
