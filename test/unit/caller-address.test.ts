// Which limit an address counts for, and whose word about an address is believed.
import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { createCallerAddress, toNetwork } from '../../src/http/caller-address.js';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::5:6:7:8', '2001:db8:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ['1::ffff:203.0.113.7', '1:0:0:0::/64'],
])('%s counts for %s', (address, network) => {
  expect(toNetwork(address)).toBe(network);
});

test.each(['', 'unknown', '203.0.113.7:5678', '[2001:db8::1]:443', '203.0.113', '_hidden', 'x'.repeat(300)])(
  '"%s" is no address',
  (text) => {
    expect(toNetwork(text)).toBeUndefined();
  },
);

function scene(trustedProxies: string[]) {
  let warnings = 0;
  const toAddress = createCallerAddress({ trustedProxies, onUntrusted: () => (warnings += 1) });
  const ask = (remoteAddress: string, headers: Record<string, string> = {}) =>
    toAddress({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);
  return { ask, warnings: () => warnings };
}

test('a trusted proxy is believed, as far as what it says is an address', () => {
  const { ask, warnings } = scene(['10.0.0.0/8']);
  const from = (forwarded: string) => ask('::ffff:10.0.0.1', { 'x-forwarded-for': forwarded });
  expect(from('203.0.113.7')).toBe('203.0.113.7');
  expect(from('198.51.100.1, 2001:db8::9')).toBe('2001:db8:0:0::/64');
  expect(from('203.0.113.7, 10.0.0.2')).toBe('203.0.113.7');
  for (const text of ['203.0.113.7:1024', '203.0.113.7:1025', 'unknown', 'for=203.0.113.7'])
    expect(from(text)).toBe('10.0.0.1');
  expect(warnings()).toBe(0);
});

test.each(['x-forwarded-for', 'forwarded'])(
  '%s of anybody else is told of once, and not believed',
  (name) => {
    const { ask, warnings } = scene(['10.0.0.0/8']);
    expect(ask('192.0.2.1')).toBe('192.0.2.1');
    expect(warnings()).toBe(0);
    for (let index = 0; index < 3; index += 1)
      expect(ask('192.0.2.1', { [name]: `203.0.113.${index}` })).toBe('192.0.2.1');
    expect(warnings()).toBe(1);
  },
);
