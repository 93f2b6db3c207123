// SIGTERM with many debits under way: what Eko was asked for is answered and stored, all else is refused, and the exit code is 0.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getSealer } from '../../src/shared/sealing.js';
import { pick } from '../chaos/random.js';
import { AGENT, CUSTOMER, eventually, RECIPIENT, runSql } from '../support/gateway.js';
import { sendRaw } from '../support/raw-http.js';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import { reply, startScriptedEko, toDebitReply, type ScriptedEko } from '../support/scripted-eko.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { transfer, tryInitiate, tryRefresh } from '../support/transfer-client.js';

/** What a stop may take beyond the transfer timeout. */
const EXIT_MARGIN_MS = 5_000;

let eko: ScriptedEko;
const databases: TestDatabase[] = [];
async function createDatabase(): Promise<string> {
  databases.push(await createTestDatabase());
  return databases.at(-1)?.url ?? '';
}
beforeAll(async () => {
  eko = await startScriptedEko();
});
afterAll(async () => {
  await killRealServers();
  await eko.stop();
  await Promise.all(databases.map((database) => database.drop()));
});

/** Sends SIGTERM; resolves to the exit code, and how long it took. */
async function terminate({ process }: RealServer): Promise<{ code: number | null; tookMs: number }> {
  const sentAtMs = performance.now();
  process.kill('SIGTERM');
  const code = await process.exited();
  return { code, tookMs: performance.now() - sentAtMs };
}

describe('with 50 transfers under way', () => {
  const SEED = 20;
  const STOPS = 20;
  /** Servers at a time, each on a database of its own: with more the processors, not the servers, set the pace. */
  const LANES = 2;
  const IN_FLIGHT = 50;
  /** Sent when those are at Eko; the signal overtakes some of them. */
  const RACING = 10;
  /** Sent when the server has said that it is not ready. */
  const LATE = 4;
  const EKO_TAKES_MS = 400;
  /** Far more than a busy machine needs: what is awaited in the end was made so by the stop. */
  const TRANSFER_TIMEOUT_MS = 20_000;
  const ANSWERED = 'SUCCESS by CLIENT, EKO_RESPONSE';
  /** The ids of requests that were refused with OVERLOADED, which the server logs. */
  const refused = new Set<string>();
  const isOfRefused = (line: string) => [...refused].some((requestId) => line.includes(requestId));

  /** OTPs that were sent, one for each reference. */
  async function storeOtps(databaseUrl: string, refs: readonly string[]): Promise<void> {
    await runSql(
      databaseUrl,
      `INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
         amount_rupees, state, created_at, expires_at)
       SELECT gen_random_uuid(), 'OTP-' || ref, ref, $2, $3, $4, 500, 'SENT', now(), now() + interval '1 hour'
         FROM unnest($1::text[]) AS ref`,
      [refs, AGENT, getSealer().sealToFind(CUSTOMER, 'customer_id'), RECIPIENT],
    );
  }

  /**
   * What the caller is told: the status and what it rests on, a code, or that there was nobody. Before the signal a busy
   * machine may refuse it with OVERLOADED, and it asks again, as that code says.
   */
  async function initiate(server: RealServer, ref: string): Promise<string> {
    const input = { clientRefId: ref, otpRefId: `OTP-${ref}` };
    const answer = await tryInitiate(server, input).catch(() => null);
    if (answer === null) return 'no connection';
    const problem = answer.errors?.[0]?.extensions;
    if (problem?.code === 'OVERLOADED') {
      refused.add(String(problem.requestId));
      await delay(problem.retryAfterMs);
      return initiate(server, ref);
    }
    const made = answer.data?.initiateTransfer?.transaction;
    if (made === undefined) return problem?.code ?? `HTTP ${answer.httpStatus}`;
    return `${made.status} by ${made.events.map(({ source }) => source).join(', ')}`;
  }

  const debitsOf = (prefix: string) =>
    eko.debits.map(({ clientRefId }) => clientRefId).filter((ref) => ref.startsWith(prefix));

  /** Starts a server, loads it, stops it in the middle. `told` is what each of its callers was told, by reference. */
  async function stopUnderLoad(stop: number, databaseUrl: string) {
    const prefix = `STOP-${stop + 100}-`;
    const refs = Array.from({ length: IN_FLIGHT + RACING + LATE }, (_, index) => `${prefix}${index + 100}`);
    await storeOtps(databaseUrl, refs);
    const server = await startRealServer({
      databaseUrl,
      ekoUrl: eko.url,
      settings: { EKO_TRANSFER_TIMEOUT_MS: String(TRANSFER_TIMEOUT_MS) },
    });
    const told = new Map<string, string>();
    const send = (from: number, count: number) =>
      Promise.all(
        refs.slice(from, from + count).map(async (ref) => {
          told.set(ref, await initiate(server, ref));
        }),
      );
    const areAtEko = (count: number) =>
      eventually(() => {
        const otherwise = [...told.values()].filter((words) => words !== ANSWERED);
        if (otherwise.length > 0) throw new Error(`told before the signal: ${otherwise.join('; ')}`);
        return debitsOf(prefix).length >= count ? true : null;
      }, 60_000);

    const underWay = send(0, IN_FLIGHT);
    await areAtEko(IN_FLIGHT);
    const racing = send(IN_FLIGHT, RACING);
    // At another moment each time: before the first of them, after the last, or in between.
    await areAtEko(IN_FLIGHT + pick(0, RACING, SEED, 'racing debits at Eko', stop));
    const terminated = terminate(server);
    await eventually(async () => {
      const ready = await sendRaw(`${server.url}/readyz`).catch(() => null);
      return ready?.status === 200 ? null : true;
    });
    const late = send(IN_FLIGHT + RACING, LATE);

    await Promise.all([underWay, racing, late]);
    return { ...(await terminated), prefix, told, output: server.process.output() };
  }

  test('it answers and stores every debit that was sent, refuses the rest, and exits with 0: 20 times', async () => {
    eko.onDebit = (response, call) =>
      void setTimeout(() => reply(response, toDebitReply(call)), EKO_TAKES_MS);
    const seen = new Map<string, number>();
    const runLane = async (lane: number) => {
      const databaseUrl = await createDatabase();
      for (let stop = lane; stop < STOPS; stop += LANES) {
        const { code, tookMs, prefix, told, output } = await stopUnderLoad(stop, databaseUrl);
        const rows = await runSql<{ ref: string; status: string; events: number }>(
          databaseUrl,
          `SELECT client_ref_id AS ref, status, event_count AS events FROM transfers
              WHERE starts_with(client_ref_id, $1)`,
          [prefix],
        );
        for (const words of told.values()) seen.set(words, (seen.get(words) ?? 0) + 1);
        const answered = [...told].filter(([, words]) => words === ANSWERED).map(([ref]) => ref);
        expect({
          stop,
          code,
          isInTime: tookMs < TRANSFER_TIMEOUT_MS + EXIT_MARGIN_MS,
          otherAnswers: [...told].filter(
            ([, words]) => ![ANSWERED, 'DRAINING', 'no connection'].includes(words),
          ),
          stored: rows.map(({ ref }) => ref).sort(),
          // An inquiry would have left an event of its own.
          open: rows.filter(({ status, events }) => status !== 'SUCCESS' || events !== 2),
          debited: debitsOf(prefix).sort(),
          logged: (output.match(/.*"level":[56]0.*/g) ?? []).filter((line) => !isOfRefused(line)),
        }).toEqual({
          stop,
          code: 0,
          isInTime: true,
          otherAnswers: [],
          stored: answered.sort(),
          open: [],
          debited: answered.sort(),
          logged: [],
        });
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
    // Both sides of the signal were met, or nothing was proven.
    expect(seen.get(ANSWERED)).toBeGreaterThanOrEqual(STOPS * IN_FLIGHT);
    expect(seen.get('DRAINING')).toBeGreaterThan(STOPS);
  }, 240_000);
});

describe('while Eko leaves inquiries unanswered', () => {
  const TRANSFER_TIMEOUT_MS = 1_000;

  test.each([
    ['alone', 0],
    ['and a debit', 1],
  ])(
    '%s: it ends with 0 in its time, and the inquiries are made again later',
    async (_what, debitsUnderWay) => {
      const databaseUrl = await createDatabase();
      const server = await startRealServer({
        databaseUrl,
        ekoUrl: eko.url,
        settings: {
          EKO_TRANSFER_TIMEOUT_MS: String(TRANSFER_TIMEOUT_MS),
          EKO_INQUIRY_TIMEOUT_MS: '60000',
          INQUIRY_SCHEDULE_MS: '100,3600000',
        },
      });
      eko.onInquiry = () => undefined;
      eko.onDebit = (response, call) => reply(response, toDebitReply(call, {}, { tx_status: '2' }));
      const askedBefore = eko.inquiries.length;
      const [planned, refreshed] = [await transfer(server), await transfer(server)];
      // The worker asks after both; then a caller asks after one of them, as if the worker had long ended.
      await eventually(() => (eko.inquiries.length >= askedBefore + 2 ? true : null), 30_000);
      await runSql(
        databaseUrl,
        `UPDATE transfers SET last_inquiry_at = now() - interval '1 minute' WHERE id = $1`,
        [refreshed.id],
      );
      const refreshing = tryRefresh(server, refreshed.id).catch(() => 'cut off');
      await eventually(() => (eko.inquiries.length >= askedBefore + 3 ? true : null), 30_000);
      eko.onDebit = () => undefined;
      const debitsBefore = eko.debits.length;
      const debits = Array.from({ length: debitsUnderWay }, () => transfer(server));
      await eventually(() => (eko.debits.length === debitsBefore + debitsUnderWay ? true : null), 30_000);

      const { code, tookMs } = await terminate(server);
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(TRANSFER_TIMEOUT_MS + EXIT_MARGIN_MS);
      for (const debit of debits) expect(await debit).toMatchObject({ status: 'AWAITED' });
      expect(await refreshing).toMatchObject({
        data: { refreshTransaction: { changed: false, transaction: { status: 'AWAITED' } } },
      });
      const rows = await runSql<{ id: string }>(
        databaseUrl,
        `SELECT transfers.id FROM transfers JOIN graphile_worker.jobs ON key = 'inquire:' || transfers.id
          WHERE status = 'AWAITED' AND event_count = 2 AND next_inquiry_at > last_inquiry_at
            AND run_at = next_inquiry_at AND locked_at IS NULL`,
      );
      expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([planned.id, refreshed.id]));
    },
    60_000,
  );
});
