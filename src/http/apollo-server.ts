// Apollo Server over our schema: the landing page, the error rules, nothing it would do on its own.
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import { HTTP } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import type { FormatError } from './graphql-errors.js';
import { createDocumentStore } from './document-store.js';
import { createRequestRules } from './graphql-plugins.js';
import type { TrustedDocuments } from './trusted-documents.js';
import { toValidationRules, VALIDATION_OPTIONS, type DocumentLimits } from './validation.js';

export interface ApolloServerOptions extends DocumentLimits {
  readonly schema: GraphQLSchema;
  readonly formatError: FormatError;
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
    persistedQueries: options.trusted === undefined ? false : { cache: toHashCache(options.trusted) },
    documentStore: createDocumentStore(),
    csrfPrevention: true,
    parseOptions: { maxTokens: HTTP.maxTokens },
    validationRules: toValidationRules(options),
    validationOptions: VALIDATION_OPTIONS,
    formatError: options.formatError,
    stopOnTerminationSignals: false,
    logger: silentLogger,
    plugins: [
      toLandingPage(options),
      // It looks at every field; nothing here may be cached.
      ApolloServerPluginCacheControlDisabled(),
      createRequestRules(options.formatError),
    ],
  });
}

/** Apollo looks a hash up here that came without its document; nothing is ever added. */
function toHashCache({ findText }: TrustedDocuments) {
  return {
    get: (key: string) => Promise.resolve(findText(key.replace(/^apq:/, ''))),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
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
