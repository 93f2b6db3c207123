// The settings, read and checked once: every problem is reported at once, by the variable's name.
import { z } from 'zod';
import type { SealingKey } from '../shared/sealing.js';
import { readEnvironment } from './env-file.js';
import { INDEX_KEY, parseSealingKey, SEALING_KEY, toSealingKeys } from './sealing-settings.js';
import { findCombinedProblems, type GivenSettings } from './combined-settings.js';
import { isNetwork, isPublicKey, isSafeUrl } from './setting-checks.js';

export type AuthKey =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'publicKey'; readonly pem: string }
  | { readonly kind: 'jwks'; readonly url: string }
  /** Sandbox only: made at the first start and kept in the data folder. */
  | { readonly kind: 'generated' };

export type EkoSettings =
  | { readonly kind: 'simulator' }
  | {
      readonly kind: 'live';
      readonly baseUrl: string;
      readonly developerKey: string;
      readonly accessKey: string;
      readonly initiatorId: string;
    };

export interface Config {
  readonly isProduction: boolean;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly dataDir: string;
  /** Undefined: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly eko: EkoSettings;
  readonly ekoTimeouts: { readonly otpMs: number; readonly transferMs: number; readonly inquiryMs: number };
  /** Undefined: no callback address. */
  readonly webhookSecret: string | undefined;
  readonly auth: { readonly key: AuthKey; readonly issuer: string; readonly audience: string };
  readonly inquiryPolicy: {
    readonly scheduleMs: readonly number[];
    readonly notReceivedAfterMs: number;
    readonly notReceivedAnswers: number;
    readonly notReceivedSpacingMs: number;
  };
  readonly otpPolicy: {
    readonly lifetimeMs: number;
    readonly maxPerHour: number;
    readonly maxPerDay: number;
  };
  readonly maxTransfersInFlight: number;
  /** Of one worker. */
  readonly maxInquiriesPerSecond: number;
  /** Of what is stored: the first one seals. */
  readonly sealing: readonly SealingKey[];
  /** Requests a minute; 0: no limit. */
  readonly rateLimits: { readonly perAgent: number; readonly perAddress: number };
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** A list of the only operations taken; undefined: every valid one. */
  readonly trustedDocuments: string | undefined;
  /** Undefined: Apollo Studio and localhost, in the sandbox only. */
  readonly corsOrigins: readonly string[] | undefined;
}

/** All that is wrong with the settings, one line each. Holds names, never values. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const SANDBOX_ISSUER = 'eko-transfer-gateway-sandbox';
const SANDBOX_AUDIENCE = 'eko-transfer-gateway';
/** One hour in milliseconds, the longest a single call could sensibly be given. */
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** A rate that was not set. */
const NO_LIMIT = -1;
/** Requests a minute. A counter makes a few; behind one address there may be a whole backend. */
const PRODUCTION_RATES = { perAgent: 600, perAddress: 6_000 };

const wholeNumber = (fallback: number, { min, max }: { min: number; max: number }) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .default(fallback);
const commaList = z.string().transform((text) => text.split(',').map((part) => part.trim()));

const VARIABLES = z.object({
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(4000, { min: 0, max: 65_535 }),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  EKO_BASE_URL: z.string().refine(isSafeUrl, 'must be https, or http on a loopback address').optional(),
  EKO_DEVELOPER_KEY: z.string().optional(),
  EKO_ACCESS_KEY: z.string().optional(),
  EKO_INITIATOR_ID: z.string().optional(),
  EKO_OTP_TIMEOUT_MS: wholeNumber(15_000, { min: 100, max: HOUR_MS }),
  EKO_TRANSFER_TIMEOUT_MS: wholeNumber(60_000, { min: 100, max: HOUR_MS }),
  EKO_INQUIRY_TIMEOUT_MS: wholeNumber(10_000, { min: 100, max: HOUR_MS }),
  EKO_WEBHOOK_SECRET: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')
    .optional(),
  AUTH_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, 'must be at least 32 bytes')
    .optional(),
  AUTH_JWT_PUBLIC_KEY: z
    .string()
    .transform((pem) => pem.replaceAll('\\n', '\n'))
    .refine(isPublicKey, 'must be a PEM public key: RSA of 2048 bits or more, P-256 or Ed25519')
    .optional(),
  AUTH_JWKS_URL: z.string().refine(isSafeUrl, 'must be https, or http on a loopback address').optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  INQUIRY_SCHEDULE_MS: commaList
    .pipe(z.array(z.string().regex(/^[1-9]\d{0,9}$/, 'must be milliseconds, separated by commas')))
    .transform((parts) => parts.map(Number))
    .default([2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000]),
  NOT_RECEIVED_AFTER_MS: wholeNumber(1_800_000, { min: 0, max: WEEK_MS }),
  NOT_RECEIVED_ANSWERS: wholeNumber(5, { min: 1, max: 1_000 }),
  NOT_RECEIVED_SPACING_MS: wholeNumber(300_000, { min: 0, max: WEEK_MS }),
  OTP_LIFETIME_MS: wholeNumber(600_000, { min: 1, max: WEEK_MS }),
  OTP_MAX_PER_HOUR: wholeNumber(5, { min: 1, max: 1_000_000 }),
  OTP_MAX_PER_DAY: wholeNumber(10, { min: 1, max: 1_000_000 }),
  MAX_TRANSFERS_IN_FLIGHT: wholeNumber(64, { min: 0, max: 10_000 }),
  MAX_INQUIRIES_PER_SECOND: wholeNumber(50, { min: 10, max: 10_000 }),
  RATE_LIMIT_PER_AGENT: wholeNumber(NO_LIMIT, { min: 0, max: 10_000_000 }),
  RATE_LIMIT_PER_ADDRESS: wholeNumber(NO_LIMIT, { min: 0, max: 10_000_000 }),
  TRUSTED_PROXIES: commaList
    .pipe(
      z.array(
        z
          .string()
          .refine(
            isNetwork,
            'must be addresses or networks like 10.0.0.0/8, separated by commas, and not all there are',
          ),
      ),
    )
    .default([]),
  TRUSTED_DOCUMENTS: z.string().optional(),
  DATA_ENCRYPTION_KEYS: commaList
    .pipe(
      z.array(
        z.string().regex(SEALING_KEY, 'must be id:key, the key 32 bytes in base64, separated by commas'),
      ),
    )
    .transform((parts) => parts.map(parseSealingKey))
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'must have different ids')
    .optional(),
  DATA_INDEX_KEY: z
    .string()
    .regex(INDEX_KEY, 'must be 32 bytes in base64')
    .transform((text) => Buffer.from(text, 'base64'))
    .optional(),
  CORS_ORIGINS: commaList
    .pipe(z.array(z.url('must be origins like https://app.example.in, separated by commas')))
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});
type Variables = z.infer<typeof VARIABLES>;

/** Every variable there is; `.env.example` and the README are tested against it. */
export const VARIABLE_NAMES = Object.keys(VARIABLES.shape).filter((name) => name !== 'NODE_ENV');

/** Reads `process.env` over the `.env` file of this folder. */
export function loadConfig(): Config {
  return parseConfig(readEnvironment());
}

/** Throws ConfigError with every problem. An empty variable counts as unset. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given: GivenSettings = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = VARIABLES.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const problems = [
    ...issues.map((issue) => `${String(issue.path[0])} ${issue.message}`),
    ...findCombinedProblems(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return toConfig(parsed.data);
}

function toConfig(v: Variables): Config {
  return {
    isProduction: v.NODE_ENV === 'production',
    host: v.HOST,
    port: v.PORT,
    logLevel: v.LOG_LEVEL,
    dataDir: v.DATA_DIR,
    databaseUrl: v.DATABASE_URL,
    eko:
      v.EKO_BASE_URL === undefined
        ? { kind: 'simulator' }
        : {
            kind: 'live',
            baseUrl: v.EKO_BASE_URL.replace(/\/+$/, ''),
            developerKey: v.EKO_DEVELOPER_KEY ?? '',
            accessKey: v.EKO_ACCESS_KEY ?? '',
            initiatorId: v.EKO_INITIATOR_ID ?? '',
          },
    ekoTimeouts: {
      otpMs: v.EKO_OTP_TIMEOUT_MS,
      transferMs: v.EKO_TRANSFER_TIMEOUT_MS,
      inquiryMs: v.EKO_INQUIRY_TIMEOUT_MS,
    },
    webhookSecret: v.EKO_WEBHOOK_SECRET,
    auth: {
      key: toAuthKey(v),
      issuer: v.AUTH_ISSUER ?? SANDBOX_ISSUER,
      audience: v.AUTH_AUDIENCE ?? SANDBOX_AUDIENCE,
    },
    inquiryPolicy: {
      scheduleMs: v.INQUIRY_SCHEDULE_MS,
      notReceivedAfterMs: v.NOT_RECEIVED_AFTER_MS,
      notReceivedAnswers: v.NOT_RECEIVED_ANSWERS,
      notReceivedSpacingMs: v.NOT_RECEIVED_SPACING_MS,
    },
    otpPolicy: {
      lifetimeMs: v.OTP_LIFETIME_MS,
      maxPerHour: v.OTP_MAX_PER_HOUR,
      maxPerDay: v.OTP_MAX_PER_DAY,
    },
    maxTransfersInFlight: v.MAX_TRANSFERS_IN_FLIGHT,
    maxInquiriesPerSecond: v.MAX_INQUIRIES_PER_SECOND,
    rateLimits: {
      perAgent: toRate(v, v.RATE_LIMIT_PER_AGENT, PRODUCTION_RATES.perAgent),
      perAddress: toRate(v, v.RATE_LIMIT_PER_ADDRESS, PRODUCTION_RATES.perAddress),
    },
    trustedProxies: v.TRUSTED_PROXIES,
    trustedDocuments: v.TRUSTED_DOCUMENTS,
    sealing: toSealingKeys(v),
    corsOrigins: v.CORS_ORIGINS,
  };
}

/** On a developer's machine and in tests nobody is slowed down without asking for it. */
function toRate(v: Variables, given: number, inProduction: number): number {
  if (given !== NO_LIMIT) return given;
  return v.NODE_ENV === 'production' ? inProduction : 0;
}

function toAuthKey(v: Variables): AuthKey {
  if (v.AUTH_JWT_SECRET !== undefined) return { kind: 'secret', secret: v.AUTH_JWT_SECRET };
  if (v.AUTH_JWT_PUBLIC_KEY !== undefined) return { kind: 'publicKey', pem: v.AUTH_JWT_PUBLIC_KEY };
  if (v.AUTH_JWKS_URL !== undefined) return { kind: 'jwks', url: v.AUTH_JWKS_URL };
  return { kind: 'generated' };
}

/** Names of the set variables that hold credentials for Eko itself. */
export function findLiveCredentials(): string[] {
  const env = readEnvironment();
  return ['EKO_BASE_URL', 'EKO_DEVELOPER_KEY', 'EKO_ACCESS_KEY', 'EKO_INITIATOR_ID'].filter(
    (name) => env[name],
  );
}
