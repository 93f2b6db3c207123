// How an answer reaches the caller, or fails to: independent of what happened in the ledger.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertNever } from '../shared/assert.js';
import { toJson } from './paise-json.js';
import type { Reply } from './replies.js';

/** Deliveries that tell the caller nothing of the reply, and so need none. */
export type SilentKind = 'hang' | 'reset' | 'plainText500';
export type DeliveryKind = 'reply' | 'cutBody' | SilentKind;
export type Delivery =
  { readonly kind: 'reply' | 'cutBody'; readonly reply: Reply } | { readonly kind: SilentKind };

/** Hung sockets: kept open until the caller leaves, the limit passes or the simulator stops. */
export interface HungSockets {
  keep(incoming: IncomingMessage): void;
}

export function createHungSockets(limitMs: number): HungSockets {
  return {
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
  return kind === 'reply' || kind === 'cutBody' ? { kind, reply } : { kind };
}

export function deliver(delivery: Delivery, response: ServerResponse, hungSockets: HungSockets): void {
  switch (delivery.kind) {
    case 'reply':
      writeJsonHead(response, delivery.reply).end(toJson(delivery.reply.body));
      return;
    case 'cutBody': {
      // The head promises the whole body; half of it is sent before the connection goes.
      const body = toJson(delivery.reply.body);
      const half = body.slice(0, Math.floor(body.length / 2));
      writeJsonHead(response, delivery.reply).write(half, () => response.req.socket.destroy());
      return;
    }
    case 'hang':
      hungSockets.keep(response.req);
      return;
    case 'reset':
      response.req.socket.resetAndDestroy();
      return;
    case 'plainText500':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal server error');
      return;
    default:
      assertNever(delivery);
  }
}

function writeJsonHead(response: ServerResponse, reply: Reply): ServerResponse {
  return response.writeHead(reply.httpStatus, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': Buffer.byteLength(toJson(reply.body)),
  });
}
