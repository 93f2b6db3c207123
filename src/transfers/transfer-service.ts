// initiateTransfer: the money path. Gates → intent → debit → outcome, each step once.
//
// An error thrown from here means that no debit was attempted; a result means that the transfer exists.
// After the intent is committed there is exactly one call to Eko, and nothing but its answer, or an inquiry,
// says what became of it.
import { setTimeout as delay } from 'node:timers/promises';
import { TRANSFER } from '../config/limits.js';
import type { DebitOutcome, EkoClient } from '../eko/index.js';
import { Transfer, type OtpChallenge } from '../entities/index.js';
import { AssertionError } from '../shared/assert.js';
import { CodedError } from '../shared/errors.js';
import { createClientRefId, createUuidV7 } from '../shared/identifiers.js';
import type { Agent } from './agent.js';
import { applyOutcome, type ApplyOutcomeContext } from './apply-outcome.js';
import type { Capacity } from './capacity.js';
import { isPermanent, isUniqueViolation } from './database-error.js';
import { assertChallengeFits, findReplay, type InitiateTransferInput } from './transfer-gates.js';
import type { TransferStore } from './transfer-store.js';

export interface InitiatedTransfer {
  readonly transfer: Transfer;
  /** True when this request had been made before: nothing was sent now. */
  readonly isReplayed: boolean;
}

export interface TransferServiceOptions extends ApplyOutcomeContext {
  readonly store: TransferStore;
  readonly eko: EkoClient;
  readonly capacity: Capacity;
  /** The debit's deadline. */
  readonly transferTimeoutMs: number;
  readonly isSimulated: boolean;
  /** Told of every failure to store an outcome; unless the schema refused it, it is tried again. */
  readonly onStoreFailure: (transferId: string, error: unknown) => void;
}

/** Pauses between attempts to store an outcome while the database is away; the last repeats. */
const STORE_RETRY_MS = [50, 200, 1_000, 5_000];

export class TransferService {
  /** Debits under way in this process, so that a repeated request can wait for the answer of the first. */
  readonly #underWay = new Map<string, Promise<Transfer | null>>();

  constructor(private readonly options: TransferServiceOptions) {}

  /**
   * Moves the money, once. Throws a CodedError when a gate refuses, INTERNAL_SERVER_ERROR when the intent could
   * not be committed: in both cases nothing was sent.
   */
  async initiateTransfer(agent: Agent, input: InitiateTransferInput): Promise<InitiatedTransfer> {
    const { store, capacity, clock } = this.options;
    const arrivedAtMs = clock.nowMs();
    const gate = await findReplay(store, agent, input);
    if (gate.kind === 'replay') return this.#replay(gate.transfer);
    assertChallengeFits(gate.challenge, input, new Date(clock.nowMs()));

    const leave = capacity.enter();
    let debit: Promise<Transfer | null> | undefined;
    try {
      if (clock.nowMs() - arrivedAtMs > TRANSFER.maxWaitBeforeIntentMs) throw new CodedError('OVERLOADED');
      const transfer = this.#toIntent(agent, input, gate.challenge);
      const commit = await this.#commitIntent(transfer);
      if (commit === 'taken') return await this.#replayTaken(agent, input);
      if (commit === 'unacknowledged') return { transfer, isReplayed: false };

      debit = this.#debit(transfer, input);
      this.#underWay.set(transfer.id, debit);
      void debit.finally(() => {
        this.#underWay.delete(transfer.id);
        leave();
      });
      return { transfer: await this.#awaitOutcome(transfer, debit), isReplayed: false };
    } finally {
      if (debit === undefined) leave();
    }
  }

  async #replay(transfer: Transfer): Promise<InitiatedTransfer> {
    const debit = this.#underWay.get(transfer.id);
    return { transfer: debit ? await this.#awaitOutcome(transfer, debit) : transfer, isReplayed: true };
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
    return Object.assign(new Transfer(), {
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
    } satisfies Transfer);
  }

  /**
   * `committed` is the only answer after which Eko may be called. `unacknowledged`: the row is there although the
   * commit reported an error; its inquiry will find that Eko never heard of it.
   */
  async #commitIntent(transfer: Transfer): Promise<'committed' | 'taken' | 'unacknowledged'> {
    const { store } = this.options;
    try {
      await store.commitIntent(transfer);
      return 'committed';
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      const found = await store.findById(transfer.id).catch(() => null);
      if (found !== null) return 'unacknowledged';
      throw new CodedError('INTERNAL_SERVER_ERROR', { cause: error });
    }
  }

  /** The one debit request, then its outcome. Never rejects; null when the outcome could not be stored. */
  async #debit(transfer: Transfer, { otp, otpRefId }: InitiateTransferInput): Promise<Transfer | null> {
    const { eko, clock } = this.options;
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
    return this.#storeOutcome(transfer.id, outcome, askedAt);
  }

  /** Tries for as long as the process lives; what a dead process did not store, inquiry finds. */
  async #storeOutcome(transferId: string, outcome: DebitOutcome, askedAt: Date): Promise<Transfer | null> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const applied = await applyOutcome(this.options, {
          transferId,
          outcome,
          source: 'EKO_RESPONSE',
          askedAt,
        });
        return applied.transfer;
      } catch (error) {
        this.options.onStoreFailure(transferId, error);
        if (error instanceof AssertionError || isPermanent(error)) return null;
        await delay(STORE_RETRY_MS[Math.min(attempt, STORE_RETRY_MS.length - 1)]);
      }
    }
  }

  /** The transfer with its outcome; as it was committed when storing the outcome takes too long. */
  async #awaitOutcome(transfer: Transfer, debit: Promise<Transfer | null>): Promise<Transfer> {
    const giveUp = new AbortController();
    const withinMs = this.options.transferTimeoutMs + TRANSFER.outcomeStoredWithinMs;
    const timeout = delay(withinMs, null, { signal: giveUp.signal }).catch(() => null);
    try {
      return (await Promise.race([debit, timeout])) ?? transfer;
    } finally {
      giveUp.abort();
    }
  }
}
