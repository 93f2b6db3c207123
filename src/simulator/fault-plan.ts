// Which fault strikes what: a pure function of the seed and the reference, never of order or time, so that a seed
// replays however the requests of a campaign interleave.
import { createHash } from 'node:crypto';
import { assert } from '../shared/assert.js';
import type { Behaviour } from './behaviours.js';
import { CALLBACK_FAULTS, type CallbackFault } from './callback-faults.js';
import { INQUIRY_FAULTS, type InquiryFault } from './inquiry-faults.js';
import { TRANSFER_FAULTS } from './transfer-faults.js';

export interface FaultPlanOptions {
  readonly seed: number;
  /** Share of transfers, of inquiries and of callback series that are struck, 0 to 1. */
  readonly rate: number;
  /** Names of the kinds that may strike; all by default. */
  readonly kinds?: readonly string[];
}

export interface FaultPlan {
  findTransferFault(clientRefId: string): Behaviour | null;
  /** `nth` counts the inquiries of this reference from 1. */
  findInquiryFault(clientRefId: string, nth: number): InquiryFault | null;
  /** One for all the callbacks of a transfer. */
  findCallbackFault(clientRefId: string): CallbackFault | null;
  /** A whole number within the bounds, both included. */
  pick(clientRefId: string, what: string, bounds: Bounds): number;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Every fifth inquiry of a reference is honest, whatever the rate: who asks ten times has been told the truth.
 * An odd number, because a caller may take turns between two references of one transfer.
 */
export const HONEST_INQUIRY_EVERY = 5;

export const FAULT_KINDS: readonly string[] = [...TRANSFER_FAULTS, ...INQUIRY_FAULTS, ...CALLBACK_FAULTS].map(
  ({ name }) => name,
);

/** Throws AssertionError for a rate outside 0 to 1, and for a kind that does not exist. */
export function createFaultPlan({ seed, rate, kinds = FAULT_KINDS }: FaultPlanOptions): FaultPlan {
  assert(rate >= 0 && rate <= 1, 'a fault rate is from 0 to 1');
  assert(Number.isSafeInteger(seed), 'a seed is a whole number');
  for (const kind of kinds) assert(FAULT_KINDS.includes(kind), `there is no fault named ${kind}`);

  const allowed = new Set(kinds);
  const only = <T extends { readonly name: string }>(rows: readonly T[]) =>
    rows.filter(({ name }) => allowed.has(name));
  const transferFaults = only(TRANSFER_FAULTS);
  const inquiryFaults = only(INQUIRY_FAULTS);
  const callbackFaults = only(CALLBACK_FAULTS);

  /** Two independent numbers, each from 0 up to but not including 1. */
  function draw(...about: readonly (string | number)[]): readonly [number, number] {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, ...about]))
      .digest();
    return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
  }

  function strike<T>(rows: readonly T[], ...about: readonly (string | number)[]): T | null {
    const [luck, which] = draw(...about);
    return luck < rate ? (rows[Math.floor(which * rows.length)] ?? null) : null;
  }

  return {
    findTransferFault: (clientRefId) => strike(transferFaults, 'transfer', clientRefId),
    findInquiryFault: (clientRefId, nth) =>
      nth % HONEST_INQUIRY_EVERY === 0 ? null : strike(inquiryFaults, 'inquiry', clientRefId, nth),
    findCallbackFault: (clientRefId) => strike(callbackFaults, 'callback', clientRefId),
    pick: (clientRefId, what, { min, max }) => {
      const [, part] = draw(what, clientRefId);
      return min + Math.floor(part * (max - min + 1));
    },
  };
}
