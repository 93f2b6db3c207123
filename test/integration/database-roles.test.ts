// A deployment's three roles: the owner migrates, one role serves everything and can rewrite nothing, one only reads.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { grantRoles } from '../../src/database/roles.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { runProcess } from '../support/real-process.js';
import { becomes } from '../support/records.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { transfer } from '../support/transfer-client.js';

const suffix = randomBytes(4).toString('hex');
const ROLES = { serve: `serving_${suffix}`, read: `reading_${suffix}` };
const PASSWORD = 'of-a-test';

let database: TestDatabase;
let owner: pg.Client;
let serving: pg.Client;
let reading: pg.Client;
let gateway: Gateway;
function urlOf(role: string): string {
  const url = new URL(database.url);
  [url.username, url.password] = [role, PASSWORD];
  return url.href;
}
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  return client;
}
beforeAll(async () => {
  database = await createTestDatabase();
  owner = await connect(database.url);
  for (const role of Object.values(ROLES))
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await owner.query('GRANT CREATE ON SCHEMA public TO PUBLIC'); // as it is before PostgreSQL 15
  await grantRoles(database.url, ROLES);
  await grantRoles(database.url, ROLES); // again changes nothing
  gateway = await startGateway({
    databaseUrl: urlOf(ROLES.serve),
    settings: { INQUIRY_SCHEDULE_MS: '200,400' },
  });
  serving = await connect(urlOf(ROLES.serve));
  reading = await connect(urlOf(ROLES.read));
});
afterAll(async () => {
  await gateway.stop();
  await serving.end();
  await reading.end();
  for (const role of Object.values(ROLES)) await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.end();
  await database.drop();
});

test('the serving role does all that a server and a worker do', async () => {
  const { id } = await transfer(gateway, 103);
  expect((await becomes(gateway, id, 'SUCCESS')).events).toHaveLength(3);
});

const FORBIDDEN: readonly string[] = [
  `UPDATE transfer_events SET message = 'another'`,
  `UPDATE transfer_events SET hash = sha256(hash)`,
  'DELETE FROM transfer_events',
  'TRUNCATE transfer_events',
  'DELETE FROM transfers',
  'TRUNCATE transfers CASCADE',
  'DELETE FROM otp_challenges',
  'ALTER TABLE transfer_events DISABLE TRIGGER ALL',
  'DROP TABLE transfer_events',
  'CREATE OR REPLACE FUNCTION audit_hash(event transfer_events, about transfers, previous bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT NULL::bytea $$',
  `CREATE FUNCTION never(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT false'`,
  'CREATE TABLE mine (id integer)',
  'SET session_replication_role = replica',
  `INSERT INTO migrations (timestamp, name) VALUES (1, 'mine')`,
];
test.each(FORBIDDEN)('the serving role may not: %s', async (statement) => {
  await expect(serving.query(statement)).rejects.toMatchObject({ code: '42501' });
});

describe('the reading role', () => {
  test('reads', async () => {
    const { rows } = await reading.query(
      'SELECT count(*) FROM transfers JOIN transfer_events ON transfer_id = transfers.id',
    );
    expect(rows).toHaveLength(1);
  });

  test.each([
    `UPDATE transfers SET tid = '1'`,
    `INSERT INTO webhook_deliveries DEFAULT VALUES`,
    'DELETE FROM transfers',
  ])('may not: %s', async (statement) => {
    await expect(reading.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('is enough for `verify-audit`, which says that all is well, and exits 1 when it is not', async () => {
    const verify = () =>
      runProcess(['verify-audit'], { cwd: tmpdir(), env: { DATABASE_URL: urlOf(ROLES.read) } });
    const sound = await verify();
    expect(sound).toMatchObject({ code: 0 });
    expect(sound.output).toMatch(
      /^3 events of 1 transfers in the database of DATABASE_URL; digest [0-9a-f]{64}\nEvery timeline is what was written\.\n$/,
    );
    await owner.query(`SET session_replication_role = replica`);
    await owner.query(`UPDATE transfer_events SET message = 'another' WHERE sequence = 2`);
    const broken = await verify();
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(
      /: event 2 is not what was written\n1 transfer is not what was written\.\n$/,
    );
  });
});

test('`migrate` grants to the roles that it is told of, and says when there is none of that name', async () => {
  const migrate = (role: string) =>
    runProcess(['migrate', '--serve-role', role], { cwd: tmpdir(), env: { DATABASE_URL: database.url } });
  expect(await migrate(ROLES.serve)).toMatchObject({ code: 0, output: 'The database was up to date.\n' });
  const { code, output } = await migrate('nobody of that name');
  expect(code).toBe(1);
  expect(output).toContain('role "nobody of that name" does not exist');
});
