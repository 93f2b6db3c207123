// A whole gateway in this process for a test: real PostgreSQL, the real simulator (or another Eko), real HTTP.
import type pg from 'pg';
import { startApp, type App } from '../../src/app.js';
import { issueToken, type Role } from '../../src/auth/index.js';
import { parseConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/index.js';
import {
  createSimulator,
  listMagicAmounts,
  SIMULATOR_CREDENTIALS,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/index.js';
import { createTestDatabase, runSql, type TestDatabase } from './test-database.js';

export { runSql };

export const AGENT = '20810200';
export const CUSTOMER = '6111111111';
export const RECIPIENT = '98765';
export const LATLONG = '28.6139,77.2090';
const WEBHOOK_SECRET = 'test-webhook-secret-0123456789';
export const JWT_SECRET = 'a test secret that is longer than 32 bytes';

export interface GatewayOptions {
  /** Environment variables over those of a fast sandbox. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
  /** Another Eko than the simulator, e.g. a stub's base URL. */
  readonly ekoUrl?: string;
  /** Without it a request without a token is refused. Default true. */
  readonly isSandbox?: boolean;
  /** Default: API and worker. */
  readonly parts?: { readonly api: boolean; readonly worker: boolean };
  /** A database to share with another gateway; it is not dropped at stop. */
  readonly databaseUrl?: string;
}

export interface GraphQLAnswer<Data> {
  readonly httpStatus: number;
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: {
      readonly code: string;
      readonly fields?: readonly { readonly path: string; readonly message: string }[];
      readonly retry?: string;
      readonly retryAfterMs?: number;
      readonly requestId?: string;
    };
  }[];
}

/** Whoever sends operations: a gateway, or a client of one. */
export interface Caller {
  /** One operation over HTTP. */
  request<Data>(
    query: string,
    variables?: object,
    options?: { token?: string; headers?: Record<string, string> },
  ): Promise<GraphQLAnswer<Data>>;
}

export interface Gateway extends Caller {
  readonly app: App;
  readonly url: string;
  readonly databaseUrl: string;
  readonly simulator: Simulator;
  readonly callbackUrl: string;
  token(role: Role, userCode?: string, lifetimeSeconds?: number): Promise<string>;
  /** SQL of the test's own. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Short deadlines and a fast schedule, so that nothing waits for real time; every one can be set. */
const FAST_SETTINGS = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  EKO_OTP_TIMEOUT_MS: '2000',
  EKO_TRANSFER_TIMEOUT_MS: '1000',
  EKO_INQUIRY_TIMEOUT_MS: '1000',
  INQUIRY_SCHEDULE_MS: '100,200,400',
  OTP_MAX_PER_HOUR: '1000',
  OTP_MAX_PER_DAY: '1000',
  AUTH_JWT_SECRET: JWT_SECRET,
};

/** For a server as it is in production; its Eko and its database are those that the test hands it. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://unused',
  EKO_BASE_URL: 'https://unused.example',
  EKO_DEVELOPER_KEY: 'unused',
  EKO_ACCESS_KEY: 'unused',
  EKO_INITIATOR_ID: 'unused',
  AUTH_ISSUER: 'issuer',
  AUTH_AUDIENCE: 'audience',
};

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const config = parseConfig({ ...FAST_SETTINGS, ...options.settings });
  const database: TestDatabase | undefined =
    options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const simulator = createSimulator({ reversalDelayMs: 100, hangLimitMs: 5_000, ...options.simulator });
  const { url: simulatorUrl } = await simulator.start();
  const isSandbox = options.isSandbox ?? true;
  const app = await startApp({
    config,
    databaseUrl,
    eko: { baseUrl: options.ekoUrl ?? simulatorUrl, ...SIMULATOR_CREDENTIALS },
    verificationKey: { kind: 'secret', secret: JWT_SECRET },
    webhookSecret: WEBHOOK_SECRET,
    sandbox: isSandbox
      ? {
          latestOtps: () => simulator.latestOtps(),
          magicAmounts: listMagicAmounts().map(([amount, happens]) => [`₹${amount}`, happens] as const),
        }
      : undefined,
    parts: options.parts ?? { api: true, worker: true },
    logger: createLogger(config.logLevel),
  }).catch(async (error: unknown) => {
    await simulator.stop();
    await database?.drop();
    throw error;
  });
  const url = app.url ?? '';
  const callbackUrl = `${url}/webhooks/eko/${WEBHOOK_SECRET}`;
  if (app.url !== undefined) simulator.setCallbackUrl(callbackUrl);
  return {
    app,
    url,
    databaseUrl,
    simulator,
    callbackUrl,
    request: (query, variables, { token, headers = {} } = {}) =>
      postOperation(
        `${url}/graphql`,
        { query, variables },
        { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ),
    token: (role, userCode = AGENT, lifetimeSeconds = 600) => {
      const { issuer, audience } = config.auth;
      return issueToken({ secret: JWT_SECRET, issuer, audience, userCode, role, lifetimeSeconds });
    },
    sql: (text, values) => runSql(databaseUrl, text, values),
    stop: async () => {
      await app.stop();
      await simulator.stop();
      await database?.drop();
    },
  };
}

/** Polls until `find` returns something else than undefined or null; fails after `withinMs`. */
export async function eventually<Found>(
  find: () => Promise<Found | null | undefined> | Found | null | undefined,
  withinMs = 10_000,
): Promise<Found> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found !== null && found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`nothing was found within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function postOperation<Data>(
  url: string,
  body: object,
  headers: Record<string, string>,
): Promise<GraphQLAnswer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Omit<GraphQLAnswer<Data>, 'httpStatus'>;
  return { httpStatus: response.status, ...answer };
}
