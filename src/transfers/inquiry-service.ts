// Asking Eko what became of a transfer: claim, call, apply; never one transaction across the call.
import { TRANSFER } from '../config/limits.js';
import type { EkoClient, InquiryOutcome } from '../eko/index.js';
import type { Transfer } from '../entities/index.js';
import { CodedError } from '../shared/errors.js';
import { reach } from '../shared/milestones.js';
import type { ReadScope } from './agent.js';
import { applyOutcome, type AppliedOutcome, type ApplyOutcomeContext } from './apply-outcome.js';
import type { Capacity } from './capacity.js';
import type { InquiryTerms, TransferStore } from './transfer-store.js';
import { isInScope } from './transfer-reader.js';

export interface InquiryServiceOptions extends ApplyOutcomeContext {
  readonly store: TransferStore;
  readonly eko: EkoClient;
  /** Of the inquiries that callers wait for; the worker has its own bound. */
  readonly capacity: Capacity;
  readonly transferTimeoutMs: number;
  /** Told of every inquiry; `cause` when it found nothing out. */
  readonly onInquiry: (inquiry: { transferId: string; kind: InquiryOutcome['kind']; cause?: string }) => void;
}

export class InquiryService {
  constructor(private readonly options: InquiryServiceOptions) {}

  /**
   * Inquires now, for a caller. At most one inquiry per transfer in 10 s: within that time the transfer is
   * returned as it is. Throws NOT_FOUND, OVERLOADED or DRAINING.
   */
  async refresh(scope: ReadScope, id: string): Promise<AppliedOutcome> {
    const { store, capacity } = this.options;
    const transfer = await store.findById(id);
    if (transfer === null || !isInScope(scope, transfer)) throw new CodedError('NOT_FOUND');
    const leave = capacity.enter();
    try {
      const applied = await this.inquire(id, {
        spacingMs: TRANSFER.hintedInquirySpacingMs,
        isPlanned: false,
      });
      if (applied !== null) return applied;
      // Another inquiry may have ended since it was read.
      const now = (await store.findById(id)) ?? transfer;
      return { transfer: now, hasChanged: false, event: null, isForReview: false };
    } finally {
      leave();
    }
  }

  /** Inquires unless the last inquiry was less than `spacingMs` ago; then null. Rejects only for the database. */
  async inquire(id: string, terms: InquiryTerms): Promise<AppliedOutcome | null> {
    const { store, eko, clock } = this.options;
    const begunAt = new Date(clock.nowMs());
    const transfer = await store.claimInquiry(id, { now: begunAt, ...terms });
    if (transfer === null) return null;
    reach('inquiry claimed');
    await this.#recover(transfer);
    const askedAt = new Date(clock.nowMs());
    const { outcome, isTidDenied } = await eko.inquire({
      userCode: transfer.agentUserCode,
      clientRefId: transfer.clientRefId,
      tid: transfer.tid,
    });
    reach('inquiry answered');
    const cause = outcome.kind === 'inquiryFailed' ? { cause: outcome.cause } : {};
    this.options.onInquiry({ transferId: id, kind: outcome.kind, ...cause });
    return applyOutcome(this.options, {
      transferId: id,
      outcome,
      source: 'EKO_INQUIRY',
      askedAt,
      begunAt,
      isTidDenied,
    });
  }

  /**
   * A transfer still SUBMITTING after its debit must have ended: it was left behind by a process that died, or all that
   * Eko has said of it could not be true.
   */
  async #recover(transfer: Transfer): Promise<void> {
    const { clock, transferTimeoutMs } = this.options;
    const endsAtMs = transfer.createdAt.getTime() + transferTimeoutMs + TRANSFER.firstInquiryMarginMs;
    if (transfer.status !== 'SUBMITTING' || clock.nowMs() < endsAtMs) return;
    const cause =
      transfer.eventCount === 1 ? 'none was recorded in its time' : 'what it said contradicts itself';
    await applyOutcome(this.options, {
      transferId: transfer.id,
      outcome: { kind: 'unknown', cause, evidence: {}, envelope: null },
      source: 'RECOVERY',
      askedAt: transfer.createdAt,
    });
  }
}
