// From a request to one of Eko's calls: path, method, signature, content type and JSON, in this order.
import { assertNever } from '../shared/assert.js';
import type { Authenticate } from './authentication.js';
import {
  METHOD_NOT_ALLOWED,
  NO_SUCH_PATH,
  UNREADABLE_BODY,
  UNSUPPORTED_MEDIA_TYPE,
  toUnauthorised,
} from './common-replies.js';
import { toPlainDelivery, type Delivery } from './delivery.js';
import type { Endpoints } from './endpoints.js';
import type { Call } from './http-server.js';
import type { Parameters } from './parameters.js';
import type { Dialect } from './replies.js';

interface Route {
  readonly endpoint: keyof Endpoints;
  readonly method: 'GET' | 'POST';
  /** Of the whole path; its first group is the reference of an inquiry. */
  readonly path: RegExp;
}

/** Behind the bases of staging (ekoapi) and production (ekoicici) alike. */
const ROUTES: readonly Route[] = [
  { endpoint: 'sendOtp', method: 'POST', path: toPath('customer/payment/dmt-fino/otp') },
  { endpoint: 'initiateTransfer', method: 'POST', path: toPath('customer/payment/dmt-fino') },
  { endpoint: 'inquire', method: 'GET', path: toPath('tools/reference/transaction/([^/]+)') },
];
const JSON_TYPE = /^application\/json\s*(;|$)/i;
/** HTTP status of a refused signature: the older documents say 403, the newest 401. */
const UNAUTHORISED_HTTP_STATUS: Record<Dialect, number> = { seed: 403, live: 401 };

export function answerEko(
  call: Call,
  {
    dialect,
    authenticate,
    endpoints,
  }: { dialect: Dialect; authenticate: Authenticate; endpoints: Endpoints },
): Delivery {
  const { path, query } = parseTarget(call.target);
  const route = ROUTES.find((candidate) => candidate.path.test(path));
  if (route === undefined) return toPlainDelivery(NO_SUCH_PATH);
  if (call.method !== route.method) return toPlainDelivery(METHOD_NOT_ALLOWED);
  const refusal = authenticate(call.headers);
  if (refusal !== null) {
    return toPlainDelivery(toUnauthorised(refusal, UNAUTHORISED_HTTP_STATUS[dialect]));
  }
  if (route.endpoint === 'inquire') {
    const reference = findDecoded(route.path.exec(path)?.[1] ?? '');
    return reference === null ? toPlainDelivery(NO_SUCH_PATH) : endpoints.inquire(reference, query);
  }
  if (!JSON_TYPE.test(call.headers['content-type'] ?? '')) return toPlainDelivery(UNSUPPORTED_MEDIA_TYPE);
  const { body } = call;
  if (!isParameters(body)) return toPlainDelivery(UNREADABLE_BODY);
  switch (route.endpoint) {
    case 'sendOtp':
      return endpoints.sendOtp(body, dialect);
    case 'initiateTransfer':
      return endpoints.initiateTransfer(body, dialect);
    default:
      return assertNever(route.endpoint);
  }
}

/** The client_ref_id of a request to Initiate Transfer, even one that will be refused; null for all others. */
export function findAttempt(call: Call): string | null {
  const { path } = parseTarget(call.target);
  const route = ROUTES.find((candidate) => candidate.path.test(path));
  if (route?.endpoint !== 'initiateTransfer' || route.method !== call.method) return null;
  const clientRefId = isParameters(call.body) ? call.body['client_ref_id'] : undefined;
  return typeof clientRefId === 'string' ? clientRefId : null;
}

/** The path of a request target, undecoded, and its query. */
function parseTarget(target: string): { path: string; query: Parameters } {
  const [path = '', ...query] = target.split('?');
  return { path, query: Object.fromEntries(new URLSearchParams(query.join('?'))) };
}

function toPath(rest: string): RegExp {
  return new RegExp(`^/(?:ekoapi|ekoicici)/v3/${rest}$`);
}

function isParameters(body: unknown): body is Parameters {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** Null for a malformed percent-encoding. */
function findDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
