// How a booked transfer moves on: at an inquiry or after a delay, each change announced by callback.
import type { Clock } from '../shared/clock.js';
import { paiseOfRupees } from '../shared/money.js';
import { toCallbackBody } from './callback-body.js';
import type { CallbackSender } from './callback-sender.js';
import type { ChangeCause, Ledger, LedgerEntry, NextChange, TxStatus } from './ledger.js';

export interface Settlement {
  /** Arms the timer of a change that waits for one. Safe for any entry. */
  schedule(entry: LedgerEntry): void;
  /** Counts an inquiry, makes the change that waits for it, and returns the entry as it is now. */
  inquire(entry: LedgerEntry): LedgerEntry;
  /** Sends a callback for each of the states, in this order, whatever the entry's own. */
  announce(entry: LedgerEntry, states: readonly TxStatus[]): void;
  stop(): void;
}

export function createSettlement(clock: Clock, ledger: Ledger, callbacks: CallbackSender): Settlement {
  const timers = new Set<NodeJS.Timeout>();

  function move(entry: LedgerEntry, next: NextChange, cause: ChangeCause): LedgerEntry {
    const moved: LedgerEntry = {
      ...entry,
      state: next.to,
      nextChange: null,
      refundDuePaise: next.to === 3 ? paiseOfRupees(entry.amountRupees) + entry.feePaise : 0n,
      history: [...entry.history, { state: next.to, atMs: clock.nowMs(), cause }],
    };
    ledger.put(moved);
    callbacks.send([toCallbackBody(moved, entry.state)]);
    return moved;
  }

  return {
    schedule: ({ tid, nextChange }) => {
      if (nextChange === null || !('atMs' in nextChange)) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          const entry = ledger.findByTid(tid);
          if (entry !== null) move(entry, nextChange, 'timer');
        },
        Math.max(0, nextChange.atMs - clock.nowMs()),
      );
      timers.add(timer);
    },
    inquire: (entry) => {
      const counted: LedgerEntry = { ...entry, inquiries: entry.inquiries + 1 };
      ledger.put(counted);
      const { nextChange } = counted;
      const isDue =
        nextChange !== null && 'atInquiry' in nextChange && counted.inquiries >= nextChange.atInquiry;
      return isDue ? move(counted, nextChange, 'inquiry') : counted;
    },
    announce: (entry, states) => {
      callbacks.send(states.map((state) => toCallbackBody({ ...entry, state }, 2)));
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
