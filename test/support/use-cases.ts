// The use cases without a server in front of them: real PostgreSQL, a scripted Eko on real HTTP, and a clock that a
// test sets. For what needs an exact moment or an exact row; test/integration/money-path.test.ts and its like go in
// by the front door.
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { EkoClient } from '../../src/eko/index.js';
import { OtpChallenge, Transfer, TransferEvent } from '../../src/entities/index.js';
import { CodedError } from '../../src/shared/errors.js';
import { createUuidV7 } from '../../src/shared/identifiers.js';
import { getSealer } from '../../src/shared/sealing.js';
import type { AppliedOutcome } from '../../src/transfers/apply-outcome.js';
import type { InquiryPolicy } from '../../src/transfers/inquiry-schedule.js';
import { InquiryService } from '../../src/transfers/inquiry-service.js';
import { OtpService, type OtpPolicy } from '../../src/transfers/otp-service.js';
import { Capacity } from '../../src/transfers/capacity.js';
import { DebitBreaker } from '../../src/transfers/debit-breaker.js';
import { ReviewService } from '../../src/transfers/review-service.js';
import { TransferReader } from '../../src/transfers/transfer-reader.js';
import { TransferService } from '../../src/transfers/transfer-service.js';
import { TransferStore } from '../../src/transfers/transfer-store.js';
import { startScriptedEko, type ScriptedEko } from './scripted-eko.js';
import { createTestDatabase } from './test-database.js';
import { toTransfer } from './transfer-row.js';

export const AGENT = { userCode: '20810200', tokenId: null };
export const OTHER_AGENT = { userCode: '30999999', tokenId: null };
export const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
export const TRANSFER_TIMEOUT_MS = 2_000;

const CREDENTIALS = { developerKey: 'dev-key', accessKey: 'access-key', initiatorId: '9962981729' };

export interface UseCases {
  readonly databaseUrl: string;
  readonly dataSource: DataSource;
  readonly eko: ScriptedEko;
  /** At START_MS until a test moves it. */
  readonly clock: { ms: number; nowMs(): number };
  /** Both may be changed by a test. */
  readonly policies: { otp: OtpPolicy; inquiry: InquiryPolicy };
  readonly capacities: {
    readonly transfers: Capacity;
    readonly otps: Capacity;
    readonly refreshes: Capacity;
  };
  /** Opens after three unknown outcomes; a debit is let through after 30 s. */
  readonly breaker: DebitBreaker;
  readonly store: TransferStore;
  readonly otps: OtpService;
  readonly transfers: TransferService;
  readonly inquiries: InquiryService;
  readonly reviews: ReviewService;
  readonly reader: TransferReader;
  /** What the services have told their listeners, oldest first. */
  readonly told: {
    readonly applied: AppliedOutcome[];
    readonly inquiries: { transferId: string; kind: string; cause?: string }[];
    readonly storeFailures: unknown[];
  };
  sql<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface UseCaseOptions {
  readonly maxTransfersInFlight?: number;
  readonly transferTimeoutMs?: number;
  /** Another Eko than the scripted one. */
  readonly ekoUrl?: string;
  /** A database to share with others; it is not dropped at stop. */
  readonly databaseUrl?: string;
}

export async function startUseCases(options: UseCaseOptions = {}): Promise<UseCases> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const dataSource = await createDataSource(databaseUrl).initialize();
  const scripted = await startScriptedEko();
  const clock = { ms: START_MS, nowMs: () => clock.ms };
  const policies = {
    otp: { lifetimeMs: 600_000, maxPerHour: 1_000, maxPerDay: 1_000 },
    inquiry: {
      scheduleMs: [2_000, 5_000, 15_000],
      notReceivedAfterMs: 1_800_000,
      notReceivedAnswers: 2,
      notReceivedSpacingMs: 300_000,
    },
  };
  const told: UseCases['told'] = { applied: [], inquiries: [], storeFailures: [] };
  const store = new TransferStore(dataSource, true);
  const transferTimeoutMs = options.transferTimeoutMs ?? TRANSFER_TIMEOUT_MS;
  const capacities = {
    transfers: new Capacity(options.maxTransfersInFlight ?? 10),
    otps: new Capacity(2),
    refreshes: new Capacity(2),
  };
  const eko = new EkoClient({
    baseUrl: options.ekoUrl ?? scripted.url,
    credentials: CREDENTIALS,
    timeouts: { otpMs: 2_000, transferMs: transferTimeoutMs, inquiryMs: 2_000 },
    clock,
    digest: (body) => getSealer().digest(body),
  });
  const breaker = new DebitBreaker({
    clock,
    limits: { unknownInARow: 3, probeEveryMs: 30_000 },
    onOpen: () => {},
    onClose: () => {},
  });
  const shared = {
    clock,
    store,
    eko,
    transferTimeoutMs,
    get policy() {
      return policies.inquiry;
    },
    onApplied: (applied: AppliedOutcome) => told.applied.push(applied),
  };
  const withShared = <More extends object>(more: More): typeof shared & More =>
    Object.defineProperties(more, Object.getOwnPropertyDescriptors(shared)) as typeof shared & More;
  return {
    databaseUrl,
    dataSource,
    eko: scripted,
    clock,
    policies,
    capacities,
    breaker,
    store,
    told,
    otps: new OtpService({
      dataSource,
      eko,
      clock,
      capacity: capacities.otps,
      get policy() {
        return policies.otp;
      },
    }),
    transfers: new TransferService(
      withShared({
        capacity: capacities.transfers,
        breaker,
        isSimulated: true,
        onStoreFailure: (_transferId: string, error: unknown) => told.storeFailures.push(error),
      }),
    ),
    inquiries: new InquiryService(
      withShared({
        capacity: capacities.refreshes,
        onInquiry: (inquiry: UseCases['told']['inquiries'][number]) => told.inquiries.push(inquiry),
      }),
    ),
    reviews: new ReviewService({ dataSource, clock }),
    reader: new TransferReader(dataSource),
    sql: (text, values) => dataSource.query(text, values),
    stop: async () => {
      await dataSource.destroy();
      await scripted.stop();
      await database?.drop();
    },
  };
}

let nextNumber = 0;

/** Another one each time: 6100000001, … */
export function newCustomer(): string {
  nextNumber += 1;
  return String(6_100_000_000 + nextNumber);
}

/** Another one each time, fit for `client_ref_id`. */
export function newRef(): string {
  nextNumber += 1;
  return `REQ-20260101-${String(nextNumber).padStart(4, '0')}`;
}

/** A sent OTP in the database, as Eko would have given it. */
export async function storeChallenge(
  { dataSource, clock, policies }: UseCases,
  changes: Partial<OtpChallenge> = {},
): Promise<OtpChallenge> {
  const createdAt = changes.createdAt ?? new Date(clock.ms);
  const challenge = Object.assign(new OtpChallenge(), {
    id: createUuidV7(clock.ms),
    otpRefId: `OTP-${newRef()}`,
    clientRefId: newRef(),
    agentUserCode: AGENT.userCode,
    customerId: newCustomer(),
    recipientId: '98765',
    amountRupees: 500,
    state: 'SENT',
    createdAt,
    expiresAt: new Date(createdAt.getTime() + policies.otp.lifetimeMs),
    ...changes,
  } satisfies OtpChallenge);
  await dataSource.manager.insert(OtpChallenge, challenge);
  return challenge;
}

/** A committed intent: SUBMITTING, with its first event and its inquiry, and nothing sent. Fails when it is not written. */
export async function storeIntent(
  useCases: UseCases,
  { otpChallengeId, ...changes }: Partial<Transfer> = {},
): Promise<Transfer> {
  const createdAt = changes.createdAt ?? new Date(useCases.clock.ms);
  const transfer = toTransfer({
    id: createUuidV7(createdAt.getTime()),
    clientRefId: newRef(),
    customerId: newCustomer(),
    status: 'SUBMITTING',
    eventCount: 1,
    nextInquiryAt: new Date(createdAt.getTime() + TRANSFER_TIMEOUT_MS + 5_000),
    createdAt,
    updatedAt: createdAt,
    ...changes,
  });
  const { agentUserCode, customerId, recipientId, amountRupees } = transfer;
  const fit = { agentUserCode, customerId, recipientId, amountRupees };
  const { otpRefId } =
    otpChallengeId === undefined
      ? await storeChallenge(useCases, { ...fit, createdAt })
      : await useCases.dataSource.manager.findOneByOrFail(OtpChallenge, { id: otpChallengeId });
  const committed = await useCases.store.commitIntent(transfer, { otpRefId: otpRefId!, tokenId: null });
  if (committed === null) throw new Error('the intent was held back');
  return getTransfer(useCases, transfer.id);
}

/** Fails when there is none. */
export function getTransfer({ dataSource }: UseCases, id: string): Promise<Transfer> {
  return dataSource.manager.findOneByOrFail(Transfer, { id });
}

export function readTimeline({ dataSource }: UseCases, transferId: string): Promise<TransferEvent[]> {
  return dataSource.manager.find(TransferEvent, { where: { transferId }, order: { sequence: 'ASC' } });
}

/** When the queued inquiry of a transfer is due; null when there is none. */
export async function findQueuedInquiry({ sql }: UseCases, transferId: string): Promise<Date | null> {
  const rows = await sql<{ run_at: Date }>(
    `SELECT run_at FROM graphile_worker._private_jobs WHERE key = $1 AND payload->>'transferId' = $2`,
    [`inquire:${transferId}`, transferId],
  );
  if (rows.length > 1) throw new Error('a transfer has one inquiry job');
  return rows[0]?.run_at ?? null;
}

/** Until so many statements of ours wait for a lock. */
export async function untilBlocked({ sql }: UseCases, count = 1): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await sql(waiting)).length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a call is refused with. Fails when it is not refused, or with anything but a coded error. */
export async function refusalOf(call: Promise<unknown>): Promise<{
  code: string;
  message: string;
  retry: string;
  fields: unknown;
  retryAfterMs: unknown;
}> {
  const error: unknown = await call.then(
    () => new Error('it was not refused'),
    (refused: unknown) => refused,
  );
  if (!(error instanceof CodedError)) throw error;
  const { code, message, retry, fields, retryAfterMs } = error;
  return { code, message, retry, fields, retryAfterMs };
}

/** As `npm run revoke` does it. */
export async function revoke({ sql }: UseCases, kind: string, value: string): Promise<void> {
  await sql(`INSERT INTO revocations VALUES ($1, $2, 'by a test', now())`, [kind, value]);
}

/** What revokes a caller, by the token that it came with. */
export const REVOKED_CALLERS = [
  ['by its agent', { kind: 'AGENT', value: AGENT.userCode, tokenId: 'token-1' }],
  ['by its agent, with a token that has no id', { kind: 'AGENT', value: AGENT.userCode, tokenId: null }],
  ['by its token', { kind: 'TOKEN', value: 'token-1', tokenId: 'token-1' }],
] as const;

/** What revokes others, and not the agent with `token-1`. */
export const OTHERS_REVOKED = [
  ['another agent', 'AGENT', OTHER_AGENT.userCode],
  ['another token', 'TOKEN', 'token-2'],
  ['a token called like the agent', 'TOKEN', AGENT.userCode],
  ['an agent called like the token', 'AGENT', 'token-1'],
] as const;
