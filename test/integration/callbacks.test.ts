// Callbacks change nothing but when Eko is asked: before the answer, twice, forged, out of order.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import {
  becomes,
  countRows,
  expectGapFree,
  findRow,
  inquiryRequests,
  ledgerOf,
  postCallback,
} from '../support/records.js';
import {
  reply,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  toTid,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import {
  readTransaction,
  sendOtp,
  transfer,
  tryInitiate,
  type TestTransaction,
} from '../support/transfer-client.js';

describe('callback before the answer, twice, forged, out of order: unchanged, at most one inquiry per 10 s', () => {
  let eko: ScriptedEko;
  let gateway: Gateway;
  beforeAll(async () => {
    eko = await startScriptedEko();
    gateway = await startGateway({
      ekoUrl: eko.url,
      settings: { INQUIRY_SCHEDULE_MS: '3600000', EKO_TRANSFER_TIMEOUT_MS: '5000' },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await eko.stop();
  });

  const asked = ({ clientRefId }: Pick<TestTransaction, 'clientRefId'>) =>
    eko.inquiries.filter(
      ({ reference }) => reference === `client_ref_id:${clientRefId}` || reference === toTid(clientRefId),
    );
  async function awaited(): Promise<TestTransaction> {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' }));
    return transfer(gateway);
  }

  test('before the answer: the outcome is found by inquiry, and the answer confirms it', async () => {
    let answer: () => void = () => undefined;
    const otpRefId = await sendOtp(gateway);
    eko.onDebit = (response, call) => {
      eko.onInquiry = (to) => reply(to, toInquiryReply(call));
      answer = () => reply(response, toDebitReply(call, { fee: 7 }));
      void postCallback(gateway, {
        tx_status: 1,
        client_ref_id: call.clientRefId,
        tid: toTid(call.clientRefId),
      });
    };
    const running = tryInitiate(gateway, { otpRefId });
    const [row] = await eventually(async () => {
      const rows = await gateway.sql<{ id: string }>(`SELECT id FROM transfers WHERE status = 'SUCCESS'`);
      return rows.length > 0 ? rows : null;
    });
    answer();
    const { data } = await running;
    const settled = data!.initiateTransfer!.transaction;
    expect(settled).toMatchObject({ id: row?.id, status: 'SUCCESS', needsReview: false, fee: '7.00' });
    expectGapFree(settled);
    expect(settled.events.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_INQUIRY']);
  });

  test.each([0, 1, 3, 4, 5])(
    'that claims tx_status %s of an awaited transfer: only what the inquiry says counts',
    async (claim) => {
      const { id, clientRefId, amount, tid } = await awaited();
      eko.onInquiry = (response) =>
        reply(response, toInquiryReply({ clientRefId, amount }, { tx_status: '2' }));
      const before = await readTransaction(gateway, id);
      expect(await postCallback(gateway, { tx_status: claim, client_ref_id: clientRefId, tid, amount })).toBe(
        200,
      );
      await eventually(() => (asked({ clientRefId }).length > 0 ? true : null));
      await eventually(async () => ((await findRow(gateway, id))['hinted_at'] === null ? true : null));
      const { updatedAt: _, nextCheckAt: __, ...after } = (await readTransaction(gateway, id))!;
      expect(before).toMatchObject(after);
    },
  );

  test('twice, a hundred times, in any order: at most one inquiry in 10 s, one row for each body', async () => {
    const { id, clientRefId, amount } = await awaited();
    eko.onInquiry = (response) =>
      reply(response, toInquiryReply({ clientRefId, amount }, { tx_status: '2' }));
    const bodies = [0, 1, 2, 3].map((claim) => ({ tx_status: claim, client_ref_id: clientRefId }));
    const statuses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => postCallback(gateway, bodies[index % 4]!)),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await eventually(() => (asked({ clientRefId }).length > 0 ? true : null));
    await postCallback(gateway, bodies[0]!);
    // Where the next one is planned says that none comes sooner.
    const row = await eventually(async () => {
      const found = await findRow(gateway, id);
      return found['next_inquiry_at'] !== null && Number(found['next_inquiry_at']) > Date.now()
        ? found
        : null;
    });
    const spacingMs = Number(row['next_inquiry_at']) - Number(row['last_inquiry_at']);
    expect(spacingMs).toBeGreaterThanOrEqual(10_000);
    expect(spacingMs).toBeLessThan(11_000);
    expect(asked({ clientRefId })).toHaveLength(1);
    expect(
      await gateway.sql(
        `SELECT claimed_tx_status AS claim, delivery_count AS count FROM webhook_deliveries WHERE transfer_id = $1 ORDER BY 1`,
        [id],
      ),
    ).toEqual([
      { claim: '0', count: 26 },
      { claim: '1', count: 25 },
      { claim: '2', count: 25 },
      { claim: '3', count: 25 },
    ]);
    expect(
      await gateway.sql(`SELECT count(*)::int AS jobs FROM graphile_worker.jobs WHERE key = $1`, [
        `inquire:${id}`,
      ]),
    ).toEqual([{ jobs: 1 }]);
  });

  test('of a reversal that the inquiry does not know of yet: it is asked once more a minute later', async () => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    const made = await transfer(gateway);
    const lookKey = `second-look:${made.id}`;
    const findLook = async () =>
      (
        await gateway.sql<{ run_at: Date }>('SELECT run_at FROM graphile_worker.jobs WHERE key = $1', [
          lookKey,
        ])
      )[0];
    eko.onInquiry = (response) => reply(response, toInquiryReply(made));
    const tell = (txStatus: number) =>
      postCallback(gateway, { tx_status: txStatus, client_ref_id: made.clientRefId, tid: made.tid });
    await tell(0);
    expect(await findLook()).toBeUndefined();
    const toldAtMs = Date.now();
    await tell(3);
    await eventually(() => asked(made).length > 0 || null);
    const look = await findLook();
    expect(look!.run_at.getTime() - toldAtMs).toBeGreaterThanOrEqual(60_000 - 1_000);
    await tell(4);
    expect(await findLook()).toEqual(look);

    // A minute later, when all else has been answered, Eko fails: the look was not the last.
    eko.onInquiry = (response) => reply(response, 'Service unavailable', 503);
    await gateway.sql(
      `UPDATE transfers SET last_inquiry_at = now() - interval '1 minute', hinted_at = NULL, next_inquiry_at = NULL
        WHERE id = $1`,
      [made.id],
    );
    await gateway.sql(`SELECT graphile_worker.remove_job('inquire:' || $1)`, [made.id]);
    await gateway.sql('UPDATE graphile_worker._private_jobs SET run_at = now() WHERE key = $1', [lookKey]);
    await eventually(async () => {
      const {
        hinted_at: hintedAt,
        next_inquiry_at: nextAt,
        last_inquiry_at: lastAt,
      } = await findRow(gateway, made.id);
      return (hintedAt !== null && Number(hintedAt) <= Number(lastAt) && Number(nextAt) > Date.now()) || null;
    });

    // Now Eko knows.
    eko.onInquiry = (response) => reply(response, toInquiryReply(made, { tx_status: '3' }));
    await gateway.sql(`UPDATE transfers SET next_inquiry_at = now() WHERE id = $1`, [made.id]);
    await gateway.sql(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE key = 'inquire:' || $1`,
      [made.id],
    );
    await becomes(gateway, made.id, 'REFUND_PENDING');
    expect(await findLook()).toBeUndefined();
  });

  test('forged: one that lies about a final transfer causes an inquiry and nothing else', async () => {
    eko.onDebit = (response, call) => reply(response, toDebitReply(call));
    const final = await transfer(gateway);
    eko.onInquiry = (response) => reply(response, toInquiryReply(final));
    await postCallback(gateway, {
      tx_status: 4,
      client_ref_id: final.clientRefId,
      tid: final.tid,
      amount: 1,
      bank_ref_num: '666',
    });
    await eventually(() => (asked(final).length > 0 ? true : null));
    await eventually(async () =>
      (await findRow(gateway, final.id))['next_inquiry_at'] === null ? true : null,
    );
    expect(await readTransaction(gateway, final.id)).toMatchObject({
      status: 'SUCCESS',
      needsReview: false,
      bankReference: final.bankReference,
      events: final.events,
    });
  });

  test.each<[string, object | string]>([
    ['nothing', ''],
    ['no JSON', 'tx_status=0&tid=1'],
    ['an array', []],
    ['a number', '7'],
    ['null', 'null'],
    ['nobody’s reference', { tx_status: 0, client_ref_id: 'REQ-nobody-00001', tid: '404' }],
    ['a reference with SQL', { client_ref_id: "x'; DROP TABLE transfers; --" }],
    ['a tid beyond exact numbers', '{"tid":123456789012345678901234567890}'],
    ['bytes that are no UTF-8', '\ud800'],
  ])('that holds %s is acknowledged, stored, and asks nothing', async (_, body) => {
    const before = {
      inquiries: eko.inquiries.length,
      jobs: await countRows(gateway, 'graphile_worker.jobs'),
    };
    const unknowns = await gateway.sql(`SELECT 1 FROM webhook_deliveries WHERE transfer_id IS NULL`);
    expect(await postCallback(gateway, body)).toBe(200);
    expect(await gateway.sql(`SELECT 1 FROM webhook_deliveries WHERE transfer_id IS NULL`)).toHaveLength(
      unknowns.length + 1,
    );
    expect(await countRows(gateway, 'graphile_worker.jobs')).toBe(before.jobs);
    expect(eko.inquiries.length).toBe(before.inquiries);
  });

  test('without the secret, or with another, finds nothing and leaves nothing', async () => {
    const before = await countRows(gateway, 'webhook_deliveries');
    for (const path of ['', '/', '/wrong-webhook-secret-00000']) {
      const { status } = await fetch(`${gateway.url}/webhooks/eko${path}`, {
        method: 'POST',
        body: '{"tid":1}',
      });
      expect(status).toBe(404);
    }
    expect(await countRows(gateway, 'webhook_deliveries')).toBe(before);
  });

  test('larger than any of Eko’s is refused', async () => {
    expect(await postCallback(gateway, { pad: 'x'.repeat(9_000) })).toBe(413);
  });
});

describe('that come all the time, of an awaited transfer', () => {
  test('are one inquiry in 10 s, however short the schedule’s delays are', async () => {
    const eko = await startScriptedEko();
    const gateway = await startGateway({
      ekoUrl: eko.url,
      settings: { INQUIRY_SCHEDULE_MS: '200,200', EKO_TRANSFER_TIMEOUT_MS: '5000' },
    });
    try {
      eko.onInquiry = (response, { reference }) =>
        reply(
          response,
          toInquiryReply(
            { clientRefId: reference.replace('client_ref_id:', ''), amount: 500 },
            { tid: '', tx_status: '2' },
          ),
        );
      eko.onDebit = (response, call) => reply(response, toDebitReply(call, { tid: '' }, { tx_status: '2' }));
      const { clientRefId } = await transfer(gateway);
      const call = () => postCallback(gateway, { tx_status: 0, client_ref_id: clientRefId });
      await call();
      await eventually(() => eko.inquiries.length > 0 || null);
      const fromMs = eko.inquiries.at(-1)!.atMs;
      let hints = 0;
      // The one under way may be the schedule's own, just before the first callback.
      while (Date.now() - fromMs < 5_000) {
        await call();
        hints += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(hints).toBeGreaterThan(10);
      expect(eko.inquiries.filter(({ atMs }) => atMs > fromMs).length).toBeLessThanOrEqual(1);
    } finally {
      await gateway.stop();
      await eko.stop();
    }
  });
});

describe('with the simulator’s own callbacks', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '3600000' } });
  });
  afterAll(() => gateway.stop());

  test('₹108: only its callback tells of the reversal', async () => {
    const { id, clientRefId, tid } = await transfer(gateway, 108);
    const reversed = await becomes(gateway, id, 'REFUND_PENDING');
    expect(reversed.events.map(({ source }) => source)).toEqual(['CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY']);
    expect(inquiryRequests(gateway.simulator, clientRefId, tid)).toHaveLength(1);
    expect(ledgerOf(gateway.simulator, clientRefId)).toMatchObject([{ state: 3, finalState: 3 }]);
    const stored = await gateway.sql<Record<string, unknown>>(
      `SELECT * FROM webhook_deliveries WHERE transfer_id = $1`,
      [id],
    );
    expect(stored).toMatchObject([
      { tid, client_ref_id: clientRefId, claimed_tx_status: '3', delivery_count: 1 },
    ]);
  });

  test('₹110: duplicates out of order leave a success a success, with one inquiry', async () => {
    const { id, clientRefId, tid, status, events } = await transfer(gateway, 110);
    expect(status).toBe('SUCCESS');
    await eventually(async () => {
      const [row] = await gateway.sql<{ count: number }>(
        `SELECT sum(delivery_count)::int AS count FROM webhook_deliveries WHERE transfer_id = $1`,
        [id],
      );
      return row?.count === 3 ? true : null;
    });
    await eventually(() => (inquiryRequests(gateway.simulator, clientRefId, tid).length > 0 ? true : null));
    expect(inquiryRequests(gateway.simulator, clientRefId, tid)).toHaveLength(1);
    expect(await readTransaction(gateway, id)).toMatchObject({
      status: 'SUCCESS',
      needsReview: false,
      events,
    });
  });
});
