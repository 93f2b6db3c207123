import { describe, expect, test } from '@jest/globals';
import { maskAccount, maskMobile, scrubText } from '../../src/shared/redact.js';

test.each([
  ['6123456789', 'XXXXXX6789'],
  ['6789', '6789'],
  ['', ''],
])('the mobile number %s is shown as %s', (mobile, shown) => {
  expect(maskMobile(mobile)).toBe(shown);
});

test.each([
  ['123456789012', 'XXXXXXXX9012'],
  ['12345678', 'XXXX5678'],
  ['1234567', 'XXXX567'],
  ['12345', 'XXX45'],
  ['12', 'X2'],
  ['1', 'X'],
  ['', ''],
])('of the account %s at most half is shown: %s', (account, shown) => {
  expect(maskAccount(account)).toBe(shown);
});

describe('Eko’s words', () => {
  test.each([
    ['Account 123456789012 credited', 'Account XXXXXXXX9012 credited'],
    ['Call 98765 43210 or 98765-43210', 'Call XXXXXX3210 or XXXXXX3210'],
    ['a\u0000b\tc\r\nd\u200be', 'ab c de'],
    ['Rs. 500 on 2026', 'Rs. 500 on 2026'],
    ['IFSC SBIN0001234', 'IFSC SBIN0001234'],
    ['half \ud800 pair', 'half \ufffd pair'],
    ['1 2 3 4 5 6 7 8 9', 'XXXXX6789'],
    ['12345678', '12345678'],
  ])('%j are kept as %j', (text, kept) => {
    expect(scrubText(text)).toBe(kept);
  });

  test.each([
    ['OTP 123456 is wrong', '123456'],
    ['OTP 12\u200b3456 is wrong', '123456'],
    ['OTP 123\u0000456 is wrong', '123456'],
    ['1234561234567', '123456'],
  ])('do not hold a secret: %j', (text, secret) => {
    expect(scrubText(text, [secret])).not.toContain(secret);
  });

  test('are bounded', () => {
    expect(scrubText('x'.repeat(10_000))).toHaveLength(500);
    expect(scrubText('1'.repeat(10_000))).toHaveLength(500);
  });

  test('are scrubbed in linear time', () => {
    const startedAt = performance.now();
    for (const unit of ['1 ', '1-', ' ', '1', '\u200b']) scrubText(unit.repeat(500_000));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('do not mind an empty secret', () => {
    expect(scrubText('words', [''])).toBe('words');
  });
});
