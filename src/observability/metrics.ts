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

export function createMetrics(sources: { transfersInFlight: () => number }): Metrics {
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
  return {
    registry,
    countError: (code) => errors.inc({ code }),
    countTransition: (status) => transitions.inc({ status }),
    countInquiry: (outcome) => inquiries.inc({ outcome }),
    countCallback: () => callbacks.inc(),
  };
}
