// Choices that follow from a seed and a number: input 4711 of seed 42 is the same one on every machine.

export class SeededRandom {
  #state: number;

  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
    for (let turn = 0; turn < 4; turn += 1) this.fraction();
  }

  /** From 0 up to but not including 1. Source: mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both ends included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  pick<One>(from: readonly One[]): One {
    return from[this.whole(0, from.length - 1)]!;
  }

  /** Mostly few, now and then many. */
  count(most: number): number {
    return Math.floor(most ** this.fraction());
  }

  times<One>(count: number, make: (index: number) => One): One[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }
}
