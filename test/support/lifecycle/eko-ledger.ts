// The truth of the model's Eko: what it has booked under each reference, and how that may go on. Knows nothing of src.
import { toTid, type DebitCall } from '../scripted-eko.js';

/** Eko's `tx_status`. */
export type EkoState = 0 | 1 | 2 | 3 | 4 | 5 | 6;
export const EKO_STATES: readonly EkoState[] = [0, 1, 2, 3, 4, 5, 6];

/** How a booking goes on at Eko: never back to waiting, and a failure and a refund are the end. */
const STEPS: Readonly<Record<EkoState, readonly EkoState[]>> = {
  0: [3, 4],
  1: [],
  2: [0, 1, 3, 4, 5, 6],
  3: [4],
  4: [],
  5: [0, 1, 2, 3, 4, 6],
  6: [0, 1, 2, 3, 4, 5],
};

export interface Booking {
  readonly clientRefId: string;
  readonly amount: number;
  readonly recipientId: number;
  readonly tid: string;
  /** The tid it had before Eko gave it another one; that one is denied from then on. */
  readonly formerTid: string | null;
  readonly state: EkoState;
  /** Every state it was ever in, the present one too. */
  readonly past: ReadonlySet<EkoState>;
}

export class EkoLedger {
  readonly #bookings = new Map<string, Booking>();
  /** Requests that Eko holds and has not booked; it may do so long after everybody gave up. */
  readonly #late = new Map<string, DebitCall>();
  /** References that were booked more than once: money that moved twice. */
  readonly bookedTwice: string[] = [];

  get bookings(): readonly Booking[] {
    return [...this.#bookings.values()];
  }

  get lateReferences(): readonly string[] {
    return [...this.#late.keys()];
  }

  find(clientRefId: string): Booking | undefined {
    return this.#bookings.get(clientRefId);
  }

  findByTid(tid: string): Booking | undefined {
    return this.bookings.find((booking) => booking.tid === tid);
  }

  isLate(clientRefId: string): boolean {
    return this.#late.has(clientRefId);
  }

  book({ clientRefId, amount, recipientId }: DebitCall, state: EkoState): void {
    if (this.#bookings.has(clientRefId)) this.bookedTwice.push(clientRefId);
    const tid = toTid(clientRefId);
    const past = new Set([state]);
    this.#bookings.set(clientRefId, { clientRefId, amount, recipientId, tid, formerTid: null, state, past });
  }

  /** Puts a request aside, to be booked later or never. */
  postpone(call: DebitCall): void {
    this.#late.set(call.clientRefId, call);
  }

  bookLate(clientRefId: string, state: EkoState): void {
    const call = this.#late.get(clientRefId);
    if (call === undefined) throw new Error('Eko holds no such request');
    this.#late.delete(clientRefId);
    this.book(call, state);
  }

  nextStates(clientRefId: string): readonly EkoState[] {
    const booking = this.#bookings.get(clientRefId);
    return booking === undefined ? [] : STEPS[booking.state];
  }

  move(clientRefId: string, state: EkoState): void {
    const booking = this.#get(clientRefId);
    if (!STEPS[booking.state].includes(state)) throw new Error('Eko never does that');
    this.#bookings.set(clientRefId, { ...booking, state, past: new Set([...booking.past, state]) });
  }

  /** Eko files the same booking under another tid and no longer knows the first. */
  renumber(clientRefId: string): void {
    const booking = this.#get(clientRefId);
    const tid = toTid(`${clientRefId}, renumbered`);
    this.#bookings.set(clientRefId, { ...booking, tid, formerTid: booking.tid });
  }

  #get(clientRefId: string): Booking {
    const booking = this.#bookings.get(clientRefId);
    if (booking === undefined) throw new Error('Eko has booked nothing under this reference');
    return booking;
  }
}
