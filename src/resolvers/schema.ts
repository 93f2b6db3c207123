// The executable schema, built once a process.
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { FieldPolicy } from '../auth/index.js';
import { guardSchema } from './guard.js';
import { ReviewResolver } from './review.resolver.js';
import { SubscriptionResolver } from './subscription.resolver.js';
import { Transaction } from './transaction.types.js';
import { TransactionResolver } from './transaction.resolver.js';
import { TransferResolver } from './transfer.resolver.js';
import { validateArguments } from './validate-arguments.js';

/** type-graphql wants one as soon as there is a subscription; ours brings its own source. */
const noPubSub = {
  publish: () => {},
  subscribe: () => {
    throw new Error('a subscription without a source of its own');
  },
};

/** Throws when a field has no policy. `policy`: another than the program's own. */
export function createSchema(policy?: FieldPolicy): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [TransferResolver, TransactionResolver, ReviewResolver, SubscriptionResolver],
    pubSub: noPubSub,
    orphanedTypes: [Transaction],
    validateFn: validateArguments,
  });
  for (const [name, description] of Object.entries(ROOTS)) schema.getType(name)!.description = description;
  guardSchema(schema, policy);
  return schema;
}

/** type-graphql has no place for these. */
const ROOTS = {
  Query: 'What is known. An agent sees its own transactions; support and admin see all.',
  Mutation: 'What is done, one field a document: an OTP first, then the transfer.',
  Subscription: 'What changes, as it changes.',
};
