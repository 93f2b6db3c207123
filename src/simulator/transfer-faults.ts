// What can go wrong with a transfer request, as data: one row per kind. The ledger's side (processing, states)
// and the caller's side (delivery, distortion) are separate columns. The end of each is its `finalState`.
import { atSecondInquiry, SUCCESS } from './behaviours.js';
import type { Behaviour, LateBehaviour, ProcessedBehaviour, UnprocessedBehaviour } from './behaviours.js';
import type { SilentKind } from './delivery.js';
import type { TxStatus } from './ledger.js';

/** Order matters: a seed picks rows by their place. New ones go to the end, and old seeds then tell another story. */
export const TRANSFER_FAULTS: readonly Behaviour[] = [
  // The request never reaches Eko's books. (A refused connection has no reference yet: see `refuseFor`.)
  neverProcessed('close-before-debit', 'close'),
  neverProcessed('reset-before-debit', 'reset'),
  neverProcessed('timeout-before-debit', 'hang'),
  neverProcessed('http-500-before-debit', 'plainText500'),
  neverProcessed('html-502-before-debit', 'html502'),
  neverProcessed('clock-401-before-debit', 'clockRefused401'),
  neverProcessed('http-403-before-debit', 'forbidden403'),
  neverProcessed('http-429-before-debit', 'tooMany429'),

  // Debited; the caller is not told.
  processed('close-after-debit', { delivery: 'close' }),
  processed('reset-after-debit', { delivery: 'reset' }),
  processed('timeout-after-debit', { delivery: 'hang' }),
  processed('http-500-after-debit', { delivery: 'plainText500' }),
  processed('html-502-after-debit', { delivery: 'html502' }),
  processed('html-200-after-debit', { delivery: 'html200' }),
  processed('http-429-after-debit', { delivery: 'tooMany429' }),
  processed('cut-body', { delivery: 'cutBody' }),
  processed('half-json', { delivery: 'halfJson' }),
  processed('slow-drip', { delivery: 'slowDrip' }),

  // Debited; the caller is told something else.
  processed('other-transaction', { distortion: 'otherTransaction' }),
  processed('wrong-amount', { distortion: 'wrongAmount' }),
  processed('unlisted-tx-status', { distortion: 'unlistedTxStatus' }),
  processed('missing-tx-status', { distortion: 'missingTxStatus' }),
  processed('contradictory-tx-status', { distortion: 'contradictoryTxStatus' }),
  processed('success-without-tid', { distortion: 'missingTid' }),
  processed('two-tids-success', { distortion: 'wrongTid' }),
  processed('two-tids-awaited', { distortion: 'wrongTid', ...moving(2, 0) }),

  // Debited after the caller was turned away.
  late('late-debit-timeout', 'hang'),
  late('late-debit-reset', 'reset'),
  late('late-debit-http-500', 'plainText500'),

  // Debited and answered honestly; the outcome comes later.
  processed('awaited-then-success', moving(2, 0)),
  processed('awaited-then-failed', moving(2, 1)),
  processed('awaited-then-refund-pending', moving(2, 3)),
  processed('awaited-then-refunded', moving(2, 3, 4)),
  processed('on-hold-then-success', moving(5, 0)),
  processed('response-awaited-then-success', moving(6, 0)),
  processed('reversed-then-refunded', { changes: [{ to: 3, trigger: 'delay' }, atSecondInquiry(4)] }),

  // Debited, the reply lost, and inquiry does not find it yet.
  processed('index-lags-by-inquiries', { delivery: 'reset', indexLag: 'inquiries' }),
  processed('index-lags-by-time', { delivery: 'plainText500', indexLag: 'time' }),
];

function neverProcessed(name: string, delivery: SilentKind): UnprocessedBehaviour {
  return { name, processing: 'never', delivery };
}

function processed(name: string, changes: Partial<Omit<ProcessedBehaviour, 'name'>>): ProcessedBehaviour {
  return { ...SUCCESS, ...changes, name };
}

function late(name: string, delivery: SilentKind): LateBehaviour {
  return { ...SUCCESS, name, processing: 'late', delivery };
}

function moving(
  firstState: TxStatus,
  ...later: TxStatus[]
): Pick<ProcessedBehaviour, 'firstState' | 'changes'> {
  return { firstState, changes: later.map(atSecondInquiry) };
}
