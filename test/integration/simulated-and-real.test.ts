// A database may be opened by a sandbox by mistake: a simulator must not be asked about real money.
import { afterAll, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';
import { sendOtp, tryInitiate } from '../support/transfer-client.js';

const REFRESH = 'mutation ($id: ID!) { refreshTransaction(id: $id) { changed transaction { status } } }';
const gateways: Gateway[] = [];
afterAll(async () => {
  for (const gateway of gateways.reverse()) await gateway.stop();
});

async function start(options: Parameters<typeof startGateway>[0]): Promise<Gateway> {
  const gateway = await startGateway({ parts: { api: true, worker: false }, ...options });
  gateways.push(gateway);
  return gateway;
}

test('a sandbox on the same database asks nobody about a real transfer, and a real server about a simulated one', async () => {
  const real = await start({ isSandbox: false });
  const sandbox = await start({ databaseUrl: real.databaseUrl });
  for (const [maker, other] of [
    [real, sandbox],
    [sandbox, real],
  ] as const) {
    const token = await maker.token('agent');
    const made = await tryInitiate(maker, { amount: 107, otpRefId: await sendOtp(maker, 107, token) }, token);
    const { id, status } = made.data?.initiateTransfer?.transaction ?? {};
    expect(status).toBe('AWAITED');

    const asked = other.simulator.requests().length;
    const refreshed = await other.request(REFRESH, { id }, { token: await other.token('agent') });
    expect(refreshed.data).toEqual({
      refreshTransaction: { changed: false, transaction: { status: 'AWAITED' } },
    });
    expect(other.simulator.requests()).toHaveLength(asked);

    const own = maker.simulator.requests().length;
    await maker.request(REFRESH, { id }, { token });
    expect(maker.simulator.requests()).toHaveLength(own + 1);
  }
});
