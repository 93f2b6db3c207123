// What happens to an operation before and after it is executed, and what a document may hold: one mutation field, so that
// one request is one intent.
import type { ApolloServerPlugin } from '@apollo/server';
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { HTTP } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import { CodedError } from '../shared/errors.js';
import { createCompiledQueries } from './compiled-queries.js';
import { toGraphQLError, type FormatError } from './graphql-errors.js';
import { toMediaType } from './media-type.js';
import { noteRequest } from './request-ids.js';
import { assertVariables } from './variables.js';

/**
 * What is done to a request at each step. One plugin: Apollo Server waits for every one of them at every step, and six cost
 * 1.5 % of a look-up.
 */
export function createRequestRules(formatError: FormatError): ApolloServerPlugin<GraphQLContext> {
  const answerCompiled = createCompiledQueries(formatError);
  return {
    requestDidStart: ({ request }) => {
      const accept = request.http?.headers.get('accept') ?? '';
      const mediaType = toMediaType(accept);
      return Promise.resolve({
        didResolveOperation: ({ document, operation, request: { variables = {} }, schema }) => {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw refuse(NOT_STREAMED);
          // None of that name, or several without one: graphql-js refuses it next.
          if (operation !== undefined) assertVariables({ schema, document, operation, variables });
          if (mediaType === null) throw refuse(NOT_ACCEPTED, 406);
          return Promise.resolve();
        },
        responseForOperation: answerCompiled,
        // Before they are formatted, which is told of the error alone.
        didEncounterErrors: ({ errors, contextValue }) => {
          for (const error of errors) noteRequest(error, contextValue.requestId);
          return Promise.resolve();
        },
        willSendResponse: ({ response }) => {
          response.http.headers.set('content-type', `${mediaType ?? 'application/json'}; charset=utf-8`);
          // GraphQL over HTTP wants 200 with `application/json` for a request that is not valid: in that media type the errors
          // are the answer. Who is answered in the other one, or asks for nothing in particular, is told 400.
          const isPlain = mediaType === 'application/json' && /application\/json/i.test(accept);
          if (isPlain && response.http.status === 400) response.http.status = 200;
          return Promise.resolve();
        },
      });
    },
    unexpectedErrorProcessingRequest: ({ error, requestContext: { document, operation, contextValue } }) => {
      // graphql-js's rule on the root field of a subscription throws where the others report, at @skip or @include whose
      // `if` is missing, wrong or a variable: that is the caller's. All else is a fault of this server.
      const isThrown = error instanceof GraphQLError && error.originalError === undefined;
      if (isThrown && document !== undefined && operation === undefined)
        throw refuse(CONDITIONAL_SUBSCRIPTION);
      // Apollo Server would make another error of it, which says nothing to the log.
      const fault = new GraphQLError(error.message, { originalError: error, path: [] });
      noteRequest(fault, contextValue.requestId);
      throw fault;
    },
  };
}

/** It would be answered with null. */
const NOT_STREAMED =
  'A subscription needs a stream of answers: send it with "Accept: multipart/mixed;subscriptionSpec=1.0, application/json", or over graphql-ws.';
/** Before anything is executed. */
const NOT_ACCEPTED = 'Accept application/json, or application/graphql-response+json.';
const CONDITIONAL_SUBSCRIPTION = 'The root field of a subscription takes neither @skip nor @include.';

function refuse(message: string, status = 400): GraphQLError {
  return toGraphQLError(new CodedError('BAD_USER_INPUT', { message }), status);
}

/** Validation rule: at most one root field in a mutation, fragments, aliases and skipped fields counted. */
export function oneMutationField(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== OperationTypeNode.MUTATION) return;
      const count = createFieldCounter((name) => context.getFragment(name) ?? undefined);
      if (count(operation.selectionSet) > 1)
        context.reportError(toGraphQLError(new CodedError('TOO_MANY_MUTATIONS'), 400));
    },
  };
}

/** Each fragment is counted once and remembered: sixty that each include the next twice are 2^60 fields. */
function createFieldCounter(
  findFragment: (name: string) => FragmentDefinitionNode | undefined,
): (selectionSet: SelectionSetNode) => number {
  const counts = new Map<string, number>();
  const countFragment = (name: string): number => {
    const known = counts.get(name);
    if (known !== undefined) return known;
    // While it is being counted it counts nothing: one that includes itself is refused by another rule.
    counts.set(name, 0);
    const fragment = findFragment(name);
    const total = fragment ? count(fragment.selectionSet) : 0;
    counts.set(name, total);
    return total;
  };
  const count = ({ selections }: SelectionSetNode): number => {
    let total = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) total += selection.name.value === '__typename' ? 0 : 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) total += count(selection.selectionSet);
      else total += countFragment(selection.name.value);
      // More than one is too many, however many more there are.
      if (total > 1) return total;
    }
    return total;
  };
  return count;
}

/**
 * Validation rule: a bounded number of aliases in the queries and fragments of a document. Without aliases a field
 * is executed once however often it stands there, so this bounds the work that one request can ask for.
 */
export function fewAliases(context: ValidationContext): ASTVisitor {
  let count = 0;
  return {
    Field(field) {
      // The root field of a mutation has a rule of its own.
      if (field.alias === undefined || context.getParentType() === context.getSchema().getMutationType())
        return;
      count += 1;
      if (count === HTTP.maxAliases + 1) {
        context.reportError(toGraphQLError(new CodedError('QUERY_TOO_COMPLEX'), 400));
      }
    },
  };
}
