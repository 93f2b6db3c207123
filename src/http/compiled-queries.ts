// Queries that are asked again run compiled: graphql-jit turns a document into a function. What is asked once, and every
// mutation and subscription, is executed by graphql-js.
import type { GraphQLRequestContextResponseForOperation, GraphQLResponse } from '@apollo/server';
import {
  BREAK,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import type { GraphQLContext } from '../resolvers/index.js';
import type { FormatError } from './graphql-errors.js';
import { noteRequest } from './request-ids.js';

/**
 * Compiling costs as much as executing it some ten times: what comes once, or from somebody who makes up documents, is not.
 * Measured by `npm run bench` with it and without: a page of 20 at 2.5 times Mercurius instead of 4.0.
 */
const COMPILED_FROM_USE = 3;

interface Use {
  count: number;
  /** Null: it cannot be compiled. */
  compiled: CompiledQuery | null;
}

/** @skip and @include: two parts of one field, of which one is left out, come out whole of graphql-jit 0.8. */
function hasDirective(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}

function compile(schema: GraphQLSchema, document: DocumentNode, name: string | null): CompiledQuery | null {
  const compiled = compileQuery(schema, document, name ?? undefined);
  return isCompiledQuery(compiled) ? compiled : null;
}

/** Answers what can be; null: graphql-js does. */
export function createCompiledQueries(formatError: FormatError) {
  /** By operation name. The documents are those of the document store, which is bounded; what it drops is dropped here. */
  const uses = new WeakMap<DocumentNode, Map<string, Use>>();
  const findUse = (document: DocumentNode, name: string): Use => {
    let byName = uses.get(document);
    if (byName === undefined) uses.set(document, (byName = new Map<string, Use>()));
    let use = byName.get(name);
    if (use === undefined) byName.set(name, (use = { count: 0, compiled: null }));
    return use;
  };
  return async ({
    schema,
    document,
    operation,
    operationName,
    request,
    contextValue,
    response,
  }: GraphQLRequestContextResponseForOperation<GraphQLContext>): Promise<GraphQLResponse | null> => {
    // None of that name, or several without one, whatever the type says: graphql-js refuses it.
    if ((operation as typeof operation | undefined)?.operation !== OperationTypeNode.QUERY) return null;
    const use = findUse(document, operationName ?? '');
    use.count += 1;
    if (use.count < COMPILED_FROM_USE) return null;
    if (use.count === COMPILED_FROM_USE) {
      use.compiled = hasDirective(document) ? null : compile(schema, document, operationName);
    }
    if (use.compiled === null) return null;
    const { data, errors }: ExecutionResult = await use.compiled.query(
      undefined,
      contextValue,
      request.variables ?? {},
    );
    for (const error of errors ?? []) noteRequest(error, contextValue.requestId);
    const formatted = errors?.map((error) => formatError(error.toJSON(), error));
    const singleResult = {
      ...(formatted ? { errors: formatted } : {}),
      ...(data === undefined ? {} : { data }),
    };
    return { http: response.http, body: { kind: 'single', singleResult } };
  };
}
