// Apollo Server over our schema: the landing page, the error rules, nothing it would do on its own.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { NoSchemaIntrospectionCustomRule, type GraphQLSchema } from 'graphql';
import { HTTP } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import { createErrorFormatter, type ErrorFormatterOptions } from './graphql-errors.js';
import { fewAliases, oneMutationField, variableCheck } from './graphql-plugins.js';

export interface ApolloServerOptions extends ErrorFormatterOptions {
  readonly schema: GraphQLSchema;
  /** Pre-filled in the landing page. */
  readonly landingDocument: string;
  readonly landingVariables: Readonly<Record<string, unknown>>;
}

export function createApolloServer(options: ApolloServerOptions): ApolloServer<GraphQLContext> {
  const { schema, isProduction } = options;
  return new ApolloServer<GraphQLContext>({
    schema,
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    parseOptions: { maxTokens: HTTP.maxTokens },
    validationRules: [
      oneMutationField,
      fewAliases,
      ...(isProduction ? [NoSchemaIntrospectionCustomRule] : []),
    ],
    formatError: createErrorFormatter(options),
    stopOnTerminationSignals: false,
    logger: silentLogger,
    plugins: [toLandingPage(options), variableCheck],
  });
}

/** Faults are logged by the error formatter, with the request's id. */
const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

function toLandingPage({
  isProduction,
  landingDocument,
  landingVariables,
}: ApolloServerOptions): ApolloServerPlugin {
  if (isProduction) return ApolloServerPluginLandingPageDisabled();
  return ApolloServerPluginLandingPageLocalDefault({
    embed: true,
    includeCookies: false,
    document: landingDocument,
    variables: { ...landingVariables },
  });
}
