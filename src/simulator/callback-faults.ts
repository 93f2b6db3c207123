// What can go wrong with the callbacks of one transfer, as data: one row per kind.
import type { CallbackBody } from './callback-sender.js';
import { toCallbackBody } from './callback-body.js';
import type { LedgerEntry, TxStatus } from './ledger.js';

export interface CallbackFault {
  readonly name: string;
  /** Whether it is posted for requests too that were never processed, claiming that they were. */
  readonly strikesUnprocessed: boolean;
  /** Whether the reply waits until the first callbacks have left. */
  readonly holdsReply: boolean;
  /** What is posted when the transfer was booked, in place of `honest`. */
  readonly atBooking: (entry: LedgerEntry, honest: readonly CallbackBody[]) => readonly CallbackBody[];
  /** What is posted in place of the callback of a change. */
  readonly atChange: (entry: LedgerEntry, honest: CallbackBody) => readonly CallbackBody[];
}

/** How long a reply is held back for a callback to come first: a loopback post takes a few milliseconds. */
export const EARLY_BY_MS = 150;
const COPIES = 4;
/** Bodies that no receiver can use: not JSON, cut, of wrong types, of nobody. */
const GARBAGE: readonly string[] = [
  '',
  'tx_status=0&tid=1',
  '{"tx_status":0,"tid":',
  '[]',
  'null',
  '{"tx_status":{"a":[]},"tid":1e400,"client_ref_id":["x"],"amount":"NaN"}',
  '{"tx_status":0,"tid":1,"client_ref_id":"REQ-of-nobody","amount":1}',
];

const ROW = { holdsReply: false, strikesUnprocessed: false } as const;

/** Order matters, as in transfer-faults.ts. */
export const CALLBACK_FAULTS: readonly CallbackFault[] = [
  { ...ROW, name: 'callback-never', atBooking: () => [], atChange: () => [] },
  {
    ...ROW,
    name: 'callback-duplicated',
    atBooking: (entry) => toCopies(toOwn(entry)),
    atChange: (_entry, honest) => toCopies(honest),
  },
  {
    ...ROW,
    name: 'callback-reordered',
    atBooking: (entry) => [toOwn(entry), toClaim(entry, 2)],
    atChange: (entry, honest) => [honest, toClaim(entry, 2)],
  },
  {
    ...ROW,
    name: 'callback-forged',
    strikesUnprocessed: true,
    atBooking: (entry, honest) => [toForged(entry), ...honest],
    atChange: (entry, honest) => [toForged(entry), honest],
  },
  {
    ...ROW,
    name: 'callback-early',
    holdsReply: true,
    atBooking: (entry) => [toOwn(entry)],
    atChange: (_entry, honest) => [honest],
  },
  {
    ...ROW,
    name: 'callback-garbage',
    strikesUnprocessed: true,
    atBooking: (_entry, honest) => [...GARBAGE, ...honest],
    atChange: (_entry, honest) => [...GARBAGE, honest],
  },
];

/** Null for the name of a row that is no more: an entry read back from an old ledger file. */
export function findCallbackFault(name: string | null): CallbackFault | null {
  return CALLBACK_FAULTS.find((fault) => fault.name === name) ?? null;
}

/** Claims a final state that the transfer neither has nor will have. */
export function toForged(entry: LedgerEntry): CallbackBody {
  const claimed = ([0, 1, 4] as const).find((state) => state !== entry.state && state !== entry.finalState);
  return toClaim(entry, claimed ?? 4);
}

function toOwn(entry: LedgerEntry): CallbackBody {
  return toClaim(entry, entry.state);
}

function toClaim(entry: LedgerEntry, state: TxStatus): CallbackBody {
  return toCallbackBody({ ...entry, state }, 2);
}

function toCopies(body: CallbackBody): readonly CallbackBody[] {
  return Array.from({ length: COPIES }, () => body);
}
