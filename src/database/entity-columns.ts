// The columns of an entity as its decorators name them, for statements that are written by hand.
import { getMetadataArgsStorage, type ValueTransformer } from 'typeorm';

export interface EntityColumn {
  readonly property: string;
  readonly column: string;
  /** Of a parameter, as in `$1::varchar`. */
  readonly type: string;
  /** Between what the entity holds and what is stored. */
  readonly transformer: ValueTransformer | undefined;
}

export class EntityColumns<Entity extends object> {
  readonly all: readonly EntityColumn[];

  constructor(private readonly create: new () => Entity) {
    this.all = getMetadataArgsStorage()
      .filterColumns(create)
      .filter(({ options }) => options.select !== false)
      .map(({ propertyName, options }) => ({
        property: propertyName,
        column: options.name ?? propertyName,
        type: String(options.type),
        transformer: options.transformer as ValueTransformer | undefined,
      }));
  }

  /** `t.id, t.client_ref_id, …`: what `read` reads. */
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

  values(entity: Entity, columns: readonly EntityColumn[] = this.all): unknown[] {
    return columns.map(({ property, transformer }): unknown => {
      const value: unknown = entity[property as keyof Entity];
      return transformer === undefined ? value : transformer.to(value);
    });
  }

  /** Out of a row with the columns of `selectFrom` from `offset` on. */
  read(row: readonly unknown[], offset = 0): Entity {
    const entity = new this.create();
    this.all.forEach(({ property, transformer }, index) => {
      const stored = row[offset + index];
      const value: unknown = transformer === undefined ? stored : transformer.from(stored);
      entity[property as keyof Entity] = value as Entity[keyof Entity];
    });
    return entity;
  }
}
