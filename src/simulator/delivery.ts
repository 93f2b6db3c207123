// How an answer reaches the caller, or fails to: independent of what happened in the ledger.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertNever } from '../shared/assert.js';
import { CANNED_ANSWERS, type CannedKind } from './canned-answers.js';
import { toJson } from './paise-json.js';
import type { Reply } from './replies.js';

/** Deliveries that tell the caller nothing of the reply, and so need none. */
export type SilentKind = 'hang' | 'reset' | 'close' | CannedKind;
/** `cutBody` ends short of its announced length, `halfJson` announces the half; `slowDrip` outlasts the caller. */
type SpeakingKind = 'reply' | 'cutBody' | 'halfJson' | 'slowDrip';
export type DeliveryKind = SpeakingKind | SilentKind;
export type Delivery =
  | SpeakingDelivery
  | { readonly kind: SilentKind }
  /** Records as lines of JSON, as fast as they are read. */
  | { readonly kind: 'lines'; readonly records: readonly unknown[] }
  /** Another delivery, some time later. */
  | { readonly kind: 'held'; readonly forMs: number; readonly delivery: Delivery };

interface SpeakingDelivery {
  readonly kind: SpeakingKind;
  readonly reply: Reply;
}

/** Hung sockets: kept open until the caller leaves, the limit passes or the simulator stops. */
export interface HungSockets {
  readonly limitMs: number;
  keep(incoming: IncomingMessage): void;
}

export function createHungSockets(limitMs: number): HungSockets {
  return {
    limitMs,
    keep: ({ socket }) => {
      if (socket.destroyed) return;
      const timer = setTimeout(() => socket.destroy(), limitMs);
      socket.once('close', () => clearTimeout(timer));
    },
  };
}

export function toPlainDelivery(reply: Reply): Delivery {
  return { kind: 'reply', reply };
}

export function toDelivery(kind: DeliveryKind, reply: Reply): Delivery {
  switch (kind) {
    case 'reply':
    case 'cutBody':
    case 'halfJson':
    case 'slowDrip':
      return { kind, reply };
    default:
      return { kind };
  }
}

export function deliver(delivery: Delivery, response: ServerResponse, hungSockets: HungSockets): void {
  const { socket } = response.req;
  switch (delivery.kind) {
    case 'reply':
    case 'cutBody':
    case 'halfJson':
    case 'slowDrip':
      speak(delivery, response, hungSockets);
      return;
    case 'lines':
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      // A reader who leaves in the middle is no failure of ours.
      void pipeline(Readable.from(toLines(delivery.records)), response).catch(() => undefined);
      return;
    case 'held': {
      const timer = setTimeout(() => deliver(delivery.delivery, response, hungSockets), delivery.forMs);
      response.once('close', () => clearTimeout(timer));
      return;
    }
    case 'hang':
      hungSockets.keep(response.req);
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.destroy();
      return;
    default: {
      // Whatever is not listed above has a row in that table, or this is a type error.
      const { httpStatus, headers, text } = CANNED_ANSWERS[delivery.kind](response);
      response.writeHead(httpStatus, headers).end(text);
    }
  }
}

function speak({ kind, reply }: SpeakingDelivery, response: ServerResponse, { limitMs }: HungSockets): void {
  const text = toJson(reply.body);
  const half = text.slice(0, Math.floor(text.length / 2));
  const announce = (announced: string) =>
    response.writeHead(reply.httpStatus, {
      'content-type': 'application/json;charset=UTF-8',
      'content-length': Buffer.byteLength(announced),
    });
  switch (kind) {
    case 'reply':
      announce(text).end(text);
      return;
    case 'cutBody':
      announce(text).write(half, () => response.req.socket.destroy());
      return;
    case 'halfJson':
      announce(half).end(half);
      return;
    case 'slowDrip':
      drip(announce(text), text, limitMs);
      return;
    default:
      assertNever(kind);
  }
}

/** One byte at a time, the first at once, spread over the whole of `overMs`; ends early when the caller leaves. */
function drip(response: ServerResponse, text: string, overMs: number): void {
  const bytes = Buffer.from(text, 'utf8');
  let sent = 1;
  response.write(bytes.subarray(0, sent));
  const timer = setInterval(
    () => {
      response.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent < bytes.length) return;
      clearInterval(timer);
      response.end();
    },
    Math.max(1, overMs / bytes.length),
  );
  response.once('close', () => clearInterval(timer));
}

function* toLines(records: readonly unknown[]): Generator<string> {
  for (const record of records) yield `${toJson(record)}\n`;
}
