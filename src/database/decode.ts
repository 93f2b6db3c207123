// What PostgreSQL writes of a value, read: by the types that our columns have.
import pg from 'pg';
import { assert } from '../shared/assert.js';

export type Decoder = (text: string) => unknown;

const toText: Decoder = (text) => text;
const DECODERS: Readonly<Record<string, Decoder>> = {
  uuid: toText,
  varchar: toText,
  char: toText,
  text: toText,
  // Rupees with two digits after the point are text: no number holds them all.
  numeric: toText,
  integer: Number,
  boolean: decodeBoolean,
  timestamptz: decodeTimestamp,
  jsonb: (text) => JSON.parse(text) as unknown,
};

/** By the type as an entity names it. */
export function toDecoder(type: string): Decoder {
  const decoder = DECODERS[type];
  assert(decoder !== undefined, `columns of type ${type} can be read`);
  return decoder;
}

export function decodeBoolean(text: string): boolean {
  return text === 't';
}

const IN_UTC = /^\d{4}-\d\d-\d\d .*\+00$/;
const readTimestamp = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;

/** `2026-01-31 23:59:59.5+00`; to the millisecond. A session that is not in UTC, or has dates of its own, costs more. */
export function decodeTimestamp(text: string): Date {
  return IN_UTC.test(text) ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : readTimestamp(text);
}

/** The same in ISO 8601, for a moment that is only shown: no Date is made of it. */
export function decodeMoment(text: string): string {
  if (!IN_UTC.test(text)) return readTimestamp(text).toISOString();
  const milliseconds = text.slice('2026-01-31 23:59:59.'.length, -3).slice(0, 3).padEnd(3, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}
