// PostgreSQL alone: pgbench, as fast as it can, with the statements of a transfer that the gateway sends.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { EntityColumns } from '../src/database/entity-columns.js';
import type { TextRow } from '../src/database/prepared.js';
import type { Transfer, TransferEvent } from '../src/entities/index.js';
import {
  COMMIT_INTENT,
  EVENT_COLUMNS,
  INTENT_COLUMNS,
  OUTCOME_COLUMNS,
  TRANSFER_COLUMNS,
  WRITE_OUTCOME,
} from '../src/transfers/transfer-statements.js';
import { SEALED_CUSTOMER, useSealer } from '../src/shared/sealing.js';
import type { Place } from './place.js';

export interface PgbenchResult {
  readonly perSecond: number;
  /** PostgreSQL's CPU for one transfer. */
  readonly postgresMs: number;
}

const NOT_INSTALLED = 'ENOENT';
/** Of each client; more than it can use in the time. */
const OTPS_PER_CLIENT = 20_000;

/** Null where pgbench is not installed. The database has to hold a transfer that succeeded. */
export async function runPgbench(
  { ownerUrl, sealer, postgresCpuMs }: Place,
  { clients, seconds }: { clients: number; seconds: number },
): Promise<PgbenchResult | null> {
  useSealer(sealer);
  const folder = await mkdtemp(join(tmpdir(), 'gateway-pgbench-'));
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const script = join(folder, 'transfer.sql');
    const example = await readExample(client);
    await writeFile(script, toScript(example));
    const { customerId } = example.transfer;
    await client.query(STORE_OTPS, [clients, OTPS_PER_CLIENT, SEALED_CUSTOMER.to(customerId)]);
    await client.query('VACUUM ANALYZE otp_challenges');
    const before = postgresCpuMs();
    const settings = ['-c', String(clients), '-T', String(seconds), '-D', 'i=0', '-n', '-M', 'prepared'];
    const { stdout } = await promisify(execFile)('pgbench', [...settings, '-f', script, ownerUrl]);
    const count = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1]);
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    return { perSecond, postgresMs: (postgresCpuMs() - before) / count };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === NOT_INSTALLED) return null;
    throw error;
  } finally {
    await client.end();
    await rm(folder, { recursive: true, force: true });
  }
}

const STORE_OTPS = `
  INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id, amount_rupees,
      state, created_at, expires_at)
  SELECT lpad(to_hex(n), 32, '0')::uuid, 'PGBENCH-' || lpad(n::text, 10, '0'), 'PGBENCH-' || lpad(n::text, 10, '0'), '20810200', $3, '98765', 500,
         'SENT', now(), now() + interval '1 hour'
    FROM generate_series(0, $1::int - 1) c, LATERAL (SELECT c * 1000000::bigint + i AS n FROM generate_series(1, $2::int) i) numbered`;

/** What the gateway wrote of one transfer. */
interface Example {
  readonly transfer: Transfer;
  readonly events: readonly TransferEvent[];
}

async function readExample(client: pg.Client): Promise<Example> {
  const [row] = await ask(
    client,
    `SELECT ${TRANSFER_COLUMNS.selectFrom('t')} FROM transfers t WHERE status = 'SUCCESS' LIMIT 1`,
  );
  if (row === undefined) throw new Error('there is no transfer to imitate');
  const transfer = TRANSFER_COLUMNS.read(row);
  const events = await ask(
    client,
    `SELECT ${EVENT_COLUMNS.selectFrom('e')} FROM transfer_events e WHERE transfer_id = $1 ORDER BY sequence`,
    [transfer.id],
  );
  return { transfer, events: events.map((event) => EVENT_COLUMNS.read(event)) };
}

async function ask(client: pg.Client, text: string, values: unknown[] = []): Promise<TextRow[]> {
  const types = { getTypeParser: () => (column: string) => column } as unknown as pg.CustomTypesConfig;
  return (await client.query<(string | null)[]>({ text, values, types, rowMode: 'array' })).rows;
}

/** The number of a transfer is its OTP’s: each client has its own million. */
function toScript({ transfer, events: [first, second] }: Example): string {
  const id = `lpad(to_hex(:n::bigint), 32, '0')::uuid`;
  const reference = `('PGBENCH-' || lpad((:n)::text, 10, '0'))`;
  const own = new Map([
    ['id', id],
    ['otpChallengeId', id],
    ['clientRefId', reference],
    ['tid', `('9' || :n)`],
  ]);
  const ownOfEvent = new Map([
    ['id', 'gen_random_uuid()'],
    ['transferId', id],
  ]);
  const intent = {
    ...transfer,
    status: 'SUBMITTING' as const,
    tid: null,
    nextInquiryAt: new Date(),
    eventCount: 1,
  };
  const ofIntent = new Map([...own, ['tid', 'NULL']]);
  const steps = [
    inline(COMMIT_INTENT.text, [
      ...toValues(TRANSFER_COLUMNS, intent, ofIntent, INTENT_COLUMNS),
      ...toValues(EVENT_COLUMNS, first!, ownOfEvent),
      reference,
      `ARRAY[${quote(SEALED_CUSTOMER.to(transfer.customerId))}]`,
      quote('a token'),
    ]),
    inline(WRITE_OUTCOME.text, [
      id,
      ':version',
      'true',
      ...toValues(TRANSFER_COLUMNS, transfer, own, OUTCOME_COLUMNS),
      ...toValues(EVENT_COLUMNS, second!, ownOfEvent),
    ]),
  ];
  const [commitIntent, writeOutcome] = steps;
  return [
    '\\set i :i + 1',
    '\\set n :client_id * 1000000 + :i',
    `${commitIntent} \\gset`,
    `${writeOutcome};`,
    '',
  ].join('\n');
}

function toValues<Entity extends object>(
  columns: EntityColumns<Entity>,
  entity: Entity,
  own: ReadonlyMap<string, string>,
  of = columns.all,
): string[] {
  const values = columns.values(entity, of);
  return of.map(({ property }, index) => own.get(property) ?? quote(values[index]));
}

function quote(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return pg.escapeLiteral(value);
  // To pgbench, `:null` would be a variable.
  const json = JSON.stringify(value).replaceAll('":', '": ');
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : json);
}

/** On one line, as pgbench wants a statement that it keeps the answer of. */
function inline(text: string, values: readonly string[]): string {
  const filled = text.replaceAll(/\$(\d+)/g, (_all, number: string) => values[Number(number) - 1] ?? '');
  return filled.replaceAll(/\s+/g, ' ').trim();
}
