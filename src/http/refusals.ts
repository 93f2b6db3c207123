// Refusals outside GraphQL's own pipeline, in GraphQL's shape.
import type { FastifyError, FastifyReply } from 'fastify';
import { CodedError, ERRORS, type ErrorCode } from '../shared/errors.js';

/** Of what a request is refused with before it is GraphQL. */
const STATUSES: Partial<Record<ErrorCode, number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429 };

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON.',
  413: 'The body is too large.',
  415: 'The body must be JSON: send content-type application/json.',
};

export function toHttpStatus({ code }: CodedError): number {
  return STATUSES[code] ?? 500;
}

/** Throws what is not a refusal. */
export function answerCoded(reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof CodedError) || STATUSES[error.code] === undefined) throw error;
  const { code, message, retryAfterMs } = error;
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
  return reply.code(toHttpStatus(error)).send(toBody(code, reply.request.id, { message, retryAfterMs }));
}

/** What Fastify could not take, or a handler of ours failed with. */
export function answerFailure(reply: FastifyReply, { statusCode: status = 500 }: FastifyError): void {
  const code: ErrorCode =
    status === 413 ? 'QUERY_TOO_COMPLEX' : status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
  void reply.code(status).send(toBody(code, reply.request.id, { message: MESSAGES[status] }));
}

export function toNothingHere(requestId: string): object {
  return toBody('NOT_FOUND', requestId, { message: 'There is nothing at this address.' });
}

export function toBody(
  code: ErrorCode,
  requestId: string,
  {
    message = ERRORS[code].meaning,
    retryAfterMs,
  }: { message?: string | undefined; retryAfterMs?: number | undefined },
): object {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { errors: [{ message, extensions: { code, retry: ERRORS[code].retry, ...wait, requestId } }] };
}
