// The id of the request being answered, for errors and logs, wherever in the call it is needed.
import { AsyncLocalStorage } from 'node:async_hooks';

const requestIds = new AsyncLocalStorage<string>();

export function runWithRequestId<Result>(requestId: string, callback: () => Result): Result {
  return requestIds.run(requestId, callback);
}

export function getRequestId(): string | undefined {
  return requestIds.getStore();
}
