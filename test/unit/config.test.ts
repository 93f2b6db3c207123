import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig, VARIABLE_NAMES } from '../../src/config/config.js';
import { SIMULATOR_CREDENTIALS } from '../../src/simulator/index.js';

const LIVE = {
  EKO_BASE_URL: 'https://staging.eko.in/ekoapi/v3',
  EKO_DEVELOPER_KEY: 'developer-key',
  EKO_ACCESS_KEY: 'access-key',
  EKO_INITIATOR_ID: '9962981729',
  AUTH_JWT_SECRET: 'a secret of thirty-two bytes or more',
  AUTH_ISSUER: 'https://login.example.in',
  AUTH_AUDIENCE: 'transfers',
};
const PRODUCTION = {
  ...LIVE,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://gateway@db.example.in/gateway',
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** What a sandbox seals with: whoever uses the simulator's credentials opens it. */
const [SANDBOX_KEY] = parseConfig({ ...LIVE, EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey }).sealing;
const SANDBOX_KEY_ID = SANDBOX_KEY!.id;

test('a sandbox opens what a server with the simulator’s credentials sealed', () => {
  expect(parseConfig({}).sealing).toEqual(
    parseConfig({ ...LIVE, EKO_ACCESS_KEY: SIMULATOR_CREDENTIALS.accessKey }).sealing,
  );
});

test('knows the variables of the contract, and no other', () => {
  expect([...VARIABLE_NAMES].sort()).toEqual(
    `HOST PORT DATABASE_URL DATA_DIR EKO_BASE_URL EKO_DEVELOPER_KEY EKO_ACCESS_KEY EKO_INITIATOR_ID EKO_OTP_TIMEOUT_MS
     EKO_TRANSFER_TIMEOUT_MS EKO_INQUIRY_TIMEOUT_MS EKO_WEBHOOK_SECRET AUTH_JWT_SECRET AUTH_JWT_PUBLIC_KEY AUTH_JWKS_URL
     AUTH_ISSUER AUTH_AUDIENCE INQUIRY_SCHEDULE_MS NOT_RECEIVED_AFTER_MS NOT_RECEIVED_ANSWERS NOT_RECEIVED_SPACING_MS
     OTP_LIFETIME_MS OTP_MAX_PER_HOUR OTP_MAX_PER_DAY MAX_TRANSFERS_IN_FLIGHT MAX_INQUIRIES_PER_SECOND
     RATE_LIMIT_PER_AGENT RATE_LIMIT_PER_ADDRESS TRUSTED_PROXIES TRUSTED_DOCUMENTS DATA_ENCRYPTION_KEYS DATA_INDEX_KEY CORS_ORIGINS LOG_LEVEL`
      .split(/\s+/)
      .sort(),
  );
});

test('has the contract’s defaults', () => {
  expect(parseConfig({})).toEqual({
    isProduction: false,
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    dataDir: '.data',
    databaseUrl: undefined,
    eko: { kind: 'simulator' },
    ekoTimeouts: { otpMs: 15000, transferMs: 60000, inquiryMs: 10000 },
    webhookSecret: undefined,
    auth: {
      key: { kind: 'generated' },
      issuer: expect.stringMatching(/./),
      audience: expect.stringMatching(/./),
    },
    inquiryPolicy: {
      scheduleMs: [2000, 5000, 15000, 30000, 60000, 120000, 300000, 600000, 1800000, 3600000],
      notReceivedAfterMs: 1800000,
      notReceivedAnswers: 5,
      notReceivedSpacingMs: 300000,
    },
    otpPolicy: { lifetimeMs: 600000, maxPerHour: 5, maxPerDay: 10 },
    maxTransfersInFlight: 64,
    maxInquiriesPerSecond: 50,
    rateLimits: { perAgent: 0, perAddress: 0 },
    trustedProxies: [],
    trustedDocuments: undefined,
    sealing: [{ id: SANDBOX_KEY_ID, key: expect.any(Buffer), indexKey: expect.any(Buffer) }],
    corsOrigins: undefined,
  });
});

const KEY_OF = (letter: string) => Buffer.alloc(32, letter).toString('base64');

test('takes every variable', () => {
  const config = parseConfig({
    ...PRODUCTION,
    HOST: '0.0.0.0',
    PORT: '8080',
    DATA_DIR: '/var/lib/gateway',
    EKO_OTP_TIMEOUT_MS: '1001',
    EKO_TRANSFER_TIMEOUT_MS: '1002',
    EKO_INQUIRY_TIMEOUT_MS: '1003',
    EKO_WEBHOOK_SECRET: 'webhook-secret-0123456789',
    INQUIRY_SCHEDULE_MS: '10, 20,30',
    NOT_RECEIVED_AFTER_MS: '2001',
    NOT_RECEIVED_ANSWERS: '7',
    NOT_RECEIVED_SPACING_MS: '2003',
    OTP_LIFETIME_MS: '3001',
    OTP_MAX_PER_HOUR: '3',
    OTP_MAX_PER_DAY: '4',
    MAX_TRANSFERS_IN_FLIGHT: '9',
    MAX_INQUIRIES_PER_SECOND: '10',
    RATE_LIMIT_PER_AGENT: '11',
    RATE_LIMIT_PER_ADDRESS: '0',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    TRUSTED_DOCUMENTS: '/etc/gateway/documents.json',
    DATA_ENCRYPTION_KEYS: `new:${KEY_OF('n')}, old_1:${KEY_OF('o')}`,
    DATA_INDEX_KEY: KEY_OF('i'),
    CORS_ORIGINS: 'https://a.example.in, https://b.example.in',
    LOG_LEVEL: 'warn',
  });
  expect(config).toEqual({
    isProduction: true,
    host: '0.0.0.0',
    port: 8080,
    logLevel: 'warn',
    dataDir: '/var/lib/gateway',
    databaseUrl: PRODUCTION.DATABASE_URL,
    eko: {
      kind: 'live',
      baseUrl: LIVE.EKO_BASE_URL,
      developerKey: LIVE.EKO_DEVELOPER_KEY,
      accessKey: LIVE.EKO_ACCESS_KEY,
      initiatorId: LIVE.EKO_INITIATOR_ID,
    },
    ekoTimeouts: { otpMs: 1001, transferMs: 1002, inquiryMs: 1003 },
    webhookSecret: 'webhook-secret-0123456789',
    auth: {
      key: { kind: 'secret', secret: LIVE.AUTH_JWT_SECRET },
      issuer: LIVE.AUTH_ISSUER,
      audience: LIVE.AUTH_AUDIENCE,
    },
    inquiryPolicy: {
      scheduleMs: [10, 20, 30],
      notReceivedAfterMs: 2001,
      notReceivedAnswers: 7,
      notReceivedSpacingMs: 2003,
    },
    otpPolicy: { lifetimeMs: 3001, maxPerHour: 3, maxPerDay: 4 },
    maxTransfersInFlight: 9,
    maxInquiriesPerSecond: 10,
    rateLimits: { perAgent: 11, perAddress: 0 },
    trustedProxies: ['10.0.0.0/8', '::1'],
    trustedDocuments: '/etc/gateway/documents.json',
    sealing: [
      { id: 'new', key: Buffer.alloc(32, 'n'), indexKey: Buffer.alloc(32, 'i') },
      { id: 'old_1', key: Buffer.alloc(32, 'o'), indexKey: Buffer.alloc(32, 'i') },
      SANDBOX_KEY,
    ],
    corsOrigins: ['https://a.example.in', 'https://b.example.in'],
  });
});

test('seals data with keys of its own, or with one derived from the secret that Eko issued', () => {
  const derived = parseConfig(LIVE).sealing;
  expect(derived.map(({ id }) => id)).toEqual([expect.stringMatching(/^eko-[0-9a-f]{8}$/), SANDBOX_KEY_ID]);
  expect(parseConfig(LIVE).sealing).toEqual(derived);
  const other = parseConfig({ ...LIVE, EKO_ACCESS_KEY: 'another' }).sealing;
  expect(other[0]).not.toEqual(derived[0]);
  expect(other[0]?.indexKey).not.toEqual(derived[0]?.indexKey);
  // Everybody knows the sandbox's key: no index of anybody else's goes with it.
  expect(other.at(-1)).toEqual(SANDBOX_KEY);
  expect(derived.at(-1)).toEqual(SANDBOX_KEY);
  expect(problemsOf({ DATA_ENCRYPTION_KEYS: `a:${KEY_OF('a')}` })).toEqual([
    'DATA_ENCRYPTION_KEYS and DATA_INDEX_KEY go together',
  ]);
  expect(problemsOf({ DATA_INDEX_KEY: KEY_OF('a') })).toEqual([
    'DATA_ENCRYPTION_KEYS and DATA_INDEX_KEY go together',
  ]);
});

test('is not sealed for real with what everybody knows', () => {
  const { key, indexKey } = parseConfig({}).sealing[0]!;
  const sandboxKey = `mine:${key.toString('base64')}`;
  const own = { DATA_ENCRYPTION_KEYS: `a:${KEY_OF('a')}`, DATA_INDEX_KEY: KEY_OF('b') };
  expect(problemsOf({ ...LIVE, ...own })).toEqual([]);
  expect(
    problemsOf({ ...LIVE, DATA_ENCRYPTION_KEYS: sandboxKey, DATA_INDEX_KEY: indexKey.toString('base64') }),
  ).toEqual([
    'DATA_ENCRYPTION_KEYS begins with the key of the sandbox, or its name: everybody knows that one',
    'DATA_INDEX_KEY is that of the sandbox, which everybody knows',
  ]);
  const named = `${SANDBOX_KEY_ID}:${KEY_OF('a')}`;
  expect(problemsOf({ ...LIVE, ...own, DATA_ENCRYPTION_KEYS: named })).toHaveLength(1);
  expect(problemsOf({ ...LIVE, DATA_ENCRYPTION_KEYS: sandboxKey })).toHaveLength(2);
  // To open what a sandbox stored is another matter.
  expect(problemsOf({ ...LIVE, ...own, DATA_ENCRYPTION_KEYS: `a:${KEY_OF('a')}, ${sandboxKey}` })).toEqual(
    [],
  );
  expect(problemsOf({ ...own, DATA_ENCRYPTION_KEYS: sandboxKey })).toEqual([]);
});

test('limits requests in production without being told', () => {
  expect(parseConfig(PRODUCTION).rateLimits).toEqual({ perAgent: 600, perAddress: 6_000 });
});

test('takes an empty variable for an unset one', () => {
  const empty = Object.fromEntries(['NODE_ENV', ...VARIABLE_NAMES].map((name) => [name, '']));
  expect(parseConfig(empty)).toEqual(parseConfig({}));
});

test('does not mind variables that it does not know', () => {
  expect(parseConfig({ PATH: '/bin', npm_config_x: 'y' })).toEqual(parseConfig({}));
});

const WHOLE_NUMBERS: readonly (readonly [name: string, min: number])[] = [
  ['EKO_OTP_TIMEOUT_MS', 100],
  ['EKO_TRANSFER_TIMEOUT_MS', 100],
  ['EKO_INQUIRY_TIMEOUT_MS', 100],
  ['NOT_RECEIVED_AFTER_MS', 0],
  ['NOT_RECEIVED_ANSWERS', 1],
  ['NOT_RECEIVED_SPACING_MS', 0],
  ['OTP_LIFETIME_MS', 1],
  ['OTP_MAX_PER_HOUR', 1],
  ['OTP_MAX_PER_DAY', 1],
  ['MAX_TRANSFERS_IN_FLIGHT', 0],
  ['MAX_INQUIRIES_PER_SECOND', 10],
  ['RATE_LIMIT_PER_AGENT', 0],
  ['RATE_LIMIT_PER_ADDRESS', 0],
  ['PORT', 0],
];
test.each(WHOLE_NUMBERS)('%s is a whole number from %i', (name, min) => {
  expect(problemsOf({ [name]: String(min) })).toEqual([]);
  const bad = [
    '-1',
    '1.5',
    'ten',
    '1e3',
    '0x10',
    ' ',
    '5 ',
    '+5',
    '१०',
    '9'.repeat(15),
    '9'.repeat(40),
    ...(min > 0 ? [String(min - 1)] : []),
  ];
  for (const value of bad) {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must be (a whole number|at (least|most) \\d+)$`));
  }
});

const rsa = (bits: number) =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const ec = (curve: string) =>
  generateKeyPairSync('ec', {
    namedCurve: curve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const PEM_RULE = 'AUTH_JWT_PUBLIC_KEY must be a PEM public key: RSA of 2048 bits or more, P-256 or Ed25519';

test.each<[name: string, values: string[], rule: RegExp]>([
  [
    'DATABASE_URL',
    ['mysql://CANARY@x/y', 'CANARY', 'http://CANARY', 'sqlite::memory:CANARY'],
    /must begin with postgres/,
  ],
  [
    'EKO_BASE_URL',
    [
      'CANARY',
      'http://CANARY.example',
      'ftp://CANARY',
      'http://127.0.0.1.CANARY.example/',
      'https://user:CANARY@eko.in',
      'https://eko.in/?key=CANARY',
      'http://0.0.0.0/CANARY',
      'http://10.0.0.1/CANARY',
      'https://eko.in/#CANARY',
      'javascript:CANARY',
    ],
    /must be https, or http on a loopback address/,
  ],
  [
    'EKO_WEBHOOK_SECRET',
    ['CANARY/0123456789/0123', 'CANARY-ünicode-0123456789', `CANARY${'x'.repeat(123)}`],
    /must be 1 to 128 of/,
  ],
  ['AUTH_JWT_SECRET', ['CANARY', 'CANARY'.padEnd(31, 'x')], /must be at least 32 bytes/],
  [
    'AUTH_JWKS_URL',
    ['CANARY', 'http://CANARY.example/keys', 'file:///CANARY'],
    /must be https, or http on a loopback address/,
  ],
  [
    'INQUIRY_SCHEDULE_MS',
    ['CANARY', '1,,2', '0', '1,-5', '1.5', '1;2', ',', '5,', '99999999999'],
    /must be milliseconds, separated by commas/,
  ],
  [
    'TRUSTED_PROXIES',
    [
      'CANARY',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.1,0.0.0.0/00',
      '10.0.0.0/33',
      '10.0.0.0/',
      '1.2.3.4/8/8',
      '::1/129',
    ],
    /must be addresses/,
  ],
  ['DATA_INDEX_KEY', ['CANARY', KEY_OF('a').slice(1)], /must be 32 bytes in base64|go together/],
  ['CORS_ORIGINS', ['CANARY', '*', 'https://ok.example,CANARY', ','], /must be origins like/],
  ['LOG_LEVEL', ['CANARY', 'INFO', 'verbose'], /./],
])('%s is refused by name when it is wrong', (name, values, rule) => {
  for (const value of values) {
    const problems = problemsOf({ ...LIVE, AUTH_JWT_SECRET: undefined, [name]: value });
    expect({ value, problems: problems.filter((problem) => problem.startsWith(name)) }).toEqual({
      value,
      problems: [expect.stringMatching(rule)],
    });
    expect(problems.join('\n')).not.toMatch(/CANARY/);
  }
});

test.each([
  ['of RSA 1024', rsa(1024).publicKey],
  ['of another curve', ec('secp384r1').publicKey],
  ['of secp256k1', ec('secp256k1').publicKey],
  [
    'of Ed448',
    generateKeyPairSync('ed448', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).publicKey,
  ],
  ['that is no PEM', 'CANARY'],
  ['that is private: it does not belong here', ec('P-256').privateKey],
])('refuses a public key %s', (_what, pem) => {
  expect(problemsOf({ AUTH_JWT_PUBLIC_KEY: pem })).toEqual([PEM_RULE]);
});

test.each([
  ['of RSA 2048', rsa(2048).publicKey],
  ['of P-256', ec('P-256').publicKey],
  ['on one line', ec('P-256').publicKey.replaceAll('\n', '\\n')],
])('takes a public key %s', (_what, pem) => {
  expect(parseConfig({ AUTH_JWT_PUBLIC_KEY: pem }).auth.key).toEqual({
    kind: 'publicKey',
    pem: pem.replaceAll('\\n', '\n'),
  });
});

test.each([
  'https://eko.in',
  'http://localhost:4010/ekoapi/v3',
  'http://127.0.0.1:4010',
  'http://127.1.2.3',
  'http://[::1]:4010/x',
])('takes Eko at %s', (url) => {
  expect(problemsOf({ ...LIVE, EKO_BASE_URL: url })).toEqual([]);
});

test('leaves out the slash at the end of Eko’s address', () => {
  expect(parseConfig({ ...LIVE, EKO_BASE_URL: 'https://eko.in/v3//' }).eko).toMatchObject({
    baseUrl: 'https://eko.in/v3',
  });
});

test('tells all that is wrong at once', () => {
  const problems = problemsOf({
    PORT: 'x',
    LOG_LEVEL: 'x',
    OTP_LIFETIME_MS: 'x',
    DATABASE_URL: 'x',
    CORS_ORIGINS: 'x,y',
  });
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
    'CORS_ORIGINS',
    'DATABASE_URL',
    'LOG_LEVEL',
    'OTP_LIFETIME_MS',
    'PORT',
  ]);
});

test('tells what is wrong with one variable and what is missing beside it at once', () => {
  const problems = problemsOf({ PORT: 'x', EKO_BASE_URL: LIVE.EKO_BASE_URL });
  expect(problems.join('\n')).toMatch(/PORT/);
  expect(problems.join('\n')).toMatch(/EKO_DEVELOPER_KEY/);
});

test.each([
  'EKO_DEVELOPER_KEY',
  'EKO_ACCESS_KEY',
  'EKO_INITIATOR_ID',
  'AUTH_JWT_SECRET',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
])('live Eko needs %s', (name) => {
  const problems = problemsOf({ ...LIVE, [name]: undefined });
  expect(problems).toEqual([expect.stringContaining(name)]);
});

test.each(['EKO_DEVELOPER_KEY', 'EKO_ACCESS_KEY', 'EKO_INITIATOR_ID'] as const)(
  '%s alone is refused: the simulator takes no live credentials',
  (name) => {
    expect(problemsOf({ [name]: LIVE[name] })).toEqual([
      expect.stringMatching(new RegExp(`^${name} .*EKO_BASE_URL`)),
    ]);
  },
);

test('only one of the keys for tokens may be set', () => {
  const keys = {
    AUTH_JWT_SECRET: LIVE.AUTH_JWT_SECRET,
    AUTH_JWT_PUBLIC_KEY: ec('P-256').publicKey,
    AUTH_JWKS_URL: 'https://login.example.in/keys',
  };
  for (const left of Object.keys(keys))
    expect(problemsOf({ ...keys, [left]: undefined })).toEqual([expect.stringContaining('only one of')]);
  expect(problemsOf({ ...LIVE, ...keys })).toEqual([expect.stringContaining('only one of')]);
});

describe('in production', () => {
  test('starts with everything set', () => {
    expect(parseConfig(PRODUCTION).isProduction).toBe(true);
  });

  test.each<[what: string, change: Record<string, string | undefined>, named: RegExp]>([
    [
      'the simulator',
      {
        EKO_BASE_URL: undefined,
        EKO_DEVELOPER_KEY: undefined,
        EKO_ACCESS_KEY: undefined,
        EKO_INITIATOR_ID: undefined,
      },
      /EKO_BASE_URL/,
    ],
    ['the embedded database', { DATABASE_URL: undefined }, /DATABASE_URL/],
    ['generated keys', { AUTH_JWT_SECRET: undefined }, /AUTH_JWT_SECRET/],
  ])('does not start with %s', (_what, change, named) => {
    expect(problemsOf({ ...PRODUCTION, ...change }).join('\n')).toMatch(named);
  });

  test('does not start with a callback address that can be guessed', () => {
    expect(problemsOf({ ...PRODUCTION, EKO_WEBHOOK_SECRET: 'x'.repeat(15) })).toEqual([
      expect.stringMatching(/^EKO_WEBHOOK_SECRET must be at least 16/),
    ]);
    expect(problemsOf({ ...PRODUCTION, EKO_WEBHOOK_SECRET: 'x'.repeat(16) })).toEqual([]);
  });

  test('tells all three at once', () => {
    expect(problemsOf({ NODE_ENV: 'production' }).join('\n')).toMatch(
      /EKO_BASE_URL[\s\S]*DATABASE_URL[\s\S]*AUTH_JWT_SECRET/,
    );
  });
});
