// What is checked before anything is written or sent: has this been asked before, and does the OTP fit.
import type { OtpChallenge, Transfer } from '../entities/index.js';
import { CodedError, type FieldError } from '../shared/errors.js';
import type { Agent } from './agent.js';
import type { InitiateTransferInput } from './intent.js';
import type { ShownTransfer } from './shown-columns.js';
import type { TransferStore } from './transfer-store.js';

export type Gate =
  /** The same request was made before: this is its transfer. */
  | { readonly kind: 'replay'; readonly transfer: Transfer }
  | { readonly kind: 'new'; readonly challenge: OtpChallenge };

/**
 * Two keys say that a request was made before: clientRefId and otpRefId. Under either, the same agent with the
 * same customer, recipient, amount, channel and OTP reference gets the existing transfer, for ever; anybody or
 * anything else is refused. Throws UNAUTHENTICATED for a revoked agent or token, CLIENT_REF_CONFLICT, OTP_NOT_FOUND or
 * OTP_ALREADY_USED.
 */
export async function findReplay(
  store: TransferStore,
  agent: Agent,
  input: InitiateTransferInput,
): Promise<Gate> {
  const { isRevoked, challenge, ofReference, ofChallenge } = await store.findEarlier(agent, input);
  if (isRevoked) throw new CodedError('UNAUTHENTICATED');
  if (ofReference !== null) {
    if (!isSameRequest(ofReference, agent, input)) throw refuseReference();
    if (ofReference !== ofChallenge) throw refuseOtherOtp(ofReference);
    return { kind: 'replay', transfer: ofReference };
  }
  if (challenge === null) {
    throw refuse('OTP_NOT_FOUND', [
      { path: 'input.otpRefId', message: 'is not one that was sent for this agent' },
    ]);
  }
  if (ofChallenge === null) return { kind: 'new', challenge };
  if (isReplayOf(ofChallenge, agent, input)) return { kind: 'replay', transfer: ofChallenge };
  if (isSameRequest(ofChallenge, agent, input)) throw refuseOtherReference(ofChallenge);
  throw refuse('OTP_ALREADY_USED', [{ path: 'input.otpRefId', message: 'has authorised another transfer' }]);
}

/** Throws OTP_MISMATCH or OTP_EXPIRED. */
export function assertChallengeFits(challenge: OtpChallenge, input: InitiateTransferInput, now: Date): void {
  const message = 'is not what the OTP was sent for';
  const fields: FieldError[] = [];
  if (challenge.customerId !== input.customerId) fields.push({ path: 'input.customerId', message });
  if (challenge.recipientId !== input.recipientId) fields.push({ path: 'input.recipientId', message });
  if (challenge.amountRupees !== input.amountRupees) fields.push({ path: 'input.amount', message });
  if (fields.length > 0) throw refuse('OTP_MISMATCH', fields);
  if (now >= challenge.expiresAt) {
    throw refuse('OTP_EXPIRED', [{ path: 'input.otpRefId', message: 'has expired' }]);
  }
}

/** Nothing was moved as far as is known, and nobody had to look into it: a person may begin another one in its place. */
export function mayStartAgain(
  transfer: Pick<ShownTransfer, 'status' | 'failureReason' | 'needsReview' | 'reviewedAt'>,
): boolean {
  const { status, failureReason, needsReview, reviewedAt } = transfer;
  return status === 'FAILED' && failureReason !== 'EKO_REJECTED' && !needsReview && reviewedAt === null;
}

/** True when a program may be told to, and will do so at once: what Eko says it never received may still turn up. */
function isProvenFailure(transfer: Transfer): boolean {
  return mayStartAgain(transfer) && transfer.failureReason !== 'NOT_RECEIVED';
}

/** For a transfer that was made with the OTP of `input`: is this the same request again? */
export function isReplayOf(transfer: Transfer, agent: Agent, input: InitiateTransferInput): boolean {
  const isSameReference = input.clientRefId === null || input.clientRefId === transfer.clientRefId;
  return isSameReference && isSameRequest(transfer, agent, input);
}

function isSameRequest(transfer: Transfer, agent: Agent, input: InitiateTransferInput): boolean {
  return (
    transfer.agentUserCode === agent.userCode &&
    transfer.customerId === input.customerId &&
    transfer.recipientId === input.recipientId &&
    transfer.amountRupees === input.amountRupees &&
    transfer.channel === input.channel
  );
}

function refuseReference(): CodedError {
  return refuse('CLIENT_REF_CONFLICT', [
    { path: 'input.clientRefId', message: 'is in use for another transfer' },
  ]);
}

const MADE_ALREADY = 'This transfer has already been made. Look at that one; do not send it again.';

/** The same transfer with a new OTP: whoever changes the reference now would send the money twice, unless none was sent. */
function refuseOtherOtp(transfer: Transfer): CodedError {
  const path = 'input.clientRefId';
  if (isProvenFailure(transfer)) {
    return new CodedError('CLIENT_REF_CONFLICT', {
      message: 'The transfer under this clientRefId has failed. Another one needs a new clientRefId.',
      fields: [{ path, message: 'is that of a transfer that has failed; make a new one' }],
    });
  }
  return new CodedError('CLIENT_REF_CONFLICT', {
    message: MADE_ALREADY,
    retry: 'DO_NOT_RETRY',
    fields: [{ path, message: 'is that of this transfer, made with another OTP' }],
  });
}

/** The same transfer under another name: whoever asks for a new OTP now would send the money twice, unless none was sent. */
function refuseOtherReference(transfer: Transfer): CodedError {
  const path = 'input.otpRefId';
  if (isProvenFailure(transfer))
    return refuse('OTP_ALREADY_USED', [{ path, message: 'has authorised a transfer that has failed' }]);
  return new CodedError('OTP_ALREADY_USED', {
    message: MADE_ALREADY,
    retry: 'DO_NOT_RETRY',
    fields: [
      {
        path,
        message:
          'has authorised this transfer, under another clientRefId; send it without clientRefId to get it',
      },
    ],
  });
}

function refuse(
  code: 'CLIENT_REF_CONFLICT' | 'OTP_NOT_FOUND' | 'OTP_ALREADY_USED' | 'OTP_MISMATCH' | 'OTP_EXPIRED',
  fields: FieldError[],
): CodedError {
  return new CodedError(code, { fields });
}
