// What a test looks at behind the API: the rows, the timeline, and the calls that reached the simulator.
import { expect } from '@jest/globals';
import type { Simulator } from '../../src/simulator/index.js';
import { SEALED_CUSTOMER, SEALED_NAME } from '../../src/shared/sealing.js';
import { eventually, type Caller, type Gateway } from './gateway.js';
import { readTransaction, type TestTransaction } from './transfer-client.js';

type Ledger = ReturnType<Simulator['ledger']['entries']>;
type Requests = ReturnType<Simulator['requests']>;

/** A row with PostgreSQL's own names. */
export type Row = Readonly<Record<string, unknown>>;

export async function findRow(gateway: Gateway, id: string): Promise<Row> {
  const [row] = await gateway.sql<Row>('SELECT * FROM transfers WHERE id = $1', [id]);
  if (row === undefined) throw new Error(`no transfer ${id}`);
  const [customer, name] = [row['customer_id'], row['recipient_name']];
  return {
    ...row,
    customer_id: SEALED_CUSTOMER.from(customer as string),
    recipient_name: SEALED_NAME.from(name as string | null),
  };
}

export async function countRows(gateway: Gateway, table = 'transfers'): Promise<number> {
  const [row] = await gateway.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? 0;
}

/** The transaction once its status is the one named. */
export function becomes(
  gateway: Caller,
  id: string,
  status: string,
  withinMs?: number,
): Promise<TestTransaction> {
  return eventually(async () => {
    const found = await readTransaction(gateway, id);
    return found?.status === status ? found : null;
  }, withinMs);
}

/** Sequence without gaps from 1, each event beginning where the last ended, the last ending at the status shown. */
export function expectGapFree(transaction: TestTransaction): void {
  const { events } = transaction;
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(events.map(({ fromStatus }) => fromStatus)).toEqual([
    null,
    ...events.slice(0, -1).map(({ toStatus }) => toStatus),
  ]);
  expect(events[0]?.source).toBe('CLIENT');
  expect(events.at(-1)?.toStatus).toBe(transaction.status);
}

/** Where each step of a timeline came from. */
export const sourcesOf = ({ events }: TestTransaction) => events.map(({ source }) => source);

/** The Initiate Transfer requests that reached the simulator, of one reference or of all. */
export function debitRequests(simulator: Simulator, clientRefId?: string): Requests {
  return simulator.requests().filter(({ path, body }) => {
    if (!path.endsWith('/customer/payment/dmt-fino')) return false;
    return clientRefId === undefined || (body as Row)['client_ref_id'] === clientRefId;
  });
}

export function inquiryRequests(
  simulator: Simulator,
  clientRefId: string,
  tid: string | null = null,
): Requests {
  return simulator.requests().filter(({ path }) => {
    const reference = decodeURIComponent(path.split('?')[0]?.split('/').at(-1) ?? '');
    return reference === `client_ref_id:${clientRefId}` || (tid !== null && reference === tid);
  });
}

/** What the simulator booked under one reference. */
export function ledgerOf(simulator: Simulator, clientRefId: string): Ledger {
  return simulator.ledger.entries().filter((entry) => entry.clientRefId === clientRefId);
}

/** Lets the next refresh or callback inquire at once: as if the last inquiry were long ago. */
export async function forgetLastInquiry(gateway: Gateway, id: string): Promise<void> {
  await gateway.sql(`UPDATE transfers SET last_inquiry_at = now() - interval '1 minute' WHERE id = $1`, [id]);
}

export async function postCallback(gateway: Gateway, body: object | string): Promise<number> {
  const { status } = await fetch(gateway.callbackUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return status;
}
