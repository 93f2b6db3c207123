import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { readTransaction, sendOtp, transfer, tryInitiate } from '../support/transfer-client.js';

describe('the main path', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  test('moves the money and records everything that Eko says of it', async () => {
    const transaction = await transfer(gateway);
    expect(transaction).toMatchObject({ status: 'SUCCESS', isFinal: true, nextAction: 'NONE', fee: '10.00' });
    const [entry] = gateway.simulator.ledger.entries();
    expect(entry).toMatchObject({
      clientRefId: transaction.clientRefId,
      tid: transaction.tid,
      amountRupees: 500,
    });
  });

  test('returns the same transaction for the same request', async () => {
    const otpRefId = await sendOtp(gateway);
    const first = await tryInitiate(gateway, { otpRefId });
    const second = await tryInitiate(gateway, { otpRefId });
    expect(second.data?.initiateTransfer).toEqual({ ...first.data?.initiateTransfer, replayed: true });
  });

  test('settles an awaited transfer by inquiry', async () => {
    const { id, status } = await transfer(gateway, 103);
    expect(status).toBe('AWAITED');
    const settled = await eventually(async () => {
      const found = await readTransaction(gateway, id);
      return found?.isFinal ? found : null;
    });
    expect(settled).toMatchObject({ status: 'SUCCESS', nextCheckAt: null });
  });
});
