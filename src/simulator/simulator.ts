// The simulator put together: options in, a running Eko with a ledger of its own out.
import { assert } from '../shared/assert.js';
import { systemClock, type Clock } from '../shared/clock.js';
import { SIMULATOR_CREDENTIALS, createAuthenticate, type EkoCredentials } from './authentication.js';
import { createCallbackSender } from './callback-sender.js';
import { answerControl, isControlCall } from './control-door.js';
import { createEndpoints } from './endpoints.js';
import { createHttpServer, type Call } from './http-server.js';
import { createIdSequence } from './id-sequence.js';
import { createJournal } from './journal.js';
import { createLedger, type Ledger, type LedgerEntry } from './ledger.js';
import { createOtpBook, type OtpChallenge, type SentOtp } from './otp-book.js';
import type { Dialect } from './replies.js';
import { createRequestLog, type RecordedRequest } from './request-log.js';
import { answerEko, findJson } from './routes.js';
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

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { clock = systemClock, credentials = SIMULATOR_CREDENTIALS } = options;
  let dialect: Dialect = options.dialect ?? 'seed';
  let isStarted = false;

  const journal = createJournal<JournalRecord>(options.ledgerFile);
  const ids = createIdSequence(clock);
  const ledger = createLedger(clock, (transfer) => journal.append({ transfer }));
  const otpBook = createOtpBook(clock, (otp) => journal.append({ otp }));
  const callbacks = createCallbackSender();
  const settlement = createSettlement(clock, ledger, callbacks);
  const requestLog = createRequestLog();
  const authenticate = createAuthenticate(credentials, clock);
  const desk = createTransferDesk({
    clock,
    ledger,
    otpBook,
    ids,
    reversalDelayMs: options.reversalDelayMs ?? DEFAULT_REVERSAL_DELAY_MS,
  });
  const endpoints = createEndpoints({ initiatorId: credentials.initiatorId, ledger, desk, settlement });
  const views = { otps: otpBook.latest, ledger: ledger.entries, requests: requestLog.all };
  const server = createHttpServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    clock,
    hangLimitMs: options.hangLimitMs ?? DEFAULT_HANG_LIMIT_MS,
    answer: (call) => {
      if (isControlCall(call)) return answerControl(call, views);
      requestLog.add(toRecordedRequest(call, clock.nowMs()));
      return answerEko(call, { dialect, authenticate, endpoints });
    },
  });
  if (options.callbackUrl !== undefined) callbacks.setUrl(options.callbackUrl);

  function restore(record: JournalRecord): void {
    if ('otp' in record) {
      ids.skipPast(Number(record.otp.otpRefId.replace(/\D/g, '')));
      otpBook.restore(record.otp);
    } else {
      ids.skipPast(Number(record.transfer.tid));
      ledger.restore(record.transfer);
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
  { method, target, headers, bodyText }: Call,
  receivedAtMs: number,
): RecordedRequest {
  return { method, path: target, headers, body: findJson(bodyText), receivedAtMs };
}
