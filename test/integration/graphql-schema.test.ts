import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  printSchema,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { createSchema } from '../../src/resolvers/index.js';
import { ERROR_CODES, ERRORS, RETRY_ADVICE } from '../../src/shared/errors.js';
import { startGateway, type Gateway } from '../support/gateway.js';

const contract = buildSchema(readFileSync('test/fixtures/contract.graphql', 'utf8'));
const schema = createSchema();
const ourTypes = (of: typeof schema) =>
  Object.values(of.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  );

/** What a type promises, one line each: a frontend breaks when one of the contract's is missing or different. */
function toPromises(type: GraphQLNamedType): string[] {
  if (isScalarType(type)) return ['is a scalar'];
  if (isEnumType(type)) return type.getValues().map((value) => value.name);
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map(
      ({ name, type: of, defaultValue }) => `${name}: ${String(of)} = ${String(defaultValue)}`,
    );
  if (isObjectType(type) || isInterfaceType(type)) {
    const fields = Object.values(type.getFields());
    return [
      ...type.getInterfaces().map((parent) => `implements ${parent.name}`),
      ...fields.map((field) => `${field.name}: ${String(field.type)}`),
      ...fields.flatMap((field) =>
        field.args.map(
          (arg) => `${field.name}(${arg.name}: ${String(arg.type)} = ${String(arg.defaultValue)})`,
        ),
      ),
    ];
  }
  return [`is a ${type.astNode?.kind ?? 'type'}`];
}

describe('the schema', () => {
  test.each(ourTypes(contract).map((type) => type.name))('keeps the contract’s %s', (name) => {
    const [promised, ours] = [contract.getType(name), schema.getType(name)];
    expect(ours?.constructor.name).toBe(promised?.constructor.name);
    expect(toPromises(ours!)).toEqual(expect.arrayContaining(toPromises(promised!)));
  });

  test.each(ourTypes(contract).filter(isEnumType))(
    'has no more values in $name than the contract',
    ({ name }) => {
      expect(toPromises(schema.getType(name)!).sort()).toEqual(toPromises(contract.getType(name)!).sort());
    },
  );

  test('asks for nothing that the contract does not ask for', () => {
    const required = (of: typeof schema) =>
      ourTypes(of).flatMap((type) => {
        if (isInputObjectType(type))
          return Object.values(type.getFields())
            .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
            .map((field) => `${type.name}.${field.name}`);
        if (!isObjectType(type)) return [];
        return Object.values(type.getFields()).flatMap((field) =>
          field.args
            .filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)
            .map((arg) => `${type.name}.${field.name}(${arg.name})`),
        );
      });
    expect(required(schema).sort()).toEqual(required(contract).sort());
  });

  test('is the committed schema.graphql', () => {
    expect(readFileSync('schema.graphql', 'utf8')).toBe(`${printSchema(schema)}\n`);
  });

  test('lets every root field that can fail be null, so that one failure leaves the others’ results', () => {
    const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.values(type?.getFields() ?? {}),
    );
    expect(roots.filter((field) => isNonNullType(field.type)).map((field) => field.name)).toEqual([
      'errorCatalogue',
    ]);
  });

  test('describes every type, and every field and argument whose name does not say it all', () => {
    const SELF_EXPLANATORY =
      /^(TransactionConnection\.pageInfo|TransactionEdge\.node|\w+\.(id|createdAt|occurredAt|code)|Query\.transactions\(filter\)|Mutation\.\w+\(input\))$/;
    const undescribed = ourTypes(schema).flatMap((type) => {
      const own =
        type.description || ['Query', 'Mutation', 'Subscription'].includes(type.name) ? [] : [type.name];
      if (isEnumType(type))
        return [
          ...own,
          ...type
            .getValues()
            .filter((value) => !value.description)
            .map((value) => `${type.name}.${value.name}`),
        ];
      if (!isObjectType(type) && !isInputObjectType(type)) return own;
      const fields = Object.values<{ name: string; description?: string | null }>(type.getFields())
        .filter((field) => !field.description)
        .map((field) => `${type.name}.${field.name}`);
      const withArgs: GraphQLField<unknown, unknown>[] = isObjectType(type)
        ? Object.values(type.getFields())
        : [];
      const args = withArgs.flatMap((field) =>
        field.args.filter((arg) => !arg.description).map((arg) => `${type.name}.${field.name}(${arg.name})`),
      );
      return [...own, ...fields, ...args];
    });
    expect(undescribed.filter((name) => !SELF_EXPLANATORY.test(name))).toEqual([]);
  });
});

describe('the error catalogue', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ parts: { api: true, worker: false } });
  });
  afterAll(() => gateway.stop());

  test('explains every code of the contract', async () => {
    const { data } = await gateway.request<{ errorCatalogue: Record<string, unknown>[] }>(
      '{ errorCatalogue { code meaning screenMessage retry raisedBy } }',
    );
    const promised = toPromises(contract.getType('ErrorCode')!);
    expect(data?.errorCatalogue.map((entry) => entry['code']).sort()).toEqual([...promised].sort());
    for (const entry of data?.errorCatalogue ?? []) {
      const code = entry['code'] as (typeof ERROR_CODES)[number];
      expect(entry).toEqual({ code, ...ERRORS[code] });
    }
  });

  test.each(ERROR_CODES)('%s: words for a screen, advice that exists, fields that exist', (code) => {
    const { meaning, screenMessage, retry, raisedBy } = ERRORS[code];
    expect(meaning).toMatch(/^[A-Z].+\.$/s);
    // Fit for a shopkeeper: whole sentences, short, without a name out of the program.
    expect(screenMessage).toMatch(/^[A-Z][^`_{}]{8,110}\.$/);
    expect(screenMessage).not.toMatch(/otpRefId|recipientId|customerId|clientRefId|Eko\b|GraphQL|token/);
    expect(Object.keys(RETRY_ADVICE)).toContain(retry);
    const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
      (type) => Object.keys(type?.getFields() ?? {}),
    );
    expect([...fields, 'Transaction.statusReason', 'any field']).toEqual(
      expect.arrayContaining([...raisedBy]),
    );
    expect(raisedBy.length).toBeGreaterThan(0);
  });

  test('promises that an error of initiateTransfer never says to wait for an outcome', () => {
    const raised = ERROR_CODES.filter((code) =>
      (ERRORS[code].raisedBy as readonly string[]).includes('initiateTransfer'),
    );
    expect(raised.filter((code) => (ERRORS[code].retry as string) === 'WAIT')).toEqual([]);
  });
});
