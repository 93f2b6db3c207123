import { describe, expect, test } from '@jest/globals';
import {
  CLIENT_REF_ID,
  createClientRefId,
  createUuidV7,
  isLatLong,
  lowestUuidV7,
  OTP,
  OTP_REF_ID,
  RECIPIENT_ID,
  USER_CODE,
  UUID,
} from '../../src/shared/identifiers.js';

test.each<[name: string, shape: RegExp, good: string[], bad: string[]]>([
  [
    'an OTP',
    OTP,
    ['1234', '00000000', '012345'],
    ['', '123', '123456789', '12a4', '1234\n', ' 1234', '१२३४', '-1234', '12.34'],
  ],
  [
    'a recipient',
    RECIPIENT_ID,
    ['1', '98765', '999999999999999'],
    ['', '0', '01', '-1', '1.5', '1000000000000000', '1\n', '१'],
  ],
  [
    'an OTP’s reference',
    OTP_REF_ID,
    ['x', '!~', 'a'.repeat(200)],
    ['', ' ', 'a b', 'a\n', 'é', 'a'.repeat(201), '\u0000'],
  ],
  ['a user code', USER_CODE, ['20810200', 'Ab12'], ['', '123', 'a'.repeat(21), '2081-200', '20810200\n']],
  [
    'a UUID',
    UUID,
    ['01900000-0000-7000-8000-000000000000'],
    [
      '',
      '01900000-0000-7000-8000-00000000000G',
      '01900000-0000-7000-8000-00000000000A',
      '0190000000007000800000000000000',
      '01900000-0000-7000-8000-000000000000\n',
      '{01900000-0000-7000-8000-000000000000}',
    ],
  ],
])('%s has its shape', (_name, shape, good, bad) => {
  expect(good.filter((text) => !shape.test(text))).toEqual([]);
  expect(bad.filter((text) => shape.test(text))).toEqual([]);
});

describe('an id of ours', () => {
  test('is a version 7 UUID that begins with its millisecond', () => {
    const nowMs = 1_767_263_400_123;
    const id = createUuidV7(nowMs);
    expect(id).toMatch(UUID);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(nowMs);
  });

  test('sorts by its time, and lies above the lowest of its millisecond and below that of the next', () => {
    const ids = Array.from({ length: 500 }, (_, index) => createUuidV7(1_767_263_400_000 + index * 7));
    expect([...ids].sort()).toEqual(ids);
    for (let nowMs = 1_767_263_400_000; nowMs < 1_767_263_400_200; nowMs += 1) {
      const id = createUuidV7(nowMs);
      expect(id >= lowestUuidV7(nowMs) && id < lowestUuidV7(nowMs + 1)).toBe(true);
    }
  });

  test('is never the same twice in one millisecond', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => createUuidV7(1))).size).toBe(10_000);
  });

  test('holds from 1970 to the year 9999', () => {
    for (const nowMs of [0, 1, 253_402_300_799_999]) {
      expect(createUuidV7(nowMs)).toMatch(UUID);
      expect(lowestUuidV7(nowMs)).toMatch(UUID);
    }
  });
});

describe('a reference of ours', () => {
  test('is one that Eko takes, with a letter, in 20 characters', () => {
    for (const nowMs of [0, 1_767_263_400_123, 253_402_300_799_999]) {
      const reference = createClientRefId(nowMs);
      expect(reference).toHaveLength(20);
      expect(reference).toMatch(CLIENT_REF_ID);
    }
  });

  test('is never the same twice in one millisecond', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => createClientRefId(1_767_263_400_123))).size).toBe(
      10_000,
    );
  });
});

test('latitudes end at 90 and longitudes at 180 degrees', () => {
  expect(['90,180', '-90,-180', '90.000,180.0'].filter((text) => !isLatLong(text))).toEqual([]);
  expect(['90.0000000000001,0', '0,180.0000000000001', '-90.1,0', '99,0', '0,999'].filter(isLatLong)).toEqual(
    [],
  );
});
