// How often something may begin.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Pace } from '../../src/reconciliation/pace.js';

const SPACING_MS = 20;
/** A timer counts in milliseconds from when its loop began. */
const ROUNDING_MS = 2;

test('turns come in the order in which they were asked for, and evenly', async () => {
  const pace = new Pace(1_000 / SPACING_MS);
  const startedAtMs = performance.now();
  const turns: { index: number; afterMs: number }[] = [];
  const take = async (index: number) => {
    await pace.turn();
    turns.push({ index, afterMs: performance.now() - startedAtMs });
  };
  await Promise.all([0, 1, 2, 3, 4].map(take));
  expect(turns.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  for (const { index, afterMs } of turns)
    expect(afterMs).toBeGreaterThanOrEqual(index * SPACING_MS - ROUNDING_MS);
});

test('a turn that nobody took is not made up for', async () => {
  const pace = new Pace(1_000 / SPACING_MS);
  await pace.turn();
  await delay(5 * SPACING_MS);
  const startedAtMs = performance.now();
  await pace.turn();
  await pace.turn();
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(SPACING_MS - ROUNDING_MS);
});
