// The real server in a process of its own, on a database and an Eko that the test names; asked like a gateway in this process.
import { issueToken, type Role } from '../../src/auth/index.js';
import { SIMULATOR_CREDENTIALS } from '../../src/simulator/index.js';
import { AGENT, postOperation, type Caller } from './gateway.js';
import { startProcess, type RealProcess } from './real-process.js';

const AUTH = {
  AUTH_JWT_SECRET: 'the secret of a server in its own process',
  AUTH_ISSUER: 'https://login.example.in',
  AUTH_AUDIENCE: 'transfers',
};
const WEBHOOK_SECRET = 'real-server-webhook-secret-01';

export interface RealServer extends Caller {
  /** E.g. `http://localhost:41234`. */
  readonly url: string;
  readonly callbackUrl: string;
  /** Of the agent that requests without another token act as. */
  readonly agentToken: string;
  readonly process: RealProcess;
}

export interface RealServerOptions {
  readonly databaseUrl: string;
  /** Base URL of an Eko that takes the simulator's credentials. */
  readonly ekoUrl: string;
  /** Environment variables over those given here. */
  readonly settings?: Readonly<Record<string, string>>;
}

const started: RealProcess[] = [];

/** For `afterAll`: no test that failed in the middle leaves a server behind. */
export async function killRealServers(): Promise<void> {
  for (const server of started) server.kill('SIGKILL');
  await Promise.all(started.splice(0).map((server) => server.exited()));
}

/** API and worker in one process; resolves when it is ready. Inquiries are an hour away unless the settings say otherwise. */
export async function startRealServer({
  databaseUrl,
  ekoUrl,
  settings = {},
}: RealServerOptions): Promise<RealServer> {
  const server = startProcess(['start'], {
    // A folder of this test run: no `.env` of anybody's is read.
    cwd: process.env['TEST_BUILD_DIR'] ?? '',
    env: {
      PORT: '0',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      EKO_BASE_URL: ekoUrl,
      EKO_DEVELOPER_KEY: SIMULATOR_CREDENTIALS.developerKey,
      EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey,
      EKO_INITIATOR_ID: SIMULATOR_CREDENTIALS.initiatorId,
      EKO_WEBHOOK_SECRET: WEBHOOK_SECRET,
      INQUIRY_SCHEDULE_MS: '3600000',
      OTP_MAX_PER_HOUR: '100000',
      OTP_MAX_PER_DAY: '100000',
      ...AUTH,
      ...settings,
    },
  });
  started.push(server);
  const [, url = ''] = await server.prints(/is ready: (http:\S+)\/graphql/, 60_000);
  const agentToken = await signToken('agent');
  return {
    url,
    callbackUrl: `${url}/webhooks/eko/${WEBHOOK_SECRET}`,
    agentToken,
    process: server,
    request: (query, variables, { token = agentToken, headers = {} } = {}) =>
      postOperation(`${url}/graphql`, { query, variables }, { ...headers, authorization: `Bearer ${token}` }),
  };
}

function signToken(role: Role): Promise<string> {
  return issueToken({
    secret: AUTH.AUTH_JWT_SECRET,
    issuer: AUTH.AUTH_ISSUER,
    audience: AUTH.AUTH_AUDIENCE,
    userCode: AGENT,
    role,
    lifetimeSeconds: 3_600,
  });
}
