// Attacks by what stands in a document and its variables: aliases, batches, fragments, directives, depth, names, values.
import { HTTP } from '../../src/config/limits.js';
import { post, CANARY, type Probe, type Target } from './attack-probe.js';

const many = (count: number, write: (index: number) => string | number, separator = ' ') =>
  Array.from({ length: count }, (_, index) => write(index)).join(separator);

/** For the braces, the flaw, the names around what is repeated. */
const ROOM = { tokens: 40, bytes: 1_000 };

/** As many of these as a document may hold: one more token or byte of them, and it is refused unread. */
function fill(write: (index: number) => string, tokensEach: number, share = 1): string {
  const bytesEach = JSON.stringify(write(9_999)).length - 1;
  const count = Math.min(
    (HTTP.maxTokens - ROOM.tokens) / tokensEach,
    (HTTP.maxBodyBytes - ROOM.bytes) / bytesEach,
  );
  return many(Math.floor(count * share), write);
}

const GUESS = (otp: string | number, alias = '') =>
  `${alias}initiateTransfer(input:{customerId:$c recipientId:$r amount:500 otp:"${otp}" otpRefId:$o latlong:$l}){replayed}`;
const GUESS_HEAD = 'mutation($c:MobileNumber!$r:ID!$o:ID!$l:LatLong!)';
const GUESS_VARIABLES = { c: '6111111111', r: '98765', o: CANARY, l: '28.6139,77.2090' };
const OTP =
  'sendTransferOtp(input:{customerId:"6111111111" recipientId:"98765" amount:500}){transferOtp{otpRefId}}';
/** Makes a document that would run one that does not: what is asked is what it costs to say so. */
const FLAW = 'unknownField';

/** One document; the target's own transaction can be named. */
function document(query: string | ((target: Target) => string), variables?: object): Probe['send'] {
  return (target) => post(target, { query: typeof query === 'string' ? query : query(target), variables });
}

const ALIASES: readonly Probe[] = [
  {
    name: 'guesses of an OTP under aliases',
    gain: 'hundreds of guesses for one request',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: document(`${GUESS_HEAD}{${fill((n) => GUESS(100_000 + n, `a${n}:`), 34)}}`, GUESS_VARIABLES),
  },
  {
    name: 'guesses of an OTP spread over fifty fragments',
    gain: 'fifty guesses for one request',
    refusal: ['QUERY_TOO_COMPLEX', 'TOO_MANY_MUTATIONS'],
    send: document(
      `${GUESS_HEAD}{${many(50, (n) => `...F${n}`)}} ${many(50, (n) => `fragment F${n} on Mutation{${GUESS(100_000 + n, `a${n}:`)}}`)}`,
      GUESS_VARIABLES,
    ),
  },
  {
    name: 'guesses of an OTP in inline fragments inside each other',
    gain: 'a hundred guesses for one request',
    refusal: ['QUERY_TOO_COMPLEX', 'TOO_MANY_MUTATIONS'],
    send: document(
      `${GUESS_HEAD}{${many(100, (n) => `...{${GUESS(100_000 + n, `a${n}:`)}`)}${'}'.repeat(100)}}`,
      GUESS_VARIABLES,
    ),
  },
  {
    name: 'the timeline of a transaction under three hundred aliases, below a mutation',
    gain: 'a work and an answer three hundred times the size',
    refusal: ['QUERY_TOO_COMPLEX'],
    send: document(
      ({ transactionId }) =>
        `mutation{refreshTransaction(id:"${transactionId}"){${many(300, (n) => `a${n}:transaction{events{id message occurredAt}}`)}}}`,
    ),
  },
  {
    name: 'aliases in many fragments, a few in each',
    gain: 'two hundred lists for one request',
    refusal: ['QUERY_TOO_COMPLEX'],
    send: document(
      `{${many(40, (n) => `...F${n}`)}} ${many(40, (n) => `fragment F${n} on Query{${many(5, (k) => `a${n}_${k}:transactions{totalCount}`)}}`)}`,
    ),
  },
];

const BATCHES: readonly Probe[] = [
  {
    name: 'a list of forty requests',
    gain: 'forty guesses for one request',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(
        target,
        Array.from({ length: 40 }, (_, n) => ({
          query: `${GUESS_HEAD}{${GUESS(100_000 + n)}}`,
          variables: GUESS_VARIABLES,
        })),
      ),
  },
  {
    name: 'requests under numbers, as a list would have them',
    gain: 'two OTPs for one request',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, { 0: { query: `mutation{${OTP}}` }, 1: { query: `mutation{${OTP}}` }, length: 2 }),
  },
  {
    name: 'one request per line',
    gain: 'two OTPs for one request',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, `{"query":"mutation{a:__typename}"}\n{"query":"{__typename}"}`),
  },
];

const FRAGMENTS: readonly Probe[] = [
  {
    name: 'sixty fragments that each include the next twice',
    gain: 'a server that counts to 2^60',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(
      `{...F0} ${many(60, (n) => `fragment F${n} on Query{...{...F${n + 1}} ...F${n + 1}}`)} fragment F60 on Query{${FLAW}}`,
    ),
  },
  {
    name: 'fields that double at every level, by fragments',
    gain: 'a server that compares 4^4 selections with each other',
    refusal: ['BAD_USER_INPUT'],
    send: document(
      `{...A ...A ${FLAW}} fragment A on Query{${'transactions{...B ...B}'.repeat(4)}}
       fragment B on TransactionConnection{${'edges{...C ...C}'.repeat(4)}}
       fragment C on TransactionEdge{${'node{...D ...D}'.repeat(4)}}
       fragment D on Transaction{${'events{id}'.repeat(4)}}`,
    ),
  },
  {
    name: 'three fragments that include each other',
    gain: 'a server that never ends',
    refusal: ['BAD_USER_INPUT'],
    send: document('{...A} fragment A on Query{...B} fragment B on Query{...C} fragment C on Query{...A}'),
  },
  {
    name: 'sixty fragments that each include all sixty',
    gain: 'a server that follows 60! ways',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(`{...F0} ${many(60, (n) => `fragment F${n} on Query{${many(60, (k) => `...F${k}`)}}`)}`),
  },
  {
    name: 'a mutation of fragments that include each other',
    gain: 'a count of mutation fields that never ends, or is one',
    refusal: ['BAD_USER_INPUT', 'TOO_MANY_MUTATIONS'],
    send: document(
      `mutation{...A ...B} fragment A on Mutation{...B ${OTP}} fragment B on Mutation{...A ${OTP}}`,
    ),
  },
  {
    name: 'fragments side by side, each with the same field',
    gain: 'a server that compares each with each',
    refusal: ['BAD_USER_INPUT'],
    send: document(
      `{${fill((n) => `...F${n}`, 2, 0.2)}} ${fill((n) => `fragment F${n} on Query{__typename ${FLAW}}`, 9, 0.75)}`,
    ),
  },
  {
    name: 'spreads of one fragment',
    gain: 'a server that reads it as often',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{${fill(() => '...F', 2)}} fragment F on Query{${FLAW}}`),
  },
];

const REPETITION: readonly Probe[] = [
  {
    name: 'one field, again and again',
    gain: 'a server that compares each with each',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{${fill(() => '__typename', 1)} ${FLAW}}`),
  },
  {
    name: 'one object, again and again',
    gain: 'a server that compares each with each, and what is in them',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{${fill(() => 'node(id:"1"){id}', 9)} ${FLAW}}`),
  },
  {
    name: 'one argument, again and again',
    gain: 'a server that compares each with each',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{node(${fill(() => 'id:1', 3)}){id}}`),
  },
  {
    name: 'wrong values in one list',
    gain: 'thousands of errors, each looked up in the document',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{transactions(filter:{status:[${fill(() => '1', 1)}]}){totalCount}}`),
  },
  {
    name: 'three thousand wrong values in one list of the variables',
    gain: 'three thousand errors, each with a suggestion',
    refusal: ['BAD_USER_INPUT'],
    send: document('query($f:TransactionFilter){transactions(filter:$f){totalCount}}', {
      f: { status: Array.from({ length: 3_500 }, () => 'SUCCES') },
    }),
  },
  {
    name: 'a thousand unknown fields in the variables',
    gain: 'a thousand suggestions of names',
    refusal: ['BAD_USER_INPUT'],
    send: document('query($f:TransactionFilter){transactions(filter:$f){totalCount}}', {
      f: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`customerI${n}`, CANARY])),
    }),
  },
  {
    name: 'as many variables as there is room for',
    gain: 'a server that looks each up in the document',
    refusal: ['BAD_USER_INPUT'],
    send: document(`query(${fill((n) => `$a${n}:Int`, 4)}){__typename}`),
  },
  {
    name: 'one variable in every place there is',
    gain: 'a server that compares each place with each',
    refusal: ['BAD_USER_INPUT'],
    send: document(
      `query($s:TransactionStatus!){transactions(filter:{status:[${fill(() => '$s', 2)}]}){totalCount}}`,
      { s: CANARY },
    ),
  },
  {
    name: 'as many operations as there is room for',
    gain: 'a server that reads a fragment for each',
    refusal: ['BAD_USER_INPUT'],
    send: document(`${fill((n) => `query A${n}{...F}`, 6)} fragment F on Query{${FLAW}}`),
  },
];

const DIRECTIVES: readonly Probe[] = [
  {
    name: 'one directive, again and again',
    gain: 'a server that asks each',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{__typename ${fill(() => '@skip(if:true)', 7)}}`),
  },
  {
    name: 'directives that are none',
    gain: 'thousands of errors, or a fault for the first',
    refusal: ['BAD_USER_INPUT'],
    send: document(`{__typename ${fill(() => '@a', 2)}@${CANARY}}`),
  },
  {
    name: 'a mutation whose second field is switched on by a variable',
    gain: 'two OTPs for one request',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: document(`mutation($x:Boolean=false){${OTP} ...@include(if:$x){b:${OTP}}}`, { x: true }),
  },
  {
    name: 'a subscription whose directive has no value, sent like a query',
    gain: 'a fault of the server',
    refusal: ['BAD_USER_INPUT'],
    send: document('subscription{transactionUpdated(id:"1")@skip{id}}'),
  },
  {
    name: 'a subscription whose directive waits for a variable, beside a query',
    gain: 'a fault of the server',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, {
        query:
          'query A{__typename} subscription B($x:Boolean!){transactionUpdated(id:"1")@include(if:$x){id}}',
        operationName: 'B',
        variables: { x: true },
      }),
  },
  {
    name: 'directives of the schema language in a query',
    gain: 'a field that is exempt from a rule',
    refusal: ['BAD_USER_INPUT'],
    send: document('query @oneOf{__typename @deprecated @specifiedBy(url:"x")}'),
  },
  {
    name: 'a streamed list and a deferred fragment',
    gain: 'an answer in many parts, each a turn of the server’s',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, { query: '{errorCatalogue @stream(initialCount:0){...@defer{code}}}' }, [
        ['accept', 'multipart/mixed;deferSpec=20220824, application/json'],
      ]),
  },
];

const DEPTH: readonly Probe[] = [
  ...[400, 800, 1_600, 3_200].map((depth): Probe => ({
    name: `${depth} inline fragments inside each other`,
    gain: 'a stack that overflows',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(`{${'...{'.repeat(depth)}${FLAW}${'}'.repeat(depth)}}`),
  })),
  ...[700, 1_400, 4_000].map((depth): Probe => ({
    name: `a list ${depth} deep for an id`,
    gain: 'a stack that overflows',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(`{node(id:${'['.repeat(depth)}"${CANARY}"${']'.repeat(depth)}){id}}`),
  })),
  {
    name: 'an object a thousand deep for an input',
    gain: 'a stack that overflows',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(
      `mutation{sendTransferOtp(input:${'{input:'.repeat(1_000)}1${'}'.repeat(1_000)}){transferOtp{otpRefId}}}`,
    ),
  },
  {
    name: 'a variable whose type is a list two thousand deep',
    gain: 'a stack that overflows',
    refusal: ['BAD_USER_INPUT', 'QUERY_TOO_COMPLEX'],
    send: document(`query($a:${'['.repeat(2_000)}Int${']'.repeat(2_000)}){${FLAW}}`, { a: 1 }),
  },
  {
    name: 'a variable that is a list fifteen thousand deep, where a list is asked for',
    gain: 'a stack that overflows',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(
        target,
        `{"query":"query($s:[TransactionStatus!]){transactions(filter:{status:$s}){totalCount}}","variables":{"s":${'['.repeat(15_000)}${']'.repeat(15_000)}}}`,
      ),
  },
];

const NAMES: readonly Probe[] = [
  {
    name: 'the schema, asked for in a fragment under an alias',
    gain: 'the names of all types',
    refusal: ['BAD_USER_INPUT'],
    send: document('query Harmless{...F} fragment F on Query{typename:__schema{types{name}}}'),
  },
  {
    name: 'one type, asked for behind a variable that is off',
    gain: 'the names of its fields',
    refusal: ['BAD_USER_INPUT'],
    send: document('query($x:Boolean!){__type(name:"Transaction")@include(if:$x){name}}', { x: false }),
  },
  {
    name: 'names that are nearly right, a hundred at once',
    gain: 'suggestions of the right ones',
    refusal: ['BAD_USER_INPUT'],
    send: document(
      `{${many(40, (n) => `transaction${n} errorCatalog${n}`)} transactions(firs:1 filter:{customerI:1 statu:SUCCES}){totalCoun}}`,
    ),
  },
  {
    name: 'values that are nearly right, in variables',
    gain: 'suggestions of the right ones',
    refusal: ['BAD_USER_INPUT'],
    send: document('query($f:TransactionFilter){transactions(filter:$f){totalCount}}', {
      f: { statu: ['SUCCES'], status: ['SUCCES'], customerI: CANARY },
    }),
  },
  {
    name: 'variables named like what every object has',
    gain: 'a value that nobody gave',
    refusal: ['BAD_USER_INPUT'],
    send: document(
      'query($constructor:ID!$toString:ID!$__proto__:ID!){node(id:$constructor){id} b:node(id:$toString){id} c:node(id:$__proto__){id}}',
    ),
  },
  {
    name: 'an operation named like what every object has',
    gain: 'an operation that is not in the document',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, { query: `mutation A{${OTP}} query B{__typename}`, operationName: 'constructor' }),
  },
  {
    name: 'the name of a fragment as the operation',
    gain: 'a fragment that is run as a mutation',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, {
        query: `query A{__typename} query B{__typename} fragment F on Mutation{a:${OTP}}`,
        operationName: 'F',
      }),
  },
  {
    name: 'two operations of one name',
    gain: 'one that is checked and another that is run',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, { query: `query A{__typename} mutation A{${OTP}}`, operationName: 'A' }),
  },
];

export const DOCUMENT_PROBES: readonly Probe[] = [
  ...ALIASES,
  ...BATCHES,
  ...FRAGMENTS,
  ...REPETITION,
  ...DIRECTIVES,
  ...DEPTH,
  ...NAMES,
];
