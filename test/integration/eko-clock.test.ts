// Eko's clock is not ours: what was signed with the wrong time is refused, and the right time is learnt from the refusal.
import { expect, test } from '@jest/globals';
import { createSimulator } from '../../src/simulator/index.js';
import { getSealer } from '../../src/shared/sealing.js';
import { runSql } from '../support/gateway.js';
import { startRealServer } from '../support/real-server.js';
import { debitRequests } from '../support/records.js';
import { createTestDatabase } from '../support/test-database.js';
import { transfer, tryInitiate } from '../support/transfer-client.js';

test('Eko’s clock moves by ten minutes: one debit is refused, the log says by how much, and OTPs do not notice', async () => {
  let aheadMs = 600_000;
  const simulator = createSimulator({ clock: { nowMs: () => Date.now() + aheadMs } });
  const { url: ekoUrl } = await simulator.start();
  const database = await createTestDatabase();
  const server = await startRealServer({ databaseUrl: database.url, ekoUrl });
  const otpRequests = () => simulator.requests().filter(({ path }) => path.endsWith('/dmt-fino/otp')).length;
  const logged = () =>
    [...server.process.output().matchAll(/"offsetMs":(-?\d+)/g)].map(([, offsetMs]) => Number(offsetMs));
  try {
    // Sent through another server: this one meets the other time with a debit.
    await runSql(
      database.url,
      `INSERT INTO otp_challenges VALUES (gen_random_uuid(), 'REF-planted', 'Tplanted0000000', '20810200', $1, '98765', 500,
         'SENT', now(), now() + interval '10 minutes')`,
      [getSealer().sealToFind('6111111111', 'customer_id')],
    );
    const { data } = await tryInitiate(server, { otpRefId: 'REF-planted' });
    expect(data?.initiateTransfer?.transaction).toMatchObject({
      status: 'FAILED',
      statusReason: { code: 'EKO_REJECTED' },
      nextAction: 'CONTACT_SUPPORT',
    });
    expect(debitRequests(simulator)).toHaveLength(1);
    expect(logged()).toEqual([expect.closeTo(600_000, -4)]);

    expect(await transfer(server)).toMatchObject({ status: 'SUCCESS' });
    expect(otpRequests()).toBe(1);

    aheadMs = -600_000;
    expect(await transfer(server)).toMatchObject({ status: 'SUCCESS' });
    // Refused by its time, and asked once more with Eko's.
    expect(otpRequests()).toBe(3);
    expect(logged()).toEqual([expect.closeTo(600_000, -4), expect.closeTo(-600_000, -4)]);
    expect(debitRequests(simulator)).toHaveLength(3);
    expect(simulator.ledger.entries()).toHaveLength(2);
  } finally {
    server.process.kill('SIGKILL');
    await server.process.exited();
    await simulator.stop();
    await database.drop();
  }
});
