// Inquiring until everything is final: when, how often, what a failed inquiry means; and the bounds of OTPs and debits.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { storeBacklog } from '../support/awaited-backlog.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { becomes, countRows, findRow, forgetLastInquiry } from '../support/records.js';
import {
  reply,
  sayNotFound,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
  type InquiryScript,
  type ScriptedEko,
} from '../support/scripted-eko.js';
import { createTestDatabase } from '../support/test-database.js';
import {
  readTransaction,
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  trySendOtp,
  type TestTransaction,
} from '../support/transfer-client.js';

let eko: ScriptedEko;
beforeAll(async () => {
  eko = await startScriptedEko();
});
afterAll(() => eko.stop());

function askedOf(clientRefId: string): readonly { readonly atMs: number }[] {
  return eko.inquiries.filter(({ reference }) => reference === `client_ref_id:${clientRefId}`);
}
/** A transfer whose answer was lost. */
async function lost(gateway: Gateway): Promise<TestTransaction> {
  eko.onDebit = (response) => response.socket?.resetAndDestroy();
  return transfer(gateway);
}
const sayAwaited: InquiryScript = (response, { reference }) => {
  const clientRefId = reference.replace('client_ref_id:', '');
  reply(response, toInquiryReply({ clientRefId, amount: 500 }, { tid: '', tx_status: '2' }));
};
const jobsOf = (gateway: Gateway, id: string) =>
  gateway.sql<{ run_at: Date }>(`SELECT run_at FROM graphile_worker.jobs WHERE key = $1`, [`inquire:${id}`]);

describe('the schedule', () => {
  test('is followed, its last delay repeats, and each transfer has one job until it is final', async () => {
    const gateway = await startGateway({
      ekoUrl: eko.url,
      settings: { INQUIRY_SCHEDULE_MS: '300,700,1100' },
    });
    try {
      eko.onInquiry = sayAwaited;
      const { id, clientRefId, createdAt, nextCheckAt } = await lost(gateway);
      expect(await jobsOf(gateway, id)).toEqual([{ run_at: new Date(nextCheckAt!) }]);
      const times = await eventually(() => (askedOf(clientRefId).length >= 4 ? askedOf(clientRefId) : null));
      const gaps = [Date.parse(createdAt), ...times.map(({ atMs }) => atMs)]
        .map((atMs, index, all) => atMs - (all[index - 1] ?? 0))
        .slice(1, 5);
      for (const [index, leastMs] of [300, 700, 1100, 1100].entries()) {
        expect(gaps[index]).toBeGreaterThanOrEqual(leastMs);
        expect(gaps[index]).toBeLessThan(leastMs + 2_000);
      }
      expect(await jobsOf(gateway, id)).toHaveLength(1);

      eko.onInquiry = (response) => reply(response, toInquiryReply({ clientRefId, amount: 500 }));
      expect(await becomes(gateway, id, 'SUCCESS')).toMatchObject({ nextCheckAt: null });
      await eventually(async () => ((await jobsOf(gateway, id)).length === 0 ? true : null));
      expect((await findRow(gateway, id))['next_inquiry_at']).toBeNull();
    } finally {
      await gateway.stop();
    }
  });

  test.each([
    ['vanished', `DELETE FROM graphile_worker._private_jobs`],
    [
      'is held by a worker that was killed',
      `UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '1 minute', locked_by = 'killed'`,
    ],
  ])('is taken up again by the sweep when the job %s', async (_, lose) => {
    const database = await createTestDatabase();
    const settings = { INQUIRY_SCHEDULE_MS: '3600000' };
    const api = await startGateway({
      ekoUrl: eko.url,
      settings,
      databaseUrl: database.url,
      parts: { api: true, worker: false },
    });
    try {
      const { id, clientRefId } = await lost(api);
      await api.sql(lose);
      await api.sql(`UPDATE transfers SET next_inquiry_at = now() - interval '1 minute'`);
      eko.onInquiry = (response) => reply(response, toInquiryReply({ clientRefId, amount: 500 }));
      const worker = await startGateway({
        ekoUrl: eko.url,
        settings,
        databaseUrl: database.url,
        parts: { api: false, worker: true },
      });
      try {
        await eventually(async () => ((await findRow(api, id))['status'] === 'SUCCESS' ? true : null));
        expect(askedOf(clientRefId)).toHaveLength(1);
      } finally {
        await worker.stop();
      }
    } finally {
      await api.stop();
      await database.drop();
    }
  });
});

describe('a backlog', () => {
  test('is worked off at the pace that is set, and each is asked after once', async () => {
    const database = await createTestDatabase();
    const refs = await storeBacklog(database.url, 30, new Date(Date.now() - 60_000));
    const askedAtMs: number[] = [];
    eko.onInquiry = (response, { reference, atMs }) => {
      askedAtMs.push(atMs);
      const clientRefId = reference.replace('client_ref_id:', '');
      reply(response, toInquiryReply({ clientRefId, amount: 500 }));
    };
    const worker = await startGateway({
      ekoUrl: eko.url,
      isSandbox: false,
      settings: { MAX_INQUIRIES_PER_SECOND: '20' },
      databaseUrl: database.url,
      parts: { api: false, worker: true },
    });
    try {
      await eventually(async () => {
        const [row] = await worker.sql<{ open: number }>(
          `SELECT count(*)::int AS open FROM transfers WHERE next_inquiry_at IS NOT NULL`,
        );
        return row?.open === 0 ? true : null;
      });
      expect(askedAtMs).toHaveLength(refs.length);
      // 29 times 50 ms, but for how much later than the others the first one arrives.
      expect(Math.max(...askedAtMs) - Math.min(...askedAtMs)).toBeGreaterThan(1_000);
    } finally {
      await worker.stop();
      await database.drop();
    }
  });
});

describe('refreshTransaction', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ ekoUrl: eko.url, settings: { INQUIRY_SCHEDULE_MS: '3600000' } });
  });
  afterAll(() => gateway.stop());

  test('eight times at once is one inquiry, and within 10 s no other', async () => {
    const { id, clientRefId } = await lost(gateway);
    eko.onInquiry = sayAwaited;
    const answers = await Promise.all(Array.from({ length: 8 }, () => tryRefresh(gateway, id)));
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(askedOf(clientRefId)).toHaveLength(1);
    await gateway.sql(
      `UPDATE transfers SET last_inquiry_at = last_inquiry_at - interval '5 seconds' WHERE id = $1`,
      [id],
    );
    const early = await tryRefresh(gateway, id);
    expect(early.data?.refreshTransaction).toMatchObject({
      changed: false,
      transaction: { status: 'AWAITED' },
    });
    expect(askedOf(clientRefId)).toHaveLength(1);
    await gateway.sql(
      `UPDATE transfers SET last_inquiry_at = last_inquiry_at - interval '5 seconds' WHERE id = $1`,
      [id],
    );
    eko.onInquiry = (response) => reply(response, toInquiryReply({ clientRefId, amount: 500 }));
    const inTime = await tryRefresh(gateway, id);
    expect(inTime.data?.refreshTransaction).toMatchObject({
      changed: true,
      transaction: { status: 'SUCCESS' },
    });
    expect(askedOf(clientRefId)).toHaveLength(2);
  });

  test('of another agent’s transaction or of none is NOT_FOUND, and asks nothing', async () => {
    const { id } = await lost(gateway);
    const before = eko.inquiries.length;
    const other = await gateway.token('agent', '30999999');
    for (const answer of [
      await tryRefresh(gateway, id, other),
      await tryRefresh(gateway, '0190a000-0000-7000-8000-000000000000'),
      await tryRefresh(gateway, 'nonsense'),
    ]) {
      expect(answer.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    }
    expect(eko.inquiries).toHaveLength(before);
  });

  test('when Eko does not answer leaves the transaction as it is', async () => {
    const { id } = await lost(gateway);
    eko.onInquiry = (response) => response.socket?.resetAndDestroy();
    const { data, errors } = await tryRefresh(gateway, id);
    expect(errors).toBeUndefined();
    expect(data?.refreshTransaction).toMatchObject({ changed: false, transaction: { status: 'AWAITED' } });
  });
});

describe('an inquiry that fails', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    // Eager to give up: one counted answer would do.
    gateway = await startGateway({
      ekoUrl: eko.url,
      settings: {
        INQUIRY_SCHEDULE_MS: '3600000',
        NOT_RECEIVED_AFTER_MS: '0',
        NOT_RECEIVED_ANSWERS: '1',
        NOT_RECEIVED_SPACING_MS: '1',
        OTP_LIFETIME_MS: '60000',
        EKO_INQUIRY_TIMEOUT_MS: '300',
      },
    });
  });
  afterAll(() => gateway.stop());

  const notFound = {
    status: 1,
    response_status_id: -1,
    message: 'No transaction found for the given reference.',
    data: {},
  };
  const failures: readonly (readonly [string, InquiryScript])[] = [
    ['500', (response) => reply(response, 'Internal server error', 500)],
    ['500 that says "not found" in Eko’s words', (response) => reply(response, notFound, 500)],
    ['404 that says "not found" in Eko’s words', (response) => reply(response, notFound, 404)],
    ['404 in HTML', (response) => reply(response, '<html>Not found</html>', 404)],
    ['timeout', () => undefined],
    ['reset', (response) => response.socket?.resetAndDestroy()],
    ['401', (response) => reply(response, { status: 2484, message: 'Invalid secret-key or timestamp' }, 401)],
    ['403', (response) => reply(response, { status: 2483, message: 'Unauthorized' }, 403)],
    ['429', (response) => reply(response, { message: 'Too many requests' }, 429)],
    ['HTML with 200', (response) => reply(response, '<html>login</html>')],
    ['an empty body', (response) => reply(response, '')],
    [
      'cut JSON',
      (response) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write(JSON.stringify(notFound), () => response.socket?.destroy());
      },
    ],
    ['another message', (response) => reply(response, { ...notFound, message: 'Transaction not found' })],
    ['another status', (response) => reply(response, { ...notFound, status: 2 })],
    [
      'the words of "not found" around a tid',
      (response) => reply(response, { ...notFound, data: { tid: '77' } }),
    ],
    ['no key for response', (response) => reply(response, { message: 'No key for Response' })],
    [
      'a refused parameter',
      (response) => reply(response, { ...notFound, invalid_params: { user_code: 'No' } }),
    ],
    [
      'success in a failed envelope',
      (response) => reply(response, toInquiryReply({ clientRefId: 'x', amount: 500 }, {}, { status: 55 })),
    ],
    ['a redirect', (response) => response.writeHead(302, { location: eko.url }).end()],
  ];

  test.each(failures)('with %s is not "not found" and changes nothing', async (_, script) => {
    const { id, events } = await lost(gateway);
    await gateway.sql(
      `UPDATE otp_challenges SET expires_at = now() - interval '1 second' WHERE id = (SELECT otp_challenge_id FROM transfers WHERE id = $1)`,
      [id],
    );
    eko.onInquiry = script;
    for (const _attempt of [1, 2, 3]) {
      await forgetLastInquiry(gateway, id);
      const { data } = await tryRefresh(gateway, id);
      expect(data?.refreshTransaction).toMatchObject({
        changed: false,
        transaction: { status: 'AWAITED', events },
      });
    }
    expect(await findRow(gateway, id)).toMatchObject({ not_found_count: 0, tid: null });
    expect((await readTransaction(gateway, id))?.nextCheckAt).not.toBeNull();
  });

  test('is told apart from the one pinned answer, which does count', async () => {
    const { id } = await lost(gateway);
    await gateway.sql(
      `UPDATE otp_challenges SET expires_at = now() - interval '1 second' WHERE id = (SELECT otp_challenge_id FROM transfers WHERE id = $1)`,
      [id],
    );
    eko.onInquiry = sayNotFound;
    const { data } = await tryRefresh(gateway, id);
    expect(data?.refreshTransaction).toMatchObject({
      changed: true,
      transaction: { status: 'FAILED', statusReason: { code: 'NOT_RECEIVED' } },
    });
  });
});

describe('OTP limits', () => {
  const settings = { OTP_MAX_PER_HOUR: '5', OTP_MAX_PER_DAY: '7' };
  const age = (gateway: Gateway, by: string, where: string) =>
    gateway.sql(`UPDATE otp_challenges SET created_at = created_at - interval '${by}' WHERE ${where}`);
  const refusals = (answers: readonly Awaited<ReturnType<typeof trySendOtp>>[]) =>
    answers.flatMap(({ errors }) => (errors ?? []).map(({ extensions }) => extensions));

  test('hold for twenty requests at once over two servers: five calls to Eko', async () => {
    const first = await startGateway({ ekoUrl: eko.url, settings });
    const second = await startGateway({ ekoUrl: eko.url, settings, databaseUrl: first.databaseUrl });
    try {
      const before = eko.otpCount;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => trySendOtp(index % 2 ? first : second)),
      );
      expect(eko.otpCount - before).toBe(5);
      expect(refusals(answers).map(({ code }) => code)).toEqual(
        Array.from({ length: 15 }, () => 'OTP_RATE_LIMITED'),
      );
      for (const { retryAfterMs } of refusals(answers)) {
        expect(retryAfterMs).toBeGreaterThan(3_600_000 - 30_000);
        expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
      }
      expect(refusals([await trySendOtp(first, { customerId: '6111111112' })])).toEqual([]);
    } finally {
      await second.stop();
      await first.stop();
    }
  });

  test('say when the next one is: as the oldest of the hour leaves it, and the oldest of the day', async () => {
    const gateway = await startGateway({ ekoUrl: eko.url, settings });
    try {
      for (let index = 0; index < 5; index += 1) await sendOtp(gateway);
      await age(gateway, '59 minutes', 'true');
      const [inAMinute] = refusals([await trySendOtp(gateway)]);
      expect(inAMinute?.retryAfterMs).toBeGreaterThan(30_000);
      expect(inAMinute?.retryAfterMs).toBeLessThanOrEqual(60_000);

      await age(gateway, '61 seconds', 'true');
      const answers = await Promise.all(Array.from({ length: 10 }, () => trySendOtp(gateway)));
      expect(refusals(answers)).toHaveLength(8);
      const [tomorrow] = refusals(answers);
      expect(tomorrow).toMatchObject({ code: 'OTP_RATE_LIMITED' });
      expect(tomorrow?.retryAfterMs).toBeGreaterThan(86_400_000 - 3_700_000);
      expect(tomorrow?.retryAfterMs).toBeLessThan(86_400_000 - 3_600_000);

      await age(gateway, '23 hours', 'true');
      expect(refusals([await trySendOtp(gateway)])).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });
});

describe('above MAX_TRANSFERS_IN_FLIGHT', () => {
  test('a transfer is OVERLOADED before anything is written; its OTP is good once there is room', async () => {
    const gateway = await startGateway({
      ekoUrl: eko.url,
      settings: { MAX_TRANSFERS_IN_FLIGHT: '2', EKO_TRANSFER_TIMEOUT_MS: '10000' },
    });
    try {
      const otpRefIds = [await sendOtp(gateway), await sendOtp(gateway), await sendOtp(gateway)];
      const answers: (() => void)[] = [];
      const before = eko.debits.length;
      eko.onDebit = (response, call) => answers.push(() => reply(response, toDebitReply(call)));
      const running = otpRefIds.slice(0, 2).map((otpRefId) => tryInitiate(gateway, { otpRefId }));
      await eventually(() => (answers.length === 2 ? true : null));
      const refused = await Promise.all(
        Array.from({ length: 10 }, () => tryInitiate(gateway, { otpRefId: otpRefIds[2] })),
      );
      for (const { data, errors } of refused) {
        expect(data?.initiateTransfer).toBeNull();
        expect(errors).toMatchObject([{ extensions: { code: 'OVERLOADED', retry: 'SAME_REQUEST_LATER' } }]);
        expect(errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
      }
      expect(await countRows(gateway)).toBe(2);
      expect(eko.debits).toHaveLength(before + 2);
      // A repeated request takes no place of its own.
      const replay = tryInitiate(gateway, { otpRefId: otpRefIds[0] });
      for (const answer of answers) answer();
      for (const { data } of await Promise.all(running))
        expect(data?.initiateTransfer?.transaction).toMatchObject({ status: 'SUCCESS' });
      expect((await replay).data?.initiateTransfer).toMatchObject({ replayed: true });
      eko.onDebit = (response, call) => reply(response, toDebitReply(call));
      const later = await tryInitiate(gateway, { otpRefId: otpRefIds[2] });
      expect(later.data?.initiateTransfer).toMatchObject({
        replayed: false,
        transaction: { status: 'SUCCESS' },
      });
    } finally {
      await gateway.stop();
    }
  });
});
