// Connections whose answers are overdue: closed, whatever the statement that waits is waiting for.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { closeWhenOverdue } from '../../src/database/overdue-answers.js';

const ANSWER_TIMEOUT_MS = 300;
const LONG = 20 * ANSWER_TIMEOUT_MS;

const toMessage = (type: string, body: string) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')]);
};
const AUTHENTICATED = toMessage('R', '\0\0\0\0');
const READY = toMessage('Z', 'I');
const FAILED = toMessage('E', 'SERROR\0VERROR\0C23505\0Mno\0\0');
const DONE = toMessage('C', 'SELECT 0\0');

/** As much of PostgreSQL as a connection needs, and of each statement what it is told to answer. */
let answer: (statement: string) => Buffer;
let server: net.Server;
let socket: net.Socket;
let client: pg.Client;
beforeEach(async () => {
  // It answers nothing by itself, not even a farewell.
  server = net.createServer({ allowHalfOpen: true }, (accepted) => {
    socket = accepted;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat([AUTHENTICATED, READY]));
      socket.on('data', (asked) => socket.write(answer(asked.toString('latin1'))));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = new pg.Client({ host: '127.0.0.1', port, user: 'gateway', password: 'unused' });
  await client.connect();
  closeWhenOverdue(ANSWER_TIMEOUT_MS)(client);
});
afterEach(async () => {
  socket.destroy();
  await client.end();
  await new Promise((resolve) => server.close(resolve));
});

const endOf = (statement: Promise<unknown>) =>
  Promise.race([
    statement.then(
      () => 'answered',
      (error: unknown) => (error as Error).message,
    ),
    delay(LONG, 'waits still', { ref: false }),
  ]);

describe('a statement', () => {
  test('that is never answered fails', async () => {
    answer = () => Buffer.alloc(0);
    expect(await endOf(client.query('SELECT 1'))).toBe('Connection terminated');
  });

  test('that waits for the end of one which failed, fails', async () => {
    answer = (statement) => (statement.includes('SELECT 1') ? FAILED : Buffer.alloc(0));
    expect(await endOf(client.query('SELECT 1'))).toBe('no');
    expect(await endOf(client.query('SELECT 2'))).toBe('Connection terminated');
  });

  test('that was answered leaves the connection open, however long it rests', async () => {
    answer = () => Buffer.concat([DONE, READY]);
    for (let round = 0; round < 3; round += 1) {
      expect(await endOf(client.query('SELECT 1'))).toBe('answered');
      await delay(1.5 * ANSWER_TIMEOUT_MS);
    }
  });

  test('of many, each in time, is not closed for the time that they take together', async () => {
    answer = () => Buffer.concat([DONE, READY]);
    const startedAtMs = performance.now();
    while (performance.now() - startedAtMs < 2 * ANSWER_TIMEOUT_MS)
      expect(await endOf(client.query('SELECT 1'))).toBe('answered');
  });
});
