// Where a benchmark happens: a real PostgreSQL, and how the gateway and the simulator are started on it.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken } from '../src/auth/index.js';
import { parseConfig } from '../src/config/config.js';
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.js';
import { migrate } from '../src/database/migrate.js';
import { Sealer } from '../src/shared/sealing.js';
import { SIMULATOR_CREDENTIALS } from '../src/simulator/index.js';
import { readCpuMs, startServer, type BenchServer } from './servers.js';

export const AGENT = '20810200';

export interface Place {
  /** As the server uses it, and as its owner. */
  readonly databaseUrl: string;
  readonly ownerUrl: string;
  readonly sealer: Sealer;
  /** User and system time of all of PostgreSQL so far, milliseconds. */
  postgresCpuMs(): number;
  /** Stopped with the place. `ekoUrl`: nobody, unless it is given. */
  startGateway(given?: { ekoUrl?: string; env?: Record<string, string> }): Promise<BenchServer>;
  startWorker(given: { ekoUrl: string }): Promise<BenchServer>;
  /** Answers at once, and without limits. */
  startSimulator(): Promise<BenchServer>;
  startPeer(name: string, program: string): Promise<BenchServer>;
  stop(): Promise<void>;
}

const AUTH = {
  AUTH_JWT_SECRET: 'the secret of a benchmark, longer than 32 bytes',
  AUTH_ISSUER: 'bench',
  AUTH_AUDIENCE: 'bench',
};
const NOBODY = 'http://127.0.0.1:1';

export async function createPlace(): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, durability: 'safe' });
  await migrate(postgres.url);
  const token = await issueToken({
    secret: AUTH.AUTH_JWT_SECRET,
    issuer: AUTH.AUTH_ISSUER,
    audience: AUTH.AUTH_AUDIENCE,
    userCode: AGENT,
    role: 'agent',
    lifetimeSeconds: 36_000,
  });
  const servers: BenchServer[] = [];
  const start = async (...given: Parameters<typeof startServer>) => {
    const server = await startServer(...given);
    servers.push(server);
    return server;
  };
  const postmaster = findPostmaster(dataDir);
  const toEnv = (ekoUrl: string) => ({
    ...AUTH,
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    EKO_BASE_URL: ekoUrl,
    EKO_DEVELOPER_KEY: SIMULATOR_CREDENTIALS.developerKey,
    EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey,
    EKO_INITIATOR_ID: SIMULATOR_CREDENTIALS.initiatorId,
  });
  return {
    databaseUrl: postgres.url,
    ownerUrl: postgres.adminUrl.replace(/\/[^/]*$/, new URL(postgres.url).pathname),
    sealer: new Sealer(parseConfig({}).sealing),
    postgresCpuMs: () => readCpuOfFamily(postmaster),
    startGateway: ({ ekoUrl = NOBODY, env = {} } = {}) =>
      start({
        name: 'this gateway',
        program: '../src/cli.js',
        args: ['serve'],
        env: {
          ...toEnv(ekoUrl),
          // On, as in production, and wide enough for a benchmark.
          RATE_LIMIT_PER_AGENT: '6000000',
          RATE_LIMIT_PER_ADDRESS: '6000000',
          OTP_MAX_PER_HOUR: '1000000',
          OTP_MAX_PER_DAY: '1000000',
          ...env,
        },
        headers: { authorization: `Bearer ${token}` },
      }),
    startWorker: ({ ekoUrl }) =>
      start({
        name: 'worker',
        program: '../src/cli.js',
        args: ['worker'],
        env: toEnv(ekoUrl),
        listens: false,
      }),
    startSimulator: () =>
      start({
        name: 'simulator',
        program: '../src/cli.js',
        args: (port) => ['simulator', '--port', String(port), '--no-limits'],
        env: {},
        path: '/ekoapi/v3',
      }),
    startPeer: (name, program) => start({ name, program, env: { DATABASE_URL: postgres.url } }),
    stop: async () => {
      for (const server of servers.reverse()) await server.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function findPostmaster(dataDir: string): number {
  for (const entry of readdirSync(dataDir, { recursive: true, encoding: 'utf8' }))
    if (entry.endsWith('postmaster.pid')) return parseInt(readFileSync(join(dataDir, entry), 'utf8'), 10);
  throw new Error('PostgreSQL left no postmaster.pid');
}

/** A process, its children that live, and those that have ended. */
function readCpuOfFamily(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const living = [pid, ...children.map(Number)].map((one) => readCpuMs(one, 'own'));
  return living.reduce((sum, ms) => sum + ms, readCpuMs(pid, 'ended children'));
}
