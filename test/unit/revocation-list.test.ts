// What a process knows of revocations when readings overlap, or fail.
import { expect, jest, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { DEMO_AGENT } from '../../src/auth/identity.js';
import { RevocationList } from '../../src/auth/revocation-list.js';

const REVOKED = [{ kind: 'AGENT', value: DEMO_AGENT.userCode }];

/** A list whose readings end when the test says so. */
function createList() {
  const readings: { resolve: (rows: object[]) => void; reject: (error: Error) => void }[] = [];
  const find = () =>
    new Promise<object[]>((resolve, reject) => {
      readings.push({ resolve, reject });
    });
  const dataSource = { isInitialized: true, getRepository: () => ({ find }) } as unknown as DataSource;
  const list = new RevocationList(dataSource);
  const isKnown = () => {
    try {
      list.assertNotKnown(DEMO_AGENT);
      return false;
    } catch {
      return true;
    }
  };
  return { list, readings, isKnown };
}

test('of two readings at once the one begun last counts, whichever ends first', async () => {
  const { list, readings, isKnown } = createList();
  const [older, newer] = [list.load(), list.load()];
  readings[1]!.resolve(REVOKED);
  await newer;
  readings[0]!.resolve([]);
  await older;
  expect(isKnown()).toBe(true);
});

test('a reading that failed is told, and made again until it succeeds', async () => {
  const { list, readings, isKnown } = createList();
  const onError = jest.fn();
  const changed = list.onChange(onError);
  readings[0]!.reject(new Error('the database is away'));
  while (readings.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  readings[1]!.resolve(REVOKED);
  await changed;
  expect(onError).toHaveBeenCalledTimes(1);
  expect(isKnown()).toBe(true);
});
