// The queries: always within the caller's scope.
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { toReadScope } from '../auth/index.js';
import { CodedError, ERROR_CODES, ERRORS } from '../shared/errors.js';
import { UUID } from '../shared/identifiers.js';
import type { TransferFilter, TransferKey } from '../transfers/index.js';
import type { GraphQLContext } from './context.js';
import { PageArgs, toConnection, toPageRequest } from './pages.js';
import { TransactionConnection } from './payloads.types.js';
import { ClientRefId } from './scalars.js';
import { toSelection } from './selected-columns.js';
import { toTransaction, toTransactionEvent, toTransferStatuses } from './transaction.mapper.js';
import { ErrorInfo, Node, Transaction, TransactionEvent } from './transaction.types.js';
import { TransactionFilter } from './transfer.inputs.js';

@Resolver(() => Transaction)
export class TransactionResolver {
  @Query(() => Transaction, {
    nullable: true,
    description:
      'One transaction, by exactly one of its three names. Null when there is none under this agent.',
  })
  async transaction(
    @Arg('id', () => ID, { nullable: true, description: '`Transaction.id`.' }) id: string | null | undefined,
    @Arg('clientRefId', () => ClientRefId, {
      nullable: true,
      description: 'Yours, or the one the server made.',
    })
    clientRefId: string | null | undefined,
    @Arg('tid', () => String, { nullable: true, description: 'Eko’s transaction id.' })
    tid: string | null | undefined,
    @Ctx() { identity, services }: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Transaction | null> {
    const scope = toReadScope(identity);
    const key = toTransferKey({ id, clientRefId, tid });
    if (!canExist(key)) return null;
    const transfer = await services.reader.findOne(scope, key, toSelection(info));
    return transfer === null ? null : toTransaction(transfer);
  }

  @Query(() => TransactionConnection, {
    nullable: true,
    description: 'The agent’s transactions, newest first, in pages of 20 (at most 100).',
  })
  async transactions(
    @Arg('filter', () => TransactionFilter, {
      nullable: true,
      description: 'Which ones; all when it is left out.',
    })
    filter: TransactionFilter | null | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { identity, services }: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TransactionConnection> {
    const scope = toReadScope(identity);
    const wanted = toTransferFilter(filter);
    const found = await services.reader.findPage(scope, wanted, toPageRequest(page), toSelection(info));
    return toConnection(found, () => services.reader.count(scope, wanted));
  }

  @Query(() => Node, {
    nullable: true,
    description: 'Anything by its id (Relay). Null when there is none under this agent.',
  })
  async node(
    @Arg('id', () => ID, { description: 'As in the object’s `id`.' }) id: string,
    @Ctx() { identity, services }: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Node | null> {
    const scope = toReadScope(identity);
    const transfer = UUID.test(id) ? await services.reader.findOne(scope, { id }, toSelection(info)) : null;
    return transfer === null ? null : toTransaction(transfer);
  }

  @Query(() => [ErrorInfo], {
    description: 'Every error code, its meaning, a sentence for the screen, and what to do about it.',
  })
  errorCatalogue(): ErrorInfo[] {
    return ERROR_CODES.map((code) => {
      const { meaning, screenMessage, retry, raisedBy } = ERRORS[code];
      return Object.assign(new ErrorInfo(), { code, meaning, screenMessage, retry, raisedBy: [...raisedBy] });
    });
  }

  @FieldResolver(() => [TransactionEvent], {
    description: 'The timeline, oldest first, in a sequence without gaps.',
  })
  async events(
    @Root() { id, eventCount }: Transaction,
    @Ctx() { timelines }: GraphQLContext,
  ): Promise<TransactionEvent[]> {
    return (await timelines.load(id)).slice(0, eventCount).map(toTransactionEvent);
  }
}

/** Throws BAD_USER_INPUT unless exactly one is given. */
function toTransferKey(names: Record<'id' | 'clientRefId' | 'tid', string | null | undefined>): TransferKey {
  const { id = null, clientRefId = null, tid = null } = names;
  const given = Number(id !== null) + Number(clientRefId !== null) + Number(tid !== null);
  if (given === 1) {
    if (id !== null) return { id };
    return clientRefId !== null ? { clientRefId } : { tid: tid! };
  }
  const message = 'give exactly one of id, clientRefId and tid';
  const paths = Object.entries(names).filter(([, value]) => given === 0 || (value ?? null) !== null);
  throw new CodedError('BAD_USER_INPUT', { fields: paths.map(([path]) => ({ path, message })) });
}

/** What Eko has never called a transaction, and PostgreSQL may not even store, need not be looked for. */
const TID = /^[\x21-\x7e]{1,40}$/;

function canExist(key: TransferKey): boolean {
  if ('id' in key) return UUID.test(key.id);
  return 'clientRefId' in key || TID.test(key.tid);
}

function toTransferFilter(filter: TransactionFilter | null | undefined): TransferFilter {
  const { status, customerId, recipientId, minAmount, maxAmount, createdFrom, createdBefore, needsReview } =
    filter ?? {};
  return {
    ...(status ? { statuses: toTransferStatuses(status) } : {}),
    ...(customerId ? { customerId } : {}),
    ...(recipientId ? { recipientId } : {}),
    ...(minAmount === null || minAmount === undefined ? {} : { minAmountRupees: minAmount }),
    ...(maxAmount === null || maxAmount === undefined ? {} : { maxAmountRupees: maxAmount }),
    ...(createdFrom ? { createdFrom } : {}),
    ...(createdBefore ? { createdBefore } : {}),
    ...(needsReview === null || needsReview === undefined ? {} : { needsReview }),
  };
}
