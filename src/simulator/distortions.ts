// Replies of the right form that say something false, or leave out what decides.
import { assertNever } from '../shared/assert.js';
import type { LedgerEntry } from './ledger.js';
import type { Reply } from './replies.js';

export type Distortion =
  /** The whole reply of another transaction. */
  | 'otherTransaction'
  /** A tid that the ledger does not know. */
  | 'wrongTid'
  | 'wrongAmount'
  | 'unlistedTxStatus'
  | 'missingTxStatus'
  /** One in `data`, another on the envelope. */
  | 'contradictoryTxStatus'
  | 'missingTid'
  /** "Awaited", whatever the state is: the read is stale. */
  | 'staleState';

export interface DistortionContext {
  /** The honest reply for an entry. */
  readonly render: (entry: LedgerEntry) => Reply;
  /** Another transaction than the one asked about, a success. */
  readonly other: LedgerEntry;
}

type Fields = Readonly<Record<string, unknown>>;

const UNLISTED_TX_STATUS = '9';

export function toDistortedReply(
  entry: LedgerEntry,
  distortion: Distortion | null,
  { render, other }: DistortionContext,
): Reply {
  switch (distortion) {
    case null:
      return render(entry);
    case 'otherTransaction':
      return render(other);
    case 'wrongTid':
      return render({ ...entry, tid: entry.wrongTid ?? entry.tid });
    case 'wrongAmount':
      return render({ ...entry, amountRupees: entry.amountRupees + 1 });
    case 'staleState':
      return render({ ...entry, state: 2 });
    case 'unlistedTxStatus':
      return toChanged(render(entry), (fields) =>
        'tx_status' in fields ? { ...fields, tx_status: UNLISTED_TX_STATUS } : fields,
      );
    case 'missingTxStatus':
      return toChanged(render(entry), (fields) => without(fields, ['tx_status', 'txstatus_desc']));
    case 'contradictoryTxStatus': {
      const contrary = entry.state === 1 ? '0' : '1';
      return toChanged(render(entry), (fields) =>
        'tx_status' in fields ? fields : { ...fields, tx_status: contrary },
      );
    }
    case 'missingTid':
      return toChanged(render(entry), (fields) => without(fields, ['tid']));
    default:
      return assertNever(distortion);
  }
}

/** Changes the envelope and `data`, the two places where a field may stand. */
function toChanged(reply: Reply, change: (fields: Fields) => Fields): Reply {
  const { data, ...envelope } = reply.body as Fields & { readonly data: Fields };
  return { ...reply, body: { ...change(envelope), data: change(data) } };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
