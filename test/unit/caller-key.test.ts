// Whose requests and subscriptions are counted together.
import { expect, test } from '@jest/globals';
import { DEMO_AGENT, toCallerKey } from '../../src/auth/index.js';

test('an agent is counted by its code, whichever of its tokens it uses', () => {
  expect(toCallerKey({ ...DEMO_AGENT, subject: 'one' })).toBe(toCallerKey({ ...DEMO_AGENT, subject: 'two' }));
});

test.each([[null], [DEMO_AGENT.userCode]])(
  'support that is called like an agent is somebody else (user code %s)',
  (userCode) => {
    const support = {
      ...DEMO_AGENT,
      subject: DEMO_AGENT.userCode!,
      userCode,
      roles: new Set(['support'] as const),
    };
    expect(toCallerKey(support)).not.toBe(toCallerKey(DEMO_AGENT));
  },
);
