// What a failed statement tells us, by its SQLSTATE: wherever that stands, and when there is none.
import { expect, test } from '@jest/globals';
import { isPermanent, isUniqueViolation } from '../../src/database/database-error.js';

/** As TypeORM wraps it, and as the driver throws it. */
const toErrors = (code: unknown) => [
  { driverError: { code } },
  { code },
  { code: '40001', driverError: { code } },
];

test.each([
  // SQLSTATE, is a unique violation, is permanent
  ['23505', true, true],
  ['23514', false, true],
  ['22001', false, true],
  ['42P01', false, true],
  ['40001', false, false],
  ['57P01', false, false],
  ['55P03', false, false],
  ['08006', false, false],
  ['02300', false, false],
  ['XX000', false, false],
  // Not SQLSTATEs: Node's own codes, and what only looks like one.
  ['ECONNREFUSED', false, false],
  ['EPIPE', false, false],
  ['235051', false, false],
  ['123505', false, false],
  ['2350', false, false],
  ['23a05', false, false],
  [23_505, false, false],
])('%j is a unique violation: %s, permanent: %s', (code, isUnique, isForGood) => {
  for (const error of toErrors(code)) {
    expect([isUniqueViolation(error), isPermanent(error)]).toEqual([isUnique, isForGood]);
  }
});

test.each([
  null,
  undefined,
  '23505',
  23_505,
  {},
  new Error('23505'),
  { driverError: null },
  { driverError: {} },
])('%p tells nothing', (error) => {
  expect([isUniqueViolation(error), isPermanent(error)]).toEqual([false, false]);
});

test('the driver’s word counts before the wrapper’s', () => {
  expect(isUniqueViolation({ code: '23505', driverError: { code: '40001' } })).toBe(false);
  expect(isUniqueViolation({ code: '23505', driverError: {} })).toBe(true);
});
