// Which parameters each call takes, of what type, in either dialect; anything else is a 461 of Eko's.
import { MOBILE_NUMBER } from '../shared/identifiers.js';
import { MAX_TRANSFER_RUPEES, MIN_TRANSFER_RUPEES } from './pricing.js';
import type { TransferTerms } from './otp-book.js';
import type { Dialect } from './replies.js';

export type Parameters = Readonly<Record<string, unknown>>;
export type Operation = 'sendOtp' | 'initiateTransfer';

/** A request whose parameters have passed. */
export interface TransferRequest extends TransferTerms {
  readonly initiatorId: string;
  readonly clientRefId: string | null;
  /** Empty in a Send OTP. */
  readonly otp: string;
  readonly otpRefId: string;
}

interface Kind {
  readonly isValid: (value: unknown) => boolean;
  readonly expected: string;
}
interface Rule extends Kind {
  readonly name: string;
  readonly isRequired: boolean;
}

/** The live dialect has no user_code; Eko's public test agent stands in. */
const DEFAULT_USER_CODE = '20810200';

const mobile = text(MOBILE_NUMBER, 'a string of 10 digits, the first 6-9');
const userCode = text(/^[A-Za-z0-9]{4,20}$/, 'a string of 4-20 letters and digits');
const clientRef = text(/^[A-Za-z0-9_-]{1,20}$/, 'a string of at most 20 of A-Z a-z 0-9 _ -');
const otp = text(/^\d{4,6}$/, 'a string of 4-6 digits');
const otpRef = text(/^[\x21-\x7e]{1,200}$/, 'the otp_ref_id of Send OTP, a string');
const latlong = text(/^-?\d{1,3}(\.\d+)?,-?\d{1,3}(\.\d+)?$/, 'latitude,longitude');
const isoTime = text(
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/,
  'an ISO 8601 time',
);
const jsonRecipient = integer(toInteger, 1, Number.MAX_SAFE_INTEGER);
const jsonAmount = integer(toInteger, MIN_TRANSFER_RUPEES, MAX_TRANSFER_RUPEES);
const looseRecipient = integer(toLooseInteger, 1, Number.MAX_SAFE_INTEGER);
const looseAmount = integer(toLooseInteger, MIN_TRANSFER_RUPEES, MAX_TRANSFER_RUPEES);

const SEED_SEND_OTP = [
  required('initiator_id', mobile),
  required('user_code', userCode),
  optional('client_ref_id', clientRef),
  required('recipient_id', jsonRecipient),
  required('amount', jsonAmount),
  required('customer_id', mobile),
];
const LIVE_SEND_OTP = [
  required('initiator_id', mobile),
  optional('user_code', userCode),
  optional('client_ref_id', clientRef),
  required('recipient_id', looseRecipient),
  required('amount', looseAmount),
  required('customer_id', mobile),
];

const RULES: Record<Dialect, Record<Operation, readonly Rule[]>> = {
  seed: {
    sendOtp: SEED_SEND_OTP,
    initiateTransfer: [
      ...SEED_SEND_OTP,
      required('otp', otp),
      required('otp_ref_id', otpRef),
      required('latlong', latlong),
      required('state', fixed('1')),
      required('recipient_id_type', fixed('1')),
      optional('channel', fixed(2)),
      optional('currency', fixed('INR')),
      optional('timestamp', isoTime),
    ],
  },
  live: {
    sendOtp: LIVE_SEND_OTP,
    initiateTransfer: [
      ...LIVE_SEND_OTP.filter(({ name }) => name !== 'client_ref_id'),
      required('client_ref_id', clientRef),
      required('otp', otp),
      required('otp_ref_id', otpRef),
    ],
  },
};

/** Name to reason of every parameter that is missing or malformed; null when all is well. */
export function findInvalidParameters(
  dialect: Dialect,
  operation: Operation,
  parameters: Parameters,
): Record<string, string> | null {
  const invalid: Record<string, string> = {};
  for (const { name, isRequired, isValid, expected } of RULES[dialect][operation]) {
    const value = parameters[name];
    if (value === undefined ? isRequired : !isValid(value)) invalid[name] = `Expected ${expected}`;
  }
  return Object.keys(invalid).length === 0 ? null : invalid;
}

/** Only for parameters that findInvalidParameters has passed. */
export function toTransferRequest(parameters: Parameters): TransferRequest {
  const given = parameters as Readonly<Record<string, string | number | undefined>>;
  return {
    initiatorId: String(given['initiator_id']),
    userCode: String(given['user_code'] ?? DEFAULT_USER_CODE),
    customerId: String(given['customer_id']),
    recipientId: String(Number(given['recipient_id'])),
    amountRupees: Number(given['amount']),
    clientRefId: given['client_ref_id'] === undefined ? null : String(given['client_ref_id']),
    otp: String(given['otp'] ?? ''),
    otpRefId: String(given['otp_ref_id'] ?? ''),
  };
}

function required(name: string, kind: Kind): Rule {
  return { ...kind, name, isRequired: true };
}

function optional(name: string, kind: Kind): Rule {
  return { ...kind, name, isRequired: false };
}

function text(pattern: RegExp, expected: string): Kind {
  return { isValid: (value) => typeof value === 'string' && pattern.test(value), expected };
}

function fixed(only: string | number): Kind {
  return { isValid: (value) => value === only, expected: JSON.stringify(only) };
}

function integer(read: (value: unknown) => number | null, least: number, most: number): Kind {
  return {
    isValid: (value) => {
      const number = read(value);
      return number !== null && number >= least && number <= most;
    },
    expected: `a whole number from ${least} to ${most}`,
  };
}

function toInteger(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function toLooseInteger(value: unknown): number | null {
  return toInteger(typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value);
}
