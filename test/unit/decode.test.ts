// What PostgreSQL writes of a value is read as node-postgres reads it, whatever the session's zone.
import { expect, test } from '@jest/globals';
import { decodeBoolean, decodeMoment, decodeTimestamp, toDecoder } from '../../src/database/decode.js';
import { AssertionError } from '../../src/shared/assert.js';

test.each([
  ['2026-11-22 08:22:20+00', '2026-11-22T08:22:20.000Z'],
  ['2026-11-22 08:22:20.4+00', '2026-11-22T08:22:20.400Z'],
  ['2026-11-22 08:22:20.04+00', '2026-11-22T08:22:20.040Z'],
  ['2026-11-22 08:22:20.489999+00', '2026-11-22T08:22:20.489Z'],
  ['2026-11-22 13:52:20.489+05:30', '2026-11-22T08:22:20.489Z'],
  ['2026-11-21 22:22:20-10', '2026-11-22T08:22:20.000Z'],
])('the moment %s', (text, iso) => {
  expect(decodeTimestamp(text).toISOString()).toBe(iso);
  expect(decodeMoment(text)).toBe(iso);
});

test('other types, as an entity names them', () => {
  expect([decodeBoolean('t'), decodeBoolean('f')]).toEqual([true, false]);
  expect(toDecoder('integer')('-42')).toBe(-42);
  expect(toDecoder('numeric')('10131.18')).toBe('10131.18');
  expect(toDecoder('jsonb')('{"a": [1, null]}')).toEqual({ a: [1, null] });
  expect(() => toDecoder('money')).toThrow(AssertionError);
});
