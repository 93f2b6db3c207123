// The scalars of the schema. Their errors never repeat the value.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { CLIENT_REF_ID, isLatLong, MOBILE_NUMBER } from '../shared/identifiers.js';
import { TransactionStatus, TransferChannel } from './enums.js';

const MOMENT_RULE = 'must be a moment in ISO 8601 with a time zone, like 2026-01-01T10:30:00Z';

export const MobileNumber = createTextScalar({
  name: 'MobileNumber',
  description:
    'An Indian mobile number: ten digits, the first 6-9, without country code. Example: `"9123456789"`.',
  rule: 'must be ten digits, the first 6-9',
  isValid: (text) => MOBILE_NUMBER.test(text),
});

export const ClientRefId = createTextScalar({
  name: 'ClientRefId',
  description:
    'Your own reference of a request: 10-20 of `A-Z a-z 0-9 _ -`, with at least one letter. Example: `"REQ-20260101-001"`.',
  rule: 'must be 10-20 of A-Z a-z 0-9 _ -, with at least one letter',
  isValid: (text) => CLIENT_REF_ID.test(text),
});

export const LatLong = createTextScalar({
  name: 'LatLong',
  description:
    'Latitude and longitude in degrees, separated by a comma without a space, each with at most 15 decimal places. Example: `"28.6139,77.2090"`.',
  rule: 'must be latitude,longitude in degrees, like 28.6139,77.2090',
  isValid: isLatLong,
});

export const Rupees = createTextScalar({
  name: 'Rupees',
  description:
    'An exact amount in Indian rupees with two decimal places, as text; never a float. Example: `"10131.18"`.',
  rule: 'must be rupees with two decimal places, like 10131.18',
  isValid: (text) => /^-?\d{1,12}\.\d{2}$/.test(text),
});

export const DateTime = new GraphQLScalarType({
  name: 'DateTime',
  description:
    'A moment in UTC, ISO 8601 with milliseconds. Example: `"2026-01-01T10:30:00.000Z"`. As an input any ISO 8601 moment with a time zone: `"2026-01-01T16:00:00+05:30"`.',
  serialize: (value) => (typeof value === 'string' ? value : (value as Date).toISOString()),
  parseValue: (value) => parseMoment(value),
  parseLiteral: (node) => parseMoment(node.kind === Kind.STRING ? node.value : null, node),
});

/** The rule of each type of an input, as said to somebody whose value broke it. */
export const TYPE_RULES: ReadonlyMap<string, string> = new Map([
  ...[MobileNumber, ClientRefId, LatLong, Rupees].map((scalar): [string, string] => [
    scalar.name,
    scalar.extensions['rule'] as string,
  ]),
  [DateTime.name, MOMENT_RULE],
  ['Int', 'must be a whole number'],
  ['String', 'must be a text'],
  ['ID', 'must be an id'],
  ['Boolean', 'must be true or false'],
  ...Object.entries({ TransactionStatus, TransferChannel }).map(([name, values]): [string, string] => [
    name,
    `must be one of: ${Object.keys(values).join(', ')}`,
  ]),
]);

function createTextScalar(options: {
  name: string;
  description: string;
  rule: string;
  isValid: (text: string) => boolean;
}): GraphQLScalarType<string, string> {
  const parse = (value: unknown, node?: ValueNode): string => {
    if (typeof value === 'string' && options.isValid(value)) return value;
    throw invalidValue(options.rule, node);
  };
  return new GraphQLScalarType({
    name: options.name,
    description: options.description,
    extensions: { rule: options.rule },
    serialize: String,
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null, node),
  });
}

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):\d{2})$/;

function parseMoment(value: unknown, node?: ValueNode): Date {
  const [text, day = ''] = (typeof value === 'string' ? MOMENT.exec(value) : null) ?? [];
  const moment = new Date(text ?? NaN);
  // JavaScript reads 30 February as 2 March.
  if (moment.getTime() >= 0 && new Date(day).toISOString().startsWith(day)) return moment;
  throw invalidValue(MOMENT_RULE, node);
}

function invalidValue(rule: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(rule, { extensions: { code: 'BAD_USER_INPUT' }, ...(node ? { nodes: node } : {}) });
}
