// Hostile tokens, signed by hand: each is a good one but for the fault it is named after.
import {
  createHash,
  createHmac,
  createSign,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto';
import { CompactEncrypt } from 'jose';

/** What a server takes for a good token, and what an attacker knows of it. */
export interface TokenScene {
  readonly issuer: string;
  readonly audience: string;
  readonly userCode: string;
  /** The algorithm of its key, and the private half of it: faults of the claims are signed as the issuer would. */
  readonly alg: 'HS256' | 'RS256';
  readonly signingKey: string | KeyObject;
  /** What everybody may know: the PEM of the public key, or for a shared secret a word that is not it. */
  readonly knownKey: string;
  /** An address of the attacker's, which nobody may ask. */
  readonly attackerUrl: string;
}

type Part = object | string;
/** The value of an Authorization header. */
type Make = (scene: TokenScene) => string | Promise<string>;

const encode = (part: Part) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1_000);

export function toClaims({ issuer, audience, userCode }: TokenScene): Record<string, unknown> {
  return {
    sub: 'agent-1',
    user_code: userCode,
    roles: ['agent'],
    iss: issuer,
    aud: audience,
    exp: nowSeconds() + 600,
  };
}

/** As the issuer would sign it, whatever it is. */
export function signToken(
  scene: TokenScene,
  payload: Part,
  header: Part = { alg: scene.alg, typ: 'JWT' },
): string {
  const head = `${encode(header)}.${encode(payload)}`;
  return `${head}.${toSignature(scene, head)}`;
}

function toSignature({ signingKey }: TokenScene, head: string): string {
  if (typeof signingKey === 'string')
    return createHmac('sha256', signingKey).update(head).digest('base64url');
  return createSign('sha256').update(head).sign(signingKey, 'base64url');
}

/** By whatever the attacker has. */
function forge(header: object, payload: Part, sign: (head: string) => Buffer): string {
  const head = `${encode(header)}.${encode(payload)}`;
  return `${head}.${sign(head).toString('base64url')}`;
}

const hmac = (key: string | Buffer) => (head: string) => createHmac('sha256', key).update(head).digest();

/** The attacker's own keys. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const byRsa = (head: string) => signBytes('sha256', Buffer.from(head), rsa.privateKey);
const byEc = (head: string) =>
  signBytes('sha256', Buffer.from(head), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });

const bearer =
  (make: Make): Make =>
  async (scene) =>
    `Bearer ${await make(scene)}`;
/** Signed as the issuer would, with other claims. */
const claiming = (change: (scene: TokenScene) => object): Make =>
  bearer((scene) => signToken(scene, { ...toClaims(scene), ...change(scene) }));
/** Signed as the issuer would, with claims as they are written: JSON may hold more than an object can. */
const writing = (change: (json: string, scene: TokenScene) => string): Make =>
  bearer((scene) => signToken(scene, change(JSON.stringify(toClaims(scene)), scene)));
/** Signed as the issuer would, with another header. */
const heading = (change: (scene: TokenScene) => object): Make =>
  bearer((scene) => signToken(scene, toClaims(scene), { alg: scene.alg, typ: 'JWT', ...change(scene) }));
/** A good token, written otherwise. */
const writtenAs =
  (write: (token: string) => string): Make =>
  (scene) =>
    write(signToken(scene, toClaims(scene)));

const ALGORITHMS: readonly (readonly [what: string, make: Make])[] = [
  ['alg nOnE and no signature', bearer((s) => `${encode({ alg: 'nOnE' })}.${encode(toClaims(s))}.`)],
  ['alg none and a good signature', heading(() => ({ alg: 'none' }))],
  [
    'alg none and a critical extension',
    bearer((s) => `${encode({ alg: 'none', crit: ['exp'], exp: 1 })}.${encode(toClaims(s))}.`),
  ],
  ['an alg that is a list', heading(({ alg }) => ({ alg: [alg] }))],
  ['an alg that is null', heading(() => ({ alg: null }))],
  ['an alg that is every object’s', heading(() => ({ alg: 'constructor' }))],
  ['an alg in lower case', heading(({ alg }) => ({ alg: alg.toLowerCase() }))],
  [
    'two algs, the last of them none',
    bearer((s) => signToken(s, toClaims(s), `{"alg":"${s.alg}","alg":"none"}`)),
  ],
  [
    'HS256 with what is known of the key',
    bearer((s) => forge({ alg: 'HS256' }, toClaims(s), hmac(s.knownKey))),
  ],
  [
    'HS256 with a digest of what is known of the key',
    bearer((s) =>
      forge({ alg: 'HS256' }, toClaims(s), hmac(createHash('sha256').update(s.knownKey).digest())),
    ),
  ],
  [
    'HS256 with its own words as the key',
    bearer((s) => forge({ alg: 'HS256' }, toClaims(s), (head) => hmac(head)(head))),
  ],
  ['HS256 with an empty key', bearer((s) => forge({ alg: 'HS256' }, toClaims(s), hmac('')))],
  ['RS256 by another key', bearer((s) => forge({ alg: 'RS256' }, toClaims(s), byRsa))],
  ['ES256 by another key', bearer((s) => forge({ alg: 'ES256' }, toClaims(s), byEc))],
  ['RS256 signed as ES256', bearer((s) => forge({ alg: 'RS256' }, toClaims(s), byEc))],
  [
    'ES256 with a signature of noughts',
    bearer((s) => forge({ alg: 'ES256' }, toClaims(s), () => Buffer.alloc(64))),
  ],
  [
    'its own alg with a signature of noughts',
    bearer((s) => forge({ alg: s.alg }, toClaims(s), () => Buffer.alloc(s.alg === 'HS256' ? 32 : 256))),
  ],
  [
    'the signature of another token',
    bearer((s) =>
      [
        ...signToken(s, toClaims(s)).split('.').slice(0, 2),
        signToken(s, { ...toClaims(s), sub: 'b' }).split('.')[2],
      ].join('.'),
    ),
  ],
];

const KEYS: readonly (readonly [what: string, make: Make])[] = [
  [
    'a key of its own',
    bearer((s) => forge({ alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) }, toClaims(s), byRsa)),
  ],
  [
    'a shared key of its own',
    bearer((s) => forge({ alg: 'HS256', jwk: { kty: 'oct', k: encode('k') } }, toClaims(s), hmac('k'))),
  ],
  [
    'a set of keys of its own',
    bearer((s) => forge({ alg: 'RS256', jku: `${s.attackerUrl}/keys`, kid: 'a' }, toClaims(s), byRsa)),
  ],
  [
    'a certificate of its own, by address',
    bearer((s) => forge({ alg: 'RS256', x5u: `${s.attackerUrl}/cert` }, toClaims(s), byRsa)),
  ],
  [
    'a certificate of its own',
    bearer((s) =>
      forge(
        { alg: 'RS256', x5c: [rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
        toClaims(s),
        byRsa,
      ),
    ),
  ],
  [
    'a key that is an empty file',
    bearer((s) => forge({ alg: 'HS256', kid: '../../../../dev/null' }, toClaims(s), hmac(''))),
  ],
  [
    'a key that a database is to make up',
    bearer((s) => forge({ alg: 'HS256', kid: "x' UNION SELECT 'k" }, toClaims(s), hmac('k'))),
  ],
  [
    'a key named like what every object has',
    bearer((s) => forge({ alg: 'HS256', kid: '__proto__' }, toClaims(s), hmac('[object Object]'))),
  ],
];

const CLAIMS: readonly (readonly [what: string, make: Make])[] = [
  ['an issuer in a list', claiming(({ issuer }) => ({ iss: [issuer] }))],
  ['an issuer with more behind it', claiming(({ issuer }) => ({ iss: `${issuer}/` }))],
  ['an issuer in upper case', claiming(({ issuer }) => ({ iss: issuer.toUpperCase() }))],
  ['an audience with more behind it', claiming(({ audience }) => ({ aud: `${audience}.evil.example` }))],
  ['an audience in a list in a list', claiming(({ audience }) => ({ aud: [[audience]] }))],
  ['an audience that is an object', claiming(({ audience }) => ({ aud: { 0: audience, length: 1 } }))],
  ['an expiry of nought', claiming(() => ({ exp: 0 }))],
  ['an expiry before 1970', claiming(() => ({ exp: -nowSeconds() }))],
  ['an expiry of null', claiming(() => ({ exp: null }))],
  ['an expiry of true', claiming(() => ({ exp: true }))],
  ['an expiry in a list', claiming(() => ({ exp: [nowSeconds() + 600] }))],
  ['an expiry as a date', claiming(() => ({ exp: '2999-01-01T00:00:00Z' }))],
  ['two expiries, the last of them over', writing((json) => json.replace(/\}$/, ',"exp":1}'))],
  ['a start as a text', claiming(() => ({ nbf: '0' }))],
  ['a start in a century', claiming(() => ({ nbf: nowSeconds() + 3_000_000_000 }))],
  ['an issue time as a text', claiming(() => ({ iat: String(nowSeconds()) }))],
  ['an issue time that is an object', claiming(() => ({ iat: { valueOf: 1 } }))],
  ['a subject of null', claiming(() => ({ sub: null }))],
  ['a subject in a list', claiming(() => ({ sub: ['agent-1'] }))],
  ['a subject of a thousand letters', claiming(() => ({ sub: 'x'.repeat(1_000) }))],
  ['roles in one text', claiming(() => ({ roles: 'agent,admin' }))],
  ['roles of null', claiming(() => ({ roles: null }))],
  ['a role with a NUL', claiming(() => ({ roles: ['agent\u0000'] }))],
  ['a role with a space', claiming(() => ({ roles: [' agent'] }))],
  ['a role as an object', claiming(() => ({ roles: [{ toString: 'agent' }] }))],
  ['two lists of roles, the last of them empty', writing((json) => json.replace(/\}$/, ',"roles":[]}'))],
  [
    'roles in its prototype',
    writing((json) => json.replace('"roles":["agent"]', '"__proto__":{"roles":["agent"]}')),
  ],
  ['a user code in other digits', claiming(() => ({ user_code: '２０８１０２００' }))],
  ['a user code in a list', claiming(({ userCode }) => ({ user_code: [userCode] }))],
  ['a user code and a wildcard', claiming(() => ({ user_code: '208102%' }))],
];

const SHAPES: readonly (readonly [what: string, make: Make])[] = [
  [
    'claims that are a token',
    bearer((s) => signToken(s, signToken(s, toClaims(s)), { alg: s.alg, cty: 'JWT' })),
  ],
  ['claims that are a text', bearer((s) => signToken(s, JSON.stringify(JSON.stringify(toClaims(s)))))],
  ['claims that are null', bearer((s) => signToken(s, 'null'))],
  ['no claims', bearer((s) => signToken(s, ''))],
  ['claims with something behind them', writing((json) => `${json}{}`)],
  [
    'claims that are not UTF-8',
    bearer((s) => {
      const head = `${encode({ alg: s.alg })}.${Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('base64url')}`;
      return `${head}.${toSignature(s, head)}`;
    }),
  ],
  ['a header that is no JSON', bearer((s) => signToken(s, toClaims(s), 'alg'))],
  ['a header that is null', bearer((s) => signToken(s, toClaims(s), 'null'))],
  ['an empty list of critical extensions', heading(() => ({ crit: [] }))],
  ['a critical extension that is a claim', heading(() => ({ crit: ['exp'], exp: 1 }))],
  ['critical extensions that are a text', heading(() => ({ crit: 'exp' }))],
  ['an encrypted token', bearer((s) => encrypt(JSON.stringify(toClaims(s)), {}))],
  [
    'an encrypted token with a good one inside',
    bearer((s) => encrypt(signToken(s, toClaims(s)), { cty: 'JWT' })),
  ],
  ['one part', bearer((s) => encode(toClaims(s)))],
  ['four parts', writtenAs((token) => `Bearer ${token}.e30`)],
  ['parts in another order', writtenAs((token) => `Bearer ${token.split('.').reverse().join('.')}`)],
  ['four kilobytes and one', writtenAs((token) => `Bearer ${token}${'A'.repeat(4_097 - token.length)}`)],
  ['twelve kilobytes of dots', () => `Bearer ${'.'.repeat(12_000)}`],
];

const WRITTEN: readonly (readonly [what: string, make: Make])[] = [
  ['a tab for the space', writtenAs((token) => `Bearer\t${token}`)],
  ['no space', writtenAs((token) => `Bearer${token}`)],
  ['a colon behind the scheme', writtenAs((token) => `Bearer: ${token}`)],
  ['a scheme with a letter more', writtenAs((token) => `Bearers ${token}`)],
  ['the scheme twice', writtenAs((token) => `Bearer Bearer ${token}`)],
  ['the scheme Token', writtenAs((token) => `Token ${token}`)],
  ['a scheme of other letters', writtenAs((token) => `B\u00eaarer ${token}`)],
  ['a comma in front', writtenAs((token) => `, Bearer ${token}`)],
  ['two tokens with a comma between', writtenAs((token) => `Bearer ${token},Bearer ${token}`)],
  ['a parameter behind', writtenAs((token) => `Bearer ${token}; charset=utf-8`)],
  ['quotes', writtenAs((token) => `Bearer "${token}"`)],
  ['dots in percent', writtenAs((token) => `Bearer ${token.replaceAll('.', '%2E')}`)],
  ['a NUL in percent', writtenAs((token) => `Bearer ${token}%00`)],
  ['the padding of base64', writtenAs((token) => `Bearer ${token}==`)],
  ['a letter that is not ASCII', writtenAs((token) => `Bearer ${token}\u00e9`)],
  ['a space inside', writtenAs((token) => `Bearer ${token.replace('.', ' .')}`)],
  [
    'the JSON form of a signature',
    writtenAs((token) => {
      const [head, payload, signature] = token.split('.');
      return `Bearer ${JSON.stringify({ protected: head, payload, signature })}`;
    }),
  ],
];

export const HOSTILE_TOKENS = [...ALGORITHMS, ...KEYS, ...CLAIMS, ...SHAPES, ...WRITTEN];

/** What no HTTP header can hold; the greeting of a WebSocket can. */
export const UNSENDABLE_TOKENS: readonly (readonly [what: string, make: Make])[] = [
  ['a NUL', writtenAs((token) => `Bearer ${token}\u0000`)],
  ['a line break behind', writtenAs((token) => `Bearer ${token}\n`)],
  ['a line break inside', writtenAs((token) => `Bearer ${token.replace('.', '\r\n.')}`)],
  ['a space behind', writtenAs((token) => `Bearer ${token} `)],
  ['a letter of another alphabet', writtenAs((token) => `Bearer ${token.replace('e', 'е')}`)],
  ['a dot of another alphabet', writtenAs((token) => `Bearer ${token.replaceAll('.', '．')}`)],
];

function encrypt(text: string, header: object): Promise<string> {
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
    .encrypt(randomBytes(32));
}
