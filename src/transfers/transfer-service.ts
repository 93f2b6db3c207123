// initiateTransfer: the money path. Gates → intent → debit → outcome, each step once.
//
// An error thrown from here means that no debit was attempted; a result means that the transfer exists.
// After the intent is committed there is exactly one call to Eko, and nothing but its answer, or an inquiry,
// says what became of it.
import { setTimeout as delay } from 'node:timers/promises';
import { TRANSFER } from '../config/limits.js';
import type { DebitOutcome, EkoClient } from '../eko/index.js';
import type { Transfer, TransferEvent } from '../entities/index.js';
import { AssertionError } from '../shared/assert.js';
import { CodedError } from '../shared/errors.js';
import { reach } from '../shared/milestones.js';
import type { Agent } from './agent.js';
import { applyOutcome, type ApplyOutcomeContext } from './apply-outcome.js';
import type { Capacity } from './capacity.js';
import { isPermanent } from '../database/database-error.js';
import type { DebitBreaker } from './debit-breaker.js';
import { createIntent, type InitiateTransferInput } from './intent.js';
import { assertChallengeFits, findReplay, isReplayOf } from './transfer-gates.js';
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

/** Committed by this process, and acknowledged in time: its row is as it says. */
interface CommittedTransfer extends KnownTransfer {
  readonly version: string;
  readonly otpExpiresAt: Date;
}

/** Null: a gate held it back, or another request was first, and nothing was written. */
type Attempt = KnownTransfer | null;

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
  /** By agent and OTP, what is under way in this process: a repeated request waits for the answer of the first. */
  readonly #underWay = new Map<string, Promise<Attempt>>();

  constructor(private readonly options: TransferServiceOptions) {}

  /**
   * Moves the money, once. Throws a CodedError when a gate refuses, INTERNAL_SERVER_ERROR when the intent could
   * not be committed: in both cases nothing was sent.
   */
  async initiateTransfer(agent: Agent, input: InitiateTransferInput): Promise<InitiatedTransfer> {
    const { store, capacity, breaker, clock } = this.options;
    const arrivedAtMs = clock.nowMs();
    const key = toKey(agent, input);
    // Most requests pass every gate, and the intent's own statement looks at them. What it does not take is looked into: 1.08
    // times as many transfers in a second, for 0.91 of the CPU.
    if (!this.#underWay.has(key) && !breaker.isOpen && capacity.hasRoom) {
      const made = await this.#make(agent, input, arrivedAtMs);
      if (made !== null) return made;
    }
    for (;;) {
      const gate = await findReplay(store, agent, input);
      if (gate.kind === 'replay') return this.#replay(agent, input, gate.transfer);
      const other = this.#underWay.get(key);
      if (other === undefined) {
        assertChallengeFits(gate.challenge, input, new Date(clock.nowMs()));
        return (await this.#make(agent, input, arrivedAtMs)) ?? this.#replayTaken(agent, input);
      }
      // The same OTP is being used in this process at this moment, and may expire meanwhile: whatever comes of that decides.
      const known = await this.#withinPatience(other, null);
      if (known !== null && isReplayOf(known.transfer, agent, input)) return { ...known, isReplayed: true };
    }
  }

  /** Intent, debit, outcome. Null when the intent was not written. Throws OVERLOADED or DRAINING, before anything. */
  async #make(
    agent: Agent,
    input: InitiateTransferInput,
    arrivedAtMs: number,
  ): Promise<InitiatedTransfer | null> {
    const { capacity, breaker } = this.options;
    const leave = capacity.enter();
    try {
      breaker.assertClosed();
    } catch (error) {
      leave();
      throw error;
    }
    const committing = this.#commitIntent(agent, input, arrivedAtMs);
    const finished = committing.then((commit): Attempt | Promise<Attempt> =>
      isCommitted(commit) ? this.#debit(commit, input) : commit,
    );
    const key = toKey(agent, input);
    this.#underWay.set(key, finished);
    const end = () => {
      this.#underWay.delete(key);
      leave();
    };
    finished.then(end, end);

    const commit = await committing;
    if (commit === null) return null;
    return { ...(await this.#withinPatience(finished, commit)), isReplayed: false };
  }

  async #replay(agent: Agent, input: InitiateTransferInput, transfer: Transfer): Promise<InitiatedTransfer> {
    const finished = this.#underWay.get(toKey(agent, input));
    const made = finished && (await this.#withinPatience(finished, null));
    if (made) return { ...made, isReplayed: true };
    const known = { transfer, timeline: null, isReplayed: true };
    if (transfer.status !== 'SUBMITTING') return known;
    // It may have ended since it was read.
    const now = await this.options.store.findById(transfer.id).catch(() => null);
    return now === null ? known : { ...known, transfer: now };
  }

  /** Between our gates and our intent another request with the same reference or OTP was committed, or the OTP expired. */
  async #replayTaken(agent: Agent, input: InitiateTransferInput): Promise<InitiatedTransfer> {
    const gate = await findReplay(this.options.store, agent, input);
    if (gate.kind === 'replay') return this.#replay(agent, input, gate.transfer);
    assertChallengeFits(gate.challenge, input, new Date(this.options.clock.nowMs()));
    throw new CodedError('INTERNAL_SERVER_ERROR');
  }

  /**
   * Only a transfer whose commit was acknowledged in time comes back with its version, and only then may Eko be called.
   * Without it, the row is there, but the commit reported an error, or so late that others may have given the transfer up
   * by now; its inquiry will find that Eko never heard of it. Null: the row is not there, and a look at the gates says why.
   */
  async #commitIntent(
    agent: Agent,
    input: InitiateTransferInput,
    arrivedAtMs: number,
  ): Promise<CommittedTransfer | Attempt> {
    const { store, clock, transferTimeoutMs, isSimulated } = this.options;
    const isLate = () => clock.nowMs() - arrivedAtMs > TRANSFER.maxWaitBeforeIntentMs;
    if (isLate()) throw new CodedError('OVERLOADED');
    const intent = createIntent(agent, input, { nowMs: clock.nowMs(), transferTimeoutMs, isSimulated });
    try {
      const otp = { otpRefId: input.otpRefId, tokenId: agent.tokenId };
      const committed = await store.commitIntent(intent, otp);
      if (committed === null) return null;
      const { transfer, event, version, otpExpiresAt } = committed;
      return isLate() ? { transfer, timeline: null } : { transfer, timeline: [event], version, otpExpiresAt };
    } catch (cause) {
      try {
        const gate = await findReplay(store, agent, input);
        if (gate.kind === 'replay') {
          const { transfer } = gate;
          return transfer.id === intent.id ? { transfer, timeline: null } : null;
        }
      } catch (refusal) {
        if (refusal instanceof CodedError) throw refusal;
      }
      throw new CodedError('INTERNAL_SERVER_ERROR', { cause });
    }
  }

  /** The one debit request, then its outcome. Never rejects; `committed` again when the outcome could not be stored. */
  async #debit(
    committed: CommittedTransfer,
    { otp, otpRefId }: InitiateTransferInput,
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
    return this.#storeOutcome(committed, outcome, askedAt);
  }

  /** Tries for as long as the process lives; what a dead process did not store, inquiry finds. */
  async #storeOutcome(
    committed: CommittedTransfer,
    outcome: DebitOutcome,
    askedAt: Date,
  ): Promise<KnownTransfer> {
    const { store } = this.options;
    const transferId = committed.transfer.id;
    const { transfer: intent, version, otpExpiresAt } = committed;
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

  /** What comes of it; `fallback` when it fails, comes to nothing, or takes longer than a caller waits. */
  async #withinPatience<Fallback>(
    finished: Promise<Attempt>,
    fallback: Fallback,
  ): Promise<KnownTransfer | Fallback> {
    const withinMs = this.options.transferTimeoutMs + TRANSFER.outcomeStoredWithinMs;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, withinMs, null);
    });
    try {
      return (await Promise.race([finished, timeout])) ?? fallback;
    } catch {
      return fallback;
    } finally {
      clearTimeout(timer);
    }
  }
}

function isCommitted(commit: CommittedTransfer | Attempt): commit is CommittedTransfer {
  return commit !== null && 'version' in commit;
}

/** One transfer for an OTP, and an OTP for one agent. */
function toKey(agent: Agent, { otpRefId }: InitiateTransferInput): string {
  return `${agent.userCode} ${otpRefId}`;
}
