// Relay paging: arguments in, a stretch of the list out, opaque cursors on both ends.
import { ArgsType, Field, Int } from 'type-graphql';
import { PAGE } from '../config/limits.js';
import { CodedError, type FieldError } from '../shared/errors.js';
import { UUID } from '../shared/identifiers.js';
import type { PageRequest, TransferPage } from '../transfers/index.js';
import { IsOptional, Max, Min } from './input-rules.js';
import { TransactionConnection, type PageInfo, type TransactionEdge } from './payloads.types.js';
import { toTransaction } from './transaction.mapper.js';

const MIN_SIZE_RULE = { message: 'must be at least 1' };
const MAX_SIZE_RULE = { message: `must be at most ${PAGE.maxSize}` };

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'The newest this many, 1 to 100. 20 when neither `first` nor `last` is given.',
  })
  @IsOptional()
  @Min(1, MIN_SIZE_RULE)
  @Max(PAGE.maxSize, MAX_SIZE_RULE)
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only older ones than this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The oldest this many, 1 to 100. Not together with `first`.',
  })
  @IsOptional()
  @Min(1, MIN_SIZE_RULE)
  @Max(PAGE.maxSize, MAX_SIZE_RULE)
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only newer ones than this cursor.' })
  before?: string | null;
}

/** Throws BAD_USER_INPUT for `first` with `last`, and for a cursor that is not one of ours. */
export function toPageRequest({ first, after, last, before }: PageArgs): PageRequest {
  const fields: FieldError[] = [];
  const parse = (path: 'after' | 'before', cursor: string | null | undefined) => {
    if (cursor === null || cursor === undefined) return null;
    const id = parseCursor(cursor);
    if (id === null) fields.push({ path, message: 'is not a cursor of this list' });
    return id;
  };
  const bounds = { after: parse('after', after), before: parse('before', before) };
  const isBackward = last !== null && last !== undefined;
  if (isBackward && first !== null && first !== undefined) {
    fields.push({ path: 'last', message: 'cannot be given together with first' });
  }
  if (fields.length > 0) throw new CodedError('BAD_USER_INPUT', { fields });
  return isBackward
    ? { direction: 'backward', size: last, ...bounds }
    : { direction: 'forward', size: first ?? PAGE.defaultSize, ...bounds };
}

export function toConnection(page: TransferPage, countAll: () => Promise<number>): TransactionConnection {
  const edges: TransactionEdge[] = page.transfers.map((transfer) => ({
    cursor: toCursor(transfer.id),
    node: toTransaction(transfer),
  }));
  const pageInfo: PageInfo = {
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return Object.assign(new TransactionConnection(), { edges, pageInfo, countAll });
}

function toCursor(id: string): string {
  return Buffer.from(`transfer:${id}`).toString('base64url');
}

function parseCursor(cursor: string): string | null {
  const [kind, id = ''] = Buffer.from(cursor.slice(0, 100), 'base64url').toString('utf8').split(':');
  return kind === 'transfer' && UUID.test(id) && toCursor(id) === cursor ? id : null;
}
