// Counters for Prometheus. Labels come from small fixed sets, never from input.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** One per GraphQL error answered, by code. */
  countError(code: string): void;
  /** One per initiateTransfer answered, by stored status. */
  countTransfer(status: string): void;
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
  const transfers = new Counter({
    name: 'gateway_transfers_total',
    help: 'Answers of initiateTransfer that were not errors, by the status of the transfer',
    labelNames: ['status'],
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
    countTransfer: (status) => transfers.inc({ status }),
    countCallback: () => callbacks.inc(),
  };
}
