// The breaker alone, on a clock set by hand.
import { describe, expect, test } from '@jest/globals';
import { CodedError } from '../../src/shared/errors.js';
import { DebitBreaker } from '../../src/transfers/debit-breaker.js';

function createBreaker() {
  const clock = { ms: 1_000_000, nowMs: () => clock.ms };
  const told: string[] = [];
  const breaker = new DebitBreaker({
    clock,
    limits: { unknownInARow: 3, probeEveryMs: 30_000 },
    onOpen: () => told.push('open'),
    onClose: () => told.push('closed'),
  });
  const answer = () => {
    try {
      breaker.assertClosed();
      return 'taken';
    } catch (error) {
      if (error instanceof CodedError) return `${error.code} ${String(error.retryAfterMs)}`;
      throw error;
    }
  };
  const record = (...kinds: Parameters<DebitBreaker['record']>[0][]) => {
    for (const kind of kinds) breaker.record(kind);
  };
  return { breaker, clock, told, answer, record };
}

describe('new debits', () => {
  test('are taken while unknown outcomes are fewer in a row than the limit', () => {
    const { breaker, told, answer, record } = createBreaker();
    record(
      'unknown',
      'unknown',
      'succeeded',
      'unknown',
      'unknown',
      'rejected',
      'unknown',
      'unknown',
      'failed',
    );
    expect(answer()).toBe('taken');
    expect(breaker.isOpen).toBe(false);
    expect(told).toEqual([]);
  });

  test('are refused after the limit, and told once how long to wait', () => {
    const { breaker, clock, told, answer, record } = createBreaker();
    record('unknown', 'unknown', 'unknown');
    expect(breaker.isOpen).toBe(true);
    clock.ms += 10_000;
    expect(answer()).toBe('OVERLOADED 20000');
    expect(() => breaker.assertClosed()).toThrow(
      'Eko has left the outcome of the last debits open, so new ones wait. Nothing was written or sent.',
    );
    expect(told).toEqual(['open']);
  });

  test('are let through one at a time, to find out', () => {
    const { clock, answer, record } = createBreaker();
    record('unknown', 'unknown', 'unknown');
    clock.ms += 30_000;
    expect(answer()).toBe('taken');
    expect(answer()).toBe('OVERLOADED 30000');
    clock.ms += 30_000;
    expect(answer()).toBe('taken');
  });

  test('stay refused when the one that found out has an unknown outcome too', () => {
    const { clock, told, answer, record } = createBreaker();
    record('unknown', 'unknown', 'unknown');
    clock.ms += 30_000;
    answer();
    clock.ms += 5_000;
    record('unknown');
    expect(answer()).toBe('OVERLOADED 30000');
    expect(told).toEqual(['open']);
  });

  test.each(['succeeded', 'failed', 'refundPending', 'refunded', 'awaited', 'rejected'] as const)(
    'are taken again once Eko has answered one: %s',
    (kind) => {
      const { breaker, told, answer, record } = createBreaker();
      record('unknown', 'unknown', 'unknown', kind);
      expect([answer(), answer()]).toEqual(['taken', 'taken']);
      expect(breaker.isOpen).toBe(false);
      expect(told).toEqual(['open', 'closed']);
    },
  );

  test('are not judged by debits that could not be sent and inquiries that found nothing', () => {
    const { breaker, clock, answer, record } = createBreaker();
    record('unknown', 'unknown', 'notSent', 'notFound', 'inquiryFailed');
    expect(breaker.isOpen).toBe(false);
    record('unknown');
    expect(breaker.isOpen).toBe(true);
    clock.ms += 1_000;
    record('notSent', 'notFound', 'inquiryFailed');
    expect(answer()).toBe('OVERLOADED 29000');
  });
});
