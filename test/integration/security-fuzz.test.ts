// A short run of the fuzzer, always the same one; `npm run test:fuzz` runs longer ones of any seed.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import { runFuzz, type FuzzResult } from '../fuzz/fuzz-run.js';
import { InputGenerator } from '../fuzz/input-generator.js';
import { SeededRandom } from '../fuzz/seeded-random.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SEED = 42;
const INPUTS = 2_000;
/** What a heap of this size moves by, and the documents that are kept parsed. */
const MAX_GROWTH_BYTES = 16 * 1024 * 1024;

let database: TestDatabase;
let result: FuzzResult;
beforeAll(async () => {
  database = await createTestDatabase();
  result = await runFuzz({
    seed: SEED,
    inputs: INPUTS,
    databaseUrl: database.url,
    serverModule: join(process.env['TEST_BUILD_DIR'] ?? '', 'test', 'support', 'attack-server.js'),
  });
}, 120_000);
afterAll(() => database.drop());

test(`${INPUTS} malformed requests bring no fault, no echo and no error without a code`, () => {
  expect(result.problems).toEqual([]);
  expect(result.inputs).toBe(INPUTS);
});

test('they came every way, and were answered in many', () => {
  expect(Object.keys(result.ways).sort()).toEqual([
    'bytes',
    'get',
    'multipart',
    'odd request',
    'post',
    'websocket',
  ]);
  expect(Object.keys(result.outcomes)).toEqual(
    expect.arrayContaining([
      'BAD_USER_INPUT',
      'QUERY_TOO_COMPLEX',
      'TOO_MANY_MUTATIONS',
      'NOT_FOUND',
      'data',
    ]),
  );
});

test('the memory of the server is what it was', () => {
  expect(result.heapBytes.atEnd - result.heapBytes.atFifth).toBeLessThan(MAX_GROWTH_BYTES);
});

test('an input follows from its seed and its number', () => {
  const generator = new InputGenerator(buildSchema(readFileSync('schema.graphql', 'utf8')), 'token');
  const make = (seed: number, index: number) => JSON.stringify(generator.make(new SeededRandom(seed, index)));
  expect(make(SEED, 7)).toBe(make(SEED, 7));
  expect(new Set([make(SEED, 7), make(SEED, 8), make(SEED + 1, 7)]).size).toBe(3);
});
