// Callbacks of every kind that Eko never sent: forged, repeated, out of order, garbage, too large. The same ones for the same seed.
import { chance, pick } from '../chaos/random.js';

export interface StormTarget {
  readonly clientRefId: string;
  readonly tid: string;
}

export interface StormRequest {
  /** As it goes on the wire. */
  readonly bytes: Buffer;
  /** Its body, when it is one that is acknowledged; null when the request is refused. */
  readonly accepted: Buffer | null;
  /**
   * Where it stands among requests that are written at once: `last` where the server closes the connection after its
   * answer, `alone` where it is no HTTP, so that the answers to those before it would be lost with the connection.
   */
  readonly place: 'any' | 'last' | 'alone';
}

export interface StormOptions {
  readonly seed: number;
  readonly count: number;
  readonly callbackUrl: string;
  readonly targets: readonly StormTarget[];
}

type Dice = ReturnType<typeof createDice>;
type Make = (dice: Dice, targets: readonly StormTarget[]) => Buffer;

/** Bodies that are acknowledged, with their weights. */
const BODIES: readonly (readonly [weight: number, make: Make])[] = [
  [46, toClaim],
  [12, toMixedClaim],
  [12, toStrangersClaim],
  [12, toWrongTypes],
  [8, toGarbage],
];

const CLAIMS = [0, 1, 2, 3, 4, 5, 6, 99, -1, '0', '1', '3', '4', 'SUCCESS', null, undefined] as const;
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/octet-stream',
] as const;

export function createStorm({ seed, count, callbackUrl, targets }: StormOptions): StormRequest[] {
  const { host, pathname } = new URL(callbackUrl);
  const sent: Buffer[] = [];
  return Array.from({ length: count }, (_, index): StormRequest => {
    const dice = createDice(seed, index);
    const kind = dice.chance('kind');
    if (kind < 0.05) return toRefused(dice, { host, pathname });
    // A third comes again, however long ago it was first sent.
    const isRepeated = kind < 0.35 && sent.length > 0;
    const body = isRepeated ? dice.of('repeated', sent) : toBody(dice, targets);
    if (!isRepeated) sent.push(body);
    const type = dice.of('type', TYPES);
    const head = toHead(`POST ${pathname}`, { host, 'content-type': type, 'content-length': body.length });
    return { bytes: Buffer.concat([head, body]), accepted: body, place: 'any' };
  });
}

function toBody(dice: Dice, targets: readonly StormTarget[]): Buffer {
  const total = BODIES.reduce((sum, [weight]) => sum + weight, 0);
  let rest = dice.chance('body') * total;
  for (const [weight, make] of BODIES) {
    rest -= weight;
    if (rest < 0) return make(dice, targets);
  }
  return Buffer.alloc(0);
}

/** A lie, or the truth at the wrong time, about one of the transfers. */
function toClaim(dice: Dice, targets: readonly StormTarget[]): Buffer {
  const { clientRefId, tid } = dice.of('target', targets);
  const names = [
    { client_ref_id: clientRefId, tid },
    { client_ref_id: clientRefId },
    { tid },
    { tid: Number(tid) },
  ];
  return toJson({ ...dice.of('names', names), ...toDetails(dice) });
}

/** The reference of one and the tid of another. */
function toMixedClaim(dice: Dice, targets: readonly StormTarget[]): Buffer {
  const { clientRefId } = dice.of('target', targets);
  const { tid } = dice.of('other target', targets);
  return toJson({ client_ref_id: clientRefId, tid, ...toDetails(dice) });
}

function toStrangersClaim(dice: Dice): Buffer {
  const number = dice.pick('stranger', 1, 999_999_999);
  return toJson({ client_ref_id: `NOBODY-${number}`, tid: `9${number}`, ...toDetails(dice) });
}

function toDetails(dice: Dice): object {
  return {
    tx_status: dice.of('claim', CLAIMS),
    amount: dice.of('amount', [500, '500.00', 1, -1, 1e400, 'all of it']),
    bank_ref_num: String(dice.pick('bank reference', 1, 1e12)),
    timestamp: new Date(dice.pick('timestamp', 0, 4e12)).toISOString(),
  };
}

function toWrongTypes(dice: Dice, targets: readonly StormTarget[]): Buffer {
  const { clientRefId, tid } = dice.of('target', targets);
  const number = dice.pick('number', 1, 1e9);
  const bodies: readonly unknown[] = [
    [{ client_ref_id: clientRefId, tx_status: 0 }],
    { client_ref_id: [clientRefId], tid: { tid }, tx_status: { value: 0 }, number },
    { client_ref_id: `${clientRefId}\u0000`, tid: `${tid} `, tx_status: '0\n', number },
    { client_ref_id: number, tid: number / 3, tx_status: number },
    { client_ref_id: 'R'.repeat(3_000), tid: '9'.repeat(3_000), tx_status: '1'.repeat(1_000), number },
    { data: { client_ref_id: clientRefId, tid, tx_status: 0 }, number },
    { client_ref_id: `'; UPDATE transfers SET status = 'SUCCESS'; -- ${number}` },
    { constructor: { tid }, toString: clientRefId, number },
    clientRefId,
    number,
    null,
    true,
  ];
  return toJson(dice.of('wrong type', bodies));
}

function toGarbage(dice: Dice): Buffer {
  const bytes = Array.from({ length: dice.pick('length', 0, 60) }, (_, at) =>
    dice.pick(`byte ${at}`, 0, 255),
  );
  return Buffer.from(bytes);
}

/** Refused by HTTP alone: too large, elsewhere, by another method, or no HTTP at all. */
function toRefused(dice: Dice, { host, pathname }: { host: string; pathname: string }): StormRequest {
  const toRequest = (bytes: Buffer, place: StormRequest['place']) => ({ bytes, accepted: null, place });
  const tooLarge = Buffer.alloc(9_000, 'x');
  const body = Buffer.from('{"tid":1}');
  const elsewhere = `POST ${pathname.slice(0, -1)}`;
  switch (dice.pick('refused', 0, 7)) {
    case 0:
    case 1:
      return toRequest(
        Buffer.concat([toHead(elsewhere, { host, 'content-length': body.length }), body]),
        'any',
      );
    case 2:
      return toRequest(toHead(`GET ${pathname}`, { host }), 'any');
    case 3:
      return toRequest(
        Buffer.concat([toHead(`POST ${pathname}`, { host, 'content-length': tooLarge.length }), tooLarge]),
        'last',
      );
    case 4:
      // It says how much it will send, and sends nothing.
      return toRequest(toHead(`POST ${pathname}`, { host, 'content-length': 2 ** 40 }), 'last');
    case 5: {
      const head = toHead(`POST ${pathname}`, { host, 'transfer-encoding': 'chunked' });
      const chunk = Buffer.concat([
        Buffer.from(`${tooLarge.length.toString(16)}\r\n`),
        tooLarge,
        Buffer.from('\r\n'),
      ]);
      return toRequest(Buffer.concat([head, chunk]), 'last');
    }
    case 6:
      return toRequest(toHead(`POST ${pathname}`, { host, 'content-length': 'eleven' }), 'alone');
    default:
      return toRequest(
        Buffer.from(`\u0016\u0003\u0001 ${dice.pick('hello', 0, 1e9)}\r\n\r\n`, 'latin1'),
        'alone',
      );
  }
}

function toHead(line: string, headers: Readonly<Record<string, string | number>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}

function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/** Throws for one request: each depends on the seed, its place and a name, and on nothing thrown before. */
function createDice(seed: number, index: number) {
  return {
    chance: (name: string) => chance(seed, index, name),
    pick: (name: string, min: number, max: number) => pick(min, max, seed, index, name),
    of: <Face>(name: string, faces: readonly Face[]): Face =>
      faces[pick(0, faces.length - 1, seed, index, name)]!,
  };
}
