// The fault campaign: the real server, the simulator with its own ledger, real PostgreSQL, all in processes of their
// own, and everything that can go wrong between them. Then the faults stop, everything has to converge, and an
// auditor compares.
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { issueToken } from '../../src/auth/index.js';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { audit, type AuditReport, type LedgerRow, type TransferRow } from './auditor.js';
import { Disruptor } from './disruptor.js';
import { drive, type Answer } from './driver.js';
import type { CampaignOptions } from './options.js';
import { startProcess, type ManagedProcess } from './processes.js';

export interface CampaignResult extends AuditReport {
  readonly transfers: number;
  readonly debitRequests: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly freezes: number;
  readonly outages: number;
  readonly dbRestarts: number;
  /** What processes wrote that ended without being killed. */
  readonly deaths: readonly string[];
  readonly seconds: number;
}

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const SECRET = 'the secret of a campaign, longer than 32 bytes';
const USER_CODE = '20810200';
/** Everything that waits in earnest waits less here: a campaign is hours of trouble in minutes. */
const SETTINGS = {
  LOG_LEVEL: 'error',
  AUTH_JWT_SECRET: SECRET,
  AUTH_ISSUER: 'campaign',
  AUTH_AUDIENCE: 'campaign',
  EKO_OTP_TIMEOUT_MS: '5000',
  EKO_TRANSFER_TIMEOUT_MS: '1000',
  EKO_INQUIRY_TIMEOUT_MS: '1000',
  INQUIRY_SCHEDULE_MS: '300,600,1200,2500,5000',
  NOT_RECEIVED_AFTER_MS: '8000',
  NOT_RECEIVED_ANSWERS: '5',
  NOT_RECEIVED_SPACING_MS: '700',
  OTP_LIFETIME_MS: '10000',
  OTP_MAX_PER_HOUR: '1000000',
  OTP_MAX_PER_DAY: '1000000',
  MAX_TRANSFERS_IN_FLIGHT: '200',
  MAX_INQUIRIES_PER_SECOND: '1000',
  EKO_WEBHOOK_SECRET: 'campaign-webhook-secret',
};
/** After the end: long enough for a late debit or callback to still do harm. */
const QUIET_MS = 4_000;

export async function runCampaign(
  options: CampaignOptions,
  onProgress: (line: string) => void,
): Promise<CampaignResult> {
  const startedAtMs = performance.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-chaos-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const onSignal = () => void close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, durability: 'safe' });
    closers.push(() => postgres.stop());
    await migrate(postgres.url);

    const simulatorPort = await findFreePort();
    const ports = await Promise.all(Array.from({ length: options.servers }, findFreePort));
    const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`);
    const callbackUrl = `http://127.0.0.1:${ports[0]}/webhooks/eko/${SETTINGS.EKO_WEBHOOK_SECRET}`;
    const simulatorProcess = await startProcess({
      name: 'simulator',
      program: CLI,
      args: [
        'simulator',
        ...[
          '--port',
          String(simulatorPort),
          '--seed',
          String(options.seed),
          '--faults',
          String(options.faults),
        ],
        ...['--callback-url', callbackUrl, '--no-limits'],
      ],
      env: {},
      isUp: () => simulator.isUp(),
    });
    closers.push(() => simulatorProcess.stop(5_000));

    const { credentials } = await simulator.describe();
    const env = {
      ...SETTINGS,
      DATABASE_URL: postgres.url,
      DATA_DIR: dataDir,
      EKO_BASE_URL: `http://127.0.0.1:${simulatorPort}/ekoapi/v3`,
      EKO_DEVELOPER_KEY: credentials.developerKey,
      EKO_ACCESS_KEY: credentials.accessKey,
      EKO_INITIATOR_ID: credentials.initiatorId,
    };
    const processes = await startServers(options, ports, env);
    for (const process of processes) closers.push(() => process.stop(10_000));

    const token = await issueToken({
      secret: SECRET,
      issuer: SETTINGS.AUTH_ISSUER,
      audience: SETTINGS.AUTH_AUDIENCE,
      userCode: USER_CODE,
      role: 'agent',
      lifetimeSeconds: 36_000,
    });
    const disruptor = new Disruptor({
      options,
      processes,
      databaseUrl: postgres.adminUrl,
      simulatorUrl: simulator.url,
    });
    const answers = await drive({
      ...options,
      urls: ports.map((port) => `http://127.0.0.1:${port}/graphql`),
      token,
      onAnswered: (answered) => {
        disruptor.advance(answered);
        if (answered % Math.ceil(options.transfers / 20) === 0) {
          const seconds = Math.round((performance.now() - startedAtMs) / 1000);
          onProgress(
            `${String(answered).padStart(7)} of ${options.transfers} answered, ${seconds} s, ${disruptor.describe()}`,
          );
        }
      },
    });
    await disruptor.settled();
    await simulator.heal();
    onProgress('the faults have stopped; everything has to converge now');
    await simulator.settle();
    const open = await waitForConvergence(postgres.url, options.patience, onProgress);
    if (open > 0) onProgress(`${open} transfers have not converged`);
    await delay(QUIET_MS);
    const report = await auditAll(postgres.url, simulator, answers);
    return {
      ...report,
      transfers: options.transfers,
      debitRequests: [...(await simulator.attempts()).values()].reduce((sum, count) => sum + count, 0),
      faults: await simulator.faults(),
      ...disruptor.counts,
      deaths: processes.flatMap(({ deaths }) => deaths),
      seconds: Math.round((performance.now() - startedAtMs) / 1000),
    };
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await close();
  }
}

async function startServers(
  { servers, workers }: CampaignOptions,
  ports: readonly number[],
  env: Readonly<Record<string, string>>,
): Promise<ManagedProcess[]> {
  const apis = ports.slice(0, servers).map((port, index) =>
    startProcess({
      name: `server ${index + 1}`,
      program: CLI,
      args: ['serve'],
      env: { ...env, PORT: String(port) },
      isUp: async () => (await fetch(`http://127.0.0.1:${port}/livez`)).ok,
    }),
  );
  const others = Array.from({ length: workers }, (_, index) =>
    startProcess({
      name: `worker ${index + 1}`,
      program: CLI,
      args: ['worker'],
      env,
      isUp: () => Promise.resolve(true),
    }),
  );
  return Promise.all([...apis, ...others]);
}

/** Returns how many are still open when the time is up. */
async function waitForConvergence(
  databaseUrl: string,
  patience: number,
  onProgress: (line: string) => void,
): Promise<number> {
  const deadlineMs = performance.now() + patience * 1_000;
  for (let told = Infinity; ; await delay(500)) {
    const [row] = await query<{ open: number }>(
      databaseUrl,
      // A pending refund goes on being asked after.
      `SELECT count(*)::int AS open FROM transfers
        WHERE status IN ('SUBMITTING', 'AWAITED', 'ON_HOLD')
           OR (next_inquiry_at < now() + interval '2 seconds' AND status <> 'REFUND_PENDING')`,
    );
    const open = row?.open ?? 0;
    if (open === 0 || performance.now() > deadlineMs) return open;
    if (open < told / 2) onProgress(`${String(open).padStart(7)} open`);
    told = Math.min(told, open);
  }
}

async function auditAll(
  databaseUrl: string,
  simulator: SimulatorClient,
  answers: readonly Answer[],
): Promise<AuditReport> {
  const transfers = await query<TransferRow>(
    databaseUrl,
    `SELECT t.id, t.client_ref_id, t.status, t.failure_reason, t.needs_review, t.tid, t.amount_rupees, t.event_count,
            json_agg(json_build_array(e.sequence, e.from_status, e.to_status, e.source, NOT e.evidence ? 'transport')
                     ORDER BY e.sequence) AS timeline
       FROM transfers t LEFT JOIN transfer_events e ON e.transfer_id = t.id GROUP BY t.id`,
  );
  return audit({
    ledger: await simulator.ledger(),
    attempts: await simulator.attempts(),
    transfers,
    answers,
  });
}

/** The simulator's control door. */
class SimulatorClient {
  constructor(readonly url: string) {}

  async isUp(): Promise<boolean> {
    return (await fetch(`${this.url}/_simulator/faults`)).ok;
  }

  async describe(): Promise<{
    credentials: { developerKey: string; accessKey: string; initiatorId: string };
  }> {
    const { SIMULATOR_CREDENTIALS } = await import('../../src/simulator/index.js');
    return { credentials: SIMULATOR_CREDENTIALS };
  }

  async heal(): Promise<void> {
    await fetch(`${this.url}/_simulator/faults`, { method: 'POST', body: JSON.stringify({ rate: 0 }) });
  }

  /** Books the late debits, ends what is open at its next inquiry, and says again what a lost callback said. */
  async settle(): Promise<void> {
    await fetch(`${this.url}/_simulator/settle`, { method: 'POST' });
  }

  async faults(): Promise<Record<string, number>> {
    const view = (await (await fetch(`${this.url}/_simulator/faults`)).json()) as {
      struck: Record<string, number>;
    };
    return view.struck;
  }

  async attempts(): Promise<Map<string, number>> {
    const view = (await (await fetch(`${this.url}/_simulator/attempts`)).json()) as Record<string, number>;
    return new Map(Object.entries(view));
  }

  async ledger(): Promise<LedgerRow[]> {
    const text = await (await fetch(`${this.url}/_simulator/ledger?format=ndjson`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LedgerRow);
  }
}

async function query<Row extends pg.QueryResultRow>(databaseUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function findFreePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
