// Reading transfers, always within a scope: one agent's own, or everybody's for support.
import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { Transfer, TransferEvent, type TransferStatus } from '../entities/index.js';
import { lowestUuidV7 } from '../shared/identifiers.js';
import { getSealer } from '../shared/sealing.js';
import type { ReadScope } from './agent.js';

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
  readonly transfers: readonly Transfer[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export type TransferKey =
  { readonly id: string } | { readonly clientRefId: string } | { readonly tid: string };

export class TransferReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Null for a missing transfer and for one out of scope alike. */
  async findOne(scope: ReadScope, key: TransferKey): Promise<Transfer | null> {
    const transfer = await this.dataSource.getRepository(Transfer).findOneBy(key);
    return transfer !== null && isInScope(scope, transfer) ? transfer : null;
  }

  /** In one statement, whoever's they are, in any order; those that do not exist are left out. */
  findByIds(ids: readonly string[]): Promise<Transfer[]> {
    return this.dataSource
      .createQueryBuilder(Transfer, 'transfer')
      .where('transfer.id = ANY(:ids)', { ids })
      .getMany();
  }

  /** Keyset-paged by id, which sorts by creation: a page costs the same wherever it is, and inserts do not shift it. */
  async findPage(scope: ReadScope, filter: TransferFilter, page: PageRequest): Promise<TransferPage> {
    const query = this.#select(scope, filter);
    if (page.after !== null) query.andWhere('transfer.id < :after', { after: page.after });
    if (page.before !== null) query.andWhere('transfer.id > :before', { before: page.before });
    const isForward = page.direction === 'forward';
    const found = await query
      .orderBy('transfer.id', isForward ? 'DESC' : 'ASC')
      .limit(page.size + 1)
      .getMany();
    const hasMore = found.length > page.size;
    const transfers = found.slice(0, page.size);
    return isForward
      ? { transfers, hasNextPage: hasMore || page.before !== null, hasPreviousPage: page.after !== null }
      : {
          transfers: transfers.reverse(),
          hasNextPage: page.before !== null,
          hasPreviousPage: hasMore || page.after !== null,
        };
  }

  count(scope: ReadScope, filter: TransferFilter): Promise<number> {
    return this.#select(scope, filter).getCount();
  }

  /** The timelines of several transfers in one statement, each oldest first, in the order of the ids. */
  async findTimelines(transferIds: readonly string[]): Promise<TransferEvent[][]> {
    const events = await this.dataSource
      .createQueryBuilder(TransferEvent, 'event')
      .where('event.transferId = ANY(:transferIds)', { transferIds })
      .orderBy('event.sequence')
      .getMany();
    const timelines = new Map(transferIds.map((id): [string, TransferEvent[]] => [id, []]));
    for (const event of events) timelines.get(event.transferId)!.push(event);
    return transferIds.map((id) => timelines.get(id)!);
  }

  #select(scope: ReadScope, filter: TransferFilter): SelectQueryBuilder<Transfer> {
    const query = this.dataSource.createQueryBuilder(Transfer, 'transfer');
    if (scope.kind === 'agent') {
      query.where('transfer.agentUserCode = :userCode', { userCode: scope.userCode });
    }
    const { statuses, customerId, recipientId, minAmountRupees, maxAmountRupees, needsReview } = filter;
    if (statuses !== undefined) query.andWhere('transfer.status = ANY(:statuses)', { statuses });
    if (customerId !== undefined) {
      const customers = getSealer().toStoredForms(customerId, 'customer_id');
      query.andWhere('transfer.customerId = ANY(:customers)', { customers });
    }
    if (recipientId !== undefined) query.andWhere('transfer.recipientId = :recipientId', { recipientId });
    if (minAmountRupees !== undefined)
      query.andWhere('transfer.amountRupees >= :minAmountRupees', { minAmountRupees });
    if (maxAmountRupees !== undefined)
      query.andWhere('transfer.amountRupees <= :maxAmountRupees', { maxAmountRupees });
    if (needsReview !== undefined) query.andWhere('transfer.needsReview = :needsReview', { needsReview });
    if (filter.createdFrom !== undefined) {
      query.andWhere('transfer.id >= :from', { from: lowestUuidV7(filter.createdFrom.getTime()) });
    }
    if (filter.createdBefore !== undefined) {
      query.andWhere('transfer.id < :until', { until: lowestUuidV7(filter.createdBefore.getTime()) });
    }
    return query;
  }
}

export function isInScope(scope: ReadScope, transfer: Transfer): boolean {
  return scope.kind === 'all' || scope.userCode === transfer.agentUserCode;
}
