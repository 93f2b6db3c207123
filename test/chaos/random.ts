// Numbers that follow from a seed and a name: the same campaign again, whatever the order of events was.
import { createHash } from 'node:crypto';

/** From 0 up to but not including 1. */
export function chance(seed: number, ...names: readonly (string | number)[]): number {
  const digest = createHash('sha256')
    .update([seed, ...names].join('|'))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** A whole number of `min` to `max`, both included. */
export function pick(min: number, max: number, seed: number, ...names: readonly (string | number)[]): number {
  return min + Math.floor(chance(seed, ...names) * (max - min + 1));
}
