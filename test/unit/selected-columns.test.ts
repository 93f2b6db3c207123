// Which columns a selection reads: enough for each field, no more than are asked for, and not as many kinds as callers like.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  Kind,
  parse,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from 'graphql';
import { listColumns, toTransaction } from '../../src/resolvers/transaction.mapper.js';
import { toSelection } from '../../src/resolvers/selected-columns.js';
import { Sealer, useSealer } from '../../src/shared/sealing.js';
import { parseConfig } from '../../src/config/config.js';
import { selectShown, type ShownColumn } from '../../src/transfers/index.js';
import { ALL_SHOWN } from '../../src/transfers/shown-columns.js';
import { FAILURE_REASONS, TRANSFER_STATUSES } from '../../src/entities/index.js';

useSealer(new Sealer(parseConfig({}).sealing));
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const FIELDS = Object.keys((schema.getType('Transaction') as GraphQLObjectType).getFields());
const VALUES: Readonly<Record<string, string>> = {
  integer: '7',
  boolean: 't',
  timestamptz: '2026-01-31 23:59:59.5+00',
  numeric: '10.00',
};

/** A row as PostgreSQL writes it, with something in every column. */
function toRow(
  { columns }: Pick<typeof ALL_SHOWN, 'columns'>,
  { status, failureReason, needsReview }: Readonly<Record<string, string>>,
): string[] {
  return columns.all.map(({ property, type, transformer }) => {
    if (property === 'status') return status!;
    if (property === 'failureReason') return failureReason!;
    if (property === 'needsReview') return needsReview!;
    const text = VALUES[type] ?? `the ${property}`;
    return transformer === undefined ? text : String(transformer.to(text));
  });
}

describe.each(FIELDS)('%s', (field) => {
  const selection = selectColumnsOf(field);

  test.each(TRANSFER_STATUSES)('can be read alone of a transfer that is %s', (status) => {
    if (field === 'events') return expect(listColumns(field)).toEqual(['eventCount']);
    for (const failureReason of FAILURE_REASONS) {
      for (const needsReview of ['t', 'f']) {
        const row = { status, failureReason, needsReview };
        const alone = toTransaction(selection.view(toRow({ columns: selection }, row)));
        const whole = toTransaction(ALL_SHOWN.columns.view(toRow(ALL_SHOWN, row)));
        const name = field as keyof typeof alone;
        expect(alone[name]).toEqual(whole[name]);
      }
    }
  });
});

function selectColumnsOf(field: string) {
  return ALL_SHOWN.columns.narrowTo(new Set(['id', 'agentUserCode', ...listColumns(field)]));
}

/** What graphql-js tells the resolver of the first field of a document. */
function toInfo(document: string): GraphQLResolveInfo {
  const { definitions } = parse(document);
  const [operation] = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = Object.fromEntries(
    definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  );
  const fieldNodes = operation!.selectionSet.selections as readonly FieldNode[];
  return { fieldNodes, fragments } as unknown as GraphQLResolveInfo;
}
const columnsOf = (document: string) =>
  toSelection(toInfo(document)).columns.all.map(({ property }) => property);

describe('a selection', () => {
  test('reads the columns of its fields, and whose it is', () => {
    expect(columnsOf('{ transactions { edges { cursor node { tid } } } }')).toEqual([
      'id',
      'agentUserCode',
      'tid',
    ]);
    expect(columnsOf('{ transaction(id: "1") { __typename } }')).toEqual(['id', 'agentUserCode']);
  });

  test('is looked for behind aliases, fragments within fragments, and in every part of a field', () => {
    expect(
      columnsOf(`{ transaction { tid: fee ...a ... on Transaction { amount } } transaction { createdAt } }
        fragment a on Transaction { ...b } fragment b on Transaction { currency ...a }`),
    ).toEqual(['id', 'agentUserCode', 'amountRupees', 'currency', 'fee', 'createdAt']);
  });

  test('is made once of a document that is kept, unless its parts depend on variables', () => {
    const info = toInfo('{ transaction { tid } transaction { fee } }');
    const [first] = info.fieldNodes;
    const alone = { ...info, fieldNodes: [first!] };
    let walks = 0;
    const walked = Object.defineProperty({ ...first! }, 'selectionSet', {
      get: () => {
        walks += 1;
        return first!.selectionSet;
      },
    });
    for (let request = 0; request < 3; request += 1) toSelection({ ...info, fieldNodes: [walked] });
    expect(walks).toBe(1);
    expect(toSelection(info)).not.toBe(toSelection(alone));
    expect(toSelection(info).columns.all.map(({ property }) => property)).toContain('fee');
  });

  test('has a name of its own, and everything has none', () => {
    expect(selectShown(['tid']).name).not.toBe(selectShown(['fee']).name);
    expect(selectShown(['tid']).name).toMatch(/^_[0-9a-z]{1,8}$/);
    expect(selectShown(ALL_SHOWN.columns.all.map(({ property }) => property as ShownColumn))).toBe(ALL_SHOWN);
  });

  test('does not tell of a column that it has not read', () => {
    const { columns } = selectShown(['tid']);
    const view = columns.view(['id', 'agent', 'tid']) as unknown as Record<string, unknown>;
    expect(view['tid']).toBe('tid');
    expect(() => view['fee']).toThrow('the column of fee was not read');
    expect(() => view['latlong']).toThrow('was not read');
  });

  test('reads everything where there have been many others', () => {
    const tidAlone = selectShown(['tid']);
    const names = ALL_SHOWN.columns.all.map(({ property }) => property as ShownColumn);
    const made = new Set(names.map((name) => selectShown([name, 'updatedAt'])));
    expect(made).toContain(ALL_SHOWN);
    expect(made.size).toBeGreaterThan(2);
    expect(made.size).toBeLessThanOrEqual(9);
    // Those that were there before stay.
    expect(selectShown(['tid'])).toBe(tidAlone);
    expect(tidAlone.columns.all).toHaveLength(3);
    expect(ALL_SHOWN.name).toBe('');
  });
});
