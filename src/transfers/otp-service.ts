// sendTransferOtp: has Eko text the customer an OTP, and remembers what it was sent for, but never the OTP.
import type { DataSource, EntityManager } from 'typeorm';
import { OTP } from '../config/limits.js';
import type { EkoClient, OtpOutcome } from '../eko/index.js';
import { OtpChallenge, Transfer } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { CodedError, ERRORS } from '../shared/errors.js';
import { createClientRefId, createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import { maskMobile } from '../shared/redact.js';
import { getSealer } from '../shared/sealing.js';
import type { Agent } from './agent.js';
import type { Capacity } from './capacity.js';
import { isUniqueViolation } from '../database/database-error.js';

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
    return dataSource.transaction(async (manager) => {
      await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('otp:' || $1, 0))`, [
        getSealer().toIndex(input.customerId, 'customer_id'),
      ]);
      const now = new Date(clock.nowMs());
      const known = await findByClientRefId(manager, input.clientRefId);
      if (known !== null && !isSameRequest(known, agent, input)) {
        throw new CodedError('CLIENT_REF_CONFLICT', {
          fields: [{ path: 'input.clientRefId', message: 'is in use for another OTP request' }],
        });
      }
      if (known?.state === 'REQUESTED' && now.getTime() - known.createdAt.getTime() < OTP.requestUnderWayMs) {
        throw new CodedError('RATE_LIMITED', { retryAfterMs: 1_000 });
      }
      const recent = await findRecentTimes(manager, {
        customerId: input.customerId,
        since: now.getTime() - DAY_MS,
      });
      if (known !== null && (await isUsable(manager, known, now))) {
        return { challenge: known, resendAfter: toResendAfter(recent, now, policy), isReplay: true };
      }
      const waitMs = toWaitMs(recent, now, policy);
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
      await manager.insert(OtpChallenge, challenge);
      reach('otp written');
      return { challenge, resendAfter: toResendAfter([now, ...recent], now, policy), isReplay: false };
    });
  }

  /** Stores what Eko answered; throws the coded error of anything but a sent OTP. */
  async #record(challenge: OtpChallenge, outcome: OtpOutcome): Promise<RecordedOtp> {
    const challenges = this.options.dataSource.getRepository(OtpChallenge);
    switch (outcome.kind) {
      case 'sent':
        return this.#recordSent(challenge, outcome);
      case 'refused':
        await challenges.update({ id: challenge.id }, { state: 'REFUSED' });
        throw toRefusal(outcome);
      case 'notSent':
        await challenges.update({ id: challenge.id }, { state: 'REFUSED' });
        throw new CodedError('EKO_UNREACHABLE');
      case 'unknown':
        await challenges.update({ id: challenge.id }, { state: 'UNKNOWN' });
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
    const { dataSource } = this.options;
    const answer = { otpRefId, state: 'SENT' as const };
    try {
      await dataSource.getRepository(OtpChallenge).update({ id: challenge.id }, answer);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.#renew(challenge, otpRefId);
    }
    return { challenge: { ...challenge, ...answer }, sentTo };
  }

  /** Eko gave a reference that we have. For a resend of the same unused OTP that is fine; else it cannot be used. */
  async #renew(challenge: OtpChallenge, otpRefId: string): Promise<void> {
    const { dataSource } = this.options;
    await dataSource.getRepository(OtpChallenge).update({ id: challenge.id }, { state: 'UNKNOWN' });
    const renewed: [unknown[], number] = await dataSource.query(
      `UPDATE otp_challenges c SET expires_at = $2
        WHERE otp_ref_id = $1 AND agent_user_code = $3 AND customer_id = ANY($4) AND recipient_id = $5 AND amount_rupees = $6
          AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.otp_challenge_id = c.id)`,
      [
        otpRefId,
        challenge.expiresAt,
        challenge.agentUserCode,
        getSealer().toStoredForms(challenge.customerId, 'customer_id'),
        challenge.recipientId,
        challenge.amountRupees,
      ],
    );
    if (renewed[1] !== 1) {
      throw new CodedError('EKO_UNAVAILABLE', {
        retry: 'NEW_OTP',
        message: 'This OTP cannot be used. Please send a new one.',
      });
    }
  }
}

function findByClientRefId(manager: EntityManager, clientRefId: string | null): Promise<OtpChallenge | null> {
  if (clientRefId === null) return Promise.resolve(null);
  return manager.findOne(OtpChallenge, { where: { clientRefId }, order: { createdAt: 'DESC' } });
}

function isSameRequest(known: OtpChallenge, agent: Agent, input: SendOtpInput): boolean {
  return (
    known.agentUserCode === agent.userCode &&
    known.customerId === input.customerId &&
    known.recipientId === input.recipientId &&
    known.amountRupees === input.amountRupees
  );
}

/** Sent, not expired, and not yet the OTP of a transfer: asked for again, it is the answer. */
async function isUsable(manager: EntityManager, challenge: OtpChallenge, now: Date): Promise<boolean> {
  if (challenge.state !== 'SENT' || challenge.expiresAt <= now) return false;
  return !(await manager.existsBy(Transfer, { otpChallengeId: challenge.id }));
}

/** When the customer's OTPs of the last day were asked for, newest first; those that Eko refused to send do not count. */
async function findRecentTimes(
  manager: EntityManager,
  { customerId, since }: { customerId: string; since: number },
): Promise<Date[]> {
  const rows: { created_at: Date }[] = await manager.query(
    `SELECT created_at FROM otp_challenges
      WHERE customer_id = ANY($1) AND created_at > $2 AND state <> 'REFUSED' ORDER BY created_at DESC`,
    [getSealer().toStoredForms(customerId, 'customer_id'), new Date(since)],
  );
  return rows.map((row) => row.created_at);
}

/** How long until another OTP is within both limits; 0 when it is now. */
function toWaitMs(newestFirst: readonly Date[], now: Date, policy: OtpPolicy): number {
  const untilFree = (max: number, windowMs: number) => {
    const blocking = newestFirst[max - 1];
    return blocking === undefined ? 0 : blocking.getTime() + windowMs - now.getTime();
  };
  return Math.max(0, untilFree(policy.maxPerHour, HOUR_MS), untilFree(policy.maxPerDay, DAY_MS));
}

function toResendAfter(newestFirst: readonly Date[], now: Date, policy: OtpPolicy): Date {
  const last = newestFirst[0] ?? now;
  const afterMs = Math.max(
    last.getTime() + OTP.resendAfterMs,
    now.getTime() + toWaitMs(newestFirst, now, policy),
  );
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
