// A whole system out of the settings: database, simulator or Eko, keys, and the parts of the server asked for.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp, type App } from '../app.js';
import { DEMO_AGENT, issueToken, type Role, type VerificationKey } from '../auth/index.js';
import type { Config } from '../config/config.js';
import { startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { migrate } from '../database/migrate.js';
import type { Logger } from '../observability/index.js';
import {
  createSimulator,
  listMagicAmounts,
  SIMULATOR_CREDENTIALS,
  type Dialect,
} from '../simulator/index.js';
import { onceItAccepts } from './once-it-accepts.js';
import { UsageError } from './usage-error.js';

export interface SystemOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly parts: { readonly api: boolean; readonly worker: boolean };
  /** Brings the database up to date first; the embedded one always is. */
  readonly migrates: boolean;
  readonly dialect?: Dialect;
  readonly onProgress?: (message: string) => void;
}

export interface System {
  /** E.g. `http://localhost:4000`; undefined without the API. */
  readonly url: string | undefined;
  readonly databaseUrl: string;
  /** Undefined when Eko is real. */
  readonly simulatorUrl: string | undefined;
  stop(): Promise<void>;
}

export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, logger, parts } = options;
  const progress = options.onProgress ?? (() => {});
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) {
      await close().catch((error: unknown) => logger.error({ err: error }, 'a part did not stop cleanly'));
    }
  };
  try {
    if (parts.api) await assertPortIsFree(config);
    const databaseUrl = await openDatabase(options, closers);
    const { eko, sandbox, setCallbackUrl } = await openEko(options, closers);
    const webhookSecret = toWebhookSecret(config);
    const verificationKey = await toVerificationKey(config);
    const app: App = await onceItAccepts(
      () => startApp({ config, databaseUrl, eko, sandbox, verificationKey, webhookSecret, parts, logger }),
      progress,
    );
    closers.push(() => app.stop());
    if (app.url !== undefined && webhookSecret !== undefined)
      setCallbackUrl(`${app.url}/webhooks/eko/${webhookSecret}`);
    progress('ready');
    return { url: app.url, databaseUrl, simulatorUrl: sandbox && eko.baseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Said before anything is made; whoever takes the port after this is found when it is listened on. */
async function assertPortIsFree({ host, port }: Config): Promise<void> {
  const server = createServer();
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new UsageError(
      `Something listens on port ${port} of ${host} already: stop it, or set PORT to another one.`,
    );
  }
  server.close();
  await once(server, 'close');
}

/** A token for development. Throws where only an identity provider can sign. */
export async function createDevelopmentToken(
  config: Config,
  request: { userCode: string; role: Role; lifetimeSeconds: number },
): Promise<string> {
  const key = await toVerificationKey(config);
  if (key.kind !== 'secret') {
    throw new UsageError(
      'Tokens are signed by whoever holds the private key of AUTH_JWT_PUBLIC_KEY or AUTH_JWKS_URL.',
    );
  }
  const { issuer, audience } = config.auth;
  return issueToken({ secret: key.secret, issuer, audience, ...request });
}

export const DEMO_USER_CODE = DEMO_AGENT.userCode ?? '';

async function openDatabase(
  { config, migrates, onProgress = () => {} }: SystemOptions,
  closers: (() => Promise<void>)[],
): Promise<string> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== undefined) {
    if (migrates) await onceItAccepts(() => applyMigrations(databaseUrl, onProgress), onProgress);
    return databaseUrl;
  }
  const postgres = await startEmbeddedPostgres({ dataDir, onProgress });
  closers.push(() => postgres.stop());
  await applyMigrations(postgres.url, onProgress);
  return postgres.url;
}

async function applyMigrations(databaseUrl: string, progress: (message: string) => void): Promise<void> {
  for (const name of await migrate(databaseUrl)) progress(`applied migration ${name}`);
}

async function openEko({ config, dialect, parts }: SystemOptions, closers: (() => Promise<void>)[]) {
  if (config.eko.kind === 'live') return { eko: config.eko, sandbox: undefined, setCallbackUrl: () => {} };
  if (!parts.api) {
    throw new UsageError(
      'The worker alone needs EKO_BASE_URL: the built-in simulator lives in the process of `npm start`.',
    );
  }
  await mkdir(config.dataDir, { recursive: true });
  const simulator = createSimulator({
    ledgerFile: join(config.dataDir, 'simulator-ledger.jsonl'),
    ...(dialect ? { dialect } : {}),
  });
  const { url } = await simulator.start();
  closers.push(() => simulator.stop());
  return {
    eko: { baseUrl: url, ...SIMULATOR_CREDENTIALS },
    sandbox: {
      latestOtps: () => simulator.latestOtps(),
      demoDirectory: fileURLToPath(new URL('../../demo', import.meta.url)),
      magicAmounts: listMagicAmounts().map(([amount, happens]) => [`₹${amount}`, happens] as const),
    },
    setCallbackUrl: (callbackUrl: string) => simulator.setCallbackUrl(callbackUrl),
  };
}

/** The sandbox has its callbacks on without a setting: the simulator is told the address at start. */
function toWebhookSecret({ webhookSecret, eko }: Config): string | undefined {
  return webhookSecret ?? (eko.kind === 'simulator' ? randomBytes(24).toString('base64url') : undefined);
}

async function toVerificationKey({ auth, dataDir }: Config): Promise<VerificationKey> {
  return auth.key.kind === 'generated'
    ? { kind: 'secret', secret: await readOrMakeSecret(dataDir) }
    : auth.key;
}

/** Made at the first start; the first of several processes wins. */
async function readOrMakeSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'jwt-secret');
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
