// The columns of an entity as its decorators name them, for statements that are written by hand.
import { getMetadataArgsStorage } from 'typeorm';

export interface EntityColumn {
  readonly property: string;
  readonly column: string;
  /** Of a parameter, as in `$1::varchar`. */
  readonly type: string;
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
    return columns.map(({ property }) => entity[property as keyof Entity]);
  }

  /** Out of a row with the columns of `selectFrom` from `offset` on. */
  read(row: readonly unknown[], offset = 0): Entity {
    const entity = new this.create();
    this.all.forEach(({ property }, index) => {
      entity[property as keyof Entity] = row[offset + index] as Entity[keyof Entity];
    });
    return entity;
  }
}
