// The executable schema, built once a process.
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { ReviewResolver } from './review.resolver.js';
import { Transaction } from './transaction.types.js';
import { TransactionResolver } from './transaction.resolver.js';
import { TransferResolver } from './transfer.resolver.js';
import { validateArguments } from './validate-arguments.js';

export function createSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [TransferResolver, TransactionResolver, ReviewResolver],
    orphanedTypes: [Transaction],
    validateFn: validateArguments,
  });
}
