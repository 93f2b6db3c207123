// Whether what Eko said can be true together with what it said before: the model's own judgement.
import type { Exchange } from './model-eko.js';
import type { KnownTransfer, Verdict } from './model.js';

/**
 * Eko's truth never contradicts itself, however late an answer is read; so only a falsehood, a second tid, or a
 * failure that is taken back makes a case for a person. `isImmediate`: nothing else happened while it was asked.
 */
export function toVerdict(
  { state, row }: KnownTransfer,
  about: {
    readonly exchange: Exchange;
    /** All of the same task: an inquiry by tid may be followed by one by reference. */
    readonly exchanges: readonly Exchange[];
    /** Of tasks that ended at the same moment: which came first nobody knows. */
    readonly atOnce: readonly Exchange[];
    readonly isImmediate: boolean;
  },
): Verdict {
  const { says } = about.exchange;
  if (says.kind === 'falsehood') return 'yes';
  if (says.kind !== 'state') return 'no';
  const knownTid = row?.tid ?? null;
  if (knownTid !== null && knownTid !== says.tid) return 'yes';
  if (says.isOutdated && state === 'FAILED') return about.isImmediate ? 'yes' : 'maybe';
  const isDisputed = about.atOnce.some(
    ({ says: said }) =>
      said.kind === 'state' && (said.tid !== says.tid || (says.isOutdated && said.state === 1)),
  );
  if (isDisputed) return 'maybe';
  const wasDenied = about.exchanges.some(
    ({ call, says: said }) => call === 'by tid' && said.kind === 'not found',
  );
  return wasDenied && says.state === 1 ? 'maybe' : 'no';
}
