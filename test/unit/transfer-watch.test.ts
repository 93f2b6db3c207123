// What one subscriber is told of one transfer.
import { expect, test } from '@jest/globals';
import type { Transfer } from '../../src/entities/index.js';
import { TransferWatch } from '../../src/transfers/transfer-watch.js';

const state = (eventCount: number, status = 'AWAITED') => ({ eventCount, status }) as Transfer;

function createWatch() {
  const ends: string[] = [];
  const watch = new TransferWatch({
    isLast: ({ status }) => status === 'SUCCESS',
    onEnd: () => ends.push('ended'),
  });
  const next = async () => {
    const { done, value } = await watch.next();
    return done === true ? 'end' : value.eventCount;
  };
  return { watch, next, ends };
}

test('each state is told once, also when it is offered again', async () => {
  const { watch, next } = createWatch();
  watch.offer(state(1));
  expect(await next()).toBe(1);
  watch.offer(state(1));
  watch.offer(state(2));
  watch.offer(state(2));
  expect(await next()).toBe(2);
  watch.offer(state(2));
  const waiting = next();
  watch.offer(state(3));
  expect(await waiting).toBe(3);
});

test('a state that is older than one that was told, or waits, is not told', async () => {
  const { watch, next } = createWatch();
  watch.offer(state(3));
  watch.offer(state(2));
  expect(await next()).toBe(3);
  watch.offer(state(2));
  watch.offer(state(4));
  expect(await next()).toBe(4);
});

test('a slow reader gets the last of the states that it was too slow for', async () => {
  const { watch, next } = createWatch();
  for (let eventCount = 1; eventCount <= 1_000; eventCount += 1) watch.offer(state(eventCount));
  expect(await next()).toBe(1_000);
});

test('it ends after the last state, which is told', async () => {
  const { watch, next, ends } = createWatch();
  watch.offer(state(2, 'SUCCESS'));
  expect(await next()).toBe(2);
  expect(ends).toEqual(['ended']);
  watch.offer(state(3));
  expect(await next()).toBe('end');
});

test('it is read with `for await`', async () => {
  const { watch } = createWatch();
  watch.offer(state(1, 'SUCCESS'));
  const told: number[] = [];
  for await (const { eventCount } of watch) told.push(eventCount);
  expect(told).toEqual([1]);
});

test('it can be ended while it is waited for', async () => {
  const { watch, next, ends } = createWatch();
  const waiting = next();
  expect(await watch.return()).toEqual({ done: true, value: undefined });
  expect(await waiting).toBe('end');
  await watch.return();
  expect(ends).toEqual(['ended']);
});

test('a failure comes after what has not been told, once', async () => {
  const { watch, next, ends } = createWatch();
  watch.offer(state(1));
  watch.fail(new Error('over'));
  expect(await next()).toBe(1);
  await expect(next()).rejects.toThrow('over');
  expect(await next()).toBe('end');
  expect(ends).toEqual(['ended']);
});

test('a failure ends the waiting', async () => {
  const { watch, next } = createWatch();
  const waiting = next();
  watch.fail(new Error('over'));
  await expect(waiting).rejects.toThrow('over');
});
