// What other processes on this machine may see and do: never part of Eko's face.
import { METHOD_NOT_ALLOWED, NO_SUCH_PATH } from './common-replies.js';
import { toPlainDelivery, type Delivery } from './delivery.js';
import type { Call } from './http-server.js';
import { toReply } from './replies.js';

/** What a GET of each path under the prefix shows. */
export type ControlViews = Readonly<
  Record<'otps' | 'ledger' | 'requests' | 'attempts' | 'faults', () => unknown>
>;

/** What a POST with a JSON object does; null when the object makes no sense. */
export type ControlActions = Readonly<
  Record<'faults' | 'settle' | 'outage', (body: Readonly<Record<string, unknown>>) => object | null>
>;

const PREFIX = '/_simulator/';
const BAD_REQUEST = { httpStatus: 400, body: { status: 1, message: 'Bad Request' } };

export function isControlCall({ target }: Call): boolean {
  return target.startsWith(PREFIX);
}

/** Paise are strings of digits in this JSON. A list is also given with `?format=ndjson`, one record a line. */
export function answerControl(
  call: Call,
  { views, actions }: { views: ControlViews; actions: ControlActions },
): Delivery {
  const [name = '', query] = call.target.slice(PREFIX.length).split('?');
  const hasView = isNameOf(views, name);
  const hasAction = isNameOf(actions, name);
  if (!call.isLocal() || !(hasView || hasAction)) return toPlainDelivery(NO_SUCH_PATH);
  if (hasView && call.method === 'GET') return toView(views[name](), new URLSearchParams(query));
  if (!hasAction || call.method !== 'POST') return toPlainDelivery(METHOD_NOT_ALLOWED);
  const { body = {} } = call;
  const done = isObject(body) ? actions[name](body) : null;
  return toPlainDelivery(done === null ? BAD_REQUEST : toReply(done));
}

function toView(view: unknown, query: URLSearchParams): Delivery {
  return query.get('format') === 'ndjson' && Array.isArray(view)
    ? { kind: 'lines', records: view }
    : toPlainDelivery(toReply(view));
}

function isNameOf<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
