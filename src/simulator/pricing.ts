// What a transfer costs the agent (eko-dmt-api.md §7), in exact paise.
import { paiseOfRupees } from '../shared/money.js';

export const MIN_TRANSFER_RUPEES = 100;
export const MAX_TRANSFER_RUPEES = 5_000;
/** Per customer and calendar month, IST. */
export const MONTHLY_LIMIT_RUPEES = 25_000;

export interface Price {
  readonly amountPaise: bigint;
  /** 1 %, at least ₹10, GST included. */
  readonly feePaise: bigint;
  /** The 18 % GST inside the fee. */
  readonly serviceTaxPaise: bigint;
  /** Fee without GST, less Eko's ₹2.80. */
  readonly commissionPaise: bigint;
  /** 2 % of the commission. */
  readonly tdsPaise: bigint;
  /** What leaves the wallet: amount + fee − commission + tds. */
  readonly debitPaise: bigint;
}

const MIN_FEE_PAISE = 1_000n;
const EKO_SHARE_PAISE = 280n;

export function toPrice(amountRupees: number): Price {
  const amountPaise = paiseOfRupees(amountRupees);
  const onePercent = amountPaise / 100n;
  const feePaise = onePercent > MIN_FEE_PAISE ? onePercent : MIN_FEE_PAISE;
  const serviceTaxPaise = divideRounded(feePaise * 18n, 118n);
  const commissionPaise = feePaise - serviceTaxPaise - EKO_SHARE_PAISE;
  const tdsPaise = divideRounded(commissionPaise * 2n, 100n);
  const debitPaise = amountPaise + feePaise - commissionPaise + tdsPaise;
  return { amountPaise, feePaise, serviceTaxPaise, commissionPaise, tdsPaise, debitPaise };
}

/** Half a paisa is rounded up. */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  return (dividend * 2n + divisor) / (divisor * 2n);
}
