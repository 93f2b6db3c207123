// What the two dialects have to say differently, and the words they share.
import type { DeclineReason, LedgerEntry, TxStatus } from './ledger.js';
import type { OtpChallenge } from './otp-book.js';

/** `seed`: fields where the seed documents put them. `live`: the shapes of Eko's later, corrected samples. */
export type Dialect = 'seed' | 'live';

export interface Reply {
  readonly httpStatus: number;
  readonly body: unknown;
}

export interface DialectReplies {
  otpSent(challenge: OtpChallenge): Reply;
  /** Send OTP refused by the customer's monthly limit. */
  otpLimitReached(): Reply;
  transfer(entry: LedgerEntry): Reply;
}

/** The text of a state in replies and inquiries. */
export const STATE_TEXTS: Record<TxStatus, string> = {
  0: 'Success',
  1: 'Failed',
  2: 'Awaited',
  3: 'Refund Pending',
  4: 'Refunded',
  5: 'On Hold',
  6: 'Response Awaited',
};

/** Eko's words for a decline, and the code the seed dialect gives as response_status_id. */
export const DECLINES: Record<DeclineReason, { readonly text: string; readonly code: number }> = {
  INSUFFICIENT_BALANCE: { text: 'Insufficient balance', code: 347 },
  MONTHLY_LIMIT: { text: 'Sender/beneficiary monthly limit exhausted', code: 945 },
  WRONG_OTP: { text: 'Wrong OTP', code: 302 },
  OTP_EXPIRED: { text: 'OTP expired', code: 303 },
  OTP_CONSUMED: { text: 'OTP already Consumed', code: 302 },
};

export function toReply(body: unknown): Reply {
  return { httpStatus: 200, body };
}
