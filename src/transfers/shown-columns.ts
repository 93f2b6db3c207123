// The columns of a transfer that are shown, and those of them that somebody asks for: a list of which few fields are
// selected costs those few.
import { decodeMoment, toDecoder, type Decoder } from '../database/decode.js';
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
/** Its text in ISO 8601 where it was read to be shown. */
export type Moment = Date | string;
export type ShownTransfer = {
  readonly [Column in Exclude<keyof Transfer, (typeof HIDDEN)[number]>]: Date extends Transfer[Column]
    ? Moment | Exclude<Transfer[Column], Date>
    : Transfer[Column];
};
export type ShownColumn = keyof ShownTransfer;

/** What is read of each transfer. */
export interface Selection {
  /** To be looked at only: moments are text in it, see `toShownDecoder`. */
  readonly columns: Omit<EntityColumns<Transfer>, 'read'>;
  /** As a statement lists them, of the table `t`. */
  readonly list: string;
  /** In the name of each statement that reads them. */
  readonly name: string;
}

export const ALL_SHOWN = toSelection(new EntityColumns(Transfer, HIDDEN, toShownDecoder), '');

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

/** Dates that are made of text to become text again cost a twentieth of a page. */
function toShownDecoder(type: string): Decoder {
  return type === 'timestamptz' ? decodeMoment : toDecoder(type);
}

function toSelection(columns: EntityColumns<Transfer>, name: string): Selection {
  return { columns, list: columns.selectFrom('t'), name };
}
