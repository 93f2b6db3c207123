// The rules of the lifecycle that the database keeps by itself, whatever the code does.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDataSource } from '../../ormconfig.js';
import { migrations } from '../../src/database/migrations/index.js';
import {
  EVENT_SOURCES,
  FAILURE_REASONS,
  TRANSFER_STATUSES,
  type FailureReason,
  type TransferStatus,
} from '../../src/entities/index.js';
import {
  toLifecycleState,
  toStatus,
  TRANSITIONS,
  type LifecycleState,
} from '../../src/transfers/transitions.js';
import { parseConfig } from '../../src/config/config.js';
import { getSealer, Sealer } from '../../src/shared/sealing.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const CHECK_VIOLATION = '23514';
const UNIQUE_VIOLATION = '23505';

type Statement = readonly [text: string, values?: readonly unknown[]];

/** SQLSTATE of the refusal; null when everything was accepted, the end of the transaction too. */
async function tryAll(...statements: readonly Statement[]): Promise<string | null> {
  return (await findRefusal(...statements))?.code ?? null;
}

async function findRefusal(...statements: readonly Statement[]): Promise<pg.DatabaseError | null> {
  await client.query('BEGIN');
  try {
    for (const [text, values] of statements) await client.query(text, [...(values ?? [])]);
    await client.query('COMMIT');
    return null;
  } catch (error) {
    await client.query('ROLLBACK');
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  }
}

const CUSTOMER = getSealer().sealToFind('6111111111', 'customer_id');
const INSERT_TRANSFER = `INSERT INTO transfers (id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees,
  currency, channel, latlong, otp_challenge_id, is_simulated, status, event_count, created_at, updated_at)
  VALUES ($1, $2, '20810200', '${CUSTOMER}', '98765', 500, 'INR', 'IMPS', '28.6,77.2', $3, true, $4, $5, now(), now())`;
const INSERT_EVENT = `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
  VALUES (gen_random_uuid(), $1, $2, 'OPERATOR', $3, $4, 'test', '{}', now())`;

let nextRef = 0;
function newRef(): string {
  nextRef += 1;
  return `REQ-schema-${String(nextRef).padStart(6, '0')}`;
}

async function insertChallenge(): Promise<string> {
  const id = randomUUID();
  await client.query(
    `INSERT INTO otp_challenges VALUES ($1, $2, 'REQ-otp-00001', '20810200', '${CUSTOMER}', '98765', 500, 'SENT', now(), now())`,
    [id, `REF${id}`],
  );
  return id;
}

/** A transfer as the code begins one. */
async function begin(): Promise<string> {
  const id = randomUUID();
  const refused = await tryAll(
    [INSERT_TRANSFER, [id, newRef(), await insertChallenge(), 'SUBMITTING', 1]],
    [INSERT_EVENT, [id, 1, null, 'SUBMITTING']],
  );
  expect(refused).toBeNull();
  return id;
}

interface Kept {
  readonly status: TransferStatus;
  readonly failure_reason: FailureReason | null;
  readonly event_count: number;
}
async function read(id: string): Promise<Kept> {
  const { rows } = await client.query<Kept>('SELECT * FROM transfers WHERE id = $1', [id]);
  return rows[0]!;
}

/** Moves it as the code does: the row and its event, in one transaction. */
async function move(id: string, to: LifecycleState, reason?: FailureReason): Promise<string | null> {
  const { status, event_count } = await read(id);
  const next = toStatus(to);
  const nextReason =
    to === 'NOT_RECEIVED' ? 'NOT_RECEIVED' : next === 'FAILED' ? (reason ?? 'EKO_DECLINED') : null;
  const text = `UPDATE transfers SET status = $2, failure_reason = $3, event_count = event_count + 1, tid = coalesce(tid, $4) WHERE id = $1`;
  return tryAll(
    [text, [id, next, nextReason, `T${id.slice(0, 20)}`]],
    [INSERT_EVENT, [id, event_count + 1, status, next]],
  );
}

const STATES = Object.keys(TRANSITIONS) as LifecycleState[];
/** Legal steps from the beginning to each state. */
const WAYS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  SUBMITTING: [],
  AWAITED: ['AWAITED'],
  ON_HOLD: ['ON_HOLD'],
  SUCCESS: ['SUCCESS'],
  FAILED: ['FAILED'],
  NOT_RECEIVED: ['NOT_RECEIVED'],
  REFUND_PENDING: ['REFUND_PENDING'],
  REFUNDED: ['REFUNDED'],
};

async function bring(state: LifecycleState): Promise<string> {
  const id = await begin();
  for (const step of WAYS[state]) expect(await move(id, step)).toBeNull();
  return id;
}

describe('transitions', () => {
  const pairs = STATES.flatMap((from) => STATES.map((to): [LifecycleState, LifecycleState] => [from, to]));

  test('the table has every state and every status', () => {
    expect(new Set(STATES.map(toStatus))).toEqual(new Set(TRANSFER_STATUSES));
    expect(pairs).toHaveLength(64);
  });

  test.each(pairs.filter(([from, to]) => from !== to))(
    '%s → %s is accepted exactly when the table says so',
    async (from, to) => {
      const id = await bring(from);
      const isLegal = TRANSITIONS[from].includes(to);
      expect(await move(id, to)).toBe(isLegal ? null : CHECK_VIOLATION);
      const { status, failure_reason } = await read(id);
      expect(toLifecycleState(status, failure_reason)).toBe(isLegal ? to : from);
    },
  );

  test.each(FAILURE_REASONS.filter((reason) => reason !== 'NOT_RECEIVED'))(
    'a failure for %s is final',
    async (reason) => {
      const id = await begin();
      expect(await move(id, 'FAILED', reason)).toBeNull();
      for (const to of STATES.filter((state) => state !== 'FAILED'))
        expect(await move(id, to)).toBe(CHECK_VIOLATION);
      for (const other of FAILURE_REASONS.filter((candidate) => candidate !== reason)) {
        expect(await move(id, other === 'NOT_RECEIVED' ? 'NOT_RECEIVED' : 'FAILED', other)).toBe(
          CHECK_VIOLATION,
        );
      }
    },
  );

  test.each(STATES.filter((state) => state !== 'SUBMITTING'))('no transfer begins as %s', async (state) => {
    const id = randomUUID();
    const text = INSERT_TRANSFER.replace('created_at,', 'created_at, tid, failure_reason,').replace(
      'now(), now())',
      `now(), 'T1', $6, now())`,
    );
    const reason =
      toStatus(state) === 'FAILED' ? (state === 'FAILED' ? 'EKO_DECLINED' : 'NOT_RECEIVED') : null;
    expect(
      await tryAll(
        [text, [id, newRef(), await insertChallenge(), toStatus(state), 1, reason]],
        [INSERT_EVENT, [id, 1, null, toStatus(state)]],
      ),
    ).toBe(CHECK_VIOLATION);
  });
});

describe('the timeline', () => {
  const toAwaited = `UPDATE transfers SET status = 'AWAITED', event_count = event_count + $2 WHERE id = $1`;

  test('a transfer without its first event is refused', async () => {
    expect(
      await tryAll([INSERT_TRANSFER, [randomUUID(), newRef(), await insertChallenge(), 'SUBMITTING', 1]]),
    ).toBe(CHECK_VIOLATION);
  });

  test.each([0, 2, -1])('a status change that counts %s events is refused', async (counted) => {
    const id = await begin();
    expect(
      await tryAll([toAwaited, [id, counted]], [INSERT_EVENT, [id, 1 + counted, 'SUBMITTING', 'AWAITED']]),
    ).toBe(CHECK_VIOLATION);
  });

  test('a transfer that begins with more than one event is refused', async () => {
    const values = [randomUUID(), newRef(), await insertChallenge(), 'SUBMITTING', 2];
    expect((await findRefusal([INSERT_TRANSFER, values]))?.message).toContain('begins as SUBMITTING');
  });

  test('a status change without a count is refused at once', async () => {
    expect((await findRefusal([toAwaited, [await begin(), 0]]))?.message).toContain(
      'together with its event',
    );
  });

  test('an event that is not counted is refused', async () => {
    const refusal = await findRefusal([INSERT_EVENT, [await begin(), 2, 'SUBMITTING', 'SUBMITTING']]);
    expect(refusal?.message).toContain('continues the timeline');
  });

  test.each([
    ['that is not the transfer’s beginning', [[1, null, 'SUCCESS']]],
    [
      'that nobody counts',
      [
        [1, null, 'SUBMITTING'],
        [2, 'SUBMITTING', 'FAILED'],
      ],
    ],
  ])('an event %s is refused, also when it is written before its transfer', async (_, events) => {
    const challenge = await insertChallenge();
    const [id, ref] = [randomUUID(), newRef()];
    const rows = events.map(
      ([sequence, from, to]) =>
        `(gen_random_uuid(), '${id}'::uuid, ${sequence}, 'OPERATOR', ${from === null ? 'NULL' : `'${from}'`}, '${to}', 'test', '{}'::jsonb, now())`,
    );
    const refusal = await findRefusal([
      `WITH told AS (
         INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
         VALUES ${rows.join(', ')} RETURNING transfer_id)
       ${INSERT_TRANSFER.replace('VALUES (', 'SELECT ').replace(/\)$/, '')}
         FROM (SELECT DISTINCT transfer_id FROM told) once`,
      [id, ref, challenge, 'SUBMITTING', 1],
    ]);
    expect(refusal?.message).toContain('about a transfer that is there');
  });

  test('a number with another mark where its seal has dots is refused, whatever the session makes of backslashes', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    try {
      await other.query('SET standard_conforming_strings = off');
      const text = INSERT_TRANSFER.replace(CUSTOMER, CUSTOMER.replaceAll('.', ':'));
      const values = [randomUUID(), newRef(), await insertChallenge(), 'SUBMITTING', 1];
      await expect(other.query(text, values)).rejects.toThrow('is sealed');
    } finally {
      await other.end();
    }
  });

  test('an event is refused that comes from nowhere because the one before it is gone', async () => {
    const id = await begin();
    await client.query('SET session_replication_role = replica');
    await client.query('DELETE FROM transfer_events WHERE transfer_id = $1', [id]);
    await client.query('SET session_replication_role = origin');
    const refusal = await findRefusal([toAwaited, [id, 1]], [INSERT_EVENT, [id, 2, null, 'AWAITED']]);
    expect(refusal?.message).toContain('continues the timeline');
  });

  test('a status change whose event is not written is refused', async () => {
    expect(await tryAll([toAwaited, [await begin(), 1]])).toBe(CHECK_VIOLATION);
  });

  test('a count of events that jumps is refused, also without a status change', async () => {
    const id = await begin();
    expect(
      await tryAll(
        ['UPDATE transfers SET event_count = 5 WHERE id = $1', [id]],
        [INSERT_EVENT, [id, 5, 'SUBMITTING', 'SUBMITTING']],
      ),
    ).toBe(CHECK_VIOLATION);
  });

  test.each<[string, number, string | null, string]>([
    ['leaves a gap', 3, 'SUBMITTING', 'AWAITED'],
    ['repeats a number', 1, null, 'AWAITED'],
    ['names a status that is not the row’s', 2, 'SUBMITTING', 'SUCCESS'],
    ['begins where the last one did not end', 2, 'ON_HOLD', 'AWAITED'],
    ['begins nowhere', 2, null, 'AWAITED'],
  ])('an event that %s is refused', async (_, sequence, from, to) => {
    const id = await begin();
    expect(await tryAll([toAwaited, [id, 1]], [INSERT_EVENT, [id, sequence, from, to]])).toMatch(
      /^2350|^23514/,
    );
  });

  test('an event of a review, without a status change, is accepted', async () => {
    const id = await begin();
    expect(
      await tryAll(
        ['UPDATE transfers SET needs_review = true, event_count = 2 WHERE id = $1', [id]],
        [INSERT_EVENT, [id, 2, 'SUBMITTING', 'SUBMITTING']],
      ),
    ).toBeNull();
  });

  test.each([
    'message = message',
    `message = 'other'`,
    `to_status = 'SUCCESS'`,
    'occurred_at = now()',
    `evidence = '{"a":1}'`,
  ])('events do not change: %s', async (change) => {
    const id = await begin();
    expect(await tryAll([`UPDATE transfer_events SET ${change} WHERE transfer_id = $1`, [id]])).toBe(
      CHECK_VIOLATION,
    );
  });
});

describe('nothing is ever deleted', () => {
  test.each([
    'DELETE FROM transfer_events',
    'DELETE FROM transfers',
    'DELETE FROM otp_challenges',
    'TRUNCATE transfer_events',
    'TRUNCATE transfers CASCADE',
    'TRUNCATE otp_challenges CASCADE',
    'TRUNCATE transfers, transfer_events, webhook_deliveries',
  ])('%s', async (statement) => {
    await begin();
    const before = await client.query('SELECT count(*) FROM transfer_events');
    expect(await tryAll([statement])).toMatch(/^23/);
    expect((await client.query('SELECT count(*) FROM transfer_events')).rows).toEqual(before.rows);
  });
});

describe('what was asked for does not change', () => {
  test.each([
    ['id', 'gen_random_uuid()'],
    ['client_ref_id', `'REQ-other-000001'`],
    ['agent_user_code', `'99999999'`],
    ['customer_id', `'${getSealer().sealToFind('6111111119', 'customer_id')}'`],
    ['recipient_id', `'12345'`],
    ['amount_rupees', '501'],
    ['latlong', `'0,0'`],
    ['is_simulated', 'false'],
    ['created_at', `now() - interval '1 day'`],
  ])('%s', async (column, value) => {
    const id = await begin();
    expect(await tryAll([`UPDATE transfers SET ${column} = ${value} WHERE id = $1`, [id]])).toBe(
      CHECK_VIOLATION,
    );
  });

  test('but the key that its customer is sealed with may', async () => {
    const indexKey = parseConfig({}).sealing[0]!.indexKey;
    const other = new Sealer([{ id: 'other', key: Buffer.alloc(32, 'o'), indexKey }]);
    const change = `UPDATE transfers SET customer_id = $2 WHERE id = $1`;
    const id = await begin();
    expect(await tryAll([change, [id, other.sealToFind('6111111111', 'customer_id')]])).toBeNull();
    expect(await tryAll([change, [id, other.sealToFind('6111111119', 'customer_id')]])).toBe(CHECK_VIOLATION);
  });

  test('otp_challenge_id', async () => {
    const id = await begin();
    expect(
      await tryAll([
        'UPDATE transfers SET otp_challenge_id = $2 WHERE id = $1',
        [id, await insertChallenge()],
      ]),
    ).toBe(CHECK_VIOLATION);
  });

  test('a tid, once known', async () => {
    const id = await bring('SUCCESS');
    expect(await tryAll([`UPDATE transfers SET tid = 'T2' WHERE id = $1`, [id]])).toBe(CHECK_VIOLATION);
    expect(await tryAll([`UPDATE transfers SET tid = NULL WHERE id = $1`, [id]])).toBe(CHECK_VIOLATION);
  });
});

describe('one transfer each', () => {
  test('for a client_ref_id', async () => {
    const ref = newRef();
    const insert = async () => {
      const id = randomUUID();
      return tryAll(
        [INSERT_TRANSFER, [id, ref, await insertChallenge(), 'SUBMITTING', 1]],
        [INSERT_EVENT, [id, 1, null, 'SUBMITTING']],
      );
    };
    expect([await insert(), await insert()]).toEqual([null, UNIQUE_VIOLATION]);
  });

  test('for an OTP', async () => {
    const challenge = await insertChallenge();
    const insert = () => {
      const id = randomUUID();
      return tryAll(
        [INSERT_TRANSFER, [id, newRef(), challenge, 'SUBMITTING', 1]],
        [INSERT_EVENT, [id, 1, null, 'SUBMITTING']],
      );
    };
    expect([await insert(), await insert()]).toEqual([null, UNIQUE_VIOLATION]);
  });

  test('for a tid', async () => {
    const [first, second] = [await begin(), await begin()];
    const name = (id: string) => tryAll([`UPDATE transfers SET tid = 'TSAME' WHERE id = $1`, [id]]);
    expect([await name(first), await name(second)]).toEqual([null, UNIQUE_VIOLATION]);
  });

  test('for an otp_ref_id, one challenge', async () => {
    const [first, second] = [await insertChallenge(), await insertChallenge()];
    expect(
      await tryAll(['UPDATE otp_challenges SET otp_ref_id = $2 WHERE id = $1', [second, `REF${first}`]]),
    ).toBe(UNIQUE_VIOLATION);
  });
});

describe('values that cannot be', () => {
  test.each<[string, string, string]>([
    ['a success without a tid', `status = 'SUCCESS', event_count = 2`, 'money that moved has a tid'],
    ['a refund to come without a tid', `status = 'REFUND_PENDING', event_count = 2`, 'has a tid'],
    ['a refund without a tid', `status = 'REFUNDED', event_count = 2`, 'has a tid'],
    ['a failure without a reason', `status = 'FAILED', event_count = 2`, 'that FAILED, and no other'],
    ['a reason without a failure', `failure_reason = 'EKO_DECLINED', event_count = 2`, 'illegal transition'],
    [
      'a reason for something else',
      `status = 'AWAITED', failure_reason = 'EKO_DECLINED', event_count = 2`,
      'no other',
    ],
    [
      'an unknown reason',
      `status = 'FAILED', failure_reason = 'BAD_LUCK', event_count = 2`,
      'fails for BAD_LUCK',
    ],
    ['an unknown status', `status = 'DONE', event_count = 2`, 'has the status DONE'],
    ['no events', 'event_count = 0', 'counted one by one'],
    ['a name that is not sealed', `recipient_name = 'Anil Kumar'`, 'recipient_name of a transfer is sealed'],
    [
      'a number with a seal’s end alone',
      `customer_id = '6.1.' || split_part(customer_id, '.', 3)`,
      'is sealed',
    ],
  ])('%s', async (_, change, words) => {
    const refusal = await findRefusal([`UPDATE transfers SET ${change} WHERE id = $1`, [await begin()]]);
    expect(refusal?.code).toBe(CHECK_VIOLATION);
    expect(refusal?.message).toContain(words);
  });

  test.each([
    ['an amount of 99', '500,', '99,', '100 to 5000 rupees'],
    ['an amount of 5001', '500,', '5001,', '100 to 5000 rupees'],
    ['another currency', `'INR'`, `'USD'`, 'is INR'],
    ['another channel', `'IMPS'`, `'NEFT'`, 'is IMPS'],
    ['a number that is not sealed', CUSTOMER, '6111111111', 'is sealed'],
    ['a number in half a seal', CUSTOMER, CUSTOMER.slice(0, 30), 'is sealed'],
    ['a recipient 0', `'98765'`, `'0'`, 'recipient_id'],
    ['a recipient in words', `'98765'`, `'9876x'`, 'recipient_id'],
  ])('%s', async (_, from, to, words) => {
    const text = INSERT_TRANSFER.replace(from, to);
    expect(text).not.toBe(INSERT_TRANSFER);
    const values = [randomUUID(), newRef(), await insertChallenge(), 'SUBMITTING', 1];
    const refusal = await findRefusal([text, values]);
    expect(refusal?.code).toBe(CHECK_VIOLATION);
    expect(refusal?.message).toContain(words);
  });

  test.each([
    ['short', 'a client_ref_id has'],
    ['1234567890', 'a client_ref_id has'],
    ['has a space in it', 'a client_ref_id has'],
    ['x'.repeat(21), 'too long'],
  ])('the reference "%s"', async (ref, words) => {
    const values = [randomUUID(), ref, await insertChallenge(), 'SUBMITTING', 1];
    expect((await findRefusal([INSERT_TRANSFER, values]))?.message).toContain(words);
  });

  test.each([
    ['a failure_reason', `'EKO_DECLINED'`, 'has a reason'],
    ['a recipient_name', `'Anil Kumar'`, 'recipient_name of a transfer is sealed'],
  ])('a transfer that begins with %s', async (column, value, words) => {
    const text = INSERT_TRANSFER.replace('(id,', `(${column.slice(2)}, id,`).replace(
      '($1,',
      `(${value}, $1,`,
    );
    const refusal = await findRefusal([
      text,
      [randomUUID(), newRef(), await insertChallenge(), 'SUBMITTING', 1],
    ]);
    expect(refusal?.code).toBe(CHECK_VIOLATION);
    expect(refusal?.message).toContain(words);
  });

  test('an event from anywhere but where events come from', async () => {
    const told: (string | null)[] = [];
    for (const source of [...EVENT_SOURCES, 'HEARSAY']) {
      const id = randomUUID();
      const refusal = await findRefusal(
        [INSERT_TRANSFER, [id, newRef(), await insertChallenge(), 'SUBMITTING', 1]],
        [INSERT_EVENT.replace('OPERATOR', source), [id, 1, null, 'SUBMITTING']],
      );
      told.push(refusal?.message ?? null);
    }
    expect(told).toEqual([...EVENT_SOURCES.map(() => null), 'no event comes from HEARSAY']);
  });

  test.each([
    ['a first event that comes from a status', 1, 'SUBMITTING'],
    ['an event 0', 0, null],
    ['an event before the first', -1, 'SUBMITTING'],
  ])('%s', async (_, sequence, from) => {
    const id = randomUUID();
    const refusal = await findRefusal(
      [INSERT_TRANSFER, [id, newRef(), await insertChallenge(), 'SUBMITTING', 1]],
      [INSERT_EVENT, [id, sequence, from, 'SUBMITTING']],
    );
    expect(refusal?.message).toContain('continues the timeline');
  });

  test.each(['state', 'amount_rupees', 'recipient_id', 'client_ref_id', 'customer_id'])(
    'an OTP request’s %s',
    async (column) => {
      const value = column === 'amount_rupees' ? '99' : `'0'`;
      expect(
        await tryAll([
          `UPDATE otp_challenges SET ${column} = ${value} WHERE id = $1`,
          [await insertChallenge()],
        ]),
      ).toBe(CHECK_VIOLATION);
    },
  );

  test('an otp_ref_id of an OTP that was not sent', async () => {
    const id = await insertChallenge();
    expect(await tryAll([`UPDATE otp_challenges SET state = 'REFUSED' WHERE id = $1`, [id]])).toBe(
      CHECK_VIOLATION,
    );
  });
});

describe('entities and migrations', () => {
  test('agree: TypeORM would change no column and no index it knows', async () => {
    const dataSource = await createDataSource(database.url).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      const known = /DROP INDEX|DROP CONSTRAINT|ALTER TABLE "[a-z_]+" DROP CONSTRAINT/;
      expect(upQueries.map(({ query }) => query).filter((query) => !known.test(query))).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  test('go down to nothing and up again to the same', async () => {
    const other = await createTestDatabase();
    const dataSource = await createDataSource(other.url).initialize();
    const describeSchema = () =>
      dataSource.query<unknown[]>(
        `SELECT 'column' AS kind, table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '') || is_nullable AS what
           FROM information_schema.columns WHERE table_schema = 'public'
         UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
         UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text !~ 'graphile'
         UNION ALL SELECT 'constraint', conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
         UNION ALL SELECT 'function', proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         ORDER BY 1, 2`,
      );
    try {
      const before = await describeSchema();
      for (const _migration of migrations) await dataSource.undoLastMigration();
      expect(
        await dataSource.query(
          `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
        ),
      ).toEqual([{ relname: 'migrations' }]);
      expect(
        await dataSource.query(`SELECT 1 FROM pg_proc WHERE pronamespace = 'public'::regnamespace`),
      ).toEqual([]);
      await dataSource.runMigrations();
      expect(await describeSchema()).toEqual(before);
    } finally {
      await dataSource.destroy();
      await other.drop();
    }
  });
});
