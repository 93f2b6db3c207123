// The OTPs sent, what each was sent for, and whether one presented may open a transfer.
import type { Clock } from '../shared/clock.js';
import type { DeclineReason } from './ledger.js';

/** The OTP of every challenge. */
export const RIGHT_OTP = '123456';

/** What an OTP is asked for; the transfer must repeat it exactly. */
export interface TransferTerms {
  readonly userCode: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
}

export interface OtpChallenge extends TransferTerms {
  readonly otpRefId: string;
  readonly sentAtMs: number;
  readonly wrongAttempts: number;
  readonly isConsumed: boolean;
}

/** An OTP as the customer's phone would show it. */
export interface SentOtp {
  readonly otpRefId: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amount: number;
  readonly otp: string;
  readonly sentAtMs: number;
}

export interface OtpBook {
  send(otpRefId: string, terms: TransferTerms): OtpChallenge;
  /** Uses up the challenge and returns null when the OTP is right; else the reason of the decline. */
  redeem(otpRefId: string, otp: string, terms: TransferTerms): DeclineReason | null;
  /** Takes in a challenge read back from the store. */
  restore(challenge: OtpChallenge): void;
  /** Newest first, at most 20. */
  latest(): SentOtp[];
}

/** OTPs that are declined whatever their challenge (README). */
const MAGIC_OTPS: ReadonlyMap<string, DeclineReason> = new Map([
  ['111111', 'OTP_EXPIRED'],
  ['222222', 'OTP_CONSUMED'],
]);
/** Undocumented at Eko; ten minutes is usual. */
const LIFETIME_MS = 10 * 60 * 1000;
/** Undocumented at Eko; after as many wrong ones the right OTP is refused too. */
const MAX_WRONG_ATTEMPTS = 3;
const LATEST_SHOWN = 20;

export function createOtpBook(clock: Clock, store: (challenge: OtpChallenge) => void): OtpBook {
  const challenges = new Map<string, OtpChallenge>();

  function restore(challenge: OtpChallenge): void {
    challenges.set(challenge.otpRefId, challenge);
  }

  function put(challenge: OtpChallenge): OtpChallenge {
    restore(challenge);
    store(challenge);
    return challenge;
  }

  return {
    send: (otpRefId, { userCode, customerId, recipientId, amountRupees }) =>
      put({
        otpRefId,
        userCode,
        customerId,
        recipientId,
        amountRupees,
        sentAtMs: clock.nowMs(),
        wrongAttempts: 0,
        isConsumed: false,
      }),
    redeem: (otpRefId, otp, terms) => {
      const challenge = challenges.get(otpRefId);
      if (!challenge || !isFor(challenge, terms)) return 'WRONG_OTP';
      const refusal = findRefusal(challenge, otp, clock.nowMs());
      if (refusal === null) put({ ...challenge, isConsumed: true });
      if (refusal === 'WRONG_OTP') put({ ...challenge, wrongAttempts: challenge.wrongAttempts + 1 });
      return refusal;
    },
    restore,
    latest: () => [...challenges.values()].slice(-LATEST_SHOWN).reverse().map(toSentOtp),
  };
}

function findRefusal(challenge: OtpChallenge, otp: string, nowMs: number): DeclineReason | null {
  const magic = MAGIC_OTPS.get(otp);
  if (magic !== undefined) return magic;
  if (challenge.isConsumed) return 'OTP_CONSUMED';
  if (nowMs - challenge.sentAtMs >= LIFETIME_MS) return 'OTP_EXPIRED';
  return otp === RIGHT_OTP && challenge.wrongAttempts < MAX_WRONG_ATTEMPTS ? null : 'WRONG_OTP';
}

function isFor(challenge: OtpChallenge, terms: TransferTerms): boolean {
  return (
    challenge.userCode === terms.userCode &&
    challenge.customerId === terms.customerId &&
    challenge.recipientId === terms.recipientId &&
    challenge.amountRupees === terms.amountRupees
  );
}

function toSentOtp({ otpRefId, customerId, recipientId, amountRupees, sentAtMs }: OtpChallenge): SentOtp {
  return { otpRefId, customerId, recipientId, amount: amountRupees, otp: RIGHT_OTP, sentAtMs };
}
