// What every error answer has in common, whatever it is about (contract 6).
import { expect } from '@jest/globals';
import { ERRORS, type ErrorCode } from '../../src/shared/errors.js';
import { parseBody, type GraphQLErrorBody, type RawAnswer } from './raw-http.js';

const ERROR_KEYS = ['message', 'locations', 'path', 'extensions'];
const EXTENSION_KEYS = ['code', 'fields', 'retry', 'retryAfterMs', 'requestId'];
const FIELD_KEYS = ['message', 'path'];

/** Checks the shape of every error of an answer, and that nothing of this server's inside shows. Returns them. */
export function expectRefusal(answer: RawAnswer): readonly GraphQLErrorBody[] {
  expect(answer.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
  const body = parseBody(answer);
  expect(Object.keys(body).filter((key) => key !== 'data')).toEqual(['errors']);
  const errors = body.errors ?? [];
  expect(errors).not.toHaveLength(0);
  for (const { message, extensions, ...error } of errors) {
    expect(ERROR_KEYS).toEqual(expect.arrayContaining(Object.keys(error)));
    expect(EXTENSION_KEYS).toEqual(expect.arrayContaining(Object.keys(extensions)));
    expect(message).toMatch(/^\S.{5,}\S$/s);
    expect(Object.keys(ERRORS)).toContain(extensions.code);
    expect(extensions.retry).toBe(ERRORS[extensions.code as ErrorCode].retry);
    expect(extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-request-id')).toBe(extensions.requestId);
    for (const field of extensions.fields ?? []) {
      expect(Object.keys(field).sort()).toEqual(FIELD_KEYS);
      expect(field.message).toMatch(/^(must|is|has|cannot|give)\b/);
    }
  }
  expect(answer.text).not.toMatch(/stacktrace|node_modules|\.[jt]s:\d+|at \w+ \(|Error:/i);
  return errors;
}

/** Fails when one of these values can be read anywhere in the answer's body. */
export function expectNoEcho(answer: RawAnswer, values: readonly string[]): void {
  const requestId = answer.headers.get('x-request-id') ?? '-';
  const text = answer.text.replaceAll(requestId, '');
  const decoded = text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  expect(values.filter((value) => text.includes(value) || decoded.includes(value))).toEqual([]);
}
