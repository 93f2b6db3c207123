// A statement on node-postgres's connection whose rows are the texts that came.
import type pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { AssertionError } from '../shared/assert.js';

/** A row's columns in PostgreSQL's own words: what nobody looks at is not read. See `decode`. */
export type TextRow = readonly (string | null)[];

/** What node-postgres has, and its types do not. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Readonly<Record<string, string>>;
  /** Sent, and not answered yet. node-postgres takes them out. */
  readonly submittedNamedStatements: Record<string, string>;
  parse(statement: { name: string | undefined; text: string }): void;
  bind(given: { statement: string | undefined; values: readonly (string | Buffer | null)[] }): void;
  execute(given: object): void;
  sync(): void;
}

/**
 * node-postgres's own query would make objects of the rows, and convert each column. With this, and without a timer for each
 * statement (`closeWhenOverdue`), a page and a look-up cost 0.88 of the CPU. Nor is PostgreSQL asked which columns there are,
 * since the statement names them (0.96).
 */
export class TextQuery implements pg.Submittable {
  readonly name: string | undefined;
  readonly text: string;
  readonly found: TextRow[] = [];

  /** `callback`: called once, when `found` is complete or there was an error. node-postgres may put its own in its place. */
  constructor(
    { name, text }: { readonly name: string | undefined; readonly text: string },
    readonly values: readonly unknown[],
    public callback: (error: Error | null) => void,
  ) {
    this.name = name;
    this.text = text;
  }

  /** An error that it returns is told by `handleError`; nothing was sent. */
  submit(connection: pg.Connection): Error | null {
    const wire = connection as unknown as Wire;
    const known = this.#findKnownText(wire);
    if (known !== undefined && known !== this.text)
      return new AssertionError(`two statements are named ${this.name}`);
    const values = this.values.map((value) => prepareValue(value));
    wire.stream.cork();
    if (known === undefined) {
      wire.parse({ name: this.name, text: this.text });
      if (this.name !== undefined) wire.submittedNamedStatements[this.name] = this.text;
    }
    wire.bind({ statement: this.name, values });
    wire.execute({});
    wire.sync();
    wire.stream.uncork();
    return null;
  }

  #findKnownText({ parsedStatements, submittedNamedStatements }: Wire): string | undefined {
    return this.name && (parsedStatements[this.name] ?? submittedNamedStatements[this.name]);
  }

  handleDataRow({ fields }: { fields: TextRow }): void {
    this.found.push(fields);
  }

  handleCommandComplete(): void {
    // How many rows it were is seen by them.
  }

  handleEmptyQuery(): void {
    // No rows.
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }
}
