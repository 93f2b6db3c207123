// What other processes on this machine may read of the simulator: never part of Eko's face.
import { METHOD_NOT_ALLOWED, NO_SUCH_PATH } from './common-replies.js';
import { toPlainDelivery, type Delivery } from './delivery.js';
import type { Call } from './http-server.js';
import { toReply } from './replies.js';

/** What each path under the prefix shows. */
export type ControlViews = Readonly<Record<'otps' | 'ledger' | 'requests', () => readonly unknown[]>>;

const PREFIX = '/_simulator/';

export function isControlCall({ target }: Call): boolean {
  return target.startsWith(PREFIX);
}

/** Paise are strings of digits in this JSON. */
export function answerControl(call: Call, views: ControlViews): Delivery {
  const name = call.target.slice(PREFIX.length);
  if (!call.isLocal || !isViewName(name, views)) return toPlainDelivery(NO_SUCH_PATH);
  if (call.method !== 'GET') return toPlainDelivery(METHOD_NOT_ALLOWED);
  return toPlainDelivery(toReply(views[name]()));
}

function isViewName(name: string, views: ControlViews): name is keyof ControlViews {
  return Object.hasOwn(views, name);
}
