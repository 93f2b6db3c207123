// What an answer of Eko's means. Pure, and an allow-list: what is not listed here is unknown, and an unknown
// outcome is neither a success nor a failure.
import type { ErrorCode } from '../shared/errors.js';
import { parseEnvelope, toEvidence, type EkoEnvelope, type EkoEvidence } from './envelope.js';
import type { TransportResult } from './transport.js';

/** Why a transfer failed for good: a decline, or proof that it was never processed. */
export type DeclineReason = Extract<
  ErrorCode,
  | 'WRONG_OTP'
  | 'OTP_EXPIRED'
  | 'OTP_ALREADY_USED'
  | 'INSUFFICIENT_BALANCE'
  | 'LIMIT_EXCEEDED'
  | 'EKO_DECLINED'
>;

interface Answer {
  readonly evidence: EkoEvidence;
  /** Null when there was no readable reply. */
  readonly envelope: EkoEnvelope | null;
}
/** Always with Eko's words. */
interface Said extends Answer {
  readonly envelope: EkoEnvelope;
}
/** Always with Eko's tid. */
interface Settled extends Said {
  readonly tid: string;
}

/** What one Initiate Transfer request came to. */
export type DebitOutcome =
  | ({ readonly kind: 'succeeded' } & Settled)
  | ({ readonly kind: 'refundPending' } & Settled)
  | ({ readonly kind: 'refunded' } & Settled)
  | ({ readonly kind: 'failed'; readonly reason: DeclineReason } & Said)
  | ({ readonly kind: 'awaited'; readonly isOnHold: boolean } & Said)
  /** Eko refused the request before processing it. */
  | ({ readonly kind: 'rejected'; readonly reason: 'EKO_REJECTED' } & Answer)
  /** No connection was established: nothing left this machine. */
  | ({ readonly kind: 'notSent'; readonly reason: 'EKO_UNREACHABLE' } & Answer)
  | ({ readonly kind: 'unknown'; readonly cause: string } & Answer);

/** What Eko's words on a transaction come to. */
type SaidOutcome = Extract<
  DebitOutcome,
  { kind: 'succeeded' | 'refundPending' | 'refunded' | 'failed' | 'awaited' }
>;
type UnknownOutcome = Extract<DebitOutcome, { kind: 'unknown' }>;

/** What one Transaction Inquiry found. `inquiryFailed` says nothing of the transfer; it is never `notFound`. */
export type InquiryOutcome =
  | SaidOutcome
  | ({ readonly kind: 'notFound' } & Answer)
  | ({ readonly kind: 'inquiryFailed'; readonly cause: string } & Answer);

/** What one Send Transaction OTP request came to. */
export type OtpOutcome =
  | { readonly kind: 'sent'; readonly otpRefId: string; readonly sentTo: string | null }
  /** Eko sent no OTP, for a reason the caller can be told. */
  | {
      readonly kind: 'refused';
      readonly reason: ErrorCode;
      readonly status: number | null;
      readonly message: string | null;
    }
  | { readonly kind: 'notSent'; readonly cause: string }
  /** An OTP may have been sent, but there is no reference to use it with. */
  | { readonly kind: 'unknown'; readonly cause: string };

/** HTTP statuses with which Eko turns a request away before looking at it (docs/eko-dmt-api.md 6.3). */
const REFUSED_AT_THE_DOOR = new Set([401, 403, 404, 405, 415]);

/** `status` values that stand for "a parameter is wrong" (docs/eko-dmt-api.md 6.2), believed only in a validation envelope. */
const VALIDATION_STATUSES: ReadonlySet<number | null> = new Set([
  41, 44, 45, 46, 48, 102, 122, 131, 132, 136, 140, 145, 313, 319, 346, 460, 461, 463, 508, 521, 536, 537,
  1297,
]);

/** Decline texts, lower case, as documented for both dialects (docs/eko-dmt-api.md 4.4, 4.7, 4.8). */
const DECLINE_TEXTS: ReadonlyArray<readonly [RegExp, DeclineReason]> = [
  [/^wrong otp\b/, 'WRONG_OTP'],
  [/^otp (has )?expired\b/, 'OTP_EXPIRED'],
  [/^otp already (consumed|used)\b/, 'OTP_ALREADY_USED'],
  [/^insufficient balance\b/, 'INSUFFICIENT_BALANCE'],
  [/\bmonthly limit (exhausted|exceeded)\b/, 'LIMIT_EXCEEDED'],
];

/** The same as codes, found in `status` (live) or `response_status_id` (seed). */
const DECLINE_CODES: ReadonlyMap<number | null, DeclineReason> = new Map([
  [302, 'WRONG_OTP'],
  [303, 'OTP_EXPIRED'],
  [347, 'INSUFFICIENT_BALANCE'],
  [36, 'LIMIT_EXCEEDED'],
  [314, 'LIMIT_EXCEEDED'],
  [945, 'LIMIT_EXCEEDED'],
]);

/** The pinned answers that mean "no such transaction" (docs/eko-dmt-api.md 4.9). */
const NOT_FOUND_ANSWERS: ReadonlyArray<readonly [status: number, message: string]> = [
  [1, 'no transaction found for the given reference'],
  [168, 'tid does not exist'],
];

export function classifyDebit(result: TransportResult, secrets?: readonly string[]): DebitOutcome {
  if (result.kind === 'notSent') {
    return {
      kind: 'notSent',
      reason: 'EKO_UNREACHABLE',
      evidence: { transport: result.cause },
      envelope: null,
    };
  }
  if (result.kind === 'lost')
    return unknown(result.cause, { evidence: { transport: result.cause }, envelope: null });

  const answer = readAnswer(result, secrets);
  const { envelope } = answer;
  if (REFUSED_AT_THE_DOOR.has(result.httpStatus)) {
    const saysMore =
      envelope === null
        ? result.body.includes('tx_status')
        : envelope.status === 0 || envelope.isMalformed || envelope.speaksOfTransaction;
    return saysMore
      ? unknown('contradiction', answer)
      : { kind: 'rejected', reason: 'EKO_REJECTED', ...answer };
  }
  if (result.httpStatus !== 200 && result.httpStatus !== 400)
    return unknown(`HTTP ${result.httpStatus}`, answer);
  if (envelope === null || envelope.status === null) return unknown('unreadable reply', answer);
  if (isValidationRefusal(envelope)) return { kind: 'rejected', reason: 'EKO_REJECTED', ...answer };

  const said = classifyTxStatus(envelope, answer.evidence);
  const isDeclined = said.kind === 'failed' && envelope.status !== 0;
  if (result.httpStatus === 400 && !isDeclined) return unknown('HTTP 400', answer);
  return said;
}

export function classifyInquiry(result: TransportResult, secrets?: readonly string[]): InquiryOutcome {
  if (result.kind !== 'answered') return inquiryFailed(result.cause, { evidence: {}, envelope: null });
  const answer = readAnswer(result, secrets);
  const { envelope } = answer;
  if (result.httpStatus !== 200) return inquiryFailed(`HTTP ${result.httpStatus}`, answer);
  if (envelope === null || envelope.status === null) return inquiryFailed('unreadable reply', answer);
  if (isNotFound(envelope)) return { kind: 'notFound', ...answer };
  if (envelope.status !== 0) return inquiryFailed(`status ${envelope.status}`, answer);
  if (Object.keys(envelope.invalidParams).length > 0) return inquiryFailed('parameters refused', answer);

  const said = classifyTxStatus(envelope, answer.evidence);
  return said.kind === 'unknown' ? inquiryFailed(said.cause, answer) : said;
}

export function classifyOtp(result: TransportResult, secrets?: readonly string[]): OtpOutcome {
  if (result.kind === 'notSent') return { kind: 'notSent', cause: result.cause };
  if (result.kind === 'lost') return { kind: 'unknown', cause: result.cause };
  const { envelope } = readAnswer(result, secrets);
  const refused = (reason: ErrorCode): OtpOutcome => ({
    kind: 'refused',
    reason,
    status: envelope?.status ?? null,
    message: envelope?.message ?? null,
  });
  if (REFUSED_AT_THE_DOOR.has(result.httpStatus)) return refused('EKO_REJECTED');
  if (result.httpStatus !== 200 && result.httpStatus !== 400)
    return { kind: 'unknown', cause: `HTTP ${result.httpStatus}` };
  if (envelope === null || envelope.status === null) return { kind: 'unknown', cause: 'unreadable reply' };

  const complaints = Object.keys(envelope.invalidParams);
  const isSent = envelope.status === 0 || (envelope.status === 2133 && envelope.responseTypeId === 2133);
  if (envelope.isMalformed) return { kind: 'unknown', cause: 'malformed reply' };
  if (isSent && complaints.length === 0) {
    if (result.httpStatus !== 200) return { kind: 'unknown', cause: `HTTP ${result.httpStatus}` };
    const { otpRefId, sentTo } = envelope.data;
    return otpRefId === null
      ? { kind: 'unknown', cause: 'no otp_ref_id' }
      : { kind: 'sent', otpRefId, sentTo };
  }
  if (envelope.status === 463 || complaints.includes('customer_id')) return refused('CUSTOMER_NOT_FOUND');
  if (envelope.status === 313 || complaints.includes('recipient_id')) return refused('RECIPIENT_NOT_FOUND');
  if (complaints.length > 0 || VALIDATION_STATUSES.has(envelope.status)) return refused('EKO_REJECTED');
  const reason = toDeclineReason(envelope);
  return refused(reason === 'LIMIT_EXCEEDED' || reason === 'INSUFFICIENT_BALANCE' ? reason : 'EKO_DECLINED');
}

/** What `tx_status` says, when the rest of the envelope does not say otherwise. */
function classifyTxStatus(envelope: EkoEnvelope, evidence: EkoEvidence): SaidOutcome | UnknownOutcome {
  const answer = { evidence, envelope };
  if (envelope.isMalformed) return unknown('malformed reply', answer);
  if (envelope.txStatus.kind === 'absent') return unknown('no tx_status', answer);
  if (envelope.txStatus.kind === 'unusable') return unknown('contradictory tx_status', answer);
  const { tid } = envelope.data;
  const isAccepted = envelope.status === 0 && Object.keys(envelope.invalidParams).length === 0;
  switch (envelope.txStatus.value) {
    case 0:
      return isAccepted && tid !== null
        ? { kind: 'succeeded', tid, ...answer }
        : unknown('unproven success', answer);
    case 1:
      return { kind: 'failed', reason: toDeclineReason(envelope), ...answer };
    case 2:
    case 6:
      return { kind: 'awaited', isOnHold: false, ...answer };
    case 3:
      return isAccepted && tid !== null
        ? { kind: 'refundPending', tid, ...answer }
        : unknown('unproven refund', answer);
    case 4:
      return isAccepted && tid !== null
        ? { kind: 'refunded', tid, ...answer }
        : unknown('unproven refund', answer);
    case 5:
      return { kind: 'awaited', isOnHold: true, ...answer };
    default:
      return unknown('unlisted tx_status', answer);
  }
}

/** Eko found a parameter wrong: a listed status in the documented validation envelope, and no word of a transaction. */
function isValidationRefusal(envelope: EkoEnvelope): boolean {
  return (
    !envelope.isMalformed &&
    !envelope.speaksOfTransaction &&
    envelope.responseTypeId === -1 &&
    Object.keys(envelope.invalidParams).length > 0 &&
    VALIDATION_STATUSES.has(envelope.status)
  );
}

function isNotFound(envelope: EkoEnvelope): boolean {
  const message = envelope.message?.toLowerCase().replace(/\.$/, '');
  const saysMore =
    envelope.isMalformed || envelope.speaksOfTransaction || Object.keys(envelope.invalidParams).length > 0;
  return (
    !saysMore && NOT_FOUND_ANSWERS.some(([status, text]) => envelope.status === status && message === text)
  );
}

function toDeclineReason(envelope: EkoEnvelope): DeclineReason {
  for (const text of [envelope.data.reason, envelope.message]) {
    const found =
      text === null ? undefined : DECLINE_TEXTS.find(([pattern]) => pattern.test(text.toLowerCase()));
    if (found) return found[1];
  }
  for (const code of [envelope.status, envelope.responseStatusId]) {
    const reason = DECLINE_CODES.get(code);
    if (reason) return reason;
  }
  return 'EKO_DECLINED';
}

function readAnswer(
  result: Extract<TransportResult, { kind: 'answered' }>,
  secrets: readonly string[] | undefined,
): Answer {
  const envelope = parseEnvelope(result.body, secrets);
  return { evidence: toEvidence(result.httpStatus, envelope), envelope };
}

function unknown(cause: string, answer: Answer): UnknownOutcome {
  return { kind: 'unknown', cause, ...answer };
}

function inquiryFailed(cause: string, answer: Answer): InquiryOutcome {
  return { kind: 'inquiryFailed', cause, ...answer };
}
