// Sealed text: it opens with its own key, in its own place, unchanged; and is found again where it has to be.
import { describe, expect, test } from '@jest/globals';
import { findKeyId, Sealer, UnsealableError, type SealingKey } from '../../src/shared/sealing.js';

const MOBILE = '9123456789';
const toKey = (id: string): SealingKey => ({ id, key: Buffer.alloc(32, id) });
const indexKey = Buffer.alloc(32, 'index');
const sealer = new Sealer({ keys: [toKey('new'), toKey('old')], indexKey });
const before = new Sealer({ keys: [toKey('old')], indexKey });

describe('a sealed text', () => {
  test('holds nothing of the text, names its key, and opens', () => {
    for (const stored of [sealer.seal(MOBILE, 'recipient_name'), sealer.sealToFind(MOBILE, 'customer_id')]) {
      expect(stored).toMatch(/^s1\.new\.[\w-]{16}\.[\w-]{22,}$/);
      expect(stored).not.toContain(MOBILE);
      expect(findKeyId(stored)).toBe('new');
    }
    expect(sealer.open(sealer.seal('अनिल कुमार', 'recipient_name'), 'recipient_name')).toBe('अनिल कुमार');
    expect(sealer.open(sealer.sealToFind(MOBILE, 'customer_id'), 'customer_id')).toBe(MOBILE);
    expect(sealer.open(sealer.seal('', 'recipient_name'), 'recipient_name')).toBe('');
  });

  test('looks different each time, but for one that has to be found', () => {
    expect(sealer.seal(MOBILE, 'recipient_name')).not.toBe(sealer.seal(MOBILE, 'recipient_name'));
    expect(sealer.sealToFind(MOBILE, 'customer_id')).toBe(sealer.sealToFind(MOBILE, 'customer_id'));
    const other = new Sealer({ keys: [toKey('new')], indexKey: Buffer.alloc(32, 'other') });
    expect(sealer.sealToFind(MOBILE, 'customer_id')).not.toBe(other.sealToFind(MOBILE, 'customer_id'));
  });

  test('that an older key sealed opens, and is found', () => {
    const stored = before.sealToFind(MOBILE, 'customer_id');
    expect(sealer.open(stored, 'customer_id')).toBe(MOBILE);
    expect(sealer.toStoredForms(MOBILE, 'customer_id')).toEqual([
      sealer.sealToFind(MOBILE, 'customer_id'),
      stored,
      MOBILE,
    ]);
    // What the audit covers stays the same.
    expect(stored.split('.')[2]).toBe(sealer.sealToFind(MOBILE, 'customer_id').split('.')[2]);
  });

  test('does not open with a key that is not there, is another, or in another place', () => {
    const stored = sealer.sealToFind(MOBILE, 'customer_id');
    expect(() => before.open(stored, 'customer_id')).toThrow(UnsealableError);
    const impostor = new Sealer({ keys: [{ id: 'new', key: Buffer.alloc(32, 'x') }], indexKey });
    expect(() => impostor.open(stored, 'customer_id')).toThrow(UnsealableError);
    expect(sealer.open(stored, 'customer_id')).toBe(MOBILE);
    expect(() => sealer.open(stored, 'recipient_name')).toThrow(UnsealableError);
  });

  test('that was changed in any place does not open', () => {
    const stored = sealer.sealToFind(MOBILE, 'customer_id');
    const from = stored.indexOf('.', 3) + 1;
    for (let at = from; at < stored.length; at += 1) {
      if (stored[at] === '.') continue;
      // The last character of a group holds bits that say nothing; another one far away changes others.
      const changed = `${stored.slice(0, at)}${stored[at] === 'A' ? 'z' : 'A'}${stored.slice(at + 1)}`;
      const bytes = (text: string) =>
        text
          .split('.')
          .slice(2)
          .map((part) => Buffer.from(part, 'base64url').toString('hex'))
          .join('.');
      if (bytes(changed) === bytes(stored)) continue;
      expect(() => sealer.open(changed, 'customer_id')).toThrow(UnsealableError);
    }
  });

  test('says nothing of itself when it does not open', () => {
    try {
      before.open(sealer.sealToFind(MOBILE, 'customer_id'), 'customer_id');
    } catch (error) {
      expect(String(error)).toBe(
        'UnsealableError: text is sealed with the key "new", which is not among DATA_ENCRYPTION_KEYS',
      );
    }
    expect.assertions(1);
  });
});

test('text from before anything was sealed is read as it is', () => {
  expect(sealer.open(MOBILE, 'customer_id')).toBe(MOBILE);
  expect(findKeyId(MOBILE)).toBeNull();
});
