// Sealed text: it opens with its own key, in its own place, unchanged; and is found again where it has to be.
import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Sealer, UnsealableError, type SealingKey } from '../../src/shared/sealing.js';

const MOBILE = '9123456789';
const indexKey = Buffer.alloc(32, 'index');
const toKey = (id: string, index = indexKey): SealingKey => ({
  id,
  key: Buffer.alloc(32, id),
  indexKey: index,
});
const PUBLISHED = toKey('published', Buffer.alloc(32, 'known to everybody'));
const sealer = new Sealer([toKey('new'), toKey('old'), PUBLISHED]);
const before = new Sealer([toKey('old')]);

describe('a sealed text', () => {
  test('holds nothing of the text, names its key, and opens', () => {
    for (const stored of [sealer.seal(MOBILE, 'recipient_name'), sealer.sealToFind(MOBILE, 'customer_id')]) {
      expect(stored).toMatch(/^s1\.new\.[\w-]{16}\.[\w-]{22,}$/);
      expect(stored).not.toContain(MOBILE);
    }
    expect(sealer.open(sealer.seal('अनिल कुमार', 'recipient_name'), 'recipient_name')).toBe('अनिल कुमार');
    expect(sealer.open(sealer.sealToFind(MOBILE, 'customer_id'), 'customer_id')).toBe(MOBILE);
    expect(sealer.open(sealer.seal('', 'recipient_name'), 'recipient_name')).toBe('');
  });

  test('looks different each time, but for one that has to be found', () => {
    expect(sealer.seal(MOBILE, 'recipient_name')).not.toBe(sealer.seal(MOBILE, 'recipient_name'));
    expect(sealer.sealToFind(MOBILE, 'customer_id')).toBe(sealer.sealToFind(MOBILE, 'customer_id'));
    const other = new Sealer([toKey('new', Buffer.alloc(32, 'other'))]);
    expect(sealer.sealToFind(MOBILE, 'customer_id')).not.toBe(other.sealToFind(MOBILE, 'customer_id'));
  });

  test('that an older key sealed opens, and is found', () => {
    const stored = before.sealToFind(MOBILE, 'customer_id');
    expect(sealer.open(stored, 'customer_id')).toBe(MOBILE);
    expect(sealer.toStoredForms(MOBILE, 'customer_id')).toEqual([
      sealer.sealToFind(MOBILE, 'customer_id'),
      stored,
      new Sealer([PUBLISHED]).sealToFind(MOBILE, 'customer_id'),
    ]);
    // What the audit covers stays the same.
    expect(stored.split('.')[2]).toBe(sealer.sealToFind(MOBILE, 'customer_id').split('.')[2]);
    expect(stored.split('.')[2]).toBe(sealer.toIndex(MOBILE, 'customer_id'));
  });

  test('does not open with a key that is not there, is another, or in another place', () => {
    const stored = sealer.sealToFind(MOBILE, 'customer_id');
    expect(() => before.open(stored, 'customer_id')).toThrow(UnsealableError);
    const impostor = new Sealer([{ ...toKey('new'), key: Buffer.alloc(32, 'x') }]);
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

describe('the number under an index', () => {
  /** With a key that everybody knows, under a nonce that stands in a timeline's chain. */
  function forge(text: string, nonce: string, field: string): string {
    const cipher = createCipheriv('aes-256-gcm', PUBLISHED.key, Buffer.from(nonce, 'base64url'));
    cipher.setAAD(Buffer.from(field));
    const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    return `s1.published.${nonce}.${sealed.toString('base64url')}`;
  }

  test.each([MOBILE, '9999999999'])(
    'does not open when it is not the one that was found by it: %s',
    (text) => {
      const forged = forge(text, sealer.toIndex(MOBILE, 'customer_id'), 'customer_id');
      expect(() => sealer.open(forged, 'customer_id')).toThrow(UnsealableError);
      // Nothing is wrong with it but that.
      const own = forge(text, new Sealer([PUBLISHED]).toIndex(text, 'customer_id'), 'customer_id');
      expect(sealer.open(own, 'customer_id')).toBe(text);
    },
  );

  test('does not open with another index key', () => {
    const stored = sealer.sealToFind(MOBILE, 'customer_id');
    const wrong = new Sealer([toKey('new', Buffer.alloc(32, 'other'))]);
    expect(() => wrong.open(stored, 'customer_id')).toThrow(
      /"new" does not open: that key or DATA_INDEX_KEY/,
    );
  });

  test('tells which keys have another one than the present', () => {
    expect(sealer.foreignKeyIds).toEqual(['published']);
    expect(new Sealer([PUBLISHED]).foreignKeyIds).toEqual([]);
  });
});

test.each([
  MOBILE,
  '',
  's1.',
  's1.new.short.text',
  `${sealer.sealToFind(MOBILE, 'customer_id')} `,
  ` ${sealer.sealToFind(MOBILE, 'customer_id')}`,
])('what is not sealed does not open: %j', (text) => {
  for (const field of ['customer_id', 'recipient_name'] as const) {
    expect(() => sealer.open(text, field)).toThrow('not sealed, or not in a form that is ours');
  }
});

test('a digest is the same for the same text, with keys of the same index, and no hash that anybody can make', () => {
  expect(sealer.digest('body')).toMatch(/^[0-9a-f]{64}$/);
  expect(sealer.digest(Buffer.from('body'))).toBe(sealer.digest('body'));
  expect(before.digest('body')).toBe(sealer.digest('body'));
  expect(sealer.digest('other')).not.toBe(sealer.digest('body'));
  expect(new Sealer([PUBLISHED]).digest('body')).not.toBe(sealer.digest('body'));
});
