// The columns of a transfer that are shown, and those of them that somebody asks for: a list of which few fields are
// selected costs those few.
import { EntityColumns } from '../database/entity-columns.js';
import { Transfer } from '../entities/index.js';

/** What nobody who reads a transfer is shown: how it is inquired after, and Eko's words that have no field. */
const HIDDEN = [
  'channel',
  'latlong',
  'otpChallengeId',
  'isAcknowledged',
  'serviceTax',
  'tds',
  'collectableAmount',
  'ekoResponseStatusId',
  'ekoResponseTypeId',
  'ekoTxStatus',
  'ekoTimestamp',
  'evidenceAskedAt',
  'inquiryCount',
  'lastInquiryAt',
  'hintedAt',
  'notFoundCount',
  'lastNotFoundAt',
  'notReceivedAt',
] as const satisfies readonly (keyof Transfer)[];
export type ShownTransfer = Readonly<Omit<Transfer, (typeof HIDDEN)[number]>>;
export type ShownColumn = keyof ShownTransfer;

/** What is read of each transfer. */
export interface Selection {
  readonly columns: EntityColumns<Transfer>;
  /** As a statement lists them, of the table `t`. */
  readonly list: string;
  /** In the name of each statement that reads them. */
  readonly name: string;
}

export const ALL_SHOWN = toSelection(new EntityColumns(Transfer, HIDDEN), '');

/** Whose a transfer is and where it stands in a list are asked of every one. */
const ALWAYS: readonly ShownColumn[] = ['id', 'agentUserCode'];
/** PostgreSQL keeps the plan of each statement on each connection: callers must not make as many as they like. */
const MAX_SELECTIONS = 8;
const selections = new Map<string, Selection>();

/** These columns, or all of them where too many other selections have been made before. */
export function selectShown(columns: Iterable<ShownColumn>): Selection {
  const wanted = new Set<string>([...ALWAYS, ...columns]);
  const bits = ALL_SHOWN.columns.all.map(({ property }) => (wanted.has(property) ? '1' : '0')).join('');
  const known = selections.get(bits);
  if (known !== undefined) return known;
  if (selections.size === MAX_SELECTIONS || !bits.includes('0')) return ALL_SHOWN;
  const selection = toSelection(ALL_SHOWN.columns.narrowTo(wanted), `_${parseInt(bits, 2).toString(36)}`);
  selections.set(bits, selection);
  return selection;
}

function toSelection(columns: EntityColumns<Transfer>, name: string): Selection {
  return { columns, list: columns.selectFrom('t'), name };
}
