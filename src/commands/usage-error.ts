// A command was called wrongly: its message is all there is to say.
export class UsageError extends Error {
  override name = 'UsageError';
}
