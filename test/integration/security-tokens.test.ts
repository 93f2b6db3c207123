// Hostile tokens, at a server that shares a secret with the issuer and at one that has its public key: one answer to all.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JSON_TYPE } from '../support/attack-probe.js';
import {
  HOSTILE_TOKENS,
  signToken,
  toClaims,
  UNSENDABLE_TOKENS,
  type TokenScene,
} from '../support/attack-tokens.js';
import { attackWebSocket, sendWire } from '../support/attack-wire.js';
import { AGENT, JWT_SECRET, startGateway, type Gateway } from '../support/gateway.js';
import { parseBody, type RawAnswer } from '../support/raw-http.js';
import { killRealServers, startRealServer } from '../support/real-server.js';

/** What differs from answer to answer, whatever was asked. */
const CHANGING_HEADERS = ['date', 'x-request-id'];

let attacker: Server;
let attackerUrl: string;
let askedOfAttacker = 0;
let gateway: Gateway;
beforeAll(async () => {
  attacker = createServer((_request, response) => {
    askedOfAttacker += 1;
    response.end();
  });
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
  attackerUrl = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}`;
  gateway = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
});
afterAll(async () => {
  await killRealServers();
  await gateway.stop();
  await new Promise((resolve) => attacker.close(resolve));
});

const SERVERS: readonly (readonly [
  kind: string,
  start: () => Promise<{ url: string; scene: TokenScene }>,
])[] = [
  [
    'a server with a shared secret',
    () =>
      Promise.resolve({
        url: gateway.url,
        scene: {
          issuer: 'eko-transfer-gateway-sandbox',
          audience: 'eko-transfer-gateway',
          userCode: AGENT,
          alg: 'HS256',
          signingKey: JWT_SECRET,
          knownKey: 'eko-transfer-gateway',
          attackerUrl,
        },
      }),
  ],
  [
    'a server with a public key',
    async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const { url } = await startRealServer({
        databaseUrl: gateway.databaseUrl,
        ekoUrl: attackerUrl,
        settings: { AUTH_JWT_SECRET: '', AUTH_JWT_PUBLIC_KEY: pem },
      });
      return {
        url,
        scene: {
          issuer: 'https://login.example.in',
          audience: 'transfers',
          userCode: AGENT,
          alg: 'RS256',
          signingKey: privateKey,
          knownKey: pem,
          attackerUrl,
        },
      };
    },
  ],
];

test('there are forty hostile tokens and more, each with a name of its own', () => {
  expect(HOSTILE_TOKENS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(HOSTILE_TOKENS.map(([what]) => what)).size).toBe(HOSTILE_TOKENS.length);
});

describe.each(SERVERS)('%s', (_kind, start) => {
  let url: string;
  let scene: TokenScene;
  let theAnswer: unknown;
  beforeAll(async () => {
    ({ url, scene } = await start());
    theAnswer = toComparable(await ask('Bearer nonsense'));
  }, 60_000);
  const ask = (authorization: string) =>
    sendWire(url, {
      headers: [JSON_TYPE, ['authorization', authorization]],
      body: '{"query":"{transactions{totalCount}}"}',
    });
  const greet = (authorization: string) =>
    attackWebSocket(url, { greeting: { type: 'connection_init', payload: { authorization } }, frames: [] });

  test('takes a good token, made like the hostile ones', async () => {
    const token = signToken(scene, toClaims(scene));
    for (const authorization of [`Bearer ${token}`, `BEARER ${token}`]) {
      const answer = await ask(authorization);
      expect([answer.status, parseBody(answer)]).toEqual([
        200,
        { data: { transactions: { totalCount: 0 } } },
      ]);
    }
  });

  test('has one answer to a bad token, with a code', () => {
    expect(theAnswer).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED', retry: 'SIGN_IN' } }] },
    });
  });

  test.each(HOSTILE_TOKENS)('gives it to a token with %s', async (_what, make) => {
    const authorization = await make(scene);
    expect(toComparable(await ask(authorization))).toEqual(theAnswer);
  });

  test.each([...HOSTILE_TOKENS, ...UNSENDABLE_TOKENS])(
    'closes a WebSocket that greets with a token with %s',
    async (_what, make) => {
      expect(await greet(await make(scene))).toEqual({
        closeCode: 4401,
        closeReason: 'UNAUTHENTICATED',
        messages: [],
      });
    },
  );

  test('has asked for nothing at the addresses in the tokens', () => {
    expect(askedOfAttacker).toBe(0);
  });
});

/** Everything of an answer that could tell one refusal from another. */
function toComparable(answer: RawAnswer): unknown {
  const { errors = [], ...body } = parseBody(answer);
  return {
    status: answer.status,
    headers: [...answer.headers].filter(([name]) => !CHANGING_HEADERS.includes(name)),
    body: {
      ...body,
      errors: errors.map(({ extensions, ...error }) => ({
        ...error,
        extensions: { ...extensions, requestId: typeof extensions.requestId },
      })),
    },
  };
}
