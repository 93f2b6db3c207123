// What every answer to a fuzzed input has in common: never a fault of the server, and every error by the table.
import { ERROR_CODES, type ErrorCode } from '../../src/shared/errors.js';
import { CLOSED, type WebSocketAnswer } from '../support/attack-wire.js';
import type { RawAnswer } from '../support/raw-http.js';
import { CANARY } from './document-generator.js';
import type { FuzzInput } from './input-generator.js';

export interface Checked {
  /** Undefined when all is well. */
  readonly problem: string | undefined;
  /** The codes of the errors; `data` where there were none, `page` for what is not GraphQL. */
  readonly outcomes: readonly string[];
}

/** A fault of this server's, told in the words of the table; and what has no code at all. */
const FAULTS: readonly string[] = ['INTERNAL_SERVER_ERROR', 'NO_CODE'];
/**
 * Of the WebSocket protocol: the mistake is the client's. 1006 is a connection that was cut, as is done to who sends what
 * only a server says; a server that has ended is noticed apart.
 */
const CLIENT_MISTAKES = [1000, 1006, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4408, 4409, 4429];
const INSIDE = /node_modules|\.[jt]s:\d+|at \w+ \(|(Type|Range|Syntax|Reference)Error:/;

export function checkHttp(answer: RawAnswer, { way }: Pick<FuzzInput, 'way'>): Checked {
  const { status, text } = answer;
  const type = answer.headers.get('content-type') ?? '';
  if (status >= 500) return fail(`status ${status}: ${text.slice(0, 300)}`);
  if (text.includes(CANARY)) return fail(`an echo of a value: ${text.slice(0, 300)}`);
  if (status === CLOSED) {
    return way === 'bytes' || way === 'odd request' ? ok(['no HTTP']) : fail('closed without an answer');
  }
  if (type.includes('multipart/mixed')) {
    const parts = [...text.matchAll(/\r\n\r\n(\{.*?\})\r\n--graphql/gs)].map(
      ([, json = '']) => JSON.parse(json) as { payload?: object },
    );
    return checkBodies(parts.flatMap(({ payload }) => payload ?? []));
  }
  if (!type.includes('json') || text === '') return ok(['page']);
  let body: object;
  try {
    body = JSON.parse(text) as object;
  } catch {
    return fail(`no JSON: ${text.slice(0, 300)}`);
  }
  // Node's reading of HTTP refuses a request before this server sees it.
  if (!('errors' in body) && !('data' in body)) {
    return (way === 'bytes' || way === 'odd request' || status === 431) && status >= 400
      ? ok(['no HTTP'])
      : fail(`neither data nor errors: ${text.slice(0, 300)}`);
  }
  return checkBodies([body]);
}

export function checkWebSocket({ closeCode, closeReason, messages }: WebSocketAnswer): Checked {
  const text = [closeReason, ...messages].join('\n');
  if (text.includes(CANARY)) return fail(`an echo of a value: ${text.slice(0, 300)}`);
  if (closeCode !== undefined && !CLIENT_MISTAKES.includes(closeCode))
    return fail(`closed with ${closeCode} ${closeReason}`);
  const payloads = messages.map((message) => JSON.parse(message) as { type: string; payload?: object });
  const checked = checkBodies(
    payloads.flatMap(({ type, payload }) =>
      type === 'error' ? { errors: payload } : type === 'next' ? (payload ?? []) : [],
    ),
  );
  return closeCode === undefined
    ? checked
    : { ...checked, outcomes: [...checked.outcomes, `closed ${closeCode}`] };
}

function checkBodies(bodies: readonly object[]): Checked {
  const outcomes = new Set<string>();
  for (const body of bodies) {
    if (INSIDE.test(JSON.stringify(body)))
      return fail(`the inside shows: ${JSON.stringify(body).slice(0, 300)}`);
    const { errors } = body as { errors?: readonly { message?: unknown; extensions?: { code?: unknown } }[] };
    if (errors === undefined) outcomes.add('data');
    for (const { message, extensions } of errors ?? []) {
      const code =
        ERROR_CODES.includes(extensions?.code as ErrorCode) && typeof message === 'string'
          ? (extensions!.code as ErrorCode)
          : 'NO_CODE';
      if (FAULTS.includes(code)) return fail(`${code}: ${JSON.stringify(body).slice(0, 300)}`);
      outcomes.add(code);
    }
  }
  return ok([...outcomes]);
}

const ok = (outcomes: readonly string[]): Checked => ({ problem: undefined, outcomes });
const fail = (problem: string): Checked => ({ problem, outcomes: ['problem'] });
