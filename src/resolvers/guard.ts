// Puts the policy of every field in front of it. A field without a policy is a schema that is not built.
import {
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { FIELD_POLICY, type FieldPolicy, type RootPolicy } from '../auth/index.js';
import { CodedError } from '../shared/errors.js';
import type { GraphQLContext } from './context.js';

type Resolve = GraphQLFieldResolver<unknown, GraphQLContext>;

/** Throws, naming it, for a field or an argument without a policy, and for a policy without a field. */
export function guardSchema(schema: GraphQLSchema, policy: FieldPolicy = FIELD_POLICY): void {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const found = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type) && roots.has(type)) {
      for (const field of Object.values(type.getFields()) as GraphQLField<unknown, GraphQLContext>[]) {
        const coordinate = `${type.name}.${field.name}`;
        found.add(coordinate);
        guardRoot(field, coordinate, policy.roots[coordinate]);
      }
    } else if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      found.add(type.name);
      const [fields, covered] = [Object.keys(type.getFields()), policy.fields[type.name] ?? []];
      assertSame(type.name, fields, covered);
    }
  }
  const stale = [...Object.keys(policy.roots), ...Object.keys(policy.fields)].filter(
    (name) => !found.has(name),
  );
  if (stale.length > 0) throw new Error(`a policy for what is not in the schema: ${stale.join(', ')}`);
}

function guardRoot(
  field: GraphQLField<unknown, GraphQLContext>,
  coordinate: string,
  rule: RootPolicy | undefined,
): void {
  if (rule === undefined) throw new Error(`${coordinate} has no policy`);
  assertSame(
    coordinate,
    field.args.map(({ name }) => name),
    rule.args,
  );
  if (field.resolve) field.resolve = guard(field.resolve, rule);
  if (field.subscribe) field.subscribe = guard(field.subscribe, rule);
}

function guard(resolve: Resolve, rule: RootPolicy): Resolve {
  return (source, args, context, info): unknown => {
    const { identity, services } = context;
    services.revocations.assertNotKnown(identity);
    if (!rule.roles.some((role) => identity.roles.has(role))) throw new CodedError('FORBIDDEN');
    return resolve(source, args, context, info);
  };
}

function assertSame(name: string, present: readonly string[], covered: readonly string[]): void {
  const missing = present.filter((one) => !covered.includes(one));
  const stale = covered.filter((one) => !present.includes(one));
  if (missing.length > 0)
    throw new Error(`no policy for ${missing.map((one) => `${name}.${one}`).join(', ')}`);
  if (stale.length > 0)
    throw new Error(
      `a policy for what is not in the schema: ${stale.map((one) => `${name}.${one}`).join(', ')}`,
    );
}
