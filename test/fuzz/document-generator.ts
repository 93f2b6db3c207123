// Documents that are nearly right: made along the schema, with every kind of mistake on the way, and then damaged.
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { SeededRandom } from './seeded-random.js';

/** In every text that stands for a value: it may come back nowhere. Names are told outside production. */
export const CANARY = 'Qzcanary';

const ODD_TEXTS = [
  '',
  CANARY,
  `${CANARY}\\n`,
  `\\ud800${CANARY}`,
  `\\u0000${CANARY}`,
  '6111111111',
  '98765',
  '28.6139,77.2090',
  'FUZZ-REF-00001',
  '01900000-0000-7000-8000-000000000000',
  '2026-01-01T10:30:00Z',
  `' OR 1=1 -- ${CANARY}`,
  '9999999999999999999999',
];
const ODD_LITERALS = [
  'null',
  'true',
  '-0',
  '1e400',
  '-1',
  '500',
  '2147483648',
  '99999999999999999999999999',
  '0.1',
  'SUCCESS',
  'SUCCES',
  '[]',
  '{}',
  '{__proto__:1}',
  '[[[1]]]',
  '"""block"""',
];
const DIRECTIVES = [
  '@skip(if:true)',
  '@include(if:$v0)',
  '@skip',
  '@unknown',
  '@deprecated',
  '@defer',
  '@include(if:1)',
];
const ODD_CHARACTERS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '"',
  '"""',
  '\\',
  '...',
  '$',
  '@',
  '!',
  '=',
  '|',
  '#',
  '\u0000',
  '\ufeff',
  '\ud83d',
  'é',
  ' ',
  '\n',
  '&',
  '0x1',
  '1.',
  '-',
];
const RIGHT_VALUES: Readonly<Record<string, string>> = {
  Int: '100',
  Boolean: 'false',
  MobileNumber: '"6111111111"',
  LatLong: '"28.6139,77.2090"',
  ClientRefId: '"FUZZ-REF-00001"',
  DateTime: '"2026-01-01T10:30:00Z"',
};
/** What one document may grow to; the largest body is refused unread. */
const MOST_CHARACTERS = 31_000;

export class DocumentGenerator {
  readonly #types: readonly GraphQLNamedType[];
  /** Of the document being made: a part of them is made with care, and reaches what is behind the rules. */
  #isCareful = false;

  constructor(private readonly schema: GraphQLSchema) {
    this.#types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  }

  make(random: SeededRandom): string {
    this.#isCareful = random.chance(0.4);
    if (this.#isCareful) return this.#operation(random, 0);
    const definitions = random.times(random.chance(0.85) ? 1 : random.count(12), (index) =>
      this.#operation(random, index),
    );
    const fragments = random.times(random.chance(0.7) ? 0 : random.count(30), (index) =>
      this.#fragment(random, index),
    );
    const whole = [...definitions, ...fragments].join(random.pick([' ', '\n', ',']));
    const damaged = random.chance(0.45) ? damage(random, whole) : whole;
    return damaged.slice(0, MOST_CHARACTERS);
  }

  #operation(random: SeededRandom, index: number): string {
    const kind = random.pick(['query', 'query', 'query', 'mutation', 'subscription']);
    const root = {
      query: this.schema.getQueryType(),
      mutation: this.schema.getMutationType(),
      subscription: this.schema.getSubscriptionType(),
    }[kind as 'query'];
    const name = random.chance(0.5) ? ` ${random.pick(['A', 'B', `Op${index}`, '__proto__'])}` : '';
    const variables = this.#slips(random, 0.5) ? `(${this.#variables(random)})` : '';
    const isBare = kind === 'query' && name === '' && variables === '' && random.chance(0.5);
    return `${isBare ? '' : `${kind}${name}${variables}${this.#directives(random)}`}${this.#selection(random, root!, 0)}`;
  }

  #fragment(random: SeededRandom, index: number): string {
    const type = random.pick(this.#types);
    return `fragment F${index} on ${type.name}${this.#directives(random)}${this.#selection(random, type, 1)}`;
  }

  #variables(random: SeededRandom): string {
    return random
      .times(random.count(20), (index) => {
        const type = random.pick(this.#types).name;
        const wrapped = random.pick([
          type,
          `${type}!`,
          `[${type}]`,
          `[${type}!]!`,
          'ID!',
          'Int',
          'Unknown',
          '[[[Int]]]',
        ]);
        const fallback = random.chance(0.2) ? `=${this.#literal(random)}` : '';
        return `$v${random.chance(0.95) ? index : 0}:${wrapped}${fallback}`;
      })
      .join(' ');
  }

  #directives(random: SeededRandom): string {
    if (!this.#slips(random, 0.07)) return '';
    return ` ${random.times(random.count(40), () => random.pick(DIRECTIVES)).join(' ')} `;
  }

  #selection(random: SeededRandom, type: GraphQLNamedType, depth: number): string {
    if (this.#slips(random, 0.01)) return '';
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const isRoot = depth === 0;
    if (this.#isCareful) {
      const chosen = fields
        .filter(() => random.chance(isRoot ? 0.4 : 0.6))
        .slice(0, type.name === 'Query' ? 4 : isRoot ? 1 : 99);
      const written = (chosen.length > 0 ? chosen : fields.slice(0, 1)).map((field) =>
        this.#field(random, field, depth),
      );
      return `{${written.join(' ')}}`;
    }
    const selections = random.times(random.count(isRoot ? 4 : 10), () => {
      const roll = random.fraction();
      if (roll < 0.04 || depth > 12) return '__typename';
      if (roll < 0.07)
        return random.pick(['__schema{types{name}}', 'unknown', 'id', `...F${random.whole(0, 9)}`]);
      if (roll < 0.11)
        return `...${random.pick(['', ` on ${random.pick(this.#types).name}`])}${this.#selection(random, type, depth + 1)}`;
      if (fields.length === 0) return 'id';
      return this.#field(random, random.pick(fields), depth);
    });
    return `{${selections.join(' ')}}`;
  }

  #field(random: SeededRandom, field: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = this.#slips(random, 0.04) ? `${random.pick(['a', 'b', '__typename', 'constructor'])}:` : '';
    const below = getNamedType(field.type);
    const isObject = isObjectType(below) || isInterfaceType(below);
    const rest = isObject !== this.#slips(random, 0.01) ? this.#selection(random, below, depth + 1) : '';
    return `${alias}${field.name}${this.#arguments(random, field.args)}${this.#directives(random)}${rest}`;
  }

  #slips(random: SeededRandom, share: number): boolean {
    return random.chance(this.#isCareful ? 0 : share);
  }

  #arguments(random: SeededRandom, args: readonly GraphQLArgument[]): string {
    const given = args
      .filter(({ type }) => random.chance(this.#isCareful && isNonNullType(type) ? 1 : 0.6))
      .map(
        ({ name, type }) => `${this.#slips(random, 0.02) ? 'unknown' : name}:${this.#value(random, type, 0)}`,
      );
    return given.length === 0 ? '' : `(${given.join(' ')})`;
  }

  #value(random: SeededRandom, type: GraphQLInputType, depth: number): string {
    if (this.#slips(random, 0.15) || depth > 8) return this.#literal(random);
    if (isNonNullType(type)) return this.#value(random, type.ofType, depth);
    if (isListType(type)) {
      return `[${random.times(random.count(50), () => this.#value(random, type.ofType, depth + 1)).join(' ')}]`;
    }
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(() => this.#isCareful || random.chance(0.85));
      return `{${fields.map((field) => `${field.name}:${this.#value(random, field.type, depth + 1)}`).join(' ')}}`;
    }
    if (this.#isCareful && type.toString() in RIGHT_VALUES) return RIGHT_VALUES[type.toString()]!;
    return type.toString() === 'Int' ? random.pick(['500', '100', '20']) : `"${random.pick(ODD_TEXTS)}"`;
  }

  #literal(random: SeededRandom): string {
    const roll = random.fraction();
    if (roll < 0.3) return `$v${random.whole(0, 3)}`;
    if (roll < 0.6) return `"${random.pick(ODD_TEXTS)}"`;
    return random.pick(ODD_LITERALS);
  }
}

/** A few pieces are lost, doubled, swapped or put elsewhere, a great many times now and then. */
export function damage(random: SeededRandom, text: string): string {
  let damaged = text;
  for (let turn = random.count(8); turn > 0; turn -= 1) {
    const from = random.whole(0, damaged.length);
    const to = Math.min(damaged.length, from + random.count(40));
    const [before, piece, after] = [damaged.slice(0, from), damaged.slice(from, to), damaged.slice(to)];
    const roll = random.fraction();
    if (roll < 0.25) damaged = before + after;
    else if (roll < 0.4) damaged = before + piece.repeat(random.count(3_000)) + after;
    else if (roll < 0.7) damaged = before + random.pick(ODD_CHARACTERS).repeat(random.count(2_000)) + after;
    else if (roll < 0.85) damaged = after + piece + before;
    else damaged = before;
    damaged = damaged.slice(0, MOST_CHARACTERS);
  }
  return damaged;
}
