// A client that stops reading: what waits for it is one state, however often the transfer changes, and it gets the last.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import WebSocket from 'ws';
import { startGateway, type Gateway } from '../support/gateway.js';
import { moveTransfer, storeTransfers } from '../support/stored-transfers.js';

/** A timeline this long makes a message of half a megabyte; what the connection itself holds is full after a dozen. */
const LONG_TIMELINE = 3_000;
const CHANGES = 60;
const QUERY =
  'subscription ($id: ID!) { transactionUpdated(id: $id) { status events { id sequence message occurredAt source } } }';

let gateway: Gateway;
let client: pg.Client;
let id: string;
beforeAll(async () => {
  gateway = await startGateway({ parts: { api: true, worker: false } });
  client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await gateway.stop();
});

beforeEach(async () => {
  const [row] = await storeTransfers(gateway.databaseUrl, [{ status: 'AWAITED' }]);
  id = row!.id;
  // Without the rules of the database, which would want three thousand changes one by one.
  await client.query('BEGIN; SET LOCAL session_replication_role = replica');
  await client.query(
    `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at, hash)
     SELECT gen_random_uuid(), $1, n, 'EKO_INQUIRY', 'AWAITED', 'AWAITED', repeat('m', 100), '{}', now(), ''
       FROM generate_series(3, $2::int) n`,
    [id, LONG_TIMELINE],
  );
  await client.query('UPDATE transfers SET event_count = $2 WHERE id = $1', [id, LONG_TIMELINE]);
  await client.query('COMMIT');
}, 30_000);

/** Back and forth, then the end; far more messages than fit between the two. */
async function change(): Promise<void> {
  for (let index = 1; index <= CHANGES; index += 1) {
    const [from, to] = index % 2 === 1 ? ['AWAITED', 'ON_HOLD'] : ['ON_HOLD', 'AWAITED'];
    await moveTransfer(client, { id, sequence: LONG_TIMELINE + index, from: from, to: to });
    await new Promise((resolve) => setTimeout(resolve, 20)); // each is told by itself to whoever reads
  }
  await moveTransfer(client, { id, sequence: LONG_TIMELINE + CHANGES + 1, from: 'AWAITED', to: 'SUCCESS' });
}

const countStatuses = (text: string) => text.match(/"transactionUpdated":\{"status":"/g)?.length ?? 0;

test('over HTTP', async () => {
  const asked = request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'multipart/mixed;subscriptionSpec=1.0' },
  });
  asked.end(JSON.stringify({ query: QUERY, variables: { id } }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.pause();
  await change();
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  response.resume();
  await once(response, 'end');
  expect(countStatuses(text)).toBeLessThan(CHANGES / 2);
  expect(text.lastIndexOf('"status":"SUCCESS"')).toBeGreaterThan(text.lastIndexOf('"status":"ON_HOLD"'));
}, 60_000);

test('over a WebSocket', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const messages: string[] = [];
  const completed = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      messages.push(String(data));
      if (messages.at(-1)?.includes('"type":"complete"')) resolve();
    });
  });
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { id } } }));
  await once(socket, 'message');
  socket.pause();
  await change();
  socket.resume();
  await completed;
  expect(messages.filter((text) => countStatuses(text) > 0).length).toBeLessThan(CHANGES / 2);
  expect(messages.at(-2)).toContain('"status":"SUCCESS"');
  socket.close();
}, 60_000);
