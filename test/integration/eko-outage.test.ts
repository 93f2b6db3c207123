// Eko dead, deaf, slow, or behind a proxy that answers in its place: what callers are told, and that everything
// converges with Eko's ledger once it is well again. Another time than ours is in eko-clock.test.ts.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { OTP } from '../../src/config/limits.js';
import { createSimulator, type LedgerEntry } from '../../src/simulator/index.js';
import { startEkoFront, type FrontMode } from '../support/eko-front.js';
import { eventually, startGateway, type Gateway } from '../support/gateway.js';
import { countRows, forgetLastInquiry } from '../support/records.js';
import { startScriptedEko } from '../support/scripted-eko.js';
import { startSlowRelay } from '../support/slow-relay.js';
import {
  sendOtp,
  transfer,
  tryInitiate,
  tryRefresh,
  trySendOtp,
  type InitiateAnswer,
  type OtpAnswer,
  type RefreshAnswer,
} from '../support/transfer-client.js';

/** A healthy Eko answers in milliseconds, and on a busy machine still within these. */
const OTP_DEADLINE_MS = 5_000;
const DEBIT_DEADLINE_MS = 3_000;

interface Outage {
  readonly eko: string;
  readonly mode: FrontMode;
  /** How long Eko's answers are held. */
  readonly holdMs?: number;
  readonly otpCode: string;
  /** Of a transfer during it: what its caller is told, and what becomes of it. */
  readonly told: { readonly status: string; readonly code: string; readonly nextAction: string };
  readonly settles: { readonly status: string; readonly reason: string | null };
}
const AWAITED = { status: 'AWAITED', code: 'EKO_UNAVAILABLE', nextAction: 'WAIT' };
const NOT_RECEIVED = { status: 'FAILED', reason: 'NOT_RECEIVED' };
const OUTAGES: readonly Outage[] = [
  {
    eko: 'nobody listens at its port',
    mode: 'closed',
    otpCode: 'EKO_UNREACHABLE',
    told: { status: 'FAILED', code: 'EKO_UNREACHABLE', nextAction: 'START_AGAIN' },
    settles: { status: 'FAILED', reason: 'EKO_UNREACHABLE' },
  },
  {
    eko: 'it accepts connections and never answers',
    mode: 'silent',
    otpCode: 'EKO_UNAVAILABLE',
    told: AWAITED,
    settles: NOT_RECEIVED,
  },
  {
    eko: 'it answers after the deadline',
    mode: 'open',
    holdMs: OTP_DEADLINE_MS + 2_000,
    otpCode: 'EKO_UNAVAILABLE',
    told: AWAITED,
    settles: { status: 'SUCCESS', reason: null },
  },
  {
    eko: 'a proxy says 503',
    mode: { httpStatus: 503, body: '<html>Service unavailable</html>' },
    otpCode: 'EKO_UNAVAILABLE',
    told: AWAITED,
    settles: NOT_RECEIVED,
  },
  {
    eko: 'a proxy says 429',
    mode: { httpStatus: 429, body: 'Too many requests' },
    otpCode: 'EKO_UNAVAILABLE',
    told: AWAITED,
    settles: NOT_RECEIVED,
  },
];

interface Row {
  readonly id: string;
  readonly client_ref_id: string;
  readonly amount_rupees: number;
  readonly status: string;
  readonly failure_reason: string | null;
  readonly needs_review: boolean;
}
interface Played {
  readonly otp: OtpAnswer;
  readonly made: readonly InitiateAnswer[];
  readonly refreshed: RefreshAnswer;
  /** "Not found" answers that a transfer of before had counted, early and late in the outage. */
  readonly notFoundCounts: readonly [number, number];
  /** The status of that transfer at the end of the outage. */
  readonly openStatus: string;
  /** A transfer after it, as its caller saw it. */
  readonly after: string;
  readonly rows: readonly Row[];
  readonly ledger: readonly LedgerEntry[];
}

async function playOutage({ mode, holdMs = 0 }: Outage): Promise<Played> {
  const simulator = createSimulator({ hangLimitMs: 2 * DEBIT_DEADLINE_MS });
  const relay = await startSlowRelay((await simulator.start()).url);
  const front = await startEkoFront(relay.url);
  const settings = {
    EKO_OTP_TIMEOUT_MS: String(OTP_DEADLINE_MS),
    EKO_TRANSFER_TIMEOUT_MS: String(DEBIT_DEADLINE_MS),
    NOT_RECEIVED_AFTER_MS: '0',
    NOT_RECEIVED_ANSWERS: '2',
    NOT_RECEIVED_SPACING_MS: '50',
  };
  const gateway = await startGateway({ ekoUrl: front.url, settings });
  try {
    await transfer(gateway);
    // Never processed, and the answer never comes: open until it may be called not received.
    const open = await transfer(gateway, 107);
    const otpRefIds = [await sendOtp(gateway), await sendOtp(gateway)];

    relay.holdFor(holdMs);
    await front.set(mode);
    const early = await afterInquiries(gateway, open.id, 1);
    const [otp, ...made] = await Promise.all([
      trySendOtp(gateway),
      ...otpRefIds.map((otpRefId) => tryInitiate(gateway, { otpRefId })),
    ]);
    await forgetLastInquiry(gateway, open.id);
    const refreshed = await tryRefresh(gateway, open.id);
    const late = await afterInquiries(gateway, open.id, 2);

    relay.holdFor(0);
    await front.set('open');
    const after = await transfer(gateway);
    // From now on "not found" may mean "never received".
    await gateway.sql('UPDATE otp_challenges SET expires_at = now()');
    const rows = await eventually(async () => {
      const found = await gateway.sql<Row>('SELECT * FROM transfers');
      return found.every(({ status }) => status === 'SUCCESS' || status === 'FAILED') ? found : null;
    }, 40_000);
    const notFoundCounts = [early.notFoundCount, late.notFoundCount] as const;
    const ledger = simulator.ledger.entries();
    return {
      otp,
      made,
      refreshed,
      notFoundCounts,
      openStatus: late.status,
      after: after.status,
      rows,
      ledger,
    };
  } finally {
    await gateway.stop();
    await front.stop();
    await relay.stop();
    await simulator.stop();
  }
}

/** The transfer once it has been inquired after so many times more. */
async function afterInquiries(gateway: Gateway, id: string, count: number) {
  const read = async () => {
    const [row] = await gateway.sql<{ status: string; notFoundCount: number; inquiryCount: number }>(
      `SELECT status, not_found_count AS "notFoundCount", inquiry_count AS "inquiryCount" FROM transfers WHERE id = $1`,
      [id],
    );
    return row!;
  };
  const before = await read();
  return eventually(async () => {
    const now = await read();
    return now.inquiryCount > before.inquiryCount + count ? now : null;
  }, 40_000);
}

describe('while Eko is away', () => {
  const played = new Map<string, Played>();
  // All at once: most of it is waiting for deadlines.
  beforeAll(async () => {
    await Promise.all(OUTAGES.map(async (outage) => played.set(outage.eko, await playOutage(outage))));
  }, 150_000);

  describe.each(OUTAGES)('because $eko', ({ eko, otpCode, told, settles }) => {
    test('an OTP is an error that says so', () => {
      const { data, errors } = played.get(eko)!.otp;
      expect(data?.sendTransferOtp).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: otpCode, retry: 'NEW_OTP' } }]);
    });

    test('a transfer is data', () => {
      for (const { data, errors } of played.get(eko)!.made) {
        expect(errors).toBeUndefined();
        const { status, nextAction, code } = { ...told };
        expect(data?.initiateTransfer).toMatchObject({
          replayed: false,
          transaction: { status, nextAction, tid: null, statusReason: { code } },
        });
      }
    });

    test('a refresh changes nothing, and no inquiry that failed counts as "not found"', () => {
      const { refreshed, notFoundCounts, openStatus } = played.get(eko)!;
      expect(refreshed.errors).toBeUndefined();
      expect(refreshed.data?.refreshTransaction).toMatchObject({
        changed: false,
        transaction: { status: 'AWAITED' },
      });
      expect(notFoundCounts[1]).toBe(notFoundCounts[0]);
      expect(openStatus).toBe('AWAITED');
    });

    test('afterwards transfers succeed, and those of before become final', () => {
      const { after, rows, made } = played.get(eko)!;
      expect(after).toBe('SUCCESS');
      const ids = made.map(({ data }) => data!.initiateTransfer!.transaction.id);
      for (const row of rows.filter(({ id }) => ids.includes(id))) {
        expect(row).toMatchObject({
          status: settles.status,
          failure_reason: settles.reason,
          needs_review: false,
        });
      }
    });

    test('every transfer agrees with Eko’s ledger', () => {
      const { rows, ledger } = played.get(eko)!;
      const debited = ledger.filter(({ debitedAtMs }) => debitedAtMs !== null);
      const toLine = (reference: string | null, amount: number) => `${reference ?? 'none'} ${amount}`;
      const succeeded = rows.filter(({ status }) => status === 'SUCCESS');
      expect(rows).toHaveLength(5);
      expect(
        debited.map(({ clientRefId, amountRupees }) => toLine(clientRefId, amountRupees)).sort(),
      ).toEqual(succeeded.map((row) => toLine(row.client_ref_id, row.amount_rupees)).sort());
    });
  });
});

test('Eko holds as many OTP calls as may be under way: the next is OVERLOADED, and all else goes on', async () => {
  const eko = await startScriptedEko();
  const gateway = await startGateway({ ekoUrl: eko.url, settings: { EKO_OTP_TIMEOUT_MS: '20000' } });
  try {
    const otpRefId = await sendOtp(gateway);
    const held: (() => void)[] = [];
    const sendNow = eko.onOtp;
    eko.onOtp = (...call) => held.push(() => sendNow(...call));
    const toCustomer = (index: number) => ({ customerId: String(7_000_000_000 + index) });
    const sending = Array.from({ length: OTP.maxInFlight }, (_, index) =>
      trySendOtp(gateway, toCustomer(index)),
    );
    await eventually(() => held[OTP.maxInFlight - 1]);
    const challenges = await countRows(gateway, 'otp_challenges');

    const { data, errors } = await trySendOtp(gateway, toCustomer(OTP.maxInFlight));
    expect(data?.sendTransferOtp).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'OVERLOADED', retry: 'SAME_REQUEST_LATER' } }]);
    expect(errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(held).toHaveLength(OTP.maxInFlight);
    expect(await countRows(gateway, 'otp_challenges')).toBe(challenges);
    const made = await tryInitiate(gateway, { otpRefId });
    expect(made.data?.initiateTransfer?.transaction).toMatchObject({ status: 'SUCCESS' });

    eko.onOtp = sendNow;
    for (const answer of held) answer();
    const answers = await Promise.all(sending);
    expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
    expect((await trySendOtp(gateway, toCustomer(OTP.maxInFlight))).errors).toBeUndefined();
  } finally {
    await gateway.stop();
    await eko.stop();
  }
});
