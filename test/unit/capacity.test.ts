import { expect, test } from '@jest/globals';
import { CodedError } from '../../src/shared/errors.js';
import { Capacity } from '../../src/transfers/capacity.js';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof CodedError) return `${error.code} ${String(error.retryAfterMs)}`;
    throw error;
  }
  return 'entered';
}

test('as many enter as there is room, and one more for each that leaves', () => {
  const capacity = new Capacity(2);
  const leave = capacity.enter();
  capacity.enter();
  expect(codeOf(() => capacity.enter())).toBe('OVERLOADED 1000');
  expect(capacity.inFlight).toBe(2);
  leave();
  expect(codeOf(() => capacity.enter())).toBe('entered');
});

test('a place given back twice is one place', () => {
  const capacity = new Capacity(2);
  const leave = capacity.enter();
  capacity.enter();
  leave();
  leave();
  expect(capacity.inFlight).toBe(1);
});

test('draining ends when the last one leaves, and lets nobody in meanwhile or after', async () => {
  const capacity = new Capacity(5);
  const [first, second] = [capacity.enter(), capacity.enter()];
  let isDrained = false;
  const drained = Promise.all([capacity.drain(), capacity.drain()]).then(() => {
    isDrained = true;
  });
  expect(codeOf(() => capacity.enter())).toBe('DRAINING 1000');
  await new Promise(setImmediate);
  expect(isDrained).toBe(false);
  first();
  await new Promise(setImmediate);
  expect(isDrained).toBe(false);
  second();
  await drained;
  expect(codeOf(() => capacity.enter())).toBe('DRAINING 1000');
  await capacity.drain();
});

test('draining comes before the bound: a full server that ends says so', () => {
  const capacity = new Capacity(1);
  capacity.enter();
  void capacity.drain();
  expect(codeOf(() => capacity.enter())).toBe('DRAINING 1000');
});
