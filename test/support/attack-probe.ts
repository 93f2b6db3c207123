// What an attack is to the tests: who sends what, what it would have gained, and what it is to be told instead.
import { expect } from '@jest/globals';
import type { ErrorCode } from '../../src/shared/errors.js';
import type { WebSocketAnswer } from './attack-wire.js';
import { sendWire, type Header } from './attack-wire.js';
import { parseBody, type RawAnswer } from './raw-http.js';
import { expectNoEcho, expectRefusal } from './refusals.js';

/** The server under attack, and what an agent with a good token knows of it. */
export interface Target {
  readonly url: string;
  /** A good token: what is refused is the request, not the caller. */
  readonly token: string;
  /** A transaction of that agent's. */
  readonly transactionId: string;
  /** Good now, and nowhere any more two seconds later. */
  readonly createShortToken: () => Promise<{ readonly token: string; readonly endsAtMs: number }>;
}

export type Answer = RawAnswer | WebSocketAnswer;

export interface Probe {
  readonly name: string;
  /** What the attacker would have if it succeeded. */
  readonly gain: string;
  /**
   * The codes that its errors may have, or the status of a refusal by Node's reading of HTTP; for a WebSocket the code that
   * closes the connection.
   */
  readonly refusal: readonly ErrorCode[] | number;
  readonly send: (target: Target) => Promise<Answer>;
}

/** Stands wherever an attack may put a text of its own: it may come back nowhere. */
export const CANARY = 'CANARY90721077';

export const JSON_TYPE: Header = ['content-type', 'application/json'];

export function bearer({ token }: Pick<Target, 'token'>): Header {
  return ['authorization', `Bearer ${token}`];
}

/** A POST of JSON with a good token. */
export function post(
  target: Pick<Target, 'url' | 'token'>,
  body: object | string | Buffer,
  headers: readonly Header[] = [],
): Promise<RawAnswer> {
  return sendWire(target.url, {
    headers: [JSON_TYPE, bearer(target), ...headers],
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** Refused as the probe says, and nothing else in the answer: no data, no echo, nothing of the inside. */
export function expectDefeated(answer: Answer, { refusal }: Pick<Probe, 'refusal'>): void {
  if ('messages' in answer) expectWebSocketDefeated(answer, refusal);
  else expectHttpDefeated(answer, refusal);
}

function expectHttpDefeated(answer: RawAnswer, refusal: Probe['refusal']): void {
  expectNoEcho(answer, [CANARY]);
  expect(JSON.stringify([...answer.headers])).not.toContain(CANARY);
  expect(answer.status).toBeLessThan(500);
  if (typeof refusal === 'number') {
    expect(answer.status).toBe(refusal);
    return;
  }
  const answered = answer.headers.get('content-type')?.startsWith('multipart/') ? toWhole(answer) : answer;
  expect(refusal).toEqual(expect.arrayContaining(toCodes(expectRefusal(answered))));
  expect(findLeaves(parseBody(answered).data)).toEqual([]);
  expect(answer.text).not.toMatch(/did you mean/i);
}

function expectWebSocketDefeated(answer: WebSocketAnswer, refusal: Probe['refusal']): void {
  expect([answer.closeReason, ...answer.messages].join()).not.toMatch(
    new RegExp(`${CANARY}|did you mean|node_modules|\\.[jt]s:\\d|Error:`, 'i'),
  );
  if (typeof refusal === 'number') {
    expect(answer).toMatchObject({ closeCode: refusal, messages: [] });
    return;
  }
  const messages = answer.messages.map(
    (text) => JSON.parse(text) as { type: string; payload: { extensions: { code: ErrorCode } }[] },
  );
  expect(messages.map(({ type }) => type)).toEqual(messages.map(() => 'error'));
  const codes = toCodes(messages.flatMap(({ payload }) => payload));
  expect(codes).not.toEqual([]);
  expect(refusal).toEqual(expect.arrayContaining(codes));
}

function toCodes(errors: readonly { extensions: { code: string } }[]): string[] {
  return [...new Set(errors.map(({ extensions }) => extensions.code))];
}

/** The one payload of a multipart answer, as an answer of its own. */
function toWhole({ text, ...answer }: RawAnswer): RawAnswer {
  const [, json = ''] = /\r\n\r\n(\{.*\})\r\n--graphql--\r\n$/s.exec(text) ?? [];
  const { payload } = JSON.parse(json) as { payload: object };
  const [error] = (payload as { errors: { extensions: { requestId: string } }[] }).errors;
  return {
    ...answer,
    headers: new Headers({
      'content-type': 'application/json',
      'x-request-id': error?.extensions.requestId ?? '',
    }),
    text: JSON.stringify(payload),
  };
}

/** Everything in an answer's data that is not null. */
function findLeaves(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'object' ? Object.values(value).flatMap(findLeaves) : [value];
}
