// Broken invariants: programmer errors that must stop the operation in production too.

export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Throws AssertionError unless `condition` holds. The message must not contain secrets. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Ends a `switch` over a union: a new member without a case is a type error, and a crash if it gets here. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected value of kind ${typeof value}`);
}
