// Text that is stored sealed: AES-256-GCM under a named key. What has to be found again is sealed so that the same text
// looks the same (its nonce is a keyed hash of it: the blind index); everything else looks different each time.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { assert } from './assert.js';

export interface SealingKey {
  /** Stands in front of what it sealed. 1-32 of `A-Z a-z 0-9 _ -`. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
  /** 32 bytes, for what has to be found again. Where it is another one, so is what a timeline covers. */
  readonly indexKey: Buffer;
}

/** What a sealed text is: text of another purpose does not open in its place. */
export type SealedField = 'customer_id' | 'recipient_name';

/** Thrown for text that is not sealed, was sealed with a key which is not ours, or changed since. Holds no text. */
export class UnsealableError extends Error {
  override name = 'UnsealableError';

  constructor(keyId: string | undefined, isKnown: boolean) {
    super(
      keyId === undefined
        ? 'what is stored here is not sealed, or not in a form that is ours'
        : isKnown
          ? `what was sealed with the key "${keyId}" does not open: that key or DATA_INDEX_KEY is another one, or the text was changed`
          : `text is sealed with the key "${keyId}", which is not among DATA_ENCRYPTION_KEYS`,
    );
  }
}

const FORM = /^s1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Texts that are kept opened, of each field: a page asked for again costs no cipher. */
const MAX_OPENED = 5_000;

export class Sealer {
  readonly #current: SealingKey;
  readonly #digestKey: Buffer;
  readonly #opened: Readonly<Record<SealedField, Map<string, string>>> = {
    customer_id: new Map(),
    recipient_name: new Map(),
  };

  /** The first key seals, all of them open. */
  constructor(private readonly keys: readonly SealingKey[]) {
    const [current] = keys;
    assert(current !== undefined, 'there is a key to seal with');
    this.#current = current;
    this.#digestKey = Buffer.from(
      hkdfSync('sha256', current.indexKey, '', 'eko-transfer-gateway digest', 32),
    );
  }

  /** Of what is sealed from now on. */
  get keyId(): string {
    return this.#current.id;
  }

  /** Keys with another index than the present one: what they sealed stays as it is. */
  get foreignKeyIds(): string[] {
    return this.keys.filter(({ indexKey }) => !indexKey.equals(this.#current.indexKey)).map(({ id }) => id);
  }

  /** Another text each time. */
  seal(text: string, field: SealedField): string {
    return seal(text, field, this.#current, randomBytes(NONCE_BYTES));
  }

  /** The same text each time, for the same key. */
  sealToFind(text: string, field: SealedField): string {
    return seal(text, field, this.#current, toIndex(text, field, this.#current));
  }

  /** Everything that `text` may be stored as: under each key. */
  toStoredForms(text: string, field: SealedField): string[] {
    return this.keys.map((key) => seal(text, field, key, toIndex(text, field, key)));
  }

  /** Stands for a text where it may not be seen: the same whichever of the keys with this index seals. */
  toIndex(text: string, field: SealedField): string {
    return toIndex(text, field, this.#current).toString('base64url');
  }

  /** Hex, 64 characters. Whoever lacks our keys cannot try out what the text said. */
  digest(text: string | Buffer): string {
    return createHmac('sha256', this.#digestKey).update(text).digest('hex');
  }

  /** Throws UnsealableError. */
  open(stored: string, field: SealedField): string {
    const opened = this.#opened[field];
    const known = opened.get(stored);
    if (known !== undefined) return known;
    const [, keyId, nonce, rest] = FORM.exec(stored) ?? [];
    if (nonce === undefined || rest === undefined) throw new UnsealableError(undefined, false);
    const key = this.keys.find(({ id }) => id === keyId);
    if (key === undefined) throw new UnsealableError(keyId, false);
    const text = open({ key: key.key, nonce, rest, field });
    if (text === null) throw new UnsealableError(keyId, true);
    // A timeline covers the index alone: without this, a key that is no secret could put another number under it.
    if (field === 'customer_id' && nonce !== toIndex(text, field, key).toString('base64url'))
      throw new UnsealableError(keyId, true);
    opened.set(stored, text);
    const [oldest = stored] = opened.keys();
    if (opened.size > MAX_OPENED) opened.delete(oldest);
    return text;
  }
}

function toIndex(text: string, field: SealedField, { indexKey }: SealingKey): Buffer {
  return createHmac('sha256', indexKey).update(`${field}:${text}`).digest().subarray(0, NONCE_BYTES);
}

function seal(text: string, field: SealedField, { id, key }: SealingKey, nonce: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(field));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `s1.${id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
}

function open(given: { key: Buffer; nonce: string; rest: string; field: SealedField }): string | null {
  const sealed = Buffer.from(given.rest, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', given.key, Buffer.from(given.nonce, 'base64url'));
  decipher.setAAD(Buffer.from(given.field)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}

let present: Sealer | undefined;

/** Set once, where a process begins: entities are classes, and cannot be handed one. */
export function useSealer(sealer: Sealer): void {
  present = sealer;
}

export function getSealer(): Sealer {
  assert(present !== undefined, 'a process that reads or writes rows has set its sealer');
  return present;
}

/** For a column that nobody searches by. */
export const SEALED_NAME = {
  to: <None>(text: string | None) =>
    typeof text === 'string' ? getSealer().seal(text, 'recipient_name') : text,
  from: <None>(stored: string | None) =>
    typeof stored === 'string' ? getSealer().open(stored, 'recipient_name') : stored,
};

/** For a column that is searched by, with `Sealer.toStoredForms`. */
export const SEALED_CUSTOMER = {
  to: (text: string) => getSealer().sealToFind(text, 'customer_id'),
  from: (stored: string) => getSealer().open(stored, 'customer_id'),
};
