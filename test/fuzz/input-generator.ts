// One input of the fuzzer: a document, variables and all that may stand around them, by one of the ways to the server.
import type { GraphQLSchema } from 'graphql';
import type { Header, WireRequest } from '../support/attack-wire.js';
import { CANARY, damage, DocumentGenerator } from './document-generator.js';
import type { SeededRandom } from './seeded-random.js';

export type FuzzInput =
  /** Well-formed HTTP, whatever its contents. */
  | { readonly way: 'post' | 'get' | 'multipart' | 'odd request'; readonly request: WireRequest }
  /** HTTP that may be none. */
  | { readonly way: 'bytes'; readonly request: WireRequest; readonly cut: number; readonly noise: string }
  | { readonly way: 'websocket'; readonly frames: readonly string[]; readonly isGreeted: boolean };

const VALUES = [
  'null',
  '0',
  '-1',
  '500',
  '1e400',
  '1E-400',
  '12345678901234567890',
  'true',
  '"6111111111"',
  '"98765"',
  '"28.6139,77.2090"',
  `"${CANARY}"`,
  `"\\ud800${CANARY}"`,
  `"\\u0000"`,
  '[]',
  '{}',
  `["${CANARY}", null, 1]`,
  '{"__proto__": {"a": 1}}',
  '{"constructor": {"prototype": 1}}',
  '{"customerId": "6111111111", "recipientId": "98765", "amount": 500}',
  `{"customerId": "6111111111", "recipientId": "98765", "amount": 500, "otp": "123456", "otpRefId": "${CANARY}", "latlong": "28.6139,77.2090"}`,
  `{"status": ["SUCCESS", "${CANARY}"], "minAmount": 1.5}`,
];
const JSON_TYPES = ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON'];
const TYPES = [
  ...JSON_TYPES,
  'text/plain',
  'application/graphql',
  'application/json; charset=utf-16',
  'multipart/form-data',
  '',
  '*/*',
  'application/x-www-form-urlencoded',
  'application/json;;',
  'a/b',
];
const ACCEPTS = [
  'application/json',
  'application/graphql-response+json',
  '*/*',
  'text/html',
  'multipart/mixed',
  '',
  'q=0',
  'application/json;q=x',
  'image/png',
];
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'post',
];
const TARGETS = [
  '/graphql',
  '/graphql',
  '/graphql?',
  '/graphql?query={__typename}',
  '/graphql/',
  '//graphql',
  '/%67raphql',
  '/webhooks/eko/x',
  '/webhooks/eko/%00',
  '/livez',
  '/schema.graphql',
  '/demo/../x',
  '/%ff',
  '*',
  'http://x/graphql',
  '/graphql?query=%ff',
  '/graphql#x',
  `/${'a'.repeat(5_000)}`,
];
const HEADERS: readonly Header[] = [
  ['authorization', 'Bearer x'],
  ['authorization', ''],
  ['authorization', '\u00ff\u00fe'],
  ['origin', 'null'],
  ['origin', 'https://evil.example'],
  ['sec-fetch-site', 'cross-site'],
  ['content-encoding', 'gzip'],
  ['expect', '100-continue'],
  ['range', 'bytes=0-1'],
  ['if-none-match', '*'],
  ['x-http-method-override', 'POST'],
  ['x-forwarded-for', '127.0.0.1'],
  ['host', ''],
  ['host', 'evil.example:99999'],
  ['cookie', '\u00ff=\u00ff'],
  ['x-padding', 'x'.repeat(9_000)],
  ['connection', 'close, upgrade'],
  ['apollo-require-preflight', ''],
  ['access-control-request-method', 'POST'],
  ['te', 'trailers'],
];
const NOISE = [
  '\r\n',
  '\n',
  ': ',
  'HTTP/1.1',
  'HTTP/9.9',
  '\u0000',
  'content-length: 5\r\n',
  'content-length: -1\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: x\r\n',
  ' ',
  '\u00ff',
];
const FRAMES = [
  '{"type":"pong","payload":{}}',
  '{"type":"complete","id":"1"}',
  '{"type":"connection_init"}',
  '{"type":"subscribe"}',
  '{"type":"subscribe","id":1,"payload":{}}',
  '{"type":"next","id":"1","payload":{}}',
  '[]',
  'null',
  '',
  '"',
  `{"type":"${CANARY}"}`,
];
const MULTIPART = 'multipart/mixed;subscriptionSpec="1.0", application/json';

export class InputGenerator {
  readonly #documents: DocumentGenerator;

  constructor(
    schema: GraphQLSchema,
    private readonly token: string,
  ) {
    this.#documents = new DocumentGenerator(schema);
  }

  make(random: SeededRandom): FuzzInput {
    const roll = random.fraction();
    if (roll < 0.68) return { way: 'post', request: this.#post(random, [['accept', random.pick(ACCEPTS)]]) };
    if (roll < 0.76) return { way: 'multipart', request: this.#post(random, [['accept', MULTIPART]]) };
    if (roll < 0.83) return { way: 'get', request: this.#get(random) };
    if (roll < 0.92) return { way: 'odd request', request: this.#odd(random) };
    if (roll < 0.96) {
      const request = { ...this.#odd(random), ...(random.chance(0.5) ? {} : this.#post(random, [])) };
      return { way: 'bytes', request, cut: random.fraction(), noise: random.pick(NOISE) };
    }
    const frames = random.times(random.count(6), (index) => this.#frame(random, index));
    return { way: 'websocket', frames, isGreeted: random.chance(0.9) };
  }

  #post(random: SeededRandom, headers: readonly Header[]): WireRequest {
    const body = this.#body(random);
    return {
      headers: [
        ['content-type', random.chance(0.97) ? random.pick(JSON_TYPES) : random.pick(TYPES)],
        ...this.#identity(random),
        ...headers,
      ],
      body: random.chance(0.1) ? damage(random, body) : body,
    };
  }

  #get(random: SeededRandom): WireRequest {
    const parameters: Header[] = [['query', this.#documents.make(random).slice(0, 4_000)]];
    if (random.chance(0.4)) parameters.push(['variables', this.#variables(random)]);
    if (random.chance(0.2)) parameters.push(['operationName', random.pick(['A', 'B', '', '__proto__'])]);
    if (random.chance(0.1)) parameters.push(['extensions', random.pick(VALUES)]);
    if (random.chance(0.1)) parameters.push(['query', '{__typename}']);
    const query = parameters
      .map(([name, value]) => `${name}=${encodeURIComponent(Buffer.from(value).toString())}`)
      .join('&');
    return { method: 'GET', target: `/graphql?${query}`, headers: this.#identity(random) };
  }

  #odd(random: SeededRandom): WireRequest {
    return {
      method: random.pick(METHODS),
      target: random.pick(TARGETS),
      headers: [
        ['content-type', random.pick(TYPES)],
        ...random.times(random.count(6), () => random.pick(HEADERS)),
      ],
      ...(random.chance(0.7) ? { body: this.#body(random) } : {}),
    };
  }

  /** None is the demo agent. */
  #identity(random: SeededRandom): Header[] {
    return random.chance(0.5) ? [] : [['authorization', `Bearer ${this.token}`]];
  }

  #body(random: SeededRandom): string {
    if (random.chance(0.03)) return random.pick(VALUES);
    const members = [
      `"query":${random.chance(0.97) ? JSON.stringify(this.#documents.make(random)) : random.pick(VALUES)}`,
    ];
    if (random.chance(0.6)) members.push(`"variables":${this.#variables(random)}`);
    if (random.chance(0.2))
      members.push(`"operationName":${random.pick(['"A"', '"B"', '""', 'null', '1', '"__proto__"', '[]'])}`);
    if (random.chance(0.08))
      members.push(
        `"extensions":${random.pick([...VALUES, '{"persistedQuery":{"version":1,"sha256Hash":"x"}}'])}`,
      );
    if (random.chance(0.05))
      members.push(
        `"${random.pick(['query', 'variables', '__proto__', 'constructor', 'id'])}":${random.pick(VALUES)}`,
      );
    const body = `{${members.join(',')}}`;
    return random.chance(0.02) ? `[${body},${body}]` : body;
  }

  #variables(random: SeededRandom): string {
    if (random.chance(0.1)) return random.pick(VALUES);
    const members = random.times(random.count(20), (index) => {
      const name = random.chance(0.95)
        ? `v${index}`
        : random.pick(['__proto__', 'constructor', 'toString', '']);
      const isMany = random.chance(0.03);
      return `"${name}":${isMany ? `[${random.times(random.count(1_500), () => random.pick(VALUES)).join(',')}]` : random.pick(VALUES)}`;
    });
    return `{${members.join(',')}}`;
  }

  #frame(random: SeededRandom, index: number): string {
    if (random.chance(0.3)) return random.pick(FRAMES);
    const frame = `{"type":"subscribe","id":"${random.pick(['1', '__proto__', String(index)])}","payload":${this.#body(random)}}`;
    return random.chance(0.15) ? damage(random, frame) : frame;
  }
}
