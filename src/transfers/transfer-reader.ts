// Reading transfers, always within a scope: one agent's own, or everybody's for support.
import type { DataSource } from 'typeorm';
import { runPrepared, type PreparedStatement } from '../database/prepared.js';
import type { TransferEvent, TransferStatus } from '../entities/index.js';
import { lowestUuidV7 } from '../shared/identifiers.js';
import { getSealer } from '../shared/sealing.js';
import type { ReadScope } from './agent.js';
import { ALL_SHOWN, type Selection, type ShownTransfer } from './shown-columns.js';
import { TransferLookUp, type NameColumn } from './transfer-look-up.js';
import { EVENT_COLUMNS } from './transfer-statements.js';

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
  readonly #lookUp: TransferLookUp;

  constructor(private readonly dataSource: DataSource) {
    this.#lookUp = new TransferLookUp(dataSource);
  }

  /** Null for a missing transfer and for one out of scope alike. Other columns than those selected must not be looked at. */
  async findOne(scope: ReadScope, key: TransferKey, selection = ALL_SHOWN): Promise<ShownTransfer | null> {
    const [column, value] = toName(key);
    const transfer = await this.#lookUp.find(column, value, selection);
    return transfer !== null && isInScope(scope, transfer) ? transfer : null;
  }

  /** In one statement, whoever's they are, in any order; those that do not exist are left out. */
  async findByIds(ids: readonly string[]): Promise<ShownTransfer[]> {
    const rows = await runPrepared(this.dataSource, FIND_BY_IDS, [ids]);
    return rows.map((row) => ALL_SHOWN.columns.view(row));
  }

  /** Keyset-paged by id, which sorts by creation: a page costs the same wherever it is, and inserts do not shift it. */
  async findPage(
    scope: ReadScope,
    filter: TransferFilter,
    page: PageRequest,
    selection = ALL_SHOWN,
  ): Promise<TransferPage> {
    const where = new Conditions(scope, filter);
    if (page.after !== null) where.bound('<', page.after);
    if (page.before !== null) where.bound('>', page.before);
    const isForward = page.direction === 'forward';
    // With a filter it is read whole: there are enough kinds of statements as it is.
    const read = where.isFiltered ? ALL_SHOWN : selection;
    const statement = where.toPage(isForward ? 'DESC' : 'ASC', page.size + 1, read);
    const rows = await runPrepared(this.dataSource, statement, where.values);
    const hasMore = rows.length > page.size;
    const transfers = rows.slice(0, page.size).map((row) => read.columns.view(row));
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
    return Number(row?.[0]);
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

function toName(key: TransferKey): [NameColumn, string] {
  if ('id' in key) return ['id', key.id];
  return 'tid' in key ? ['tid', key.tid] : ['client_ref_id', key.clientRefId];
}

const FIND_BY_IDS: PreparedStatement = {
  name: 'find_by_ids',
  text: `SELECT ${ALL_SHOWN.list} FROM transfers t WHERE t.id = ANY($1)`,
};
const FIND_TIMELINES: PreparedStatement = {
  name: 'find_timelines',
  text: `SELECT ${EVENT_COLUMNS.selectFrom('e')} FROM transfer_events e WHERE e.transfer_id = ANY($1) ORDER BY e.sequence`,
};

/**
 * What a kept page may read: one row more than a page that nobody gave a size, and than the longest. With a size that is a
 * parameter alone PostgreSQL takes it for a tenth of the table and plans each page anew: 0.40 ms of its CPU, for 0.16.
 */
const KEPT_SIZES = [21, 101];

type Comparison = '<' | '>' | '>=';
const LOWEST_ID = `'00000000-0000-0000-0000-000000000000'::uuid`;
const HIGHEST_ID = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`;

/** What a list is restricted to, always to its scope first. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #names: string[] = [];
  readonly #conditions: string[] = [];
  /**
   * Columns with which an index begins, in its order, each with the one value asked for, when nothing else is asked for;
   * null: more is, or no index is the right one for every value.
   */
  readonly #leading: ReadonlyMap<string, string> | null;
  /** A column that may have any of several values. */
  readonly #choices: { readonly column: string; readonly list: string }[] = [];
  readonly #bounds = new Map<'lower' | 'upper', { readonly by: Comparison; readonly id: string }>();
  readonly #isKept: boolean;
  readonly isFiltered: boolean;

  constructor(scope: ReadScope, filter: TransferFilter) {
    const agent = scope.kind === 'agent' ? this.#addOne('agent', 'agent_user_code', scope.userCode) : null;
    const { createdFrom, createdBefore, ...filters } = filter;
    const count = Object.values(filters).filter((value) => value !== undefined).length;
    const { customerId, recipientId, minAmountRupees, maxAmountRupees, needsReview } = filters;
    if (customerId !== undefined)
      this.#choose('customer_id', getSealer().toStoredForms(customerId, 'customer_id'));
    const statuses = filters.statuses && [...new Set(filters.statuses)];
    const isOneStatus = count === 1 && statuses?.length === 1;
    const status = isOneStatus ? this.#addOne('one_status', 'status', statuses[0]!) : null;
    if (statuses && !isOneStatus) this.#choose('status', statuses);
    const recipient =
      recipientId === undefined ? null : this.#addOne('recipient', 'recipient_id', recipientId);
    this.#addAmounts(minAmountRupees, maxAmountRupees);
    if (needsReview !== undefined)
      this.#add(`review_${needsReview}`, () => (needsReview ? 't.needs_review' : 'NOT t.needs_review'));
    this.isFiltered = count > 0;
    const isLed = count === 0 || status !== null || (count === 1 && recipient !== null && agent !== null);
    this.#leading = isLed ? new Map([...(recipient ?? []), ...(agent ?? []), ...(status ?? [])]) : null;
    // Those that are found by the same index whatever the values are. Of the others, whether there are many or few decides
    // how they are best found; and all combinations would fill PostgreSQL's memory.
    this.#isKept = isLed || (count === 1 && this.#choices.length === 1);
    if (createdFrom) this.bound('>=', lowestUuidV7(createdFrom.getTime()));
    if (createdBefore) this.bound('<', lowestUuidV7(createdBefore.getTime()));
  }

  /** An id that all lie on one side of; of several, the one that leaves least. */
  bound(by: Comparison, id: string): void {
    const side = by === '<' ? 'upper' : 'lower';
    const known = this.#bounds.get(side);
    const isNarrower = known === undefined || (side === 'upper' ? id < known.id : id >= known.id);
    if (isNarrower) this.#bounds.set(side, { by, id });
  }

  /**
   * The first `size` by id. For a column that may have any of several values: the first ones of each value, in the order
   * of its index, and of those the first. PostgreSQL would look for a rare value among all the others otherwise, in the
   * order of ids; that is why the column is compared and sorted together with the id. So are an agent, a recipient and
   * one status, where nothing else is asked for: that plan is right for all of them, and kept.
   */
  toPage(order: 'ASC' | 'DESC', size: number, { list: columns, name }: Selection): PreparedStatement {
    const [choice, ...others] = this.#choices;
    const limit = this.#parameter(size);
    const select = `SELECT ${columns} FROM transfers t`;
    if (this.#leading !== null) {
      const where = toWhere(this.#compareWith(this.#leading));
      const sort = [...this.#leading.keys(), 'id'].map((column) => `t.${column} ${order}`).join(', ');
      const most = KEPT_SIZES.find((one) => size <= one) ?? size;
      return this.#toStatement(
        `page_${most}_${order}${name}`,
        `SELECT * FROM (${select} ${where} ORDER BY ${sort} LIMIT ${most}) page LIMIT ${limit}`,
      );
    }
    if (choice === undefined) {
      const where = toWhere([...this.#conditions, ...this.#compareId()]);
      return this.#toStatement(
        `page_${order}${name}`,
        `${select} ${where} ORDER BY t.id ${order} LIMIT ${limit}`,
      );
    }
    const { column, list } = choice;
    const where = toWhere([
      ...this.#conditions,
      ...others.map(isAnyOf),
      ...this.#compareWith(new Map([[column, 'one.value']])),
    ]);
    const ofEach = `${select} ${where} ORDER BY t.${column} ${order}, t.id ${order} LIMIT ${limit}`;
    return this.#toStatement(
      `page_${order}${name}`,
      `SELECT page.* FROM unnest(${list}::text[]) AS one(value) CROSS JOIN LATERAL (${ofEach}) page
        ORDER BY page.id ${order} LIMIT ${limit}`,
    );
  }

  toCount(): PreparedStatement {
    const where = toWhere([...this.#conditions, ...this.#choices.map(isAnyOf), ...this.#compareId()]);
    return this.#toStatement('count', `SELECT count(*)::int FROM transfers t ${where}`);
  }

  #compareId(): string[] {
    return [...this.#bounds.values()].map(({ by, id }) => {
      this.#names.push(NAMES[by]);
      return `t.id ${by} ${this.#parameter(id)}`;
    });
  }

  /** The columns and the id together, as an index has them. */
  #compareWith(values: ReadonlyMap<string, string>): string[] {
    const columns = [...values.keys(), 'id'].map((column) => `t.${column}`).join(', ');
    const to = (id: string) => `(${[...values.values(), id].join(', ')})`;
    const toOne = (side: 'lower' | 'upper', otherwise: string) => {
      const bound = this.#bounds.get(side);
      if (bound === undefined) return `(${columns}) ${otherwise}`;
      this.#names.push(NAMES[bound.by]);
      return `(${columns}) ${bound.by} ${to(`${this.#parameter(bound.id)}::uuid`)}`;
    };
    return [toOne('lower', `>= ${to(LOWEST_ID)}`), toOne('upper', `<= ${to(HIGHEST_ID)}`)];
  }

  /** `name` stands for the text of the condition. */
  #add(name: string, toCondition: (parameter: string) => string, ...value: readonly [unknown?]): void {
    this.#names.push(name);
    this.#conditions.push(toCondition(value.length === 0 ? '' : this.#parameter(value[0])));
  }

  /** A column that has one value; its name with the parameter. */
  #addOne(name: string, column: string, value: string): [string, string][] {
    const parameter = this.#parameter(value);
    this.#add(name, () => `t.${column} = ${parameter}`);
    return [[column, parameter]];
  }

  /** One amount is looked up by the index, in order: PostgreSQL would sort all between it and itself. */
  #addAmounts(min: number | undefined, max: number | undefined): void {
    if (min !== undefined && min === max)
      return this.#add('amount', (value) => `t.amount_rupees = ${value}`, min);
    if (min !== undefined) this.#add('min', (value) => `t.amount_rupees >= ${value}`, min);
    if (max !== undefined) this.#add('max', (value) => `t.amount_rupees <= ${value}`, max);
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

/** How a comparison is called in a statement's name. */
const NAMES: Readonly<Record<Comparison, string>> = { '<': 'below', '>': 'above', '>=': 'from' };

function isAnyOf({ column, list }: { column: string; list: string }): string {
  return `t.${column} = ANY(${list})`;
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

export function isInScope(scope: ReadScope, transfer: Pick<ShownTransfer, 'agentUserCode'>): boolean {
  return scope.kind === 'all' || scope.userCode === transfer.agentUserCode;
}
