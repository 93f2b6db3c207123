// The timelines cannot be changed by the program's own role, and cannot be changed by their owner without being found.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { verifyAuditChain } from '../../src/database/audit-chain.js';
import { getSealer } from '../../src/shared/sealing.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { becomes } from '../support/records.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { transfer } from '../support/transfer-client.js';

let gateway: Gateway;
let owner: pg.Client;
beforeAll(async () => {
  gateway = await startGateway();
  owner = new pg.Client({ connectionString: gateway.databaseUrl });
  await owner.connect();
  const { id } = await transfer(gateway, 103);
  await transfer(gateway, 101);
  await transfer(gateway, 500);
  await becomes(gateway, id, 'SUCCESS');
  await storeTransfers(
    gateway.databaseUrl,
    Array.from({ length: 30 }, (_, index) => ({ status: index % 3 === 0 ? 'AWAITED' : 'SUCCESS' }) as const),
  );
});
afterAll(async () => {
  await owner.end();
  await gateway.stop();
});

test('what the program wrote is found to be what was written', async () => {
  const report = await verifyAuditChain(owner);
  expect(report).toMatchObject({ transfers: 33, findings: [] });
  expect(report.events).toBeGreaterThan(66);
  expect(report.digest).toMatch(/^[0-9a-f]{64}$/);
  expect((await verifyAuditChain(owner)).digest).toBe(report.digest);
});

test.each([
  ['UPDATE transfer_events SET message = message', 'append-only'],
  ['DELETE FROM transfer_events', 'append-only'],
  ['TRUNCATE transfer_events CASCADE', 'never emptied'],
])('%s is refused', async (statement, words) => {
  await expect(owner.query(statement)).rejects.toThrow(words);
});

/** Each changes one thing, as the owner of the database can; `null` where it happens to change nothing. */
type Tampering = (event: Row) => [string, unknown[]] | null;
interface Row {
  readonly id: string;
  readonly transfer_id: string;
  readonly sequence: number;
  readonly source: string;
}
const ON_EVENT = 'UPDATE transfer_events SET';
const ON_TRANSFER = 'UPDATE transfers SET';
const TAMPERINGS: readonly (readonly [string, Tampering])[] = [
  ['its message', ({ id }) => [`${ON_EVENT} message = message || '.' WHERE id = $1`, [id]]],
  ['its evidence', ({ id }) => [`${ON_EVENT} evidence = evidence || '{"tid":"1"}' WHERE id = $1`, [id]]],
  ['its moment', ({ id }) => [`${ON_EVENT} occurred_at = occurred_at + interval '1 ms' WHERE id = $1`, [id]]],
  [
    'its source',
    ({ id, source }) =>
      source === 'OPERATOR' ? null : [`${ON_EVENT} source = 'OPERATOR' WHERE id = $1`, [id]],
  ],
  [
    'the status it led to',
    ({ id }) => [
      `${ON_EVENT} to_status = CASE to_status WHEN 'FAILED' THEN 'SUCCESS' ELSE 'FAILED' END WHERE id = $1`,
      [id],
    ],
  ],
  ['the status before it', ({ id }) => [`${ON_EVENT} from_status = 'REFUNDED' WHERE id = $1`, [id]]],
  ['its id', ({ id }) => [`${ON_EVENT} id = gen_random_uuid() WHERE id = $1`, [id]]],
  ['its hash', ({ id }) => [`${ON_EVENT} hash = sha256(hash) WHERE id = $1`, [id]]],
  ['its place', ({ id }) => [`${ON_EVENT} sequence = sequence + 100 WHERE id = $1`, [id]]],
  ['that it happened', ({ id }) => ['DELETE FROM transfer_events WHERE id = $1', [id]]],
  [
    'that something else happened',
    ({ transfer_id: id }) => [
      `INSERT INTO transfer_events SELECT gen_random_uuid(), transfer_id, 99, source, from_status, to_status, message,
         evidence, occurred_at, hash FROM transfer_events WHERE transfer_id = $1 LIMIT 1`,
      [id],
    ],
  ],
  ['the amount', ({ transfer_id: id }) => [`${ON_TRANSFER} amount_rupees = 4999 WHERE id = $1`, [id]]],
  ['the recipient', ({ transfer_id: id }) => [`${ON_TRANSFER} recipient_id = '12345' WHERE id = $1`, [id]]],
  [
    'the customer',
    ({ transfer_id: id }) => [
      `${ON_TRANSFER} customer_id = $2 WHERE id = $1`,
      [id, getSealer().sealToFind('9999999999', 'customer_id')],
    ],
  ],
  ['the agent', ({ transfer_id: id }) => [`${ON_TRANSFER} agent_user_code = '99990000' WHERE id = $1`, [id]]],
  [
    'the reference',
    ({ transfer_id: id }) => [`${ON_TRANSFER} client_ref_id = 'TAMPERED-WITH' WHERE id = $1`, [id]],
  ],
  ['where the agent was', ({ transfer_id: id }) => [`${ON_TRANSFER} latlong = '1,1' WHERE id = $1`, [id]]],
  [
    'when it was made',
    ({ transfer_id: id }) => [`${ON_TRANSFER} created_at = created_at - interval '1 s' WHERE id = $1`, [id]],
  ],
  [
    'whether money moved',
    ({ transfer_id: id }) => [`${ON_TRANSFER} is_simulated = NOT is_simulated WHERE id = $1`, [id]],
  ],
  [
    'its status',
    ({ transfer_id: id }) => [
      `${ON_TRANSFER} status = CASE status WHEN 'ON_HOLD' THEN 'AWAITED' ELSE 'ON_HOLD' END WHERE id = $1`,
      [id],
    ],
  ],
  [
    'the count of its events',
    ({ transfer_id: id }) => [`${ON_TRANSFER} event_count = event_count + 1 WHERE id = $1`, [id]],
  ],
  ['that there was a transfer', ({ transfer_id: id }) => ['DELETE FROM transfers WHERE id = $1', [id]]],
];

describe('as the owner, with every rule switched off', () => {
  const TIMES = 1_000;

  test(`${TIMES} random tamperings are all found, and nothing else`, async () => {
    const { rows } = await owner.query<Row>('SELECT id, transfer_id, sequence, source FROM transfer_events');
    const { digest } = await verifyAuditChain(owner);
    const missed: string[] = [];
    const done = new Map<string, number>();
    for (let time = 0; time < TIMES; time += 1) {
      const [name, tamper] = TAMPERINGS[time % TAMPERINGS.length]!;
      const event = rows[randomInt(rows.length)]!;
      const statement = tamper(event);
      if (statement === null) continue;
      // Tampered with and looked at in one transaction, which then never was.
      await owner.query('BEGIN; SET LOCAL session_replication_role = replica');
      const { rowCount } = await owner.query(...statement);
      const { findings } = await verifyAuditChain(withinTransaction(owner));
      await owner.query('ROLLBACK');
      done.set(name, (done.get(name) ?? 0) + Number(rowCount === 1));
      const isFound = findings.length === 1 && findings[0]!.startsWith(event.transfer_id);
      if (!isFound) missed.push(`${name} of event ${event.sequence}: ${findings.join('; ') || 'not found'}`);
    }
    expect(missed).toEqual([]);
    for (const [name] of TAMPERINGS) expect(done.get(name)).toBeGreaterThan(20);
    expect((await verifyAuditChain(owner)).digest).toBe(digest);
  }, 120_000);

  test('a transfer that was removed with its whole timeline changes the digest', async () => {
    const { digest } = await verifyAuditChain(owner);
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM transfers LIMIT 1');
    await owner.query('BEGIN; SET LOCAL session_replication_role = replica');
    await owner.query('DELETE FROM transfer_events WHERE transfer_id = $1', [rows[0]!.id]);
    await owner.query('DELETE FROM transfers WHERE id = $1', [rows[0]!.id]);
    const after = await verifyAuditChain(withinTransaction(owner));
    await owner.query('ROLLBACK');
    expect(after.findings).toEqual([]);
    expect(after.digest).not.toBe(digest);
  });
});

/** The transaction is the test's: the command's own begin and end do nothing. */
function withinTransaction(client: pg.Client): pg.Client {
  const query = (text: string, values?: unknown[]) =>
    /^(BEGIN|ROLLBACK)/.test(text) ? Promise.resolve({ rows: [] }) : client.query(text, values);
  return { query } as unknown as pg.Client;
}
