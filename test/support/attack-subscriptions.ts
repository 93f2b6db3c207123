// Attacks by way of the two transports of subscriptions, which Apollo Server's own rules do not see.
import { setTimeout as delay } from 'node:timers/promises';
import { bearer, CANARY, JSON_TYPE, post, type Probe, type Target } from './attack-probe.js';
import { attackWebSocket, sendWire, type Header, type WebSocketAttack } from './attack-wire.js';

const MULTIPART: Header = ['accept', 'multipart/mixed;subscriptionSpec="1.0", application/json'];
const OTP =
  'sendTransferOtp(input:{customerId:"6111111111" recipientId:"98765" amount:500}){transferOtp{otpRefId}}';
const WATCH = 'subscription W($id:ID!){transactionUpdated(id:$id){id}}';
const many = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => write(index)).join(' ');

const OVER_HTTP: readonly Probe[] = [
  {
    name: 'two mutations that ask for a stream of parts',
    gain: 'two OTPs for one request',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: (target) => post(target, { query: `mutation{a:${OTP} b:${OTP}}` }, [MULTIPART]),
  },
  {
    name: 'a mutation that is not run, of two fields, beside a subscription',
    gain: 'a document that is good for one transport and bad for the other',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: (target) =>
      post(
        target,
        {
          query: `${WATCH} mutation M{a:${OTP} b:${OTP}}`,
          operationName: 'W',
          variables: { id: target.transactionId },
        },
        [MULTIPART],
      ),
  },
  {
    name: 'a subscription to a hundred fields',
    gain: 'a hundred streams for one',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: (target) =>
      post(
        target,
        {
          query: `subscription{${many(100, (n) => `a${n}:transactionUpdated(id:"${target.transactionId}"){id}`)}}`,
        },
        [MULTIPART],
      ),
  },
  {
    name: 'the schema, asked for by a subscription',
    gain: 'the names of all types',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, { query: 'subscription{__schema{types{name}}}' }, [MULTIPART]),
  },
  {
    name: 'names that are nearly right in a subscription',
    gain: 'suggestions of the right ones',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, { query: 'subscription{transactionUpdate(id:"1"){statu}}' }, [MULTIPART]),
  },
  {
    name: 'a subscription by GET',
    gain: 'a stream, by a link in any page',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      sendWire(target.url, {
        method: 'GET',
        target: `/graphql?query=${encodeURIComponent(`subscription{transactionUpdated(id:"${target.transactionId}"){id}}`)}`,
        headers: [bearer(target), MULTIPART],
      }),
  },
  {
    name: 'a subscription without a token',
    gain: 'the transaction of an agent',
    refusal: ['UNAUTHENTICATED'],
    send: ({ url, transactionId }) =>
      sendWire(url, {
        headers: [JSON_TYPE, MULTIPART],
        body: JSON.stringify({ query: WATCH, variables: { id: transactionId } }),
      }),
  },
  {
    name: 'a subscription larger than a request may be',
    gain: 'a document without a limit',
    refusal: ['QUERY_TOO_COMPLEX'],
    send: (target) => post(target, { query: `${WATCH} #${CANARY.repeat(3_000)}` }, [MULTIPART]),
  },
  {
    name: 'a subscription in a list',
    gain: 'many streams for one request',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, [{ query: WATCH, variables: { id: target.transactionId } }], [MULTIPART]),
  },
];

const subscribe = (query: string, payload: object = {}, id = '1') =>
  JSON.stringify({ id, type: 'subscribe', payload: { query, ...payload } });

/** After a greeting with a good token. */
function greeted(
  frames: readonly (string | Buffer)[] | ((target: Target) => readonly (string | Buffer)[]),
  more: Partial<WebSocketAttack> = {},
): Probe['send'] {
  return (target) =>
    attackWebSocket(target.url, {
      greeting: toGreeting(target.token),
      frames: typeof frames === 'function' ? frames(target) : frames,
      ...more,
    });
}

const toGreeting = (token: string) => ({
  type: 'connection_init',
  payload: { authorization: `Bearer ${token}` },
});

const OVER_WEBSOCKET: readonly Probe[] = [
  {
    name: 'a mutation over a WebSocket, beside a subscription',
    gain: 'an OTP past the rules for POST',
    refusal: ['BAD_USER_INPUT'],
    send: greeted([
      subscribe(`${WATCH} mutation M{${OTP}}`, { operationName: 'M', variables: { id: CANARY } }),
    ]),
  },
  {
    name: 'a query over a WebSocket under the empty name',
    gain: 'a query where only subscriptions are taken, or a fault of the server',
    refusal: ['BAD_USER_INPUT'],
    send: greeted([subscribe('{__typename}', { operationName: '' })]),
  },
  {
    name: 'a mutation over a WebSocket under the empty name',
    gain: 'an OTP past the rules for POST',
    refusal: ['BAD_USER_INPUT'],
    send: greeted([subscribe(`mutation{${OTP}}`, { operationName: '' })]),
  },
  {
    name: 'sixty guesses under aliases over a WebSocket',
    gain: 'sixty guesses for one message',
    refusal: ['QUERY_TOO_COMPLEX', 'TOO_MANY_MUTATIONS'],
    send: greeted([subscribe(`mutation{${many(60, (n) => `a${n}:${OTP}`)}}`)]),
  },
  {
    name: 'ten mutations in ten messages over a WebSocket',
    gain: 'ten OTPs on one connection',
    refusal: ['BAD_USER_INPUT'],
    send: greeted(
      Array.from({ length: 10 }, (_, n) => subscribe(`mutation{${OTP}}`, {}, `m${n}`)),
      { answers: 10 },
    ),
  },
  {
    name: 'aliases over a WebSocket',
    gain: 'six hundred fields for one',
    refusal: ['QUERY_TOO_COMPLEX'],
    send: greeted(({ transactionId }) => [
      subscribe(`subscription{transactionUpdated(id:"${transactionId}"){${many(600, (n) => `a${n}:id`)}}}`),
    ]),
  },
  {
    name: 'the schema, asked for over a WebSocket',
    gain: 'the names of all types',
    refusal: ['BAD_USER_INPUT'],
    send: greeted([subscribe('{__schema{types{name}}}')]),
  },
  ...[800, 3_200].map((depth): Probe => ({
    name: `${depth} inline fragments inside each other over a WebSocket`,
    gain: 'a stack that overflows, and a fault of the server',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: greeted([subscribe(`subscription{${'...{'.repeat(depth)}${CANARY}${'}'.repeat(depth)}}`)]),
  })),
  {
    name: 'a list four thousand deep over a WebSocket',
    gain: 'a stack that overflows, and a fault of the server',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: greeted([
      subscribe(
        `subscription{transactionUpdated(id:${'['.repeat(4_000)}"${CANARY}"${']'.repeat(4_000)}){id}}`,
      ),
    ]),
  },
  {
    name: 'more words over a WebSocket than a document may have',
    gain: 'a document without a limit',
    refusal: ['QUERY_TOO_COMPLEX'],
    send: greeted([subscribe(`subscription{${'a '.repeat(12_000)}}`)]),
  },
  {
    name: 'a subscription before the greeting',
    gain: 'the transaction of an agent',
    refusal: 4401,
    send: ({ url, transactionId }) =>
      attackWebSocket(url, { frames: [subscribe(WATCH, { variables: { id: transactionId } })] }),
  },
  {
    name: 'a greeting without a token',
    gain: 'the transaction of an agent',
    refusal: 4401,
    send: ({ url }) => attackWebSocket(url, { greeting: { type: 'connection_init' }, frames: [] }),
  },
  {
    name: 'a greeting with a bad token over a good one in the header',
    gain: 'the identity of whichever is not looked at',
    refusal: 4401,
    send: (target) => {
      const [name, value] = bearer(target);
      return attackWebSocket(target.url, {
        headers: { [name]: value },
        greeting: { type: 'connection_init', payload: { authorization: `Bearer ${CANARY}` } },
        frames: [],
      });
    },
  },
  {
    name: 'a second greeting, with a token of somebody else’s',
    gain: 'an identity that changes while streams are open',
    refusal: 4429,
    send: (target) =>
      greeted([
        JSON.stringify(toGreeting(CANARY)),
        subscribe(WATCH, { variables: { id: target.transactionId } }),
      ])(target),
  },
  {
    name: 'a subscription on a connection whose token has ended since',
    gain: 'a token that lasts as long as a connection',
    refusal: 4401,
    send: async (target) => {
      const { token, endsAtMs } = await target.createShortToken();
      return attackWebSocket(target.url, {
        greeting: toGreeting(token),
        frames: [subscribe(WATCH, { variables: { id: target.transactionId } })],
        // The moment itself is what is waited for; to look for it again and again would cost more than the attack.
        wait: () => delay(endsAtMs - Date.now()),
      });
    },
  },
  {
    name: 'one id for two subscriptions',
    gain: 'a stream that cannot be ended any more',
    refusal: 4409,
    send: greeted(({ transactionId }) => {
      const frame = subscribe(WATCH, { variables: { id: transactionId } });
      return [frame, frame];
    }),
  },
  {
    name: 'an id named like what every object has',
    gain: 'a property of every object',
    refusal: ['NOT_FOUND'],
    send: greeted([subscribe(WATCH, { variables: { id: CANARY } }, '__proto__')]),
  },
  {
    name: 'a message that is deep JSON',
    gain: 'a stack that overflows',
    refusal: 4400,
    send: greeted([`${'['.repeat(16_000)}${']'.repeat(16_000)}`]),
  },
  {
    name: 'a message of a kind that nobody knows',
    gain: 'the text of it in the reason',
    refusal: 4400,
    send: greeted([JSON.stringify({ id: CANARY, type: CANARY, payload: { query: WATCH } })]),
  },
  {
    name: 'a message with a prototype in its variables',
    gain: 'a property of every object',
    refusal: ['BAD_USER_INPUT'],
    send: greeted([
      `{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(WATCH)},"variables":{"__proto__":{"id":"${CANARY}"},"constructor":{"prototype":{"id":"${CANARY}"}}}}}`,
    ]),
  },
  {
    name: 'bytes that are no text',
    gain: 'a fault of the server',
    refusal: 4400,
    send: greeted([Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x80])]),
  },
];

export const SUBSCRIPTION_PROBES: readonly Probe[] = [...OVER_HTTP, ...OVER_WEBSOCKET];
