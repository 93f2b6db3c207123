import { describe, expect, test } from '@jest/globals';
import { GraphQLError, parseValue } from 'graphql';
import { ClientRefId, DateTime, LatLong, MobileNumber, Rupees } from '../../src/resolvers/scalars.js';

const SCALARS = { MobileNumber, ClientRefId, LatLong, Rupees, DateTime };

describe.each<[name: keyof typeof SCALARS, good: string[], bad: string[]]>([
  [
    'MobileNumber',
    ['6000000000', '9999999999', '7123456789'],
    [
      '',
      '5999999999',
      '0612345678',
      '60000000000',
      '600000000',
      '+916000000000',
      '6000000000\n',
      '६१११११११११',
      '6000 00000',
    ],
  ],
  [
    'ClientRefId',
    ['REQ-000001', 'a123456789', '____a_____', '-A-456789012345678-0'],
    [
      '',
      'REQ-00001',
      'a12345678901234567890',
      '1234567890',
      '----------',
      'REQ 000001',
      'REQ.000001',
      'REQ-000001\n',
      'RÉQ-000001',
    ],
  ],
  [
    'LatLong',
    ['0,0', '90,180', '-90,-180', '28.6139,77.2090', '-0.5,0.000001', '90.0,180.000'],
    [
      '',
      ',',
      '0',
      '0,',
      '0, 0',
      '90.1,0',
      '0,180.1',
      '-91,0',
      '.5,0',
      '5.,0',
      '+1,1',
      '1e1,1',
      '0x1,1',
      '1,1,1',
      '1;1',
      'NaN,NaN',
      '1,1\n',
      '099,1000',
    ],
  ],
  ['Rupees', ['0.00', '10131.18', '-5.50'], ['', '1', '1.5', '1.555', '1,000.00', '.50', '1e2.00', ' 1.00']],
  [
    'DateTime',
    [
      '2026-01-01T10:30:00Z',
      '2026-01-01T10:30:00.123Z',
      '2024-02-29T00:00Z',
      '2026-01-01T23:59:59.999999999+05:30',
      '1970-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ],
    [
      '',
      '2027-03-04',
      '2027-03-04T10:30:00',
      '2026-02-29T10:30:00Z',
      '2026-00-01T10:30:00Z',
      '2026-01-32T10:30:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T10:60:00Z',
      '2026-01-01T10:30:60Z',
      '2026-01-01 10:30:00Z',
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:00:00+00:01',
      '10000-01-01T00:00:00Z',
      '2026-01-01T10:30:00+25:00',
      '2026-01-01T10:30:00z',
    ],
  ],
])('%s', (name, good, bad) => {
  const scalar = SCALARS[name];
  const asValue = (value: unknown) => scalar.parseValue(value);
  const asLiteral = (text: string) => scalar.parseLiteral(parseValue(text), {});

  test.each(good)('takes %j, as a value and as a literal', (text) => {
    expect(asLiteral(JSON.stringify(text))).toEqual(asValue(text));
    expect(asValue(text)).toEqual(name === 'DateTime' ? new Date(text) : text);
  });

  test.each(bad)('refuses %j, as a value and as a literal, and does not repeat it', (text) => {
    for (const parse of [() => asValue(text), () => asLiteral(JSON.stringify(text))]) {
      expect(parse).toThrow(GraphQLError);
      try {
        parse();
      } catch (error) {
        const { message, extensions } = error as GraphQLError;
        expect(message).toMatch(/^must be /);
        expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
        if (text.length > 3) expect(message).not.toContain(text);
      }
    }
  });

  test.each([
    [null],
    [undefined],
    [0],
    [6000000000],
    [true],
    [['6000000000']],
    [{ a: 1 }],
    [new Date()],
    [6000000000n],
  ])('refuses what is no text: %p', (value) => {
    expect(() => asValue(value)).toThrow(GraphQLError);
  });

  test.each(['null', '6000000000', '1.5', 'true', 'ENUM', '["6000000000"]', '{a: 1}'])(
    'refuses the literal %s',
    (text) => {
      expect(() => asLiteral(text)).toThrow(GraphQLError);
    },
  );
});

test('a moment goes out in UTC with milliseconds', () => {
  expect(DateTime.serialize(new Date('2026-01-01T16:00:00.5+05:30'))).toBe('2026-01-01T10:30:00.500Z');
  expect(DateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  // As a transfer that was read to be shown has it.
  expect(DateTime.serialize('2026-01-01T10:30:00.500Z')).toBe('2026-01-01T10:30:00.500Z');
});
