// Eko's reply as text, read into one shape. Both dialects (the seed documents' and the live one) end here;
// nothing in this file decides what a reply means.
import { formatRupees, parsePaise } from '../shared/money.js';
import { maskAccount, scrubText } from '../shared/redact.js';

/** `tx_status` as found: nowhere, one listed form, or something that cannot be believed. */
export type TxStatus = { kind: 'absent' } | { kind: 'present'; value: number } | { kind: 'unusable' };

export interface EkoEnvelope {
  readonly status: number | null;
  readonly message: string | null;
  readonly responseStatusId: number | null;
  readonly responseTypeId: number | null;
  readonly txStatus: TxStatus;
  readonly txStatusDescription: string | null;
  /** Field → Eko's complaint; empty when there is none. */
  readonly invalidParams: Readonly<Record<string, string>>;
  /** A field that decides stands twice, in an unknown place or in an unknown form: nothing may rest on the reply. */
  readonly isMalformed: boolean;
  /** Some word of a transaction (tid, tx_status, bank reference) stands there, readable or not. */
  readonly speaksOfTransaction: boolean;
  readonly data: EkoData;
}

/** What `data` says of a transfer. Money in paise; null for what is absent, empty or unreadable. */
export interface EkoData {
  readonly tid: string | null;
  /** `bank_ref_num`, else `utrnumber`, else `utr`. */
  readonly bankReference: string | null;
  readonly clientRefId: string | null;
  readonly recipientId: string | null;
  readonly amountPaise: bigint | null;
  /** True when `amount` stands there but is not an amount. */
  readonly isAmountUnreadable: boolean;
  readonly feePaise: bigint | null;
  readonly commissionPaise: bigint | null;
  readonly balancePaise: bigint | null;
  readonly serviceTaxPaise: bigint | null;
  readonly tdsPaise: bigint | null;
  readonly collectableAmountPaise: bigint | null;
  readonly recipientName: string | null;
  readonly maskedAccount: string | null;
  readonly ifsc: string | null;
  /** Eko's time as Eko writes it: ISO 8601 on a transfer, without a zone on an inquiry. */
  readonly timestamp: string | null;
  /** Why a live decline happened. */
  readonly reason: string | null;
  readonly otpRefId: string | null;
  /** Masked mobile number an OTP went to. */
  readonly sentTo: string | null;
}

/** What is kept of a reply, fit for a table: no OTP, no account number, no customer. */
export type EkoEvidence = Readonly<Record<string, string | number | null>>;

/** Fields, on the envelope or in `data`, that only a transaction has. */
const TRANSACTION_KEYS = ['tid', 'tx_status', 'txstatus_desc', 'bank_ref_num', 'utrnumber', 'utr'];

/** Null when the text is not a JSON object. `secrets` (the OTP) are taken out of every free text. */
export function parseEnvelope(body: string, secrets?: readonly string[]): EkoEnvelope | null {
  const root = parseObject(body);
  if (root === null) return null;
  const data = isObject(root['data']) ? root['data'] : {};
  const text = (value: unknown) => {
    const found = toText(value);
    return found === null ? null : scrubText(found, secrets);
  };
  return {
    status: toInteger(root['status']),
    message: text(root['message']),
    responseStatusId: toInteger(root['response_status_id']),
    responseTypeId: toInteger(root['response_type_id']),
    txStatus: toTxStatus(data['tx_status'], root['tx_status']),
    txStatusDescription: text(data['txstatus_desc']) ?? text(root['txstatus_desc']),
    invalidParams: toInvalidParams(root['invalid_params'], text),
    isMalformed: hasAmbiguousKeys(body) || hasUnknownForms(root, data),
    speaksOfTransaction: [root, data].some((place) => TRANSACTION_KEYS.some((key) => !isBlank(place[key]))),
    data: toData(data, text),
  };
}

/** The part of a reply that a status may rest on later. */
export function toEvidence(httpStatus: number, envelope: EkoEnvelope | null): EkoEvidence {
  if (envelope === null) return { httpStatus };
  const { data, txStatus } = envelope;
  return {
    httpStatus,
    status: envelope.status,
    message: envelope.message,
    responseStatusId: envelope.responseStatusId,
    responseTypeId: envelope.responseTypeId,
    txStatus: txStatus.kind === 'present' ? txStatus.value : txStatus.kind,
    txStatusDescription: envelope.txStatusDescription,
    reason: data.reason,
    invalidParams: Object.keys(envelope.invalidParams).join(',') || null,
    tid: data.tid,
    bankReference: data.bankReference,
    clientRefId: data.clientRefId,
    recipientId: data.recipientId,
    amount: data.amountPaise === null ? null : formatRupees(data.amountPaise),
  };
}

function toData(data: Record<string, unknown>, text: (value: unknown) => string | null): EkoData {
  const account = toText(data['account']);
  return {
    tid: toTid(data['tid']),
    bankReference:
      toReference(data['bank_ref_num']) ?? toReference(data['utrnumber']) ?? toReference(data['utr']),
    clientRefId: toReference(data['client_ref_id']),
    recipientId: toReference(data['recipient_id']),
    amountPaise: parsePaise(data['amount']),
    isAmountUnreadable: toText(data['amount']) !== null && parsePaise(data['amount']) === null,
    feePaise: parsePaise(data['fee']),
    commissionPaise: parsePaise(data['commission']),
    balancePaise: parsePaise(data['balance']),
    serviceTaxPaise: parsePaise(data['service_tax'] ?? data['gst']),
    tdsPaise: parsePaise(data['tds']),
    collectableAmountPaise: parsePaise(data['collectable_amount']),
    recipientName: text(data['recipient_name']),
    maskedAccount: account === null ? null : maskAccount(account.slice(0, 40).replace(/[^A-Za-z0-9]/g, 'X')),
    ifsc: text(data['ifsc'])?.slice(0, 20) ?? null,
    timestamp: toTimestamp(data['timestamp']),
    reason: text(data['reason']),
    otpRefId: toOtpRefId(data['otp_ref_id']),
    sentTo:
      text(data['mobile'])
        ?.slice(0, 20)
        .replace(/\d(?=(?:\D*\d){4})/g, 'X') ?? null,
  };
}

/** In `data` first, then on the envelope; in both and different, it cannot be believed. */
function toTxStatus(inData: unknown, onEnvelope: unknown): TxStatus {
  const found = [inData, onEnvelope].filter((value) => value !== undefined && value !== null && value !== '');
  const values = new Set(found.map(toInteger));
  if (values.size === 0) return { kind: 'absent' };
  const [value] = values;
  return values.size === 1 && typeof value === 'number' ? { kind: 'present', value } : { kind: 'unusable' };
}

function toInvalidParams(value: unknown, text: (value: unknown) => string | null): Record<string, string> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).slice(0, 20);
  return Object.fromEntries(entries.map(([name, reason]) => [text(name) ?? '', text(reason) ?? '']));
}

/** Whether a field that decides stands there in a form that no document knows. */
function hasUnknownForms(root: Record<string, unknown>, data: Record<string, unknown>): boolean {
  const isUnreadable = (value: unknown) =>
    !isBlank(value) && value !== 0 && value !== '0' && toReference(value) === null;
  return (
    [root['data'], root['invalid_params']].some((value) => !isBlank(value) && !isObject(value)) ||
    [data['client_ref_id'], data['recipient_id']].some(isUnreadable)
  );
}

/** Each key, each other string (it may hold brackets), each bracket. In valid JSON a colon follows nothing but a key. */
const JSON_TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;

/**
 * Whether a key stands twice on the envelope or in `data`, or `tx_status` anywhere else: which one counts nobody can
 * say, and JSON.parse keeps the last in silence. Expects valid JSON.
 */
function hasAmbiguousKeys(json: string): boolean {
  const open: { keys: Set<unknown>; isDeciding: boolean }[] = [];
  let lastKey: unknown;
  for (const [token, quoted] of json.matchAll(JSON_TOKENS)) {
    if (quoted !== undefined) {
      const { keys, isDeciding } = open.at(-1)!;
      lastKey = JSON.parse(quoted);
      if (isDeciding ? keys.has(lastKey) : lastKey === 'tx_status') return true;
      keys.add(lastKey);
    } else if ('{['.includes(token)) {
      const isDeciding = open.length === 0 || (open.length === 1 && lastKey === 'data');
      open.push({ keys: new Set(), isDeciding });
    } else if ('}]'.includes(token)) open.pop();
  }
  return false;
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Absent, or nothing in one of the ways in which JSON and PHP write nothing. */
function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers and strings alike; null for blank and for what is neither. */
function toText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

function toInteger(value: unknown): number | null {
  const text = toShape(value, /^-?\d{1,9}$/);
  return text === null ? null : Number(text);
}

/** A tid, a bank reference, an echoed id. A number too large to be exact is no reference; nor is 0. */
function toReference(value: unknown): string | null {
  return toExactShape(value, /^(?!0$)[A-Za-z0-9_-]{1,40}$/);
}

/** Eko's ids are digits so far; a word without any (`null`, `NA`) or a negative number names no transaction. */
function toTid(value: unknown): string | null {
  return toExactShape(value, /^(?=.*[1-9])[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/);
}

/** Only what is a time: the field is shown as Eko writes it. */
function toTimestamp(value: unknown): string | null {
  return toShape(value, /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/);
}

/** Visible ASCII: the refund one is base64 with / + =. */
function toOtpRefId(value: unknown): string | null {
  return toExactShape(value, /^[\x21-\x7e]{1,200}$/);
}

/** Null for a number that JSON has carried inexactly, too. */
function toExactShape(value: unknown, shape: RegExp): string | null {
  return typeof value === 'number' && !Number.isSafeInteger(value) ? null : toShape(value, shape);
}

/** The value as text if all of it has the shape, which is anchored at both ends. */
function toShape(value: unknown, shape: RegExp): string | null {
  return toText(value)?.match(shape)?.[0] ?? null;
}
