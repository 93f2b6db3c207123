// Ids that are numbers, rise, and do not repeat after a restart: the time in milliseconds, or the last one plus one.
import type { Clock } from '../shared/clock.js';

export interface IdSequence {
  next(): number;
  /** Ids from now on are above `id`: used for those read back from a ledger file. */
  skipPast(id: number): void;
}

export function createIdSequence(clock: Clock): IdSequence {
  let last = 0;
  return {
    next: () => (last = Math.max(last + 1, clock.nowMs())),
    skipPast: (id) => {
      last = Math.max(last, id);
    },
  };
}
