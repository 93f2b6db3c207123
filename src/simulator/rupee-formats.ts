// The two ways, besides two places, in which Eko writes rupees.
import { formatRupees } from '../shared/money.js';

/** A JSON number: 10131.18. */
export function toRupeeNumber(paise: bigint): number {
  return Number(formatRupees(paise));
}

/** A string with as many decimals as needed, at least one: "10.0", "1.53". */
export function toShortRupees(paise: bigint): string {
  return formatRupees(paise).replace(/0$/, '');
}
