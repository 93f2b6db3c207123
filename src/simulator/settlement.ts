// How a booked transfer moves on: at an inquiry or after a delay, each change announced by callback.
import type { Clock } from '../shared/clock.js';
import { toCallbackBody } from './callback-body.js';
import type { CallbackBody, CallbackSender } from './callback-sender.js';
import { toHurried, toMoved } from './changes.js';
import type { Faults } from './faults.js';
import type { Ledger, LedgerEntry, TxStatus } from './ledger.js';

export interface Settlement {
  /** Arms the timer of a change that waits for one. Safe for any entry. */
  schedule(entry: LedgerEntry): void;
  /** Counts an inquiry, makes the change that waits for it, and returns the entry as it is now. */
  inquire(entry: LedgerEntry, told: { readonly isTruthful: boolean }): LedgerEntry;
  /** Whether inquiries do not find this entry yet. */
  isHidden(entry: LedgerEntry): boolean;
  /** Sends a callback for each of the states, in this order, whatever the entry's own; or what a fault makes of it. */
  announce(entry: LedgerEntry, states: readonly TxStatus[]): void;
  /** Makes every change still to come due at the next inquiry; returns how many entries have one. */
  hurry(): number;
  /**
   * Tells again, truthfully, of every transfer that has changed or will change since it was booked and whose end
   * nobody was told: a lost callback about a reversal is otherwise lost for ever. Returns how many.
   */
  announceUntold(): number;
  stop(): void;
}

export interface SettlementOptions {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly callbacks: CallbackSender;
  readonly faults: Faults;
  readonly reversalDelayMs: number;
}

export function createSettlement(options: SettlementOptions): Settlement {
  const { clock, ledger, callbacks, faults, reversalDelayMs: delayMs } = options;
  const timers = new Set<NodeJS.Timeout>();

  function isHidden({ hiddenUntil, inquiries }: LedgerEntry): boolean {
    if (hiddenUntil === null || !faults.isOn()) return false;
    return 'atInquiry' in hiddenUntil ? inquiries < hiddenUntil.atInquiry : clock.nowMs() < hiddenUntil.atMs;
  }

  function announceChange(moved: LedgerEntry, oldState: TxStatus): void {
    const honest: CallbackBody = toCallbackBody(moved, oldState);
    const fault = faults.toActive(moved.callbackFault);
    callbacks.send(fault === null ? [honest] : fault.atChange(moved, honest));
  }

  function schedule({ tid, nextChange }: LedgerEntry): void {
    if (nextChange === null || !('atMs' in nextChange)) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        const entry = ledger.findByTid(tid);
        // Another one when the change was hurried meanwhile.
        if (entry?.nextChange !== nextChange) return;
        const moved = toMoved(entry, { to: nextChange.to, cause: 'timer', nowMs: clock.nowMs(), delayMs });
        ledger.put(moved);
        announceChange(moved, entry.state);
        schedule(moved);
      },
      Math.max(0, nextChange.atMs - clock.nowMs()),
    );
    timers.add(timer);
  }

  return {
    schedule,
    inquire: (entry, { isTruthful }) => {
      const counted: LedgerEntry = { ...entry, inquiries: entry.inquiries + 1 };
      const next = counted.nextChange;
      const isDue = next !== null && 'atInquiry' in next && counted.inquiries >= next.atInquiry;
      const now = isDue
        ? toMoved(counted, { to: next.to, cause: 'inquiry', nowMs: clock.nowMs(), delayMs })
        : counted;
      const isFinal = now.finalReachedAtMs !== null;
      const told: LedgerEntry = {
        ...now,
        inquiriesSinceFinal: now.inquiriesSinceFinal + (isFinal ? 1 : 0),
        truthfulInquiriesSinceFinal: now.truthfulInquiriesSinceFinal + (isFinal && isTruthful ? 1 : 0),
      };
      ledger.put(told);
      if (isDue) {
        announceChange(told, entry.state);
        schedule(told);
      }
      return told;
    },
    isHidden,
    announce: (entry, states) => {
      const honest = states.map((state): CallbackBody => toCallbackBody({ ...entry, state }, 2));
      const fault = faults.toActive(entry.callbackFault);
      callbacks.send(fault === null ? honest : fault.atBooking(entry, honest));
    },
    hurry: () => {
      const open = ledger
        .entries()
        .filter((entry) => entry.nextChange !== null || entry.hiddenUntil !== null);
      for (const entry of open) ledger.put(toHurried(entry));
      return open.length;
    },
    announceUntold: () => {
      const untold = ledger
        .entries()
        .filter(
          ({ nextChange, history, truthfulInquiriesSinceFinal }) =>
            nextChange !== null || (history.length > 1 && truthfulInquiriesSinceFinal === 0),
        );
      for (const entry of untold) callbacks.send([toCallbackBody(entry, 2)]);
      return untold.length;
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
