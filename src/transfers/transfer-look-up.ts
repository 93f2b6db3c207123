// Single transfers by one of their names. Those that are asked for in one turn of the event loop, by whichever requests,
// are read in one statement: writing to PostgreSQL's socket, and waking it, is the larger part of a look-up by itself. With
// sixteen requests at once a look-up costs 0.8 of the CPU (in turns), and one alone the same as without.
import DataLoader from 'dataloader';
import type { DataSource } from 'typeorm';
import { LOOK_UP } from '../config/limits.js';
import { runPrepared } from '../database/prepared.js';
import type { Selection, ShownTransfer } from './shown-columns.js';

export type NameColumn = 'id' | 'client_ref_id' | 'tid';

type Loader = DataLoader<string, ShownTransfer | null>;

export class TransferLookUp {
  /** By the name of their statement: as many as there are selections, for each column. */
  readonly #loaders = new Map<string, Loader>();

  constructor(private readonly dataSource: DataSource) {}

  /** Whoever's it is. Null for a name that no transfer has. */
  find(column: NameColumn, value: string, selection: Selection): Promise<ShownTransfer | null> {
    const name = `find_by_${column}${selection.name}`;
    let loader = this.#loaders.get(name);
    if (loader === undefined) this.#loaders.set(name, (loader = this.#createLoader(name, column, selection)));
    return loader.load(value);
  }

  #createLoader(name: string, column: NameColumn, { columns, list }: Selection): Loader {
    // By a subquery, so that PostgreSQL keeps one plan for any number of values instead of planning each time for these.
    const text = `SELECT t.${column}, ${list} FROM transfers t WHERE t.${column} = ANY(ARRAY(SELECT unnest($1::${TYPES[column]}[])))`;
    return new DataLoader(
      async (values) => {
        const rows = await runPrepared(this.dataSource, { name, text }, [values]);
        const found = new Map(rows.map((row) => [row[0], columns.view(row, 1)]));
        return values.map((value) => found.get(value) ?? null);
      },
      // Nothing is kept: what was read a moment ago may have changed.
      { cache: false, maxBatchSize: LOOK_UP.maxBatch, batchScheduleFn: (run) => setImmediate(run) },
    );
  }
}

const TYPES: Readonly<Record<NameColumn, string>> = { id: 'uuid', client_ref_id: 'varchar', tid: 'varchar' };
