// What a whole set of runs has led through, so that a test can tell a law that holds from one that was never tried.
import type { Fault } from './gate.js';

export class Coverage {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, this.countOf(what) + 1);
  }

  countOf(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}

export function describeFault({ kind, side, moment }: Fault): string {
  return `${kind} ${side} ${moment}`;
}
