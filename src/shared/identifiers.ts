// The identifiers we make and the shapes of those we are given.
import { randomBytes, randomUUID } from 'node:crypto';

/** Indian mobile number, the customer's id at Eko: ten digits, the first 6-9. */
export const MOBILE_NUMBER = /^[6-9]\d{9}$/;
/** What we send as `client_ref_id`: 10-20 of A-Z a-z 0-9 _ -, with at least one letter (an all-digit one could be read as a tid). */
export const CLIENT_REF_ID = /^(?=.*[A-Za-z])[A-Za-z0-9_-]{10,20}$/;
/** Eko's recipient id: a positive integer that a JSON number holds exactly. */
export const RECIPIENT_ID = /^[1-9]\d{0,14}$/;
/** One-time password: 4-8 digits, kept as text because of leading zeros. */
export const OTP = /^\d{4,8}$/;
/** Eko's reference of a sent OTP. */
export const OTP_REF_ID = /^[\x21-\x7e]{1,200}$/;
/** Agent's user code at Eko. */
export const USER_CODE = /^[A-Za-z0-9]{4,20}$/;
/** UUID, any version, lower case. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const LAT_LONG = /^(-?\d{1,2}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)$/;

/** `latitude,longitude` in degrees, within ±90 and ±180. */
export function isLatLong(text: string): boolean {
  const match = LAT_LONG.exec(text);
  return match !== null && Math.abs(Number(match[1])) <= 90 && Math.abs(Number(match[2])) <= 180;
}

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random, so that newer rows sort last. The random part is a UUIDv4's,
 * for which Node.js has bytes ready: 0.9 µs, where bytes asked for each time are 6, and 25 amid everything else.
 */
export function createUuidV7(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The smallest UUIDv7 of a millisecond: the bound that turns a creation time into a range of ids. */
export function lowestUuidV7(ms: number): string {
  return toUuid(ms.toString(16).padStart(12, '0') + '7000' + '8000000000000000');
}

/** A fresh `client_ref_id` of 20 characters: `T`, the time in base 36, then 56 random bits. */
export function createClientRefId(nowMs: number): string {
  const time = nowMs.toString(36).padStart(8, '0').slice(-8);
  const random = (randomBytes(8).readBigUInt64BE() % 36n ** 11n).toString(36).padStart(11, '0');
  return `T${time}${random}`;
}

function toUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
