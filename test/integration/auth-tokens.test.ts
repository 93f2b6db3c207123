import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, SignJWT, type JWTPayload } from 'jose';
import { TokenVerifier, type VerificationKey } from '../../src/auth/index.js';
import { CodedError } from '../../src/shared/errors.js';
import { AGENT, startGateway, type Gateway } from '../support/gateway.js';

/** As in test/support/gateway.ts; the first test below fails if it is not. */
const SECRET = 'a test secret that is longer than 32 bytes';
const ISSUER = 'eko-transfer-gateway-sandbox';
const AUDIENCE = 'eko-transfer-gateway';
const nowSeconds = () => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  sub: 'agent-1',
  user_code: AGENT,
  roles: ['agent'],
  iss: ISSUER,
  aud: AUDIENCE,
  exp: nowSeconds() + 600,
});
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signed by hand, so that nothing is refused before it is sent. */
function sign(
  payload: object,
  options: { header?: object; secret?: string | Buffer; hash?: string } = {},
): string {
  const { header = {}, secret = SECRET, hash = 'sha256' } = options;
  const head = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(payload)}`;
  return `${head}.${createHmac(hash, secret).update(head).digest('base64url')}`;
}
const without = (name: string) =>
  Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What is wrong, and the value of the header. */
const HOSTILE: readonly (readonly [what: string, header: () => string | Promise<string>])[] = [
  ['garbage', () => 'Bearer garbage'],
  ['three dots', () => 'Bearer ...'],
  ['another scheme', () => `Basic ${sign(claims())}`],
  ['no scheme', () => sign(claims())],
  ['two spaces', () => `Bearer  ${sign(claims())}`],
  ['a second token behind', () => `Bearer ${sign(claims())} ${sign(claims())}`],
  ['a comma and a second scheme', () => `Bearer ${sign(claims())}, Basic x`],
  ['alg none', () => `Bearer ${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['alg None with a signature', () => `Bearer ${sign(claims(), { header: { alg: 'None' } })}`],
  ['no alg', () => `Bearer ${sign(claims(), { header: { alg: undefined } })}`],
  [
    'HS512 with the right secret',
    () => `Bearer ${sign(claims(), { header: { alg: 'HS512' }, hash: 'sha512' })}`,
  ],
  [
    'RS256',
    async () =>
      `Bearer ${await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey)}`,
  ],
  [
    'its own key in the header',
    async () => `Bearer ${sign(claims(), { header: { jwk: await exportJWK(rsa.publicKey), alg: 'RS256' } })}`,
  ],
  [
    'another secret',
    () => `Bearer ${sign(claims(), { secret: 'another secret that is longer than 32 bytes' })}`,
  ],
  ['an empty secret', () => `Bearer ${sign(claims(), { secret: '' })}`],
  [
    'a changed payload',
    () =>
      `Bearer ${sign(claims()).replace(/\.[^.]+\./, `.${encode({ ...claims(), user_code: '99990000' })}.`)}`,
  ],
  ['no signature', () => `Bearer ${sign(claims()).replace(/[^.]+$/, '')}`],
  ['a cut signature', () => `Bearer ${sign(claims()).slice(0, -4)}`],
  ['five parts', () => `Bearer ${sign(claims())}.e30.e30`],
  ['a critical extension', () => `Bearer ${sign(claims(), { header: { crit: ['x'], x: 1 } })}`],
  ['an unencoded payload', () => `Bearer ${sign(claims(), { header: { crit: ['b64'], b64: false } })}`],
  ['another issuer', () => `Bearer ${sign({ ...claims(), iss: 'somebody' })}`],
  ['another audience', () => `Bearer ${sign({ ...claims(), aud: 'another-service' })}`],
  ['a list of other audiences', () => `Bearer ${sign({ ...claims(), aud: ['a', 'b'] })}`],
  ['an expiry a minute ago', () => `Bearer ${sign({ ...claims(), exp: nowSeconds() - 60 })}`],
  ['an expiry as text', () => `Bearer ${sign({ ...claims(), exp: String(nowSeconds() + 600) })}`],
  ['a start in a minute', () => `Bearer ${sign({ ...claims(), nbf: nowSeconds() + 60 })}`],
  ...['exp', 'sub', 'iss', 'aud', 'roles', 'user_code'].map(
    (name) => [`no ${name}`, () => `Bearer ${sign(without(name))}`] as const,
  ),
  ['an empty sub', () => `Bearer ${sign({ ...claims(), sub: '' })}`],
  ['a sub that is a number', () => `Bearer ${sign({ ...claims(), sub: 7 })}`],
  ['roles that are a text', () => `Bearer ${sign({ ...claims(), roles: 'agent' })}`],
  [
    'roles that are an object',
    () => `Bearer ${sign({ ...claims(), roles: { includes: 'agent', 0: 'agent', length: 1 } })}`,
  ],
  ['no role', () => `Bearer ${sign({ ...claims(), roles: [] })}`],
  ['an unknown role', () => `Bearer ${sign({ ...claims(), roles: ['superuser'] })}`],
  ['a role in upper case', () => `Bearer ${sign({ ...claims(), roles: ['ADMIN'] })}`],
  ['a role in a list in the list', () => `Bearer ${sign({ ...claims(), roles: [['agent']] })}`],
  ['a user code with a quote', () => `Bearer ${sign({ ...claims(), user_code: "20810200' OR '1'='1" })}`],
  ['a user code that is a number', () => `Bearer ${sign({ ...claims(), user_code: 20810200 })}`],
  ['a user code that is null', () => `Bearer ${sign({ ...claims(), user_code: null })}`],
  ['a user code with a newline', () => `Bearer ${sign({ ...claims(), user_code: '20810200\n' })}`],
  [
    'an odd user code of support',
    () => `Bearer ${sign({ ...claims(), roles: ['support'], user_code: '../..' })}`,
  ],
  ['a payload that is a list', () => `Bearer ${sign([claims()])}`],
  ['more than 4 kB', () => `Bearer ${sign({ ...claims(), padding: 'x'.repeat(5_000) })}`],
];

describe.each([true, false])('a hostile token, sandbox: %s', (isSandbox) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ isSandbox, parts: { api: true, worker: false } });
  });
  afterAll(() => gateway.stop());
  const ask = (authorization: string | readonly string[]) =>
    sendHeaders(`${gateway.url}/graphql`, authorization);

  test('is not one that is made like the ones below, without their fault', async () => {
    for (const token of [
      sign(claims()),
      sign({ ...claims(), aud: ['another-service', AUDIENCE] }),
      sign({ ...claims(), roles: ['agent', 'something-else'] }),
      sign({ ...claims(), exp: nowSeconds() - 5 }),
      sign(claims(), { header: { kid: '../../etc/passwd' } }),
    ]) {
      expect(await ask(`Bearer ${token}`)).toMatchObject({
        status: 200,
        body: { data: { __typename: 'Query' } },
      });
      expect(await ask(`bearer ${token}`)).toMatchObject({ status: 200 });
    }
  });

  test.each(HOSTILE)('with %s gets the one answer', async (_what, makeHeader) => {
    const answer = await ask(await makeHeader());
    expect(answer).toEqual({
      status: 401,
      body: {
        errors: [
          {
            message: 'There is no token, or it is not valid: signature, issuer, audience, expiry or claims.',
            extensions: { code: 'UNAUTHENTICATED', retry: 'SIGN_IN', requestId: expect.any(String) },
          },
        ],
      },
    });
  });

  test('is also a good one beside another', async () => {
    const good = `Bearer ${sign(claims())}`;
    for (const headers of [
      [good, 'Bearer garbage'],
      ['Bearer garbage', good],
      [good, good],
      [good, ''],
    ])
      expect(await ask(headers)).toMatchObject({ status: 401 });
  });
});

describe('a public key', () => {
  const KEYS: readonly (readonly [alg: string, pair: { privateKey: KeyObject; publicKey: KeyObject }])[] = [
    ['RS256', rsa],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ];
  const toPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const signWith = (alg: string, key: KeyObject, header: object = {}) =>
    new SignJWT(claims()).setProtectedHeader({ alg, ...header }).sign(key);
  const identify = (key: VerificationKey, token: string) =>
    new TokenVerifier({ key, issuer: ISSUER, audience: AUDIENCE, anonymous: null }).identify(
      `Bearer ${token}`,
    );
  const expectRefused = async (identity: Promise<unknown>) => {
    const error = await identity.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
  };

  test.each(KEYS)(
    '%s: takes what its private key signed, and nothing else',
    async (alg, { privateKey, publicKey }) => {
      const pem = toPem(publicKey);
      const key = { kind: 'publicKey', pem } as const;
      expect(await identify(key, await signWith(alg, privateKey))).toMatchObject({ userCode: AGENT });
      for (const [otherAlg, other] of KEYS)
        if (otherAlg !== alg) await expectRefused(identify(key, await signWith(otherAlg, other.privateKey)));
      // The public key is public: nobody may sign with it as if it were a shared secret.
      for (const secret of [pem, pem.trim(), publicKey.export({ type: 'spki', format: 'der' })])
        await expectRefused(identify(key, sign(claims(), { secret })));
      await expectRefused(identify(key, sign(claims())));
      await expectRefused(identify(key, `${encode({ alg: 'none' })}.${encode(claims())}.`));
    },
  );

  test('RS256: does not take its other algorithms', async () => {
    const key = { kind: 'publicKey', pem: toPem(rsa.publicKey) } as const;
    for (const alg of ['RS384', 'RS512', 'PS256'])
      await expectRefused(identify(key, await signWith(alg, rsa.privateKey)));
  });

  test('an agent without claims is nobody, whoever signed', async () => {
    const key = { kind: 'publicKey', pem: toPem(rsa.publicKey) } as const;
    const token = await new SignJWT({ ...claims(), roles: ['nobody'] })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(rsa.privateKey);
    await expectRefused(identify(key, token));
  });

  describe('of a key set', () => {
    let server: Server;
    let url: string;
    let requestCount = 0;
    beforeAll(async () => {
      const keys = await Promise.all(
        KEYS.map(async ([alg, { publicKey }]) => ({
          ...(await exportJWK(publicKey)),
          alg,
          kid: `key-${alg}`,
          use: 'sig',
        })),
      );
      const shared = {
        kty: 'oct',
        k: Buffer.from(SECRET).toString('base64url'),
        alg: 'HS256',
        kid: 'shared',
      };
      server = createServer((request, response) => {
        requestCount += 1;
        if (request.url === '/broken') return void response.writeHead(500).end('no keys today');
        if (request.url === '/html')
          return void response.setHeader('content-type', 'text/html').end('<html>');
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ keys: [...keys, shared] }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    test.each(KEYS)('%s: takes what a key of the set signed', async (alg, { privateKey }) => {
      const token = await signWith(alg, privateKey, { kid: `key-${alg}` });
      expect(await identify({ kind: 'jwks', url: `${url}/keys` }, token)).toMatchObject({ userCode: AGENT });
    });

    test('takes nothing that names no key of the set, or another', async () => {
      const key = { kind: 'jwks', url: `${url}/keys` } as const;
      for (const kid of ['unknown', 'key-ES256', '../keys', 'https://evil.example/keys'])
        await expectRefused(identify(key, await signWith('RS256', rsa.privateKey, { kid })));
      const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
      await expectRefused(identify(key, await signWith('RS256', foreign.privateKey, { kid: 'key-RS256' })));
      await expectRefused(
        identify(key, await signWith('RS256', foreign.privateKey, { kid: 'key-RS256', jku: `${url}/other` })),
      );
    });

    test('takes no shared secret, even one that is in the set', async () => {
      const key = { kind: 'jwks', url: `${url}/keys` } as const;
      await expectRefused(identify(key, sign(claims(), { header: { kid: 'shared' } })));
      await expectRefused(identify(key, sign(claims())));
    });

    test.each(['/broken', '/html'])('answers the same when the set cannot be read: %s', async (path) => {
      await expectRefused(
        identify({ kind: 'jwks', url: `${url}${path}` }, await signWith('RS256', rsa.privateKey)),
      );
    });

    test('answers the same when nobody is there', async () => {
      const token = await signWith('RS256', rsa.privateKey);
      await expectRefused(identify({ kind: 'jwks', url: 'http://127.0.0.1:1/keys' }, token));
    });

    test('fetches the set once for many tokens', async () => {
      const verifier = new TokenVerifier({
        key: { kind: 'jwks', url: `${url}/keys` },
        issuer: ISSUER,
        audience: AUDIENCE,
        anonymous: null,
      });
      const token = await signWith('RS256', rsa.privateKey, { kid: 'key-RS256' });
      const before = requestCount;
      for (let count = 0; count < 5; count += 1) await verifier.identify(`Bearer ${token}`);
      const unknown = await signWith('RS256', rsa.privateKey, { kid: 'unknown' });
      for (let count = 0; count < 5; count += 1) await expectRefused(verifier.identify(`Bearer ${unknown}`));
      expect(requestCount - before).toBe(1);
    });
  });

  test('a key that is given privately verifies as its public half', () => {
    // A safeguard of the test itself: the PEM really is a public key.
    expect(createPublicKey(toPem(rsa.publicKey)).type).toBe('public');
  });
});

/** With one Authorization header or several, as they stand on the wire. */
function sendHeaders(
  url: string,
  authorization: string | readonly string[],
): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) as unknown }));
    });
    request.on('error', reject);
    request.setHeader('content-type', 'application/json');
    request.setHeader('authorization', authorization);
    request.end('{"query": "{ __typename }"}');
  });
}
