// Reading transfers, always within a scope: one agent's own, or everybody's for support.
import type { DataSource } from 'typeorm';
import { runPrepared, type PreparedStatement } from '../database/prepared.js';
import type { TransferEvent, TransferStatus } from '../entities/index.js';
import { lowestUuidV7 } from '../shared/identifiers.js';
import { getSealer } from '../shared/sealing.js';
import type { ReadScope } from './agent.js';
import { EVENT_COLUMNS, SHOWN_COLUMNS, type ShownTransfer } from './transfer-statements.js';

export interface TransferFilter {
  readonly statuses?: readonly TransferStatus[];
  readonly customerId?: string;
  readonly recipientId?: string;
  readonly minAmountRupees?: number;
  readonly maxAmountRupees?: number;
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
  readonly needsReview?: boolean;
}

/** A stretch of the list, newest first. `after` and `before` are ids and exclusive. */
export interface PageRequest {
  readonly direction: 'forward' | 'backward';
  readonly size: number;
  readonly after: string | null;
  readonly before: string | null;
}

export interface TransferPage {
  readonly transfers: readonly ShownTransfer[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export type TransferKey =
  { readonly id: string } | { readonly clientRefId: string } | { readonly tid: string };

export class TransferReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Null for a missing transfer and for one out of scope alike. */
  async findOne(scope: ReadScope, key: TransferKey): Promise<ShownTransfer | null> {
    const [statement, value] =
      'id' in key
        ? [FIND_BY.id, key.id]
        : 'tid' in key
          ? [FIND_BY.tid, key.tid]
          : [FIND_BY.clientRefId, key.clientRefId];
    const [row] = await runPrepared(this.dataSource, statement, [value]);
    const transfer = row === undefined ? null : SHOWN_COLUMNS.view(row);
    return transfer !== null && isInScope(scope, transfer) ? transfer : null;
  }

  /** In one statement, whoever's they are, in any order; those that do not exist are left out. */
  async findByIds(ids: readonly string[]): Promise<ShownTransfer[]> {
    const rows = await runPrepared(this.dataSource, FIND_BY_IDS, [ids]);
    return rows.map((row) => SHOWN_COLUMNS.view(row));
  }

  /** Keyset-paged by id, which sorts by creation: a page costs the same wherever it is, and inserts do not shift it. */
  async findPage(scope: ReadScope, filter: TransferFilter, page: PageRequest): Promise<TransferPage> {
    const where = new Conditions(scope, filter);
    if (page.after !== null) where.add('after', (value) => `t.id < ${value}`, page.after);
    if (page.before !== null) where.add('before', (value) => `t.id > ${value}`, page.before);
    const isForward = page.direction === 'forward';
    const statement = where.toPage(isForward ? 'DESC' : 'ASC', page.size + 1);
    const rows = await runPrepared(this.dataSource, statement, where.values);
    const hasMore = rows.length > page.size;
    const transfers = rows.slice(0, page.size).map((row) => SHOWN_COLUMNS.view(row));
    return isForward
      ? { transfers, hasNextPage: hasMore || page.before !== null, hasPreviousPage: page.after !== null }
      : {
          transfers: transfers.reverse(),
          hasNextPage: page.before !== null,
          hasPreviousPage: hasMore || page.after !== null,
        };
  }

  async count(scope: ReadScope, filter: TransferFilter): Promise<number> {
    const where = new Conditions(scope, filter);
    const statement = where.toCount();
    const [row] = await runPrepared(this.dataSource, statement, where.values);
    return row?.[0] as number;
  }

  /** The timelines of several transfers in one statement, each oldest first, in the order of the ids. */
  async findTimelines(transferIds: readonly string[]): Promise<TransferEvent[][]> {
    const rows = await runPrepared(this.dataSource, FIND_TIMELINES, [transferIds]);
    const timelines = new Map(transferIds.map((id): [string, TransferEvent[]] => [id, []]));
    for (const row of rows) {
      const event = EVENT_COLUMNS.view(row);
      timelines.get(event.transferId)!.push(event);
    }
    return transferIds.map((id) => timelines.get(id)!);
  }
}

const toFindBy = (column: string): PreparedStatement => ({
  name: `find_by_${column}`,
  text: `SELECT ${SHOWN_COLUMNS.selectFrom('t')} FROM transfers t WHERE t.${column} = $1`,
});
const FIND_BY = { id: toFindBy('id'), clientRefId: toFindBy('client_ref_id'), tid: toFindBy('tid') };
const FIND_BY_IDS: PreparedStatement = {
  name: 'find_by_ids',
  text: `SELECT ${SHOWN_COLUMNS.selectFrom('t')} FROM transfers t WHERE t.id = ANY($1)`,
};
const FIND_TIMELINES: PreparedStatement = {
  name: 'find_timelines',
  text: `SELECT ${EVENT_COLUMNS.selectFrom('e')} FROM transfer_events e WHERE e.transfer_id = ANY($1) ORDER BY e.sequence`,
};

/** What a list is restricted to, always to its scope first. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #names: string[] = [];
  readonly #conditions: string[] = [];
  /** A column that may have any of several values. */
  readonly #choices: { readonly column: string; readonly list: string }[] = [];
  readonly #isKept: boolean;

  constructor(scope: ReadScope, filter: TransferFilter) {
    if (scope.kind === 'agent') this.add('agent', (value) => `t.agent_user_code = ${value}`, scope.userCode);
    const own = this.#names.length;
    const { statuses, customerId, recipientId, minAmountRupees, maxAmountRupees, needsReview } = filter;
    if (statuses) this.#choose('status', [...new Set(statuses)]);
    if (customerId !== undefined)
      this.#choose('customer_id', getSealer().toStoredForms(customerId, 'customer_id'));
    if (recipientId !== undefined) this.add('recipient', (value) => `t.recipient_id = ${value}`, recipientId);
    if (minAmountRupees !== undefined)
      this.add('min', (value) => `t.amount_rupees >= ${value}`, minAmountRupees);
    if (maxAmountRupees !== undefined)
      this.add('max', (value) => `t.amount_rupees <= ${value}`, maxAmountRupees);
    if (needsReview !== undefined)
      this.add(`review_${needsReview}`, () => (needsReview ? 't.needs_review' : 'NOT t.needs_review'));
    const toBound = (moment: Date) => lowestUuidV7(moment.getTime());
    if (filter.createdFrom) this.add('from', (value) => `t.id >= ${value}`, toBound(filter.createdFrom));
    if (filter.createdBefore) this.add('until', (value) => `t.id < ${value}`, toBound(filter.createdBefore));
    // With one filter at most: all combinations would fill PostgreSQL's memory. And not with an amount: whether many or
    // few have it decides how they are best found.
    const hasAmount = minAmountRupees !== undefined || maxAmountRupees !== undefined;
    this.#isKept = this.#names.length - own <= 1 && !hasAmount;
  }

  /** `name` stands for the text of the condition. */
  add(name: string, toCondition: (parameter: string) => string, ...value: readonly [unknown?]): void {
    this.#names.push(name);
    this.#conditions.push(toCondition(value.length === 0 ? '' : this.#parameter(value[0])));
  }

  /**
   * The first `size` by id. Of each of several values its own first ones, which an index has in order, and of those the
   * first: a rare value costs no search through all the others.
   */
  toPage(order: 'ASC' | 'DESC', size: number): PreparedStatement {
    const isOneOf = this.#choices.map(({ column }) => `t.${column} = any_${column}.value`);
    const lists = this.#choices.map(({ column, list }) => `unnest(${list}::text[]) any_${column}(value)`);
    const where = toWhere([...this.#conditions, ...isOneOf]);
    const end = (table: string, limit: string) => `ORDER BY ${table}.id ${order} LIMIT ${limit}`;
    const limit = this.#parameter(size);
    const page = `SELECT ${SHOWN_COLUMNS.selectFrom('t')} FROM transfers t ${where} ${end('t', limit)}`;
    if (lists.length === 0) return this.#toStatement(`page_${order}`, page);
    const from = [...lists, `LATERAL (${page}) page`].join(' CROSS JOIN ');
    return this.#toStatement(`page_${order}`, `SELECT page.* FROM ${from} ${end('page', limit)}`);
  }

  toCount(): PreparedStatement {
    const isOneOf = this.#choices.map(({ column, list }) => `t.${column} = ANY(${list})`);
    const where = toWhere([...this.#conditions, ...isOneOf]);
    return this.#toStatement('count', `SELECT count(*)::int FROM transfers t ${where}`);
  }

  #choose(column: string, values: readonly string[]): void {
    this.#names.push(column);
    this.#choices.push({ column, list: this.#parameter(values) });
  }

  #parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  #toStatement(name: string, text: string): PreparedStatement {
    return { name: this.#isKept ? [name, ...this.#names].join('_') : undefined, text };
  }
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

export function isInScope(scope: ReadScope, transfer: Pick<ShownTransfer, 'agentUserCode'>): boolean {
  return scope.kind === 'all' || scope.userCode === transfer.agentUserCode;
}
