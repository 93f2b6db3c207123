// Every error that leaves through GraphQL: a code out of the table, and nothing else. No stack, no echo of
// input (graphql-js repeats invalid values in its messages, an OTP among them), no names in production.
import { HeaderMap } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, Kind, type ASTNode, type GraphQLFormattedError } from 'graphql';
import { CodedError, ERRORS, type FieldError } from '../shared/errors.js';
import { TYPE_RULES } from '../resolvers/index.js';
import { findArgumentPath } from './argument-paths.js';
import { findRequestId } from './request-ids.js';

export interface ErrorFormatterOptions {
  /** Messages of document errors name fields and types; in production they do not. */
  readonly isProduction: boolean;
  /** Told of faults of this server. */
  readonly onFault: (error: unknown, requestId: string) => void;
  readonly onError: (error: CodedError, requestId: string) => void;
}

/** Of one request. */
interface Reporting {
  readonly isProduction: boolean;
  readonly onFault: (error: unknown) => void;
}

export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

export function createErrorFormatter(options: ErrorFormatterOptions): FormatError {
  return (formatted, error) => {
    const requestId = findRequestId(error);
    const onFault = (fault: unknown) => options.onFault(fault, requestId);
    const coded = toCodedError(error, formatted, { isProduction: options.isProduction, onFault });
    options.onError(coded, requestId);
    const { fields, retryAfterMs } = coded;
    return {
      message: coded.message,
      ...(formatted.locations ? { locations: formatted.locations } : {}),
      ...(formatted.path ? { path: formatted.path } : {}),
      extensions: {
        code: coded.code,
        ...(fields ? { fields } : {}),
        retry: coded.retry,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        requestId,
      },
    };
  };
}

/** A coded error as the body of an answer outside GraphQL's own pipeline, and as a GraphQLError inside it. */
export function toGraphQLError(error: CodedError, httpStatus: number): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code: error.code, http: { status: httpStatus, ...toHeaders(error) } },
  });
}

/** Apollo Server takes a map of its own; a type of another server says otherwise. */
function toHeaders({ retryAfterMs }: CodedError): { headers?: Record<string, string> } {
  if (retryAfterMs === undefined) return {};
  const headers = new HeaderMap();
  headers.set('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  return { headers: headers as unknown as Record<string, string> };
}

function toCodedError(error: unknown, formatted: GraphQLFormattedError, options: Reporting): CodedError {
  const original = unwrapResolverError(error);
  if (isDatabaseBusy(original)) {
    options.onFault(original);
    return new CodedError('OVERLOADED', {
      message: 'The database was too busy for this request, which attempted no debit.',
      retryAfterMs: BUSY_RETRY_AFTER_MS,
    });
  }
  if (original instanceof CodedError) return reportFault(original, options);
  if (error instanceof GraphQLError && error.originalError instanceof CodedError) {
    return reportFault(error.originalError, options);
  }
  if (!isRequestError(error, formatted)) {
    options.onFault(original);
    return new CodedError('INTERNAL_SERVER_ERROR', { message: 'A fault of this server; quote requestId.' });
  }
  if (formatted.message.startsWith('Syntax Error: Document contains more'))
    return new CodedError('QUERY_TOO_COMPLEX');
  const fields = error instanceof GraphQLError ? findFields(error) : undefined;
  return new CodedError('BAD_USER_INPUT', {
    message: toDocumentMessage(formatted.message, options.isProduction),
    ...(fields ? { fields } : {}),
  });
}

/** Long enough for some of the requests under way to end. */
const BUSY_RETRY_AFTER_MS = 1_000;
/** What the pool says when every connection stayed in use; it gives the error no code. */
const NO_FREE_CONNECTION = 'timeout exceeded when trying to connect';
/** PostgreSQL's too_many_connections and lock_not_available. */
const BUSY_SQL_STATES: readonly unknown[] = ['53300', '55P03'];

/** By the error itself, or by what a fault of this server came from. */
function isDatabaseBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CodedError)
    return error.code === 'INTERNAL_SERVER_ERROR' && isDatabaseBusy(error.cause);
  return error.message === NO_FREE_CONNECTION || ('code' in error && BUSY_SQL_STATES.includes(error.code));
}

/** True for what is wrong with the request itself: Apollo says so, or graphql-js refused it before any resolver ran. */
function isRequestError(error: unknown, { extensions }: GraphQLFormattedError): boolean {
  const code = extensions?.['code'];
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') return true;
  return error instanceof GraphQLError && error.originalError === undefined && error.path === undefined;
}

/** An internal error is logged with its cause, and answered without it. */
function reportFault(error: CodedError, options: Reporting): CodedError {
  if (error.code === 'INTERNAL_SERVER_ERROR') options.onFault(error);
  return error;
}

/** Of a request that holds no document to look at: what Apollo Server says, and what we say. */
const REQUEST_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [
    /non-empty `query`|POST body missing|queries must be strings|No operations found/,
    'There is no `query` in the request: POST {"query": …, "variables": …} as application/json, or open this address in a browser.',
  ],
  [/batching disabled/, 'Send one operation in a request; lists of operations are not taken.'],
  [/GET requests only support query operations/, 'Mutations need POST.'],
  [
    /potentially a Cross-Site Request Forgery|invalid Content-Type/,
    'Send the header content-type: application/json.',
  ],
  [/which does not accept/, 'Accept application/json, or application/graphql-response+json.'],
  [
    /^`(variables|extensions|operationName)` in a POST body/,
    'In the body, variables and extensions are objects and operationName is text.',
  ],
];

/** graphql-js's message when it holds no value of the caller's; else a sentence of ours. */
function toDocumentMessage(message: string, isProduction: boolean): string {
  // Clients that send hashes first read this text, and send the document next.
  if (message === 'PersistedQueryNotSupported') return message;
  for (const [pattern, sentence] of REQUEST_PROBLEMS) if (pattern.test(message)) return sentence;
  if (isProduction) return 'The document or its variables are not valid.';
  if (/^(must be|Cannot query field|Unknown (argument|type|directive|fragment))/.test(message)) {
    return message;
  }
  if (
    /^(Field|Argument|Variable|Directive|Fragment|There can be|Must provide|Unused)/.test(message) &&
    !/invalid value|found/.test(message)
  ) {
    return message;
  }
  if (message.startsWith('Too many validation errors'))
    return 'There are more mistakes in the document than are told.';
  if (message.startsWith('Unknown operation')) return 'There is no operation of the name in operationName.';
  if (message.startsWith('Syntax Error')) return toSyntaxMessage(message);
  return ERRORS.BAD_USER_INPUT.meaning;
}

/** What the parser missed, of which only the grammar's own words are repeated; the place is in `locations`. */
function toSyntaxMessage(message: string): string {
  const [reason] =
    /(?:Expected (?:"[^"]{1,12}"|[A-Z]\w*), found|Unexpected) (?:"[^"\w]{1,3}"|<EOF>|[A-Z]\w*)|Unterminated string/.exec(
      message,
    ) ?? [];
  return reason === undefined
    ? 'The document is not valid GraphQL.'
    : `The document is not valid GraphQL: ${reason}.`;
}

/** The path of the argument that an error of validation points at, e.g. `input.amount`. */
function findFields(error: GraphQLError): FieldError[] | undefined {
  const node = error.nodes?.[0];
  if (node === undefined) return undefined;
  const [, argument] = / argument "(\w+)" of type .* is required/.exec(error.message) ?? [];
  if (argument !== undefined) return [{ path: argument, message: 'is required' }];
  const path = isValueNode(node) ? findArgumentPath(node) : undefined;
  if (path === undefined) return undefined;
  const [, missing] = /^Field "\w+\.(\w+)" of required type .* was not provided/.exec(error.message) ?? [];
  return [{ path: missing === undefined ? path : `${path}.${missing}`, message: toRule(error.message) }];
}

/** What the type that was broken asks for. Only the type's name is taken from the message. */
export function toRule(message: string): string {
  if (message.endsWith('found null.') || message.includes('was not provided')) return 'is required';
  if (message.includes('is not defined by type')) return 'is not known';
  for (const rule of TYPE_RULES.values()) if (message.includes(rule)) return rule;
  const [, name = ''] =
    /(?:Expected value of type "|Expected type ")?\[?(\w+)[\]!]*"?(?=[,. ]| cannot)/.exec(message) ?? [];
  const rule = TYPE_RULES.get(name);
  if (rule !== undefined) return rule;
  const [, enumName = ''] = /(?:^Enum|does not exist in) "(\w+)"/.exec(message) ?? [];
  const enumRule = TYPE_RULES.get(enumName);
  if (enumRule !== undefined) return enumRule;
  return 'is not valid';
}

function isValueNode(node: ASTNode): boolean {
  return node.kind.endsWith('Value') || node.kind === Kind.OBJECT_FIELD;
}
