import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { createErrorFormatter, toGraphQLError, toRule } from '../../src/http/graphql-errors.js';
import { createRequestRules } from '../../src/http/graphql-plugins.js';
import { findRequestId, noteRequest, UNKNOWN_REQUEST } from '../../src/http/request-ids.js';
import { CodedError, ERROR_CODES, ERRORS } from '../../src/shared/errors.js';

describe('an error on its way out', () => {
  const faults: unknown[] = [];
  const codes: string[] = [];
  const format = (error: unknown, isProduction = false) => {
    noteRequest(error, 'request-1');
    const formatted = error instanceof GraphQLError ? error.toJSON() : { message: 'Unexpected error.' };
    return createErrorFormatter({
      isProduction,
      onFault: (fault) => faults.push(fault),
      onError: ({ code }) => codes.push(code),
    })(formatted, error);
  };
  const located = (original: Error) =>
    new GraphQLError(original.message, { originalError: original, path: ['field'] });

  test.each(ERROR_CODES)('%s carries its code, its advice and nothing of its cause', (code) => {
    const cause = new Error('CANARY: connection to 10.0.0.1 refused');
    const out = format(
      located(
        new CodedError(code, {
          cause,
          retryAfterMs: 5,
          fields: [{ path: 'input.amount', message: 'is wrong' }],
        }),
      ),
    );
    expect(out).toEqual({
      message: ERRORS[code].meaning,
      path: ['field'],
      extensions: {
        code,
        retry: ERRORS[code].retry,
        retryAfterMs: 5,
        fields: [{ path: 'input.amount', message: 'is wrong' }],
        requestId: 'request-1',
      },
    });
    expect(codes.at(-1)).toBe(code);
  });

  test.each<[what: string, make: () => unknown]>([
    ['a TypeError in a resolver', () => located(new TypeError('CANARY of undefined'))],
    [
      'a database error',
      () => located(Object.assign(new Error('duplicate key CANARY'), { code: '23505', detail: 'CANARY' })),
    ],
    ['a bare error', () => new Error('CANARY')],
    ['a thrown text', () => 'CANARY'],
    ['a wrong value in an answer', () => located(new GraphQLError('Int cannot represent CANARY'))],
  ])('%s is a fault: told to the log, not to the caller', (_what, make) => {
    const before = faults.length;
    const out = format(make());
    expect(out.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(out)).not.toContain('CANARY');
    expect(faults).toHaveLength(before + 1);
  });

  test('an internal error that was foreseen is told to the log too', () => {
    const before = faults.length;
    format(located(new CodedError('INTERNAL_SERVER_ERROR', { cause: new Error('CANARY') })));
    expect(faults).toHaveLength(before + 1);
  });

  test('a refusal is not a fault', () => {
    const before = faults.length;
    format(located(new CodedError('OTP_EXPIRED')));
    format(toGraphQLError(new CodedError('UNAUTHENTICATED'), 401));
    expect(faults).toHaveLength(before);
  });

  test.each([
    'Variable "$x" got invalid value "CANARY"; Int cannot represent non-integer value: "CANARY"',
    'Int cannot represent non-integer value: "CANARY"',
    'String cannot represent a non string value: CANARY',
    'Argument "input" has invalid value {otp: "CANARY"}.',
    'Syntax Error: Expected Name, found Int "CANARY".',
    'Syntax Error: Unterminated string. CANARY',
    'Expected value of type "Int", found "CANARY".',
    'Value "CANARY" does not exist in "TransferChannel" enum.',
    'Unknown operation named "CANARY".',
    'something that graphql-js may say one day about CANARY',
  ])('%s: the value is not repeated', (message) => {
    for (const isProduction of [true, false])
      expect(
        JSON.stringify(
          format(new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } }), isProduction),
        ),
      ).not.toContain('CANARY');
  });

  test.each([
    'Cannot query field "nane" on type "Recipient". Did you mean "name"?',
    'Unknown argument "x" on field "Query.node".',
  ])('%s: is said, but not in production', (message) => {
    const error = new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    expect(format(error).message).toBe(message);
    expect(format(error, true).message).not.toMatch(/nane|Recipient|node/);
  });
});

test.each([
  ['Int cannot represent non-integer value: "x"', 'must be a whole number'],
  ['Int cannot represent non 32-bit signed integer value: 1e10', 'must be a whole number'],
  ['String cannot represent a non string value: 1', 'must be a text'],
  ['ID cannot represent value: {}', 'must be an id'],
  ['Boolean cannot represent a non boolean value: 1', 'must be true or false'],
  ['Expected value of type "MobileNumber!", found null.', 'is required'],
  ['Field "X.y" of required type "Int!" was not provided.', 'is required'],
  ['Field "y" is not defined by type "X".', 'is not known'],
  ['Value "X" does not exist in "TransferChannel" enum.', 'must be one of: IMPS'],
  ['Enum "TransferChannel" cannot represent non-enum value: 2.', 'must be one of: IMPS'],
  ['whatever else', 'is not valid'],
])('%s becomes: %s', (message, rule) => {
  expect(toRule(message)).toBe(rule);
});

describe('the request of an error', () => {
  test('is that of the error, or of what it was made of', () => {
    const original = new TypeError('in a resolver');
    const located = new GraphQLError('told', { originalError: original });
    expect(findRequestId(located)).toBe(UNKNOWN_REQUEST);
    noteRequest(original, 'request-2');
    expect(findRequestId(located)).toBe('request-2');
    noteRequest(located, 'request-3');
    expect(findRequestId(located)).toBe('request-3');
    noteRequest('a thrown text', 'request-4');
    expect(findRequestId('a thrown text')).toBe(UNKNOWN_REQUEST);
  });

  test('is kept for what nobody expected, with its cause for the log', () => {
    const cause = new TypeError('of a plugin');
    const requestContext = { contextValue: { requestId: 'request-5' } } as never;
    const faults: [unknown, string][] = [];
    const format = createErrorFormatter({
      isProduction: false,
      onFault: (...fault) => faults.push(fault),
      onError: () => {},
    });
    let thrown: unknown;
    try {
      void createRequestRules(format).unexpectedErrorProcessingRequest?.({ error: cause, requestContext });
    } catch (error) {
      thrown = error;
    }
    expect(format((thrown as GraphQLError).toJSON(), thrown).extensions).toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: 'request-5',
    });
    expect(faults).toEqual([[cause, 'request-5']]);
  });
});
