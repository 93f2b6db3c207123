// Lines that strangers cause: so many in a time, then a count of the rest, then lines again.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { IncomingMessage } from 'node:http';
import { TokenVerifier } from '../../src/auth/index.js';
import { UNIDENTIFIED } from '../../src/config/limits.js';
import { Admission } from '../../src/http/admission.js';
import type { RateLimits } from '../../src/http/index.js';
import { createBoundedLines } from '../../src/observability/index.js';

test('what is left out is counted, and told when the time is over', async () => {
  const lines: string[] = [];
  let tell: (count: number) => void = () => {};
  const leftOut = new Promise<number>((resolve) => (tell = resolve));
  const write = createBoundedLines({ maxLines: 3, perMs: 50, onLeftOut: (count) => tell(count) });
  for (let index = 0; index < 10; index += 1) write(() => lines.push(`line ${index}`));
  expect(lines).toEqual(['line 0', 'line 1', 'line 2']);
  expect(await leftOut).toBe(7);
  write(() => lines.push('a new time'));
  expect(lines.at(-1)).toBe('a new time');
});

test('nothing is told when nothing was left out', async () => {
  const told: number[] = [];
  const write = createBoundedLines({ maxLines: 3, perMs: 10, onLeftOut: (count) => told.push(count) });
  for (let index = 0; index < 3; index += 1) write(() => {});
  await delay(30);
  expect(told).toEqual([]);
});

test('ten thousand bad tokens are a hundred lines', async () => {
  let lines = 0;
  const sink = new Writable({
    write: (_chunk, _encoding, done) => {
      lines += 1;
      done();
    },
  });
  const secret = 'a test secret that is longer than 32 bytes';
  const admission = new Admission({
    verifier: new TokenVerifier({
      key: { kind: 'secret', secret },
      issuer: 'issuer',
      audience: 'audience',
      anonymous: null,
    }),
    rateLimits: {} as RateLimits,
    trustedProxies: [],
    logger: pino({}, sink),
  });
  const request = { socket: { remoteAddress: '192.0.2.1' }, headers: {} } as unknown as IncomingMessage;
  for (let index = 0; index < 10_000; index += 1)
    await expect(admission.identify(request, 'nonsense')).rejects.toThrow();
  expect(lines).toBe(UNIDENTIFIED.maxLines);
});
