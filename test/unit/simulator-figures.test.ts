// The simulator's arithmetic: prices, Eko's ways to write rupees, Indian time.
import { describe, expect, test } from '@jest/globals';
import { toIndianMonth, toIndianTimestamp } from '../../src/simulator/indian-time.js';
import { toPrice } from '../../src/simulator/pricing.js';
import { toRupeeNumber, toShortRupees } from '../../src/simulator/rupee-formats.js';

describe('the price of a transfer', () => {
  test.each([
    // rupees, fee, GST, commission, TDS, debit: the first and last fee are examples of Eko's own price page
    [100, 1_000n, 153n, 567n, 11n, 10_444n],
    [999, 1_000n, 153n, 567n, 11n, 100_344n],
    [1_001, 1_001n, 153n, 568n, 11n, 100_544n],
    [5_000, 5_000n, 763n, 3_957n, 79n, 501_122n],
  ])('of ₹%d is exact to the paisa', (rupees, fee, serviceTax, commission, tds, debit) => {
    expect(toPrice(rupees)).toEqual({
      amountPaise: BigInt(rupees) * 100n,
      feePaise: fee,
      serviceTaxPaise: serviceTax,
      commissionPaise: commission,
      tdsPaise: tds,
      debitPaise: debit,
    });
  });
});

describe('rupees on the wire', () => {
  test.each([
    [1_000n, '10.0', 10],
    [1_050n, '10.5', 10.5],
    [153n, '1.53', 1.53],
    [1_013_118n, '10131.18', 10_131.18],
  ])('%d paise are %s or %d', (paise, text, number) => {
    expect(toShortRupees(paise)).toBe(text);
    expect(toRupeeNumber(paise)).toBe(number);
  });
});

describe('Indian time', () => {
  test('is printed without a zone, five and a half hours ahead of UTC', () => {
    expect(toIndianTimestamp(Date.parse('2026-07-23T09:46:35.396Z'))).toBe('2026-07-23 15:16:35');
  });

  test('begins a month at 18:30 UTC of the day before', () => {
    expect(toIndianMonth(Date.parse('2026-07-31T18:29:59.999Z'))).toBe('2026-07');
    expect(toIndianMonth(Date.parse('2026-07-31T18:30:00.000Z'))).toBe('2026-08');
  });
});
