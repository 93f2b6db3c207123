// Counters for Prometheus. Labels come from small fixed sets, never from input.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** One per GraphQL error answered, by code. */
  countError(code: string): void;
  /** One per change of a transfer's status, by the new one. */
  countTransition(status: string): void;
  /** One per inquiry, by what it found. */
  countInquiry(outcome: string): void;
  /** One per callback received. */
  countCallback(): void;
}

export interface MetricSources {
  readonly transfersInFlight: () => number;
  readonly isBreakerOpen: () => boolean;
  readonly subscriptions: () => number;
  /** NaN when it cannot be told. */
  readonly transfersInReview: () => Promise<number>;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const errors = new Counter({
    name: 'gateway_graphql_errors_total',
    help: 'GraphQL errors answered, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  const transitions = new Counter({
    name: 'gateway_transfer_transitions_total',
    help: 'Changes of a transfer’s status, by the new one',
    labelNames: ['status'],
    registers: [registry],
  });
  const inquiries = new Counter({
    name: 'gateway_inquiries_total',
    help: 'Inquiries at Eko, by what they found',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const callbacks = new Counter({
    name: 'gateway_eko_callbacks_total',
    help: 'Status callbacks received from Eko',
    registers: [registry],
  });
  new Gauge({
    name: 'gateway_transfers_in_flight',
    help: 'Debits under way',
    registers: [registry],
    collect() {
      this.set(sources.transfersInFlight());
    },
  });
  new Gauge({
    name: 'gateway_subscriptions',
    help: 'Subscriptions open',
    registers: [registry],
    collect() {
      this.set(sources.subscriptions());
    },
  });
  new Gauge({
    name: 'gateway_debit_breaker_open',
    help: '1 while new debits are refused because Eko leaves the outcomes of debits open',
    registers: [registry],
    collect() {
      this.set(sources.isBreakerOpen() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'gateway_transfers_in_review',
    help: 'Transfers that a person has to look at, by all processes of this database',
    registers: [registry],
    async collect() {
      this.set(await sources.transfersInReview());
    },
  });
  return {
    registry,
    countError: (code) => errors.inc({ code }),
    countTransition: (status) => transitions.inc({ status }),
    countInquiry: (outcome) => inquiries.inc({ outcome }),
    countCallback: () => callbacks.inc(),
  };
}
