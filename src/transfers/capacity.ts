// How many calls may be under way at once, and whether new ones are still taken.
import { CodedError } from '../shared/errors.js';

/** Long enough for some of the calls under way to end. */
const RETRY_AFTER_MS = 1_000;

export class Capacity {
  #inFlight = 0;
  #isDraining = false;
  #onIdle: (() => void)[] = [];

  constructor(private readonly maxInFlight: number) {}

  /** Takes a place and returns the function that gives it back. Throws DRAINING or OVERLOADED. */
  enter(): () => void {
    this.assertOpen();
    if (this.#inFlight >= this.maxInFlight)
      throw new CodedError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    this.#inFlight += 1;
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    };
  }

  assertOpen(): void {
    if (this.#isDraining) throw new CodedError('DRAINING', { retryAfterMs: RETRY_AFTER_MS });
  }

  /** True when `enter` would give a place now. */
  get hasRoom(): boolean {
    return !this.#isDraining && this.#inFlight < this.maxInFlight;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes no new calls, and resolves when the running ones have ended. */
  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
