// What other processes on this machine may do to the simulator: turn faults on and off, hurry, refuse connections.
import type { ControlActions } from './control-door.js';
import type { Faults } from './faults.js';
import type { LateDebits } from './late-debits.js';
import type { Settlement } from './settlement.js';

export interface ControlActionsOptions {
  readonly faults: Faults;
  readonly settlement: Settlement;
  readonly lateDebits: LateDebits;
  readonly refuseFor: (ms: number) => void;
}

/** The door itself is shut as well meanwhile. */
const MAX_OUTAGE_MS = 60_000;

export function createControlActions(options: ControlActionsOptions): ControlActions {
  const { faults, settlement, lateDebits, refuseFor } = options;
  return {
    /** `{"rate": 0}` heals: every new reply is honest, and what is under way in the ledger still happens. */
    faults: ({ rate, seed }) => {
      if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) return null;
      if (seed !== undefined && !Number.isSafeInteger(seed)) return null;
      const isChanged = faults.change(seed === undefined ? { rate } : { rate, seed: Number(seed) });
      return isChanged ? faults.report() : null;
    },
    /** Late debits are booked now; all that is open reaches its final state at its next inquiry, and is announced. */
    settle: () => ({
      booked: lateDebits.hurry(),
      hurried: settlement.hurry(),
      announced: settlement.announceUntold(),
    }),
    /**
     * Refuses connections for a while. Not a row of the plan: a refused connection has sent no reference yet, so
     * that no function of the reference could choose it.
     */
    outage: ({ forMs }) => {
      if (typeof forMs !== 'number' || !(forMs > 0 && forMs <= MAX_OUTAGE_MS)) return null;
      refuseFor(forMs);
      return { forMs };
    },
  };
}
