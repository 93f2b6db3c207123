import { describe, expect, test } from '@jest/globals';
import { formatRupees, paiseOfRupees, parsePaise } from '../../src/shared/money.js';

describe('money', () => {
  test.each([
    [100, 10000n],
    ['100.00', 10000n],
    ['10.0', 1000n],
    ['2.22263731286E9', 222263731286n],
    ['1e2', 10000n],
    [10131.18, 1013118n],
    ['0.470', 47n],
    ['-3.5', -350n],
    [0, 0n],
  ])('reads %p as paise', (input, paise) => expect(parsePaise(input)).toBe(paise));

  test.each([
    '',
    ' ',
    'abc',
    '1.234',
    'NaN',
    '0x10',
    '1e99',
    '1,000',
    null,
    undefined,
    true,
    {},
    [100],
    Infinity,
    '9'.repeat(40),
  ])('refuses %p', (input) => expect(parsePaise(input)).toBeNull());

  test.each([
    [1013118n, '10131.18'],
    [5n, '0.05'],
    [-350n, '-3.50'],
    [paiseOfRupees(500), '500.00'],
  ])('writes %p with two places', (paise, text) => expect(formatRupees(paise)).toBe(text));
});
