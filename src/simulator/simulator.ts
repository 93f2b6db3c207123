// The simulator put together: options in, a running Eko with a ledger of its own out.
import { assert } from '../shared/assert.js';
import { systemClock, type Clock } from '../shared/clock.js';
import { SIMULATOR_CREDENTIALS, createAuthenticate, type EkoCredentials } from './authentication.js';
import { createCallbackSender } from './callback-sender.js';
import { answerControl, isControlCall } from './control-door.js';
import { createControlActions } from './control-actions.js';
import { createEndpoints } from './endpoints.js';
import { createFaults, type FaultOptions } from './faults.js';
import { createHttpServer, type Call } from './http-server.js';
import { createIdSequence } from './id-sequence.js';
import { createInitiation } from './initiation.js';
import { createInquiry } from './inquiry.js';
import { createJournal } from './journal.js';
import { createLateDebits } from './late-debits.js';
import { createLedger, OPENING_BALANCE_PAISE, UNTOUCHED, type Ledger, type LedgerEntry } from './ledger.js';
import { createOtherTransactions } from './other-transactions.js';
import { createOtpBook, type OtpChallenge, type SentOtp } from './otp-book.js';
import type { Dialect } from './replies.js';
import { MONTHLY_LIMIT_RUPEES } from './pricing.js';
import { createAttemptLog, createRequestLog, type RecordedRequest } from './request-log.js';
import { answerEko, findAttempt } from './routes.js';
import { createSettlement } from './settlement.js';
import { createTransferDesk } from './transfer-desk.js';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default seed. */
  readonly dialect?: Dialect;
  /** Default SIMULATOR_CREDENTIALS. */
  readonly credentials?: EkoCredentials;
  /** Where status callbacks are posted, an http: address; without it none are sent. */
  readonly callbackUrl?: string;
  /** Keeps OTPs and transfers over a restart; without it they live as long as the simulator. */
  readonly ledgerFile?: string;
  readonly clock?: Clock;
  /** How long a caller whose reply never comes is kept waiting before the socket is closed. Default 120000. */
  readonly hangLimitMs?: number;
  /** From the success of a transfer of ₹108 to its reversal. Default 2000. */
  readonly reversalDelayMs?: number;
  /** A seeded fault plan; without one nothing is left to chance. */
  readonly faults?: FaultOptions;
  /** Default eko. `none` lifts the monthly limit and fills the wallets with ₹100 crore. */
  readonly limits?: 'eko' | 'none';
  /** Default true: a timestamp is accepted once. See authentication.ts. */
  readonly checksReplays?: boolean;
}

export interface Simulator {
  /** Resolves to the base URL, `http://127.0.0.1:PORT/ekoapi/v3`. Once per simulator. */
  start(): Promise<{ url: string }>;
  /** Closes every socket, hung ones too, and drops changes and callbacks not yet due. */
  stop(): Promise<void>;
  setCallbackUrl(url: string): void;
  setDialect(dialect: Dialect): void;
  /** The truth, oldest first. Entries never change: ask again for the present state. */
  readonly ledger: Pick<Ledger, 'entries'>;
  /** Requests to Eko's paths, oldest first. */
  requests(): RecordedRequest[];
  /** Newest first. */
  latestOtps(): SentOtp[];
  walletBalancePaise(userCode: string): bigint;
}

type JournalRecord = { readonly otp: OtpChallenge } | { readonly transfer: LedgerEntry };

/** Twice the longest deadline of a client (60 s). */
const DEFAULT_HANG_LIMIT_MS = 120_000;
/** Long enough for the success to be seen first. */
const DEFAULT_REVERSAL_DELAY_MS = 2_000;
/** 200,000 of the largest transfers, and still an amount that a float prints exactly. */
const UNLIMITED_BALANCE_PAISE = 100_000_000_000n;

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { clock = systemClock, credentials = SIMULATOR_CREDENTIALS, checksReplays = true } = options;
  const reversalDelayMs = options.reversalDelayMs ?? DEFAULT_REVERSAL_DELAY_MS;
  const isUnlimited = options.limits === 'none';
  let dialect: Dialect = options.dialect ?? 'seed';
  let isStarted = false;

  const journal = createJournal<JournalRecord>(options.ledgerFile);
  const ids = createIdSequence(clock);
  const ledger = createLedger({
    clock,
    openingBalancePaise: isUnlimited ? UNLIMITED_BALANCE_PAISE : OPENING_BALANCE_PAISE,
    store: (transfer) => journal.append({ transfer }),
  });
  const otpBook = createOtpBook(clock, (otp) => journal.append({ otp }));
  const callbacks = createCallbackSender();
  const faults = createFaults(options.faults);
  const settlement = createSettlement({ clock, ledger, callbacks, faults, reversalDelayMs });
  const lateDebits = createLateDebits();
  const others = createOtherTransactions();
  const requestLog = createRequestLog();
  const attemptLog = createAttemptLog();
  const authenticate = createAuthenticate({ credentials, clock, checksReplays });
  const desk = createTransferDesk({
    clock,
    ledger,
    otpBook,
    ids,
    monthlyLimitRupees: isUnlimited ? null : MONTHLY_LIMIT_RUPEES,
    reversalDelayMs,
  });
  const endpoints = createEndpoints({
    initiatorId: credentials.initiatorId,
    desk,
    initiate: createInitiation({ clock, ids, desk, settlement, faults, lateDebits, others }),
    inquire: createInquiry({ ledger, settlement, faults, others }),
  });
  const views = {
    otps: otpBook.latest,
    ledger: ledger.entries,
    requests: requestLog.all,
    attempts: attemptLog.all,
    faults: () => ({ ...faults.report(), lateDebitsWaiting: lateDebits.waiting() }),
  };
  const server = createHttpServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    clock,
    hangLimitMs: options.hangLimitMs ?? DEFAULT_HANG_LIMIT_MS,
    answer: (call) => {
      if (isControlCall(call)) return answerControl(call, { views, actions });
      const attempt = findAttempt(call);
      if (attempt !== null) attemptLog.add(attempt);
      requestLog.add(toRecordedRequest(call, clock.nowMs()));
      return answerEko(call, { dialect, authenticate, endpoints });
    },
  });
  const actions = createControlActions({ faults, settlement, lateDebits, refuseFor: server.refuseFor });
  if (options.callbackUrl !== undefined) callbacks.setUrl(options.callbackUrl);

  function restore(record: JournalRecord): void {
    if ('otp' in record) {
      ids.skipPast(Number(record.otp.otpRefId.replace(/\D/g, '')));
      otpBook.restore(record.otp);
    } else {
      ids.skipPast(Number(record.transfer.tid));
      ledger.restore({ ...UNTOUCHED, ...record.transfer });
    }
  }

  return {
    start: async () => {
      assert(!isStarted, 'a simulator starts once; make a new one on the same ledger file');
      isStarted = true;
      for (const record of journal.open()) restore(record);
      for (const entry of ledger.entries()) settlement.schedule(entry);
      return { url: `${await server.start()}/ekoapi/v3` };
    },
    stop: async () => {
      settlement.stop();
      lateDebits.stop();
      callbacks.stop();
      await server.stop();
      journal.close();
    },
    setCallbackUrl: callbacks.setUrl,
    setDialect: (next) => {
      dialect = next;
    },
    ledger: { entries: ledger.entries },
    requests: requestLog.all,
    latestOtps: otpBook.latest,
    walletBalancePaise: ledger.walletBalancePaise,
  };
}

function toRecordedRequest(
  { method, target, headers, body = null }: Call,
  receivedAtMs: number,
): RecordedRequest {
  return { method, path: target, headers, body, receivedAtMs };
}
