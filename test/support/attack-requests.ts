// Attacks by what stands around a document: methods, addresses, headers, media types, odd JSON, persisted queries.
import { gzipSync } from 'node:zlib';
import { bearer, CANARY, JSON_TYPE, post, type Probe, type Target } from './attack-probe.js';
import { sendBytes, sendWire, type Header, type WireRequest } from './attack-wire.js';

const OTP =
  'sendTransferOtp(input:{customerId:"6111111111" recipientId:"98765" amount:500}){transferOtp{otpRefId}}';
const SEND = `mutation M{${OTP}}`;
const TWICE = `mutation{a:${OTP} b:${OTP}}`;
const READ = '{transactions{totalCount}}';
const toQuery = (parameters: readonly Header[]) =>
  `/graphql?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

/** With a good token. */
function withToken(request: WireRequest | ((target: Target) => WireRequest)): Probe['send'] {
  return (target) => {
    const { headers = [], ...rest } = typeof request === 'function' ? request(target) : request;
    return sendWire(target.url, { headers: [bearer(target), ...headers], ...rest });
  };
}

/** With no token, but with whatever is given instead of it. */
function withoutToken(...headers: readonly Header[]): Probe['send'] {
  return ({ url }) =>
    sendWire(url, { headers: [JSON_TYPE, ...headers], body: JSON.stringify({ query: READ }) });
}

const METHODS: readonly Probe[] = [
  {
    name: 'a mutation by GET that says it is a POST',
    gain: 'an OTP, by a link in any page',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      method: 'GET',
      target: toQuery([['query', SEND]]),
      headers: [
        ['x-http-method-override', 'POST'],
        ['x-http-method', 'POST'],
        ['x-method-override', 'POST'],
      ],
    }),
  },
  {
    name: 'a mutation by GET behind a query of the same document',
    gain: 'an OTP, by a link in any page',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      method: 'GET',
      target: toQuery([
        ['query', `query Q{__typename} ${SEND}`],
        ['operationName', 'M'],
      ]),
    }),
  },
  {
    name: 'a GET with two queries',
    gain: 'one that is checked and another that is run',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      method: 'GET',
      target: toQuery([
        ['query', READ],
        ['query', SEND],
      ]),
    }),
  },
  {
    name: 'a GET whose body is a mutation',
    gain: 'an OTP, past a proxy that lets every GET through',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({ method: 'GET', headers: [JSON_TYPE], body: JSON.stringify({ query: SEND }) }),
  },
  {
    name: 'a POST whose query stands in the address',
    gain: 'an OTP, with the OTP request in every log on the way',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({ target: toQuery([['query', SEND]]), headers: [JSON_TYPE], body: '{}' }),
  },
  {
    name: 'a method that nobody knows',
    gain: 'a handler without the rules of POST',
    refusal: ['NOT_FOUND'],
    send: withToken({ method: 'PROPFIND', headers: [JSON_TYPE], body: JSON.stringify({ query: SEND }) }),
  },
  {
    name: 'a variable in a GET that is no JSON',
    gain: 'the text of it in an error',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      method: 'GET',
      target: toQuery([
        ['query', READ],
        ['variables', `{"${CANARY}"`],
      ]),
    }),
  },
];

const IDENTITY: readonly Probe[] = [
  {
    name: 'headers by which a proxy would say who calls',
    gain: 'the transactions of an agent without its token',
    refusal: ['UNAUTHENTICATED'],
    send: withoutToken(
      ['x-forwarded-user', '20810200'],
      ['x-remote-user', 'admin'],
      ['x-user-code', '20810200'],
      ['x-roles', 'admin'],
    ),
  },
  {
    name: 'a good token in the wrong header',
    gain: 'a token that no rule of this server has looked at',
    refusal: ['UNAUTHENTICATED'],
    send: (target) => {
      const [, token] = bearer(target);
      return withoutToken(
        ['proxy-authorization', token],
        ['x-authorization', token],
        ['x-forwarded-authorization', token],
        ['cookie', `Authorization=${encodeURIComponent(token)}; token=${target.token}`],
      )(target);
    },
  },
  {
    name: 'a request that says it comes from this machine',
    gain: 'the sandbox’s agent, who needs no token',
    refusal: ['UNAUTHENTICATED'],
    send: withoutToken(
      ['host', 'localhost'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-real-ip', '127.0.0.1'],
      ['forwarded', 'for=127.0.0.1;host=localhost;proto=https'],
      ['x-forwarded-host', 'localhost'],
    ),
  },
  {
    name: 'a token in the body and in the address',
    gain: 'a token that stands in every log',
    refusal: ['UNAUTHENTICATED'],
    send: ({ url, token }) =>
      sendWire(url, {
        target: `/graphql?access_token=${token}&authorization=Bearer%20${token}`,
        headers: [JSON_TYPE],
        body: JSON.stringify({
          query: READ,
          authorization: `Bearer ${token}`,
          extensions: { headers: { authorization: `Bearer ${token}` } },
        }),
      }),
  },
  {
    name: 'two Authorization headers that differ in case',
    gain: 'one that the proxy checks and another that is used',
    refusal: ['UNAUTHENTICATED'],
    send: (target) => post(target, { query: READ }, [['AUTHORIZATION', `Bearer ${CANARY}`]]),
  },
  {
    name: 'an id of the request’s own, with a line break to come',
    gain: 'a header or a log line of the attacker’s',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: (target) =>
      post(target, { query: TWICE }, [
        ['x-request-id', `${CANARY}%0d%0aset-cookie: a=b`],
        ['x-correlation-id', CANARY],
        ['traceparent', CANARY],
      ]),
  },
];

const WIRE: readonly Probe[] = [
  ...['', '[', 'a b'].map((host): Probe => ({
    name: `the host "${host}"`,
    gain: 'a fault of the server',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({ headers: [JSON_TYPE, ['host', host]], body: JSON.stringify({ query: `{${CANARY}}` }) }),
  })),
  {
    name: 'a body with two lengths',
    gain: 'a second request inside the first, past a proxy',
    refusal: 400,
    send: withToken({ headers: [JSON_TYPE, ['content-length', '2'], ['content-length', '40']], body: '{}' }),
  },
  {
    name: 'a body with a length and in chunks',
    gain: 'a second request inside the first, past a proxy',
    refusal: 400,
    send: withToken({
      headers: [JSON_TYPE, ['content-length', '5'], ['transfer-encoding', 'chunked']],
      body: '0\r\n\r\nPOST /graphql HTTP/1.1\r\n\r\n',
    }),
  },
  {
    name: 'a header folded over two lines',
    gain: 'a token that a proxy reads otherwise',
    refusal: 400,
    send: ({ url }) =>
      sendBytes(
        url,
        Buffer.from(
          `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer\r\n\t${CANARY}\r\ncontent-length: 2\r\n\r\n{}`,
        ),
      ),
  },
  {
    name: 'headers of forty kilobytes',
    gain: 'as much memory per connection',
    refusal: 431,
    send: withToken({ headers: [['x-padding', CANARY.repeat(3_000)]], body: '{}' }),
  },
  {
    name: 'a compressed body that is a thousand times larger',
    gain: 'memory for what was not sent',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      headers: [JSON_TYPE, ['content-encoding', 'gzip']],
      body: gzipSync(JSON.stringify({ query: `{a${' '.repeat(20_000_000)}}` })),
    }),
  },
  {
    name: 'a whole address in the request line',
    gain: 'another server’s answer, by this one',
    refusal: ['NOT_FOUND'],
    send: withToken({ target: 'http://169.254.169.254/latest/meta-data', headers: [JSON_TYPE], body: '{}' }),
  },
];

const MEDIA: readonly Probe[] = [
  {
    name: 'a mutation as application/graphql',
    gain: 'an OTP past the rules for JSON',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({ headers: [['content-type', 'application/graphql']], body: SEND }),
  },
  {
    name: 'a form that a page of any site may send',
    gain: 'an OTP, by a visit to that page',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: `query=${encodeURIComponent(SEND)}`,
    }),
  },
  {
    name: 'a form with files, as uploads are sent',
    gain: 'an OTP, by a visit to that page',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      headers: [['content-type', 'multipart/form-data; boundary=x']],
      body: `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: SEND })}\r\n--x--\r\n`,
    }),
  },
  {
    name: 'plain text that names JSON as a parameter',
    gain: 'an OTP, by a page that need not ask first',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      headers: [['content-type', 'text/plain; application/json; charset=utf-8']],
      body: JSON.stringify({ query: SEND }),
    }),
  },
  {
    name: 'JSON in UTF-16',
    gain: 'a text that a proxy cannot read',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      headers: [['content-type', 'application/json; charset=utf-16']],
      body: Buffer.from(`\ufeff${JSON.stringify({ query: SEND })}`, 'utf16le'),
    }),
  },
];

const JSON_TRICKS: readonly Probe[] = [
  {
    name: 'two mutations behind a byte order mark',
    gain: 'two OTPs for one request',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: (target) => post(target, `\ufeff${JSON.stringify({ query: `\ufeff${TWICE}` })}`),
  },
  {
    name: 'the query twice in one body',
    gain: 'one that is checked and another that is run',
    refusal: ['TOO_MANY_MUTATIONS'],
    send: (target) =>
      post(
        target,
        `{"query":"{__typename}","query":${JSON.stringify(TWICE)},"quer\\u0079":${JSON.stringify(TWICE)}}`,
      ),
  },
  {
    name: 'numbers that JSON does not have',
    gain: 'an amount that is no number',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, `{"query":"query($n:Int){transactions(first:$n){totalCount}}","variables":{"n":NaN}}`),
  },
  {
    name: 'a number that is infinite once it is read',
    gain: 'an amount without a limit',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, sendWithAmount('1e400')),
  },
  {
    name: 'a number of ten thousand digits',
    gain: 'an amount without a limit',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, sendWithAmount('9'.repeat(10_000))),
  },
  {
    name: 'an amount just off a whole number',
    gain: 'an amount that is rounded differently at Eko',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, sendWithAmount('500.0000000000001')),
  },
  {
    name: 'half a surrogate pair and a NUL for a reference',
    gain: 'a fault of the database',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, {
        query: 'query($r:ClientRefId){transaction(clientRefId:$r){id}}',
        variables: { r: `\ud800${CANARY.slice(0, 10)}\u0000` },
      }),
  },
  {
    name: 'a prototype in the body',
    gain: 'a property of every object',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, `{"__proto__":{"query":${JSON.stringify(SEND)}},"query":"{__typename}"}`),
  },
  {
    name: 'a prototype in the variables, written with escapes',
    gain: 'a property of every object',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(
        target,
        `{"query":"query($f:TransactionFilter){transactions(filter:$f){totalCount}}","variables":{"f":{"\\u005f_proto__":{"customerId":"${CANARY}"}}}}`,
      ),
  },
  {
    name: 'a constructor with a prototype in the variables',
    gain: 'a property of every object',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(
        target,
        '{"query":"query($f:TransactionFilter){transactions(filter:$f){totalCount}}","variables":{"f":{"constructor":{"prototype":{"isAdmin":true}}}}}',
      ),
  },
  {
    name: 'a query that is an object with a text inside',
    gain: 'a document that is made while it is read',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, { query: { toString: SEND, value: SEND, $gt: '' } }),
  },
  {
    name: 'variables that are a text of JSON',
    gain: 'variables that are checked as a text',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, { query: READ, variables: JSON.stringify({ a: CANARY }) }),
  },
  {
    name: 'a body of many small objects just within the limit, and one bad value',
    gain: 'time for what is thrown away',
    refusal: ['BAD_USER_INPUT'],
    send: (target) => post(target, `{"query":"{${CANARY}}","variables":{"a":[${'{},'.repeat(10_500)}{}]}}`),
  },
];

const PERSISTED: readonly Probe[] = [
  {
    name: 'a mutation that is registered under a hash as it is sent',
    gain: 'a stored document that is run by its hash',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, { query: SEND, extensions: { persistedQuery: { version: 1, sha256Hash: CANARY } } }),
  },
  {
    name: 'a hash by GET',
    gain: 'a stored mutation, by a link in any page',
    refusal: ['BAD_USER_INPUT'],
    send: withToken({
      method: 'GET',
      target: toQuery([
        ['extensions', JSON.stringify({ persistedQuery: { version: 1, sha256Hash: CANARY } })],
      ]),
    }),
  },
  {
    name: 'the other names of a stored document',
    gain: 'a document that nobody sent',
    refusal: ['BAD_USER_INPUT'],
    send: (target) =>
      post(target, {
        id: CANARY,
        documentId: `sha256:${CANARY}`,
        doc_id: CANARY,
        queryId: CANARY,
        hash: CANARY,
      }),
  },
];

export const REQUEST_PROBES: readonly Probe[] = [
  ...METHODS,
  ...IDENTITY,
  ...WIRE,
  ...MEDIA,
  ...JSON_TRICKS,
  ...PERSISTED,
];

function sendWithAmount(amount: string): string {
  const query = 'mutation($i:SendTransferOtpInput!){sendTransferOtp(input:$i){transferOtp{otpRefId}}}';
  return `{"query":"${query}","variables":{"i":{"customerId":"6111111111","recipientId":"98765","amount":${amount}}}}`;
}
