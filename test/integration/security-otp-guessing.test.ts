// Ten thousand guesses at one OTP, in every way to make many at once: one of them reaches Eko, and the OTP is spent by it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HTTP } from '../../src/config/limits.js';
import { post } from '../support/attack-probe.js';
import { attackWebSocket, type Header } from '../support/attack-wire.js';
import {
  AGENT,
  CUSTOMER,
  LATLONG,
  RECIPIENT,
  startGateway,
  type Gateway,
  type GraphQLAnswer,
} from '../support/gateway.js';
import type { RawAnswer } from '../support/raw-http.js';
import { expectRefusal } from '../support/refusals.js';
import { countRows, debitRequests } from '../support/records.js';
import { sendOtp, tryInitiate } from '../support/transfer-client.js';

const OTHER_AGENT = '99990000';
const DOCUMENT_GUESSES = 9_000;
const SINGLE_GUESSES = 1_000;
/** As many as the largest document holds: a guess is up to 37 words and signs, and 115 bytes. */
const PER_DOCUMENT = Math.floor(Math.min((HTTP.maxTokens - 40) / 38, (HTTP.maxBodyBytes - 1_000) / 120));
const PER_BATCH = 90;
const CONNECTIONS = 20;

let gateway: Gateway;
let otpRefId: string;
/** Two of one agent's, issued apart, and one of another's. */
let tokens: { readonly mine: readonly string[]; readonly others: string };

beforeAll(async () => {
  gateway = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
  tokens = {
    mine: [await gateway.token('agent'), await gateway.token('agent', AGENT, 601)],
    others: await gateway.token('agent', OTHER_AGENT),
  };
  otpRefId = await sendOtp(gateway, 500, tokens.mine[0]);
});
afterAll(() => gateway.stop());

let guessed = 0;
/** Never the right one. */
const nextOtp = () => String(200_000 + (guessed += 1));

/** One way of putting many guesses into one request: sends them, and returns how many and what was said. */
type Way = () => Promise<{ count: number; codes: readonly string[] }>;

const HEAD = 'mutation($c:MobileNumber!$r:ID!$o:ID!$l:LatLong!)';
const guess = (alias: string) =>
  `${alias}:initiateTransfer(input:{customerId:$c recipientId:$r amount:500 otp:"${nextOtp()}" otpRefId:$o latlong:$l}){replayed}`;
const guesses = () => Array.from({ length: PER_DOCUMENT }, (_, n) => guess(`a${n}`));
const variables = () => ({ c: CUSTOMER, r: RECIPIENT, o: otpRefId, l: LATLONG });
const target = () => ({ url: gateway.url, token: tokens.mine[guessed % 2]! });
const codesOf = (answer: RawAnswer) => expectRefusal(answer).map(({ extensions }) => extensions.code);

const TERMS = { customerId: CUSTOMER, recipientId: RECIPIENT, amount: 500, latlong: LATLONG };
const SINGLE =
  'mutation($i:InitiateTransferInput!){initiateTransfer(input:$i){replayed transaction{id status}}}';
type GuessAnswer = GraphQLAnswer<{
  initiateTransfer: { replayed: boolean; transaction: { id: string; status: string } } | null;
}>;

/** In one document, over HTTP. */
function inDocument(write: () => string, headers: readonly Header[] = []): Way {
  return async () => {
    const answer = await post(target(), { query: write(), variables: variables() }, headers);
    return { count: PER_DOCUMENT, codes: codesOf(answer) };
  };
}

const WAYS: readonly Way[] = [
  inDocument(() => `${HEAD}{${guesses().join(' ')}}`),
  inDocument(() => `${HEAD}{${guesses().join('...{')}${'}'.repeat(PER_DOCUMENT)}`),
  inDocument(() => `${HEAD}{...F} fragment F on Mutation{${guesses().join(' ')}}`),
  inDocument(
    () => `${HEAD}{${guesses().join(' ')}}`,
    [['accept', 'multipart/mixed;subscriptionSpec="1.0", application/json']],
  ),
  async () => {
    const batch = Array.from({ length: PER_BATCH }, () => ({
      query: SINGLE,
      variables: { i: { ...TERMS, otp: nextOtp(), otpRefId } },
    }));
    return { count: PER_BATCH, codes: codesOf(await post(target(), batch)) };
  },
  async () => {
    const { url, token } = target();
    const payload = { query: `${HEAD}{${guesses().join(' ')}}`, variables: variables() };
    const { messages } = await attackWebSocket(url, {
      greeting: { type: 'connection_init', payload: { authorization: `Bearer ${token}` } },
      frames: [JSON.stringify({ id: '1', type: 'subscribe', payload })],
    });
    const [{ payload: errors }] = messages.map(
      (text) => JSON.parse(text) as { payload: { extensions: { code: string } }[] },
    ) as [{ payload: { extensions: { code: string } }[] }];
    return { count: PER_DOCUMENT, codes: errors.map(({ extensions }) => extensions.code) };
  },
];

test(`${DOCUMENT_GUESSES} guesses inside documents and lists reach nobody`, async () => {
  const told = new Set<string>();
  let sent = 0;
  for (let turn = 0; sent < DOCUMENT_GUESSES; turn += 1) {
    const { count, codes } = await WAYS[turn % WAYS.length]!();
    sent += count;
    for (const code of codes) told.add(code);
  }
  expect(told).toContain('TOO_MANY_MUTATIONS');
  expect(['TOO_MANY_MUTATIONS', 'QUERY_TOO_COMPLEX', 'BAD_USER_INPUT']).toEqual(
    expect.arrayContaining([...told]),
  );
  expect(guessed).toBeGreaterThanOrEqual(DOCUMENT_GUESSES);
  expect(debitRequests(gateway.simulator)).toEqual([]);
  expect(await countRows(gateway)).toBe(0);
});

test(`${SINGLE_GUESSES} guesses on ${CONNECTIONS} connections, by two agents with three tokens, reach Eko once`, async () => {
  const answers: GuessAnswer[] = [];
  const attacker = async (index: number) => {
    for (let turn = 0; turn < SINGLE_GUESSES / CONNECTIONS; turn += 1) {
      // Every fourth connection is the other agent's. A reference of the client's own is no way around it.
      const token = index % 4 === 3 ? tokens.others : tokens.mine[index % 2]!;
      const clientRefId =
        turn % 2 === 0
          ? `GUESS-${String(index).padStart(2, '0')}-${String(turn).padStart(4, '0')}`
          : undefined;
      const input = { ...TERMS, otp: nextOtp(), otpRefId, clientRefId };
      answers.push(await gateway.request(SINGLE, { i: input }, { token }));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => attacker(index)));

  const seen = answers.flatMap(({ data }) => data?.initiateTransfer ?? []);
  // Who asks again with the same reference, or none, is shown the one transfer: the OTP is not part of what it is.
  expect(new Set(seen.map(({ transaction }) => transaction.id)).size).toBe(1);
  expect(seen.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(seen.map(({ transaction }) => transaction.status)).not.toContain('SUCCESS');
  const codes = answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code));
  expect(seen.length + codes.length).toBe(SINGLE_GUESSES);
  expect(['OTP_ALREADY_USED', 'OTP_NOT_FOUND', 'OVERLOADED']).toEqual(expect.arrayContaining(codes));
  expect(debitRequests(gateway.simulator)).toHaveLength(1);
  expect(await countRows(gateway)).toBe(1);
});

test('the right OTP is of no use afterwards', async () => {
  for (const token of tokens.mine) {
    const { data } = await tryInitiate(gateway, { otp: '123456', otpRefId }, token);
    expect(data?.initiateTransfer).toMatchObject({ replayed: true, transaction: { status: 'FAILED' } });
    const { errors } = await tryInitiate(
      gateway,
      { otp: '123456', otpRefId, clientRefId: 'ANOTHER-REF-01' },
      token,
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['OTP_ALREADY_USED']);
  }
  const { errors } = await tryInitiate(gateway, { otp: '123456', otpRefId }, tokens.others);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['OTP_NOT_FOUND']);
  expect(debitRequests(gateway.simulator)).toHaveLength(1);
});

test('another OTP is, at the first try: what was refused above was the guess', async () => {
  const [token] = tokens.mine;
  const { data } = await tryInitiate(gateway, { otpRefId: await sendOtp(gateway, 500, token) }, token);
  expect(data?.initiateTransfer?.transaction.status).toBe('SUCCESS');
  expect(debitRequests(gateway.simulator)).toHaveLength(2);
});
