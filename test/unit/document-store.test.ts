// The store of parsed documents: bounded, and the ones used last stay.
import { expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { HTTP } from '../../src/config/limits.js';
import { createDocumentStore } from '../../src/http/document-store.js';

const PARTS = 4;
/** A document so long that the store holds so many of them and no more. */
const LONG = parse(`{ a }${' '.repeat(HTTP.maxStoredCharacters / PARTS - 5)}`);

test('what was used longest ago makes room', async () => {
  const store = createDocumentStore();
  for (let index = 0; index < PARTS; index += 1) await store.set(`${index}`, LONG);
  expect(await store.get('0')).toBe(LONG);
  await store.set('new', LONG);
  expect(await store.get('1')).toBeUndefined();
  for (const kept of ['0', '2', '3', 'new']) expect(await store.get(kept)).toBe(LONG);
});

test('what is set again or deleted counts once, or not at all', async () => {
  const store = createDocumentStore();
  for (let index = 0; index < PARTS * 3; index += 1) await store.set('same', LONG);
  await store.set('gone', LONG);
  expect(await store.delete('gone')).toBe(true);
  expect(await store.delete('gone')).toBe(false);
  for (let index = 1; index < PARTS; index += 1) await store.set(`${index}`, LONG);
  expect(await store.get('same')).toBe(LONG);
});

test('a document longer than all of it is not kept', async () => {
  const store = createDocumentStore();
  await store.set('long', parse(`{ a }${' '.repeat(HTTP.maxStoredCharacters)}`));
  expect(await store.get('long')).toBeUndefined();
});
