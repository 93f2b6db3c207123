// What the model knows of one run: the OTPs, what was asked with them, what came back, and what Eko has told of each.
import type { InitiatedTransfer } from '../../../src/transfers/transfer-service.js';
import type { Exchange, Recorded } from './model-eko.js';
import type { LifecycleState } from './steps.js';

/** A transfer's row and timeline, as SQL finds them. */
export interface Row {
  readonly id: string;
  readonly clientRefId: string;
  readonly otpRefId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
  readonly agentUserCode: string;
  readonly status: string;
  readonly failureReason: string | null;
  readonly needsReview: boolean;
  readonly tid: string | null;
  readonly eventCount: number;
  readonly createdAt: Date;
  readonly nextInquiryAt: Date | null;
  readonly notReceivedAt: Date | null;
  /** When the queue will run its job; null when there is none. */
  readonly jobRunAt: Date | null;
  /** Oldest first: sequence, status before, status after, and whether it rests on a "not found". */
  readonly timeline: readonly (readonly [
    sequence: number,
    from: string | null,
    to: string,
    isDenial: boolean,
  ])[];
}

/** Whether Eko has told something that cannot be true together with the rest; `maybe` when nobody knows if it was read. */
export type Verdict = 'no' | 'maybe' | 'yes';

/** One sent OTP and the transfer that it may authorise: there is never more than one. */
export class KnownTransfer {
  /** Chosen by the first request; null for one that leaves the reference to the server. */
  clientRefId: string | null = null;
  row: Row | null = null;
  /** The states it has been seen in, in order, SUBMITTING first. */
  readonly path: LifecycleState[] = [];
  verdict: Verdict = 'no';
  /** A person has closed a review: what was told before may be told again, and be no news. */
  wasReviewed = false;
  /** What Eko said of it, and whether it was stored for certain: an answer can die with its reader. */
  readonly told = new Map<Exchange, { readonly isCertain: boolean }>();
  requestCount = 0;
  /** Of the requests, those that were answered with an error: it says that nothing was sent. */
  errorCount = 0;
  /** A worker has taken its inquiry job, and no other has been seen since. */
  isJobTaken = false;
  /** When Eko was last asked what became of it. */
  inquiredAtMs: number | null = null;
  readonly results: InitiatedTransfer[] = [];

  constructor(
    readonly otpRefId: string,
    readonly terms: {
      readonly agent: string;
      readonly recipientId: string;
      readonly amountRupees: number;
      readonly expiresAtMs: number;
    },
  ) {}

  get state(): LifecycleState | null {
    return this.path.at(-1) ?? null;
  }

  get hasBeenRequested(): boolean {
    return this.requestCount > 0;
  }

  /** What a falsehood of Eko's has to contradict; null before there is anything. */
  toRecorded(): Recorded | null {
    if (this.row === null) return null;
    const { tid, amountRupees } = this.row;
    const isFailed = this.state === 'FAILED';
    const hasMoved = this.state === 'SUCCESS' || this.state === 'REFUND_PENDING' || this.state === 'REFUNDED';
    return { tid, amountRupees, believes: isFailed ? 'failed' : hasMoved ? 'moved' : 'open' };
  }

  /** A verdict never gets milder, but for a review that a person closes. */
  judge(verdict: Verdict): void {
    const fair = verdict === 'yes' && this.wasReviewed ? 'maybe' : verdict;
    if (fair === 'yes' || this.verdict === 'no') this.verdict = fair;
  }

  closeReview(): void {
    this.wasReviewed = true;
    this.verdict = 'no';
  }
}

export class LifecycleModel {
  readonly transfers: KnownTransfer[] = [];

  /** Those of which a row was seen. */
  get recorded(): KnownTransfer[] {
    return this.transfers.filter(({ row }) => row !== null);
  }

  get requested(): KnownTransfer[] {
    return this.transfers.filter(({ hasBeenRequested }) => hasBeenRequested);
  }

  get unused(): KnownTransfer[] {
    return this.transfers.filter(({ hasBeenRequested }) => !hasBeenRequested);
  }

  findByReference(clientRefId: string): KnownTransfer | undefined {
    return this.transfers.find(({ row }) => row?.clientRefId === clientRefId);
  }
}
