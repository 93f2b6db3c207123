// Stops new debits after many unknown outcomes in a row, so that a broken Eko leaves few transfers open instead of
// all. Inquiries are never stopped: they are how the open ones end.
import type { DebitOutcome, InquiryOutcome } from '../eko/index.js';
import type { Clock } from '../shared/clock.js';
import { CodedError } from '../shared/errors.js';

export interface DebitBreakerOptions {
  readonly clock: Clock;
  readonly limits: { readonly unknownInARow: number; readonly probeEveryMs: number };
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

export class DebitBreaker {
  #unknownInARow = 0;
  #nextProbeAtMs = 0;

  constructor(private readonly options: DebitBreakerOptions) {}

  get isOpen(): boolean {
    return this.#unknownInARow >= this.options.limits.unknownInARow;
  }

  /** Before the intent. Throws OVERLOADED while it is open, but for one debit in a while that finds out. */
  assertClosed(): void {
    if (!this.isOpen) return;
    const { clock, limits } = this.options;
    const waitMs = this.#nextProbeAtMs - clock.nowMs();
    if (waitMs > 0) {
      throw new CodedError('OVERLOADED', {
        message:
          'Eko has left the outcome of the last debits open, so new ones wait. Nothing was written or sent.',
        retryAfterMs: waitMs,
      });
    }
    this.#nextProbeAtMs = clock.nowMs() + limits.probeEveryMs;
  }

  /** After each debit and each inquiry. What names no outcome, and a debit that was not sent, tells nothing here. */
  record(kind: (DebitOutcome | InquiryOutcome)['kind']): void {
    if (kind === 'notSent' || kind === 'notFound' || kind === 'inquiryFailed') return;
    const { clock, limits, onOpen, onClose } = this.options;
    const wasOpen = this.isOpen;
    this.#unknownInARow = kind === 'unknown' ? this.#unknownInARow + 1 : 0;
    this.#nextProbeAtMs = clock.nowMs() + limits.probeEveryMs;
    if (this.isOpen && !wasOpen) onOpen();
    if (!this.isOpen && wasOpen) onClose();
  }
}
