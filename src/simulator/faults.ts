// The fault plan at work: asked for each request, switched on and off while running, counting what struck.
import type { Behaviour } from './behaviours.js';
import { findCallbackFault, type CallbackFault } from './callback-faults.js';
import {
  createFaultPlan,
  FAULT_KINDS,
  type Bounds,
  type FaultPlan,
  type FaultPlanOptions,
} from './fault-plan.js';
import type { InquiryFault } from './inquiry-faults.js';

export interface FaultOptions extends FaultPlanOptions {
  /** From the request to a late debit. Default 200 to 3000. */
  readonly lateDebitMs?: Bounds;
  /** For how long a debit is not found, when time decides. Default 200 to 3000. */
  readonly indexLagMs?: Bounds;
}

export interface FaultReport {
  /** Null when no plan was ever asked for. */
  readonly seed: number | null;
  /** 0 while faults are off. */
  readonly rate: number;
  readonly kinds: readonly string[];
  /** How often each kind struck. A callback fault is counted once per transfer. */
  readonly struck: Readonly<Record<string, number>>;
}

export interface Faults {
  isOn(): boolean;
  findTransferFault(clientRefId: string | null): Behaviour | null;
  findCallbackFault(clientRefId: string | null): CallbackFault | null;
  /** Counts the inquiry too: each of a reference has a fate of its own. */
  findInquiryFault(clientRefId: string, isFound: boolean): InquiryFault | null;
  /** The row of a mark in the ledger; null after faults were turned off. */
  toActive(callbackFault: string | null): CallbackFault | null;
  pickLateDebitMs(clientRefId: string): number;
  pickIndexLagMs(clientRefId: string): number;
  pickIndexLagInquiries(clientRefId: string): number;
  /** To be called when a fault has struck. */
  count(name: string): void;
  /** A rate of 0 heals. False when there is no seed, neither here nor from the start. */
  change(changes: { readonly rate: number; readonly seed?: number }): boolean;
  report(): FaultReport;
}

const DEFAULT_DELAY_MS: Bounds = { min: 200, max: 3_000 };
/** Fewer than HONEST_INQUIRY_EVERY: the honest inquiry has something to be honest about. */
const INDEX_LAG_INQUIRIES: Bounds = { min: 1, max: 3 };

export function createFaults(options: FaultOptions | undefined): Faults {
  const {
    lateDebitMs = DEFAULT_DELAY_MS,
    indexLagMs = DEFAULT_DELAY_MS,
    kinds = FAULT_KINDS,
  } = options ?? {};
  const struck = new Map<string, number>();
  const inquiries = new Map<string, number>();
  let seed = options?.seed ?? null;
  let rate = options?.rate ?? 0;
  let plan: FaultPlan | null = seed === null ? null : createFaultPlan({ seed, rate, kinds });

  const pick = (clientRefId: string, what: string, bounds: Bounds) =>
    plan?.pick(clientRefId, what, bounds) ?? bounds.min;

  return {
    isOn: () => rate > 0,
    // Without a reference nothing could be replayed.
    findTransferFault: (clientRefId) =>
      clientRefId === null ? null : (plan?.findTransferFault(clientRefId) ?? null),
    findCallbackFault: (clientRefId) =>
      clientRefId === null ? null : (plan?.findCallbackFault(clientRefId) ?? null),
    findInquiryFault: (clientRefId, isFound) => {
      if (plan === null) return null;
      const nth = (inquiries.get(clientRefId) ?? 0) + 1;
      inquiries.set(clientRefId, nth);
      const fault = plan.findInquiryFault(clientRefId, nth);
      return fault?.needsEntry && !isFound ? null : fault;
    },
    toActive: (callbackFault) => (rate > 0 ? findCallbackFault(callbackFault) : null),
    pickLateDebitMs: (clientRefId) => pick(clientRefId, 'late debit', lateDebitMs),
    pickIndexLagMs: (clientRefId) => pick(clientRefId, 'index lag', indexLagMs),
    pickIndexLagInquiries: (clientRefId) => pick(clientRefId, 'index lag', INDEX_LAG_INQUIRIES),
    count: (name) => struck.set(name, (struck.get(name) ?? 0) + 1),
    change: (changes) => {
      const newSeed = changes.seed ?? seed;
      if (newSeed === null) return false;
      plan = createFaultPlan({ seed: newSeed, rate: changes.rate, kinds });
      seed = newSeed;
      rate = changes.rate;
      return true;
    },
    report: () => ({
      seed,
      rate,
      kinds,
      struck: Object.fromEntries(kinds.map((kind) => [kind, struck.get(kind) ?? 0])),
    }),
  };
}
