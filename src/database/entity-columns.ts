// The columns of an entity as its decorators name them, for statements that are written by hand.
import { getMetadataArgsStorage, type ValueTransformer } from 'typeorm';
import { AssertionError } from '../shared/assert.js';
import { toDecoder, type Decoder } from './decode.js';
import type { TextRow } from './prepared.js';

export interface EntityColumn {
  readonly property: string;
  readonly column: string;
  /** Of a parameter, as in `$1::varchar`. */
  readonly type: string;
  /** Between what the entity holds and what is stored. */
  readonly transformer: ValueTransformer | undefined;
}

/** Where an entity that is looked at keeps its row, and from which of its columns on it stands there. */
const ROW = Symbol('row');
const OFFSET = Symbol('offset');
class Viewed {
  readonly [ROW]: TextRow;
  readonly [OFFSET]: number;

  constructor(row: TextRow, offset: number) {
    this[ROW] = row;
    this[OFFSET] = offset;
  }
}

export class EntityColumns<Entity extends object> {
  readonly all: readonly EntityColumn[];
  /** Its getters read the row: what nobody asks for costs nothing. */
  readonly #View: typeof Viewed;

  /** `hidden`: columns left out of it. `decoderOf`: how a column of a type is read. */
  constructor(
    private readonly create: new () => Entity,
    private readonly hidden: readonly (keyof Entity)[] = [],
    private readonly decoderOf: (type: string) => Decoder = toDecoder,
  ) {
    this.all = getMetadataArgsStorage()
      .filterColumns(create)
      .filter(
        ({ options, propertyName }) =>
          options.select !== false && !(hidden as readonly PropertyKey[]).includes(propertyName),
      )
      .map(({ propertyName, options }) => ({
        property: propertyName,
        column: options.name ?? propertyName,
        type: String(options.type),
        transformer: options.transformer as ValueTransformer | undefined,
      }));
    this.#View = class extends Viewed {};
    const { prototype } = this.#View;
    Object.setPrototypeOf(prototype, create.prototype as object);
    for (const property of hidden)
      Object.defineProperty(prototype, property, { get: () => refuse(property) });
    for (const [index, column] of this.all.entries())
      Object.defineProperty(prototype, column.property, {
        get: toGetter(column, index, decoderOf(column.type)),
      });
  }

  /** Fewer of them. */
  narrowTo(properties: ReadonlySet<string>): EntityColumns<Entity> {
    const others = this.all.map(({ property }) => property).filter((property) => !properties.has(property));
    const hidden = [...this.hidden, ...(others as (keyof Entity)[])];
    return new EntityColumns(this.create, hidden, this.decoderOf);
  }

  /** `t.id, t.client_ref_id, …`: what `read` and `view` read. */
  selectFrom(table: string): string {
    return this.all.map(({ column }) => `${table}.${column}`).join(', ');
  }

  names(columns: readonly EntityColumn[] = this.all): string {
    return columns.map(({ column }) => column).join(', ');
  }

  /** `$3::uuid, $4::varchar, …`, from `$first` on. */
  parameters(first: number, columns: readonly EntityColumn[] = this.all): string {
    return columns.map(({ type }, index) => `$${first + index}::${type}`).join(', ');
  }

  /** For `parameters`. What the entity lacks is stored as null. */
  values(entity: Partial<Entity>, columns: readonly EntityColumn[] = this.all): unknown[] {
    return columns.map(({ property, transformer }): unknown => {
      const value: unknown = entity[property as keyof Entity];
      return transformer === undefined ? value : transformer.to(value);
    });
  }

  /** Out of a row with the columns of `selectFrom` from `offset` on. */
  read(row: TextRow, offset = 0): Entity {
    const [entity, view] = [new this.create(), this.view(row, offset)];
    for (const { property } of this.all) entity[property as keyof Entity] = view[property as keyof Entity];
    return entity;
  }

  /** The same to look at only: each property is read from the row when it is asked for. */
  view(row: TextRow, offset = 0): Readonly<Entity> {
    return new this.#View(row, offset) as unknown as Readonly<Entity>;
  }
}

/** Of a column that was not read: null would be taken for what it holds. */
function refuse(property: PropertyKey): never {
  throw new AssertionError(`the column of ${String(property)} was not read`);
}

function toGetter({ transformer }: EntityColumn, index: number, decode: Decoder): (this: Viewed) => unknown {
  return function (): unknown {
    const text = this[ROW][this[OFFSET] + index] ?? null;
    const value = text === null ? null : decode(text);
    return transformer === undefined ? value : transformer.from(value);
  };
}
