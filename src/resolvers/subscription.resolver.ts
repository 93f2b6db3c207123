// The subscription: parse, watch, map. It always begins with the present state, so that nothing is missed in between.
import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import { toCallerKey, toReadScope } from '../auth/index.js';
import type { ShownTransfer } from '../transfers/index.js';
import { CodedError } from '../shared/errors.js';
import { UUID } from '../shared/identifiers.js';
import type { GraphQLContext } from './context.js';
import { isFinal, toTransaction } from './transaction.mapper.js';
import { Transaction } from './transaction.types.js';

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => Transaction, {
    description:
      'A transaction as it changes: a message for each entry of its timeline (`nextCheckAt` may move without one). The first is its present state, so there is nothing to query before; it completes after a final one (`isFinal`). When the connection is lost, or a message has the error DRAINING, subscribe again: the first message is then what was missed. Over HTTP (`Accept: multipart/mixed;subscriptionSpec="1.0"`, as Apollo Client does by itself) or graphql-ws, on the address of the queries.',
    // type-graphql's type leaves out that it may take a moment; graphql-js waits for it.
    subscribe: watchTransaction as unknown as () => AsyncIterable<ShownTransfer>,
  })
  transactionUpdated(
    @Root() transfer: ShownTransfer,
    @Arg('id', () => ID, { description: '`Transaction.id`.' }) _id: string,
    @Ctx() { timelines }: GraphQLContext,
  ): Transaction {
    timelines.clear(transfer.id); // of the message before
    return toTransaction(transfer);
  }
}

async function watchTransaction({
  args: { id },
  context: { identity, services },
}: {
  args: { id: string };
  context: GraphQLContext;
}): Promise<AsyncIterable<ShownTransfer>> {
  const scope = toReadScope(identity);
  if (!UUID.test(id)) throw new CodedError('NOT_FOUND');
  const caller = toCallerKey(identity);
  return services.feed.watch({ scope, id, caller, until: identity.expiresAt, isLast: isFinal });
}
