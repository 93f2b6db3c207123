// Money without floats: paise as bigint inside, a two-place decimal string outside.

const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d{1,20}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * Reads an amount in rupees as Eko writes it, a number or a string with any number of decimals or an
 * exponent (`100`, `"10.0"`, `"2.22263731286E9"`), into paise. Null for anything that is not exactly a whole
 * number of paise: a wrong amount is worse than none.
 */
export function parsePaise(value: unknown): bigint | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const match = DECIMAL.exec(String(value).trim());
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) + 2 - fraction.length;
  if (power > 18) return null;
  const paise = shiftDecimal(digits, power);
  if (paise === null) return null;
  return sign === '-' ? -paise : paise;
}

/** `10131.18` from 1013118n: rupees with exactly two places. */
export function formatRupees(paise: bigint): string {
  const sign = paise < 0n ? '-' : '';
  const absolute = paise < 0n ? -paise : paise;
  return `${sign}${absolute / 100n}.${String(absolute % 100n).padStart(2, '0')}`;
}

/** Paise of a whole number of rupees. */
export function paiseOfRupees(rupees: number): bigint {
  return BigInt(rupees) * 100n;
}

function shiftDecimal(digits: bigint, power: number): bigint | null {
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return digits % divisor === 0n ? digits / divisor : null;
}
