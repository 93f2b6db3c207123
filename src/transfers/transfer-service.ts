// initiateTransfer: the money path. Gates → intent → debit → outcome, each step once.
//
// An error thrown from here means that no debit was attempted; a result means that the transfer exists.
// After the intent is committed there is exactly one call to Eko, and nothing but its answer, or an inquiry,
// says what became of it.
import { setTimeout as delay } from 'node:timers/promises';
import { TRANSFER } from '../config/limits.js';
import type { DebitOutcome, EkoClient } from '../eko/index.js';
import type { OtpChallenge, Transfer, TransferEvent } from '../entities/index.js';
import { AssertionError } from '../shared/assert.js';
import { CodedError } from '../shared/errors.js';
import { createClientRefId, createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import type { Agent } from './agent.js';
import { applyOutcome, type ApplyOutcomeContext } from './apply-outcome.js';
import type { Capacity } from './capacity.js';
import { isPermanent, isUniqueViolation } from '../database/database-error.js';
import type { DebitBreaker } from './debit-breaker.js';
import { assertChallengeFits, findReplay, isReplayOf, type InitiateTransferInput } from './transfer-gates.js';
import type { TransferStore } from './transfer-store.js';

export interface InitiatedTransfer extends KnownTransfer {
  /** True when this request had been made before: nothing was sent now. */
  readonly isReplayed: boolean;
}

/** A transfer as far as this process knows it. */
interface KnownTransfer {
  readonly transfer: Transfer;
  /**
   * Its whole timeline, where this process wrote it; null where it has to be read. After a debit the answer must
   * not depend on another read: failing then, it would look like an error before the debit.
   */
  readonly timeline: readonly TransferEvent[] | null;
}

/** Committed by this process: its row is as it says. */
interface CommittedTransfer extends KnownTransfer {
  readonly version: string;
}

/** `taken`: another request was first. `unsent`: the row is there, and Eko was not called. */
type Attempt = KnownTransfer | 'taken' | 'unsent';
type Commit = CommittedTransfer | 'taken' | 'unsent';

export interface TransferServiceOptions extends ApplyOutcomeContext {
  readonly store: TransferStore;
  readonly eko: EkoClient;
  readonly capacity: Capacity;
  readonly breaker: DebitBreaker;
  /** The debit's deadline. */
  readonly transferTimeoutMs: number;
  readonly isSimulated: boolean;
  /** Told of every failure to store an outcome; unless the schema refused it, it is tried again. */
  readonly onStoreFailure: (transferId: string, error: unknown) => void;
}

/** Pauses between attempts to store an outcome while the database is away; the last repeats. */
const STORE_RETRY_MS = [50, 200, 1_000, 5_000];

export class TransferService {
  /** By OTP challenge, what is under way in this process: a repeated request waits for the answer of the first. */
  readonly #underWay = new Map<string, Promise<Attempt>>();

  constructor(private readonly options: TransferServiceOptions) {}

  /**
   * Moves the money, once. Throws a CodedError when a gate refuses, INTERNAL_SERVER_ERROR when the intent could
   * not be committed: in both cases nothing was sent.
   */
  async initiateTransfer(agent: Agent, input: InitiateTransferInput): Promise<InitiatedTransfer> {
    const { store, capacity, breaker, clock } = this.options;
    const arrivedAtMs = clock.nowMs();
    const gate = await findReplay(store, agent, input);
    if (gate.kind === 'replay') return this.#replay(gate.transfer);

    const { id } = gate.challenge;
    const other = this.#underWay.get(id);
    if (other !== undefined) {
      // The same OTP is being used in this process at this moment, and may expire meanwhile: whatever comes of that decides.
      const known = await this.#withinPatience(other, null);
      if (known !== null && isReplayOf(known.transfer, agent, input)) return { ...known, isReplayed: true };
      return this.initiateTransfer(agent, input);
    }

    assertChallengeFits(gate.challenge, input, new Date(clock.nowMs()));
    const leave = capacity.enter();
    try {
      breaker.assertClosed();
    } catch (error) {
      leave();
      throw error;
    }
    const transfer = this.#toIntent(agent, input, gate.challenge);
    const committing = this.#commitIntent(transfer, arrivedAtMs);
    const finished = committing.then((commit): Attempt | Promise<Attempt> =>
      isKnown(commit) ? this.#debit(commit, { ...input, otpExpiresAt: gate.challenge.expiresAt }) : commit,
    );
    this.#underWay.set(id, finished);
    const end = () => {
      this.#underWay.delete(id);
      leave();
    };
    finished.then(end, end);

    const commit = await committing;
    if (commit === 'taken') return this.#replayTaken(agent, input);
    if (commit === 'unsent') return { transfer, timeline: null, isReplayed: false };
    return { ...(await this.#withinPatience(finished, commit)), isReplayed: false };
  }

  async #replay(transfer: Transfer): Promise<InitiatedTransfer> {
    const known = { transfer, timeline: null };
    const finished = this.#underWay.get(transfer.otpChallengeId);
    if (finished) return { ...(await this.#withinPatience(finished, known)), isReplayed: true };
    if (transfer.status !== 'SUBMITTING') return { ...known, isReplayed: true };
    // It may have ended since it was read.
    const now = await this.options.store.findById(transfer.id).catch(() => null);
    return { transfer: now ?? transfer, timeline: null, isReplayed: true };
  }

  /** Another request with the same reference or OTP was committed between our gates and our intent. */
  async #replayTaken(agent: Agent, input: InitiateTransferInput): Promise<InitiatedTransfer> {
    const gate = await findReplay(this.options.store, agent, input);
    if (gate.kind === 'replay') return this.#replay(gate.transfer);
    throw new CodedError('INTERNAL_SERVER_ERROR');
  }

  #toIntent(agent: Agent, input: InitiateTransferInput, challenge: OtpChallenge): Transfer {
    const { clock, transferTimeoutMs, isSimulated } = this.options;
    const nowMs = clock.nowMs();
    const nowAt = new Date(nowMs);
    return {
      id: createUuidV7(nowMs),
      clientRefId: input.clientRefId ?? createClientRefId(nowMs),
      agentUserCode: agent.userCode,
      customerId: input.customerId,
      recipientId: input.recipientId,
      amountRupees: input.amountRupees,
      currency: 'INR',
      channel: input.channel,
      latlong: input.latlong,
      otpChallengeId: challenge.id,
      isSimulated,
      status: 'SUBMITTING',
      failureReason: null,
      needsReview: false,
      reviewedAt: null,
      isAcknowledged: false,
      tid: null,
      bankReference: null,
      recipientName: null,
      maskedAccount: null,
      ifsc: null,
      fee: null,
      commission: null,
      balance: null,
      serviceTax: null,
      tds: null,
      collectableAmount: null,
      ekoStatus: null,
      ekoMessage: null,
      ekoResponseStatusId: null,
      ekoResponseTypeId: null,
      ekoTxStatus: null,
      statusDescription: null,
      ekoTimestamp: null,
      evidenceAskedAt: null,
      eventCount: 1,
      inquiryCount: 0,
      lastInquiryAt: null,
      nextInquiryAt: new Date(nowMs + transferTimeoutMs + TRANSFER.firstInquiryMarginMs),
      hintedAt: null,
      notFoundCount: 0,
      lastNotFoundAt: null,
      notReceivedAt: null,
      createdAt: nowAt,
      updatedAt: nowAt,
    };
  }

  /**
   * Only a transfer whose commit was acknowledged in time comes back, and only then may Eko be called. `unsent`: the
   * row is there, but the commit reported an error, or so late that others may have given the transfer up by now;
   * its inquiry will find that Eko never heard of it. `taken`: another request was first.
   */
  async #commitIntent(transfer: Transfer, arrivedAtMs: number): Promise<Commit> {
    const { store, clock } = this.options;
    const isLate = () => clock.nowMs() - arrivedAtMs > TRANSFER.maxWaitBeforeIntentMs;
    if (isLate()) throw new CodedError('OVERLOADED');
    try {
      const { event, version } = await store.commitIntent(transfer);
      return isLate() ? 'unsent' : { transfer, timeline: [event], version };
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      const found = await store.findById(transfer.id).catch(() => null);
      if (found !== null) return 'unsent';
      throw new CodedError('INTERNAL_SERVER_ERROR', { cause: error });
    }
  }

  /** The one debit request, then its outcome. Never rejects; `committed` again when the outcome could not be stored. */
  async #debit(
    committed: CommittedTransfer,
    { otp, otpRefId, otpExpiresAt }: InitiateTransferInput & { otpExpiresAt: Date },
  ): Promise<KnownTransfer> {
    const { transfer } = committed;
    const { eko, breaker, clock } = this.options;
    reach('intent committed');
    const askedAt = new Date(clock.nowMs());
    const outcome = await eko
      .initiateTransfer({
        userCode: transfer.agentUserCode,
        clientRefId: transfer.clientRefId,
        customerId: transfer.customerId,
        recipientId: transfer.recipientId,
        amountRupees: transfer.amountRupees,
        latlong: transfer.latlong,
        otp,
        otpRefId,
      })
      .catch((): DebitOutcome => ({
        kind: 'unknown',
        cause: 'fault of this server',
        evidence: {},
        envelope: null,
      }));
    reach('debit answered');
    breaker.record(outcome.kind);
    return this.#storeOutcome(committed, { outcome, askedAt, otpExpiresAt });
  }

  /** Tries for as long as the process lives; what a dead process did not store, inquiry finds. */
  async #storeOutcome(
    committed: CommittedTransfer,
    { outcome, askedAt, otpExpiresAt }: { outcome: DebitOutcome; askedAt: Date; otpExpiresAt: Date },
  ): Promise<KnownTransfer> {
    const { store } = this.options;
    const transferId = committed.transfer.id;
    const { transfer: intent, version } = committed;
    const judged = { transfer: intent, version, otpExpiresAt, isTidTaken: false };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const given = { transferId, outcome, source: 'EKO_RESPONSE', askedAt, committed: judged } as const;
        const { transfer, event } = await applyOutcome(this.options, given);
        const timeline = [...(committed.timeline ?? []), ...(event === null ? [] : [event])];
        if (timeline.length === transfer.eventCount) return { transfer, timeline };
        // An inquiry came first. Read here, where a failure is tried again, and not for the answer.
        return { transfer, timeline: await store.findTimeline(transferId) };
      } catch (error) {
        this.options.onStoreFailure(transferId, error);
        if (error instanceof AssertionError || isPermanent(error)) return committed;
        await delay(STORE_RETRY_MS[Math.min(attempt, STORE_RETRY_MS.length - 1)]);
      }
    }
  }

  /** What comes of it; `fallback` when it fails, is not a transfer, or takes longer than a caller waits. */
  async #withinPatience<Fallback>(
    finished: Promise<Attempt>,
    fallback: Fallback,
  ): Promise<KnownTransfer | Fallback> {
    const withinMs = this.options.transferTimeoutMs + TRANSFER.outcomeStoredWithinMs;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'unsent'>((resolve) => {
      timer = setTimeout(resolve, withinMs, 'unsent');
    });
    try {
      const result = await Promise.race([finished, timeout]);
      return isKnown(result) ? result : fallback;
    } catch {
      return fallback;
    } finally {
      clearTimeout(timer);
    }
  }
}

function isKnown<Known extends KnownTransfer>(result: Known | 'taken' | 'unsent'): result is Known {
  return typeof result !== 'string';
}
