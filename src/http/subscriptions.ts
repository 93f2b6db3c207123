// Runs a subscription, whichever transport it came by: one request in, results out, every error by the table.
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { z } from 'zod';
import { HTTP } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import { CodedError } from '../shared/errors.js';
import { toGraphQLError, type FormatError } from './graphql-errors.js';
import { noteRequest } from './request-ids.js';
import { toValidationRules, VALIDATION_OPTIONS, type DocumentLimits } from './validation.js';
import { assertVariables } from './variables.js';

export interface SubscriptionsOptions extends DocumentLimits {
  readonly schema: GraphQLSchema;
  readonly formatError: FormatError;
}

export interface SubscriptionRequest {
  readonly query: string;
  readonly extensions?: unknown;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

type Result = IteratorResult<FormattedExecutionResult, undefined>;

export interface ResultStream extends AsyncIterableIterator<FormattedExecutionResult, undefined> {
  /** Ends it, also while it is waited for. */
  return(): Promise<Result>;
}

const PERSISTED_QUERY = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** Why a query or a mutation is refused where subscriptions are. */
const ELSEWHERE = 'Only subscriptions are taken here; send queries and mutations with POST to /graphql.';

export class Subscriptions {
  constructor(private readonly options: SubscriptionsOptions) {}

  /** With the text of a trusted document in place of its hash, which stands alone in `extensions.persistedQuery`. */
  withText<Given extends Partial<SubscriptionRequest>>(request: Given): Given {
    const hash = request.query ? undefined : PERSISTED_QUERY.safeParse(request.extensions).data;
    const query = hash && this.options.trusted?.findText(hash.persistedQuery.sha256Hash);
    return query === undefined ? request : { ...request, query };
  }

  /** Results as they come; or, when it could not begin, why. Never rejects, and neither does the stream. */
  async start(
    request: SubscriptionRequest,
    context: GraphQLContext,
  ): Promise<ResultStream | readonly GraphQLFormattedError[]> {
    const toFormatted = (error: unknown) => this.toFormatted(error, context.requestId);
    try {
      const started = await this.#subscribe(request, context);
      if (Symbol.asyncIterator in started) return toResultStream(started, { toFormatted, context });
      return (started.errors ?? []).map(toFormatted);
    } catch (error) {
      return [toFormatted(error)];
    }
  }

  async #subscribe(
    given: SubscriptionRequest,
    contextValue: GraphQLContext,
  ): Promise<AsyncGenerator<ExecutionResult, undefined> | ExecutionResult> {
    const { schema } = this.options;
    const { query, variables, ...request } = this.withText(given);
    // An empty name is none, for everything that reads it.
    const operationName = request.operationName || undefined;
    const document = parseDocument(query);
    const rules = [...specifiedRules, ...toValidationRules(this.options)];
    const errors = validate(schema, document, rules, VALIDATION_OPTIONS);
    if (errors.length > 0) return { errors };
    const operation = getOperationAST(document, operationName);
    if (operation && operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      throw toGraphQLError(new CodedError('BAD_USER_INPUT', { message: ELSEWHERE }), 400);
    }
    if (operation) assertVariables({ schema, document, operation, variables: variables ?? {} });
    return subscribe({
      schema,
      document,
      contextValue,
      variableValues: variables ?? {},
      ...(operationName ? { operationName } : {}),
    }) as Promise<AsyncGenerator<ExecutionResult, undefined> | ExecutionResult>;
  }

  /** What a client is told of it. */
  toFormatted(error: unknown, requestId: string): GraphQLFormattedError {
    const original = error instanceof Error ? error : new Error(String(error));
    const reported =
      error instanceof GraphQLError
        ? error
        : new GraphQLError('', { originalError: original, path: ['transactionUpdated'] });
    noteRequest(reported, requestId);
    return this.options.formatError(reported.toJSON(), reported);
  }
}

/** Throws a GraphQLError for whatever cannot be parsed, also for what is too deep for the stack. */
function parseDocument(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: HTTP.maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) throw error;
    throw toGraphQLError(new CodedError('QUERY_TOO_COMPLEX', { cause: error }), 400);
  }
}

/** False for what cannot be parsed, too: it is for Apollo Server. */
export function isSubscription({ query, operationName }: SubscriptionRequest): boolean {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: HTTP.maxTokens, noLocation: true });
  } catch {
    return false;
  }
  return getOperationAST(document, operationName || undefined)?.operation === OperationTypeNode.SUBSCRIPTION;
}

/** An iterator and not a generator: `return` has to reach a source that is waiting, and a generator would wait too. */
function toResultStream(
  source: AsyncGenerator<ExecutionResult, undefined>,
  {
    toFormatted,
    context,
  }: { toFormatted: (error: unknown) => GraphQLFormattedError; context: GraphQLContext },
): ResultStream {
  let hasEnded = false;
  let isRevoked = false;
  const { identity, services } = context;
  const unwatch = services.revocations.watch(identity, () => {
    isRevoked = true;
    void source.return(undefined);
  });
  const end = () => {
    hasEnded = true;
    unwatch();
    return { done: true, value: undefined } as const;
  };
  return {
    next: async () => {
      if (hasEnded) return end();
      try {
        const { done, value } = await source.next();
        if (isRevoked) throw new CodedError('UNAUTHENTICATED');
        return done === true ? end() : { done: false, value: toResult(value, toFormatted) };
      } catch (error) {
        end();
        return { done: false, value: { errors: [toFormatted(error)] } };
      }
    },
    return: async () => {
      const ended = end();
      await source.return(undefined);
      return ended;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toResult(
  { data, errors }: ExecutionResult,
  toFormatted: (error: unknown) => GraphQLFormattedError,
): FormattedExecutionResult {
  return {
    ...(errors ? { errors: errors.map(toFormatted) } : {}),
    ...(data === undefined ? {} : { data }),
  };
}
