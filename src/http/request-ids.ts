// Which request an error belongs to: its answer and the log name it. A map and not AsyncLocalStorage, which has Node.js
// before 24 follow every promise: that cost a page of 20 a fourteenth (in turns, on a busy machine).
import { GraphQLError } from 'graphql';

const requestIds = new WeakMap<object, string>();

/** Stands in an answer until its route fills the id in: Apollo Server does not tell whose request it could not read. */
export const UNKNOWN_REQUEST = '00000000-0000-0000-0000-000000000000';

export function noteRequest(error: unknown, requestId: string): void {
  if (typeof error === 'object' && error !== null) requestIds.set(error, requestId);
}

/** By the error itself, or by what it was made of. */
export function findRequestId(error: unknown): string {
  const original = error instanceof GraphQLError ? error.originalError : undefined;
  const find = (one: unknown) => (typeof one === 'object' && one !== null ? requestIds.get(one) : undefined);
  return find(error) ?? find(original) ?? UNKNOWN_REQUEST;
}
