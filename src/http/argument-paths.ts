// Where a value stands among the arguments of a document: `input.amount`, `filter.status.0`.
import {
  isNonNullType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type Source,
} from 'graphql';

export interface VariableUse {
  readonly path: string;
  /** What the place asks for; it may be stricter than the variable's own type. */
  readonly type: GraphQLInputType | undefined;
}

/** The places of every variable of an operation, by its name, in the order of the document. */
export function findVariableUses(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Map<string, VariableUse[]> {
  const uses = new Map<string, VariableUse[]>();
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      OperationDefinition: (node) => (node === operation ? undefined : false),
      VariableDefinition: () => false,
      Variable: (node, _key, _parent, keys) => {
        const path = toArgumentPath(document, keys);
        if (path === undefined) return;
        const name = node.name.value;
        uses.set(name, [...(uses.get(name) ?? []), { path, type: typeInfo.getInputType() ?? undefined }]);
      },
    }),
  );
  return uses;
}

/** The path of a node of a document that was parsed elsewhere, found by its place in the text. */
export function findArgumentPath(node: ASTNode): string | undefined {
  const { loc } = node;
  if (loc === undefined) return undefined;
  const known = pathsBySource.get(loc.source);
  const paths = known ?? listArgumentPaths(parse(loc.source.body));
  if (known === undefined) pathsBySource.set(loc.source, paths);
  return paths.get(toPlace(node));
}

/** A document may have a hundred errors: it is read again once for all of them. */
const pathsBySource = new WeakMap<Source, ReadonlyMap<string, string>>();

function listArgumentPaths(document: DocumentNode): Map<string, string> {
  const paths = new Map<string, string>();
  visit(document, {
    enter: (node, _key, _parent, keys) => {
      const path = toArgumentPath(document, keys);
      if (path !== undefined && !paths.has(toPlace(node))) paths.set(toPlace(node), path);
    },
  });
  return paths;
}

const toPlace = ({ kind, loc }: ASTNode) => `${kind} ${loc?.start} ${loc?.end}`;

export function isNullRefused({ type }: VariableUse): boolean {
  return type !== undefined && isNonNullType(type);
}

/** `keys` lead from the document down to the node, as `visit` counts them. */
function toArgumentPath(document: DocumentNode, keys: readonly (string | number)[]): string | undefined {
  const names: (string | number)[] = [];
  let at: unknown = document;
  keys.forEach((key, index) => {
    if (keys[index - 1] === 'values') names.push(key);
    at = (at as Record<string | number, unknown>)[key];
    const { kind, name } = at as { kind?: Kind; name?: { value: string } };
    if ((kind === Kind.ARGUMENT || kind === Kind.OBJECT_FIELD) && name) names.push(name.value);
  });
  return names.length === 0 ? undefined : names.join('.');
}
