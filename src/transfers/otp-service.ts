// sendTransferOtp: has Eko text the customer an OTP, and remembers what it was sent for, but never the OTP.
import type { DataSource } from 'typeorm';
import { OTP } from '../config/limits.js';
import { decodeBoolean } from '../database/decode.js';
import { isUniqueViolation } from '../database/database-error.js';
import { runInTurn, runPrepared, type RunStatement } from '../database/prepared.js';
import type { EkoClient, OtpOutcome } from '../eko/index.js';
import type { OtpChallenge, OtpChallengeState } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { CodedError, ERRORS } from '../shared/errors.js';
import { createClientRefId, createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import { maskMobile } from '../shared/redact.js';
import { getSealer } from '../shared/sealing.js';
import type { Agent } from './agent.js';
import type { Capacity } from './capacity.js';
import { ANSWER_CHALLENGE, FIND_OTP_REQUESTS, INSERT_CHALLENGE, RENEW_CHALLENGE } from './otp-statements.js';
import { CHALLENGE_COLUMNS } from './transfer-statements.js';

export interface OtpPolicy {
  readonly lifetimeMs: number;
  /** Per customer, over all agents. */
  readonly maxPerHour: number;
  readonly maxPerDay: number;
}

export interface SendOtpInput {
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
  readonly clientRefId: string | null;
}

export interface SentOtp {
  readonly otpRefId: string;
  /** Masked mobile number. */
  readonly sentTo: string;
  readonly amountRupees: number;
  readonly expiresAt: Date;
  /** When another may be asked for: an SMS takes a while, and the limits count. */
  readonly resendAfter: Date;
}

export interface OtpServiceOptions {
  readonly dataSource: DataSource;
  readonly eko: EkoClient;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly policy: OtpPolicy;
}

/** `sentTo`: as Eko masks it; told once, and not stored, because it shows digits. */
interface RecordedOtp {
  readonly challenge: OtpChallenge;
  readonly sentTo: string | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export class OtpService {
  constructor(private readonly options: OtpServiceOptions) {}

  /**
   * Sends one OTP. The request is counted against the customer's limits before Eko is called, so that requests
   * at the same moment cannot pass them together.
   */
  async sendTransferOtp(agent: Agent, input: SendOtpInput): Promise<SentOtp> {
    const leave = this.options.capacity.enter();
    try {
      const { challenge, resendAfter, isReplay } = await this.#request(agent, input);
      if (isReplay) return toSentOtp(challenge, resendAfter);
      reach('otp committed');
      const outcome = await this.options.eko.sendTransferOtp({
        userCode: agent.userCode,
        clientRefId: challenge.clientRefId,
        customerId: challenge.customerId,
        recipientId: challenge.recipientId,
        amountRupees: challenge.amountRupees,
      });
      reach('otp answered');
      const sent = await this.#record(challenge, outcome);
      reach('otp stored');
      return toSentOtp(sent.challenge, resendAfter, sent.sentTo);
    } finally {
      leave();
    }
  }

  /** One transaction, one customer at a time: the limits, the reference's uniqueness, and the row that counts. */
  #request(agent: Agent, input: SendOtpInput) {
    const { dataSource, clock, policy } = this.options;
    const key = `otp:${getSealer().toIndex(input.customerId, 'customer_id')}`;
    return runInTurn(dataSource, key, async (run) => {
      const now = new Date(clock.nowMs());
      const { isRevoked, known, isUsed, recentMs } = await findEarlier(run, { agent, input, now });
      if (isRevoked) throw new CodedError('UNAUTHENTICATED');
      if (known !== null && !isSameRequest(known, agent, input)) {
        throw new CodedError('CLIENT_REF_CONFLICT', {
          fields: [{ path: 'input.clientRefId', message: 'is in use for another OTP request' }],
        });
      }
      if (known?.state === 'REQUESTED' && now.getTime() - known.createdAt.getTime() < OTP.requestUnderWayMs) {
        throw new CodedError('RATE_LIMITED', { retryAfterMs: 1_000 });
      }
      // Asked for again, it is the answer.
      if (known?.state === 'SENT' && known.expiresAt > now && !isUsed) {
        return { challenge: known, resendAfter: toResendAfter(recentMs, now, policy), isReplay: true };
      }
      const waitMs = toWaitMs(recentMs, now, policy);
      if (waitMs > 0) throw new CodedError('OTP_RATE_LIMITED', { retryAfterMs: waitMs });
      const challenge: OtpChallenge = {
        id: createUuidV7(now.getTime()),
        otpRefId: null,
        clientRefId: input.clientRefId ?? createClientRefId(now.getTime()),
        agentUserCode: agent.userCode,
        customerId: input.customerId,
        recipientId: input.recipientId,
        amountRupees: input.amountRupees,
        state: 'REQUESTED',
        createdAt: now,
        expiresAt: new Date(now.getTime() + policy.lifetimeMs),
      };
      await run(INSERT_CHALLENGE, CHALLENGE_COLUMNS.values(challenge));
      reach('otp written');
      const resendAfter = toResendAfter([now.getTime(), ...recentMs], now, policy);
      return { challenge, resendAfter, isReplay: false };
    });
  }

  /** Stores what Eko answered; throws the coded error of anything but a sent OTP. */
  async #record(challenge: OtpChallenge, outcome: OtpOutcome): Promise<RecordedOtp> {
    switch (outcome.kind) {
      case 'sent':
        return this.#recordSent(challenge, outcome);
      case 'refused':
        await this.#answer(challenge, 'REFUSED');
        throw toRefusal(outcome);
      case 'notSent':
        await this.#answer(challenge, 'REFUSED');
        throw new CodedError('EKO_UNREACHABLE');
      case 'unknown':
        await this.#answer(challenge, 'UNKNOWN');
        throw new CodedError('EKO_UNAVAILABLE', {
          retry: 'NEW_OTP',
          message:
            'No answer came. An SMS may still arrive, but its OTP cannot be used. Please send a new OTP.',
        });
      default:
        return assertNever(outcome);
    }
  }

  async #recordSent(
    challenge: OtpChallenge,
    { otpRefId, sentTo }: Extract<OtpOutcome, { kind: 'sent' }>,
  ): Promise<RecordedOtp> {
    try {
      await this.#answer(challenge, 'SENT', otpRefId);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.#renew(challenge, otpRefId);
    }
    return { challenge: { ...challenge, otpRefId, state: 'SENT' }, sentTo };
  }

  async #answer(
    { id }: OtpChallenge,
    state: OtpChallengeState,
    otpRefId: string | null = null,
  ): Promise<void> {
    await runPrepared(this.options.dataSource, ANSWER_CHALLENGE, [id, state, otpRefId]);
  }

  /** Eko gave a reference that we have. For a resend of the same unused OTP that is fine; else it cannot be used. */
  async #renew(challenge: OtpChallenge, otpRefId: string): Promise<void> {
    await this.#answer(challenge, 'UNKNOWN');
    const renewed = await runPrepared(this.options.dataSource, RENEW_CHALLENGE, [
      otpRefId,
      challenge.expiresAt,
      challenge.agentUserCode,
      getSealer().toStoredForms(challenge.customerId, 'customer_id'),
      challenge.recipientId,
      challenge.amountRupees,
    ]);
    if (renewed.length === 0) {
      throw new CodedError('EKO_UNAVAILABLE', {
        retry: 'NEW_OTP',
        message: 'This OTP cannot be used. Please send a new one.',
      });
    }
  }
}

/** What a request is answered by, all of one moment. */
interface EarlierOtps {
  /** The agent, or the token that it came with. */
  readonly isRevoked: boolean;
  /** The last one with the request's reference. */
  readonly known: OtpChallenge | null;
  /** A transfer has its OTP. */
  readonly isUsed: boolean;
  /** When the customer's that count were asked for, newest first. */
  readonly recentMs: readonly number[];
}

async function findEarlier(
  run: RunStatement,
  { agent, input, now }: { agent: Agent; input: SendOtpInput; now: Date },
): Promise<EarlierOtps> {
  const [row = []] = await run(FIND_OTP_REQUESTS, [
    input.clientRefId,
    getSealer().toStoredForms(input.customerId, 'customer_id'),
    new Date(now.getTime() - DAY_MS),
    agent.userCode,
    agent.tokenId,
  ]);
  const [isUsed, recentMs, isRevoked] = row.slice(CHALLENGE_COLUMNS.all.length) as string[];
  return {
    isRevoked: decodeBoolean(isRevoked!),
    known: row[0] === null ? null : CHALLENGE_COLUMNS.read(row),
    isUsed: decodeBoolean(isUsed!),
    recentMs: recentMs!.split(' ').filter(Boolean).map(Number),
  };
}

function isSameRequest(known: OtpChallenge, agent: Agent, input: SendOtpInput): boolean {
  return (
    known.agentUserCode === agent.userCode &&
    known.customerId === input.customerId &&
    known.recipientId === input.recipientId &&
    known.amountRupees === input.amountRupees
  );
}

/** How long until another OTP is within both limits; 0 when it is now. */
function toWaitMs(newestFirstMs: readonly number[], now: Date, policy: OtpPolicy): number {
  const untilFree = (max: number, windowMs: number) => {
    const blockingMs = newestFirstMs[max - 1];
    return blockingMs === undefined ? 0 : blockingMs + windowMs - now.getTime();
  };
  return Math.max(0, untilFree(policy.maxPerHour, HOUR_MS), untilFree(policy.maxPerDay, DAY_MS));
}

function toResendAfter(newestFirstMs: readonly number[], now: Date, policy: OtpPolicy): Date {
  const lastMs = newestFirstMs[0] ?? now.getTime();
  const afterMs = Math.max(lastMs + OTP.resendAfterMs, now.getTime() + toWaitMs(newestFirstMs, now, policy));
  return new Date(afterMs);
}

function toSentOtp(challenge: OtpChallenge, resendAfter: Date, sentTo: string | null = null): SentOtp {
  if (challenge.otpRefId === null) throw new CodedError('INTERNAL_SERVER_ERROR');
  return {
    otpRefId: challenge.otpRefId,
    sentTo: sentTo ?? maskMobile(challenge.customerId),
    amountRupees: challenge.amountRupees,
    expiresAt: challenge.expiresAt,
    resendAfter,
  };
}

function toRefusal(outcome: Extract<OtpOutcome, { kind: 'refused' }>): CodedError {
  const { reason, status, message } = outcome;
  const words =
    message === null ? '' : ` Eko says: ${message}${status === null ? '' : ` (status ${status})`}.`;
  const fields = {
    CUSTOMER_NOT_FOUND: [{ path: 'input.customerId', message: 'is not known to Eko' }],
    RECIPIENT_NOT_FOUND: [{ path: 'input.recipientId', message: 'is not known to Eko for this customer' }],
  };
  return new CodedError(reason, {
    message: ERRORS[reason].meaning + words,
    ...(reason in fields ? { fields: fields[reason as keyof typeof fields] } : {}),
  });
}
