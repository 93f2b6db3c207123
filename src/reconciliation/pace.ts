// How often something may begin: evenly, so that a backlog neither overruns Eko nor takes the time of new transfers.
import { setTimeout as delay } from 'node:timers/promises';

export class Pace {
  readonly #spacingMs: number;
  #nextAtMs = 0;

  constructor(perSecond: number) {
    this.#spacingMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn, in the order of the calls. What was not used is not made up for. */
  async turn(): Promise<void> {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + this.#spacingMs;
    if (atMs > nowMs) await delay(Math.ceil(atMs - nowMs));
  }
}
