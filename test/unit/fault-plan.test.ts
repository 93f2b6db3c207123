// The fault plan is a pure function: a seed replays, whatever the order and however often it is asked.
import { describe, expect, test } from '@jest/globals';
import { CALLBACK_FAULTS } from '../../src/simulator/callback-faults.js';
import { createFaultPlan, FAULT_KINDS, HONEST_INQUIRY_EVERY } from '../../src/simulator/fault-plan.js';
import { INQUIRY_FAULTS } from '../../src/simulator/inquiry-faults.js';
import { TRANSFER_FAULTS } from '../../src/simulator/transfer-faults.js';

const TRANSFERS = 20_000;
const REFS = Array.from({ length: TRANSFERS }, (_, index) => `REQ-chaos-${index}`);
const nameOf = (fault: { name: string } | null) => fault?.name ?? null;

/** Every decision about a reference, by name. */
function fateOf(plan: ReturnType<typeof createFaultPlan>, ref: string): unknown[] {
  return [
    nameOf(plan.findTransferFault(ref)),
    nameOf(plan.findCallbackFault(ref)),
    ...[1, 2, 3, 4, 5, 6].map((nth) => nameOf(plan.findInquiryFault(ref, nth))),
    plan.pick(ref, 'late debit', { min: 200, max: 3000 }),
  ];
}

describe('a fault plan', () => {
  test('says the same of a reference in any order, and something else with another seed', () => {
    const refs = REFS.slice(0, 500);
    const [plan, again, other] = [42, 42, 43].map((seed) => createFaultPlan({ seed, rate: 0.3 }));
    const fates = refs.map((ref) => fateOf(plan!, ref));
    const backwards = [...refs].reverse().map((ref) => fateOf(again!, ref));
    expect(backwards.reverse()).toEqual(fates);
    expect(refs.map((ref) => fateOf(other!, ref))).not.toEqual(fates);
  });

  test('of seed 42 stays what it was, so that a reported seed can be run again', () => {
    const plan = createFaultPlan({ seed: 42, rate: 1 });
    expect(['REQ-20260101-001', 'REQ-20260101-002', 'REQ-20260101-003'].map((ref) => fateOf(plan, ref)))
      .toMatchInlineSnapshot(`
      [
        [
          "awaited-then-refund-pending",
          "callback-early",
          "inquiry-stale",
          "inquiry-other-transaction",
          "inquiry-stale",
          "inquiry-timeout",
          null,
          "inquiry-http-429",
          1599,
        ],
        [
          "cut-body",
          "callback-early",
          "inquiry-clock-401",
          "inquiry-other-transaction",
          "inquiry-timeout",
          "inquiry-http-429",
          null,
          "inquiry-stale",
          2137,
        ],
        [
          "http-500-before-debit",
          "callback-garbage",
          "inquiry-html-200",
          "inquiry-cut-body",
          "inquiry-html-200",
          "inquiry-http-500",
          null,
          "inquiry-reset",
          1530,
        ],
      ]
    `);
  });

  test.each([0, 0.1, 0.3, 1])('at a rate of %d strikes that share of everything', (rate) => {
    const plan = createFaultPlan({ seed: 42, rate });
    const shares = {
      transfers: REFS.filter((ref) => plan.findTransferFault(ref) !== null).length,
      inquiries: REFS.filter((ref) => plan.findInquiryFault(ref, 1) !== null).length,
      callbacks: REFS.filter((ref) => plan.findCallbackFault(ref) !== null).length,
    };
    // Four standard deviations of a binomial share: 1.3 percentage points at most.
    const tolerance = 4 * Math.sqrt((rate * (1 - rate)) / TRANSFERS);
    for (const struck of Object.values(shares)) {
      expect(Math.abs(struck / TRANSFERS - rate)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('at a higher rate strikes the same references in the same way, and more', () => {
    const [low, high] = [0.1, 0.3].map((rate) => createFaultPlan({ seed: 7, rate }));
    for (const ref of REFS.slice(0, 2_000)) {
      const name = nameOf(low!.findTransferFault(ref));
      if (name !== null) expect(nameOf(high!.findTransferFault(ref))).toBe(name);
    }
  });

  test.each([
    [
      'transfer',
      TRANSFER_FAULTS,
      (plan: ReturnType<typeof createFaultPlan>) => REFS.map((ref) => plan.findTransferFault(ref)),
    ],
    [
      'inquiry',
      INQUIRY_FAULTS,
      (plan: ReturnType<typeof createFaultPlan>) => REFS.map((ref) => plan.findInquiryFault(ref, 1)),
    ],
    [
      'callback',
      CALLBACK_FAULTS,
      (plan: ReturnType<typeof createFaultPlan>) => REFS.map((ref) => plan.findCallbackFault(ref)),
    ],
  ])('lets every kind of %s fault strike, each about as often', (_party, rows, strikeAll) => {
    const struck = new Map<string | null, number>();
    for (const fault of strikeAll(createFaultPlan({ seed: 42, rate: 0.3 }))) {
      struck.set(nameOf(fault), (struck.get(nameOf(fault)) ?? 0) + 1);
    }
    const share = (TRANSFERS * 0.3) / rows.length;
    for (const { name } of rows) expect(struck.get(name)).toBeGreaterThan(share / 2);
    for (const { name } of rows) expect(struck.get(name)).toBeLessThan(share * 2);
  });

  test('decides transfers, inquiries and callbacks of one reference independently', () => {
    const plan = createFaultPlan({ seed: 42, rate: 0.3 });
    const both = REFS.filter((ref) => plan.findTransferFault(ref) && plan.findCallbackFault(ref)).length;
    expect(both / TRANSFERS).toBeCloseTo(0.09, 1);
    const twice = REFS.filter((ref) => plan.findInquiryFault(ref, 1) && plan.findInquiryFault(ref, 2)).length;
    expect(twice / TRANSFERS).toBeCloseTo(0.09, 1);
  });

  test('leaves every fifth inquiry honest, so that ten always suffice', () => {
    const plan = createFaultPlan({ seed: 42, rate: 1 });
    for (let nth = 1; nth <= 20; nth += 1) {
      expect(plan.findInquiryFault('REQ-20260101-001', nth) === null).toBe(nth % HONEST_INQUIRY_EVERY === 0);
    }
    expect(HONEST_INQUIRY_EVERY * 2).toBeLessThanOrEqual(10);
  });

  test('picks within its bounds, both included', () => {
    const plan = createFaultPlan({ seed: 42, rate: 0.3 });
    const picked = REFS.map((ref) => plan.pick(ref, 'index lag', { min: 1, max: 3 }));
    expect([...new Set(picked)].sort()).toEqual([1, 2, 3]);
    expect(plan.pick('REQ-1', 'late debit', { min: 250, max: 250 })).toBe(250);
  });

  test('can be held to some kinds', () => {
    const plan = createFaultPlan({ seed: 42, rate: 1, kinds: ['wrong-amount', 'inquiry-reset'] });
    expect(new Set(REFS.slice(0, 100).map((ref) => nameOf(plan.findTransferFault(ref))))).toEqual(
      new Set(['wrong-amount']),
    );
    expect(nameOf(plan.findInquiryFault('REQ-1', 1))).toBe('inquiry-reset');
    expect(plan.findCallbackFault('REQ-1')).toBeNull();
  });

  test.each([{ rate: 1.1 }, { rate: -0.1 }, { rate: NaN }, { seed: 0.5 }, { kinds: ['no-such-kind'] }])(
    'refuses %j',
    (changes) => {
      expect(() => createFaultPlan({ seed: 42, rate: 0.3, ...changes })).toThrow();
    },
  );
});

describe('the tables of faults', () => {
  test('name each kind once', () => {
    expect(new Set(FAULT_KINDS).size).toBe(FAULT_KINDS.length);
  });

  test('hold every end a transfer can have', () => {
    const ends = TRANSFER_FAULTS.map((row) =>
      row.processing === 'never' ? 'never' : (row.changes.at(-1)?.to ?? row.firstState),
    );
    expect(new Set(ends)).toEqual(new Set(['never', 0, 1, 3, 4]));
  });

  test('never let a request through that the caller may take for refused', () => {
    const proofs = ['clockRefused401', 'forbidden403'];
    for (const row of TRANSFER_FAULTS.filter(({ delivery }) => proofs.includes(delivery))) {
      expect(row.processing).toBe('never');
    }
  });

  test('never decline: a decline is always honest', () => {
    for (const row of TRANSFER_FAULTS) if (row.processing !== 'never') expect(row.decline).toBeNull();
  });
});
