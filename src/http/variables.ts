// The variables of a request: read once before it is executed, with every problem named by its path.
import {
  coerceInputValue,
  getNamedType,
  isInputObjectType,
  isInputType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { findRuleErrors } from '../resolvers/index.js';
import { CodedError, type FieldError } from '../shared/errors.js';
import { findVariableUses, isNullRefused } from './argument-paths.js';
import { toGraphQLError, toRule } from './graphql-errors.js';

const MAX_FIELD_ERRORS = 20;

interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * Throws BAD_USER_INPUT as a GraphQLError, with the path of every problem in the variables, where graphql-js would repeat
 * their values.
 */
export function assertVariables(
  given: Operation & { readonly variables: Readonly<Record<string, unknown>> },
): void {
  const fields: FieldError[] = [];
  for (const rule of findRules(given)) {
    fields.push(...findErrors(rule, given.variables));
    if (fields.length >= MAX_FIELD_ERRORS) break;
  }
  if (fields.length > 0) throw toGraphQLError(new CodedError('BAD_USER_INPUT', { fields }), 400);
}

/** What a variable may be. */
interface VariableRule {
  readonly name: string;
  readonly type: GraphQLInputType;
  /** Of the argument it is for: the caller's variable may be called anything. */
  readonly path: string;
  readonly isRequired: boolean;
  readonly isNullByDefault: boolean;
  /** The argument that takes no null. A nullable variable may stand where a default is, e.g. `channel`; null itself may not. */
  readonly nullRefusedBy: string | undefined;
}

/**
 * Of documents that are kept parsed. With this, and with nothing else made anew for each request that can be kept (the header
 * of a known token, a lease's count, a context's loader), a look-up costs 0.89 of the CPU.
 */
const rulesByOperation = new WeakMap<OperationDefinitionNode, readonly VariableRule[]>();

function findRules({ schema, document, operation }: Operation): readonly VariableRule[] {
  const known = rulesByOperation.get(operation);
  if (known !== undefined) return known;
  const uses = findVariableUses(schema, document, operation);
  const rules = (operation.variableDefinitions ?? []).flatMap(
    ({ variable, type: typeNode, defaultValue }): VariableRule[] => {
      const name = variable.name.value;
      const type = typeFromAST(schema, typeNode);
      if (!isInputType(type)) return [];
      const places = uses.get(name) ?? [];
      return [
        {
          name,
          type,
          path: places[0]?.path ?? name,
          isRequired: typeNode.kind === Kind.NON_NULL_TYPE && defaultValue === undefined,
          isNullByDefault: defaultValue?.kind === Kind.NULL,
          nullRefusedBy: places.find(isNullRefused)?.path,
        },
      ];
    },
  );
  rulesByOperation.set(operation, rules);
  return rules;
}

function findErrors(
  { name, type, path, isRequired, isNullByDefault, nullRefusedBy }: VariableRule,
  variables: Readonly<Record<string, unknown>>,
): FieldError[] {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const isGiven = value !== undefined;
  if (nullRefusedBy !== undefined && (isGiven ? value === null : isNullByDefault))
    return [{ path: nullRefusedBy, message: 'is required' }];
  if (isGiven) return findAllErrors(value, type, path);
  return isRequired ? [{ path, message: 'is required' }] : [];
}

/** Of the types, and where those found something also of the rules, which are otherwise checked with the arguments. */
function findAllErrors(value: unknown, type: GraphQLInputType, path: string): FieldError[] {
  const found = findValueErrors(value, type, path);
  const named = getNamedType(type);
  if (found.length === 0 || typeof value !== 'object' || value === null || !isInputObjectType(named))
    return found;
  const told = new Set(found.map((error) => error.path));
  const isToldAlready = (one: string) => told.has(one);
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(named.getFields(), name));
  const broken = findRuleErrors(named.name, Object.fromEntries(known), { path, isToldAlready });
  return [...found, ...broken].slice(0, MAX_FIELD_ERRORS);
}

const ENOUGH = new Error('enough');

/** At most as many as are told: thousands of wrong values in a list are not worth the time to describe each. */
function findValueErrors(value: unknown, type: GraphQLInputType, path: string): FieldError[] {
  const found: FieldError[] = [];
  try {
    coerceInputValue(value, type, (inner, _value, error) => {
      found.push(toFieldError([path, ...inner], error));
      if (found.length === MAX_FIELD_ERRORS) throw ENOUGH;
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return found;
}

/** A name that can be written in a document; anything else in its place is not repeated. */
const FIELD_NAME = /^[_A-Za-z]\w{0,39}$/;

function toFieldError(path: readonly (string | number)[], { message }: GraphQLError): FieldError {
  const [, name] =
    /^Field "([^"]+)" (?:of required type .* was not provided|is not defined by type)/.exec(message) ?? [];
  const isNameable = name !== undefined && FIELD_NAME.test(name);
  return {
    path: (isNameable ? [...path, name] : path).join('.'),
    message: message.includes('not to be null') ? 'is required' : toRule(message),
  };
}
