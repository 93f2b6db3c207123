// Told apart from other failures of a start: its sentence says what to do.
/** The database is older than this version of the program. */
export class NotMigratedError extends Error {
  override name = 'NotMigratedError';

  constructor() {
    super('The database is not up to date: run `npm run migrate` first.');
  }
}
