// One subscriber's view of one transfer: the state that it has not been told yet, and never more than the last one.
import type { ShownTransfer } from './shown-columns.js';

export interface TransferWatchOptions {
  /** True for a state after which nothing is told. */
  readonly isLast: (transfer: ShownTransfer) => boolean;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/** A slow reader misses states in between, never the last one; what waits for it does not grow. */
export class TransferWatch implements AsyncIterableIterator<ShownTransfer> {
  #untold: ShownTransfer | undefined;
  #toldEventCount = 0;
  #hasEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(private readonly options: TransferWatchOptions) {}

  /** A state as it was read. Told unless it, or a later one, has been told. */
  offer(transfer: ShownTransfer): void {
    const lastEventCount = this.#untold?.eventCount ?? this.#toldEventCount;
    if (this.#hasEnded || transfer.eventCount <= lastEventCount) return;
    this.#untold = transfer;
    this.#wake?.();
  }

  /** Ends it with an error, after what has not been told yet. */
  fail(error: Error): void {
    this.#error = error;
    this.#end();
  }

  async next(): Promise<IteratorResult<ShownTransfer, undefined>> {
    while (this.#untold === undefined && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#untold !== undefined) {
      const transfer = this.#untold;
      this.#untold = undefined;
      this.#toldEventCount = transfer.eventCount;
      if (this.options.isLast(transfer)) this.#end();
      return { done: false, value: transfer };
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<ShownTransfer, undefined>> {
    this.#untold = undefined;
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#wake?.();
    this.options.onEnd();
  }
}
