// Every bound that is not a setting: its unit in its name, its reason beside it.

export const POOL = {
  /**
   * Eight carry four times what Eko's key allows a process, at 10 ms a statement. After autovacuum each one plans anew, and
   * meanwhile more are asked for: with twenty, p99 of the next second and a half was 2.9 times as long (234 ms for 79), and
   * 16 transfers at once went through at 0.88 of the rate.
   */
  maxConnections: 8,
  /** How long a caller waits for a connection before the request is refused; nothing has been written by then. */
  connectTimeoutMs: 5_000,
  /** No statement of ours takes more than milliseconds; a stuck one must not hold a connection. */
  statementTimeoutMs: 10_000,
  /** For a statement's answer to arrive, when PostgreSQL itself cannot be heard. */
  answerTimeoutMs: 12_000,
  lockTimeoutMs: 5_000,
  /** No transaction of ours waits for anything but PostgreSQL. */
  idleInTransactionTimeoutMs: 15_000,
} as const;

/** For the counts of requests; apart from `POOL`, since whoever has no token yet may cause them. */
export const RATE_POOL = {
  /** Leases keep the statements few: one in seconds for each agent and address. */
  maxConnections: 2,
  /** All of them below the patience of a caller: a count that does not come is done without. */
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 1_000,
  answerTimeoutMs: 2_000,
} as const;

/** For a PostgreSQL that is starting, or recovering from a crash, when a server is started beside it. */
export const DATABASE_START = { withinMs: 30_000, tryEveryMs: 500 } as const;

/** The connection that each process keeps for itself. */
export const SESSION = {
  connectTimeoutMs: 5_000,
  /** How often it is asked whether it is alive, and how long an answer may take: then it is made again. */
  askEveryMs: 10_000,
  answerTimeoutMs: 5_000,
  /** PostgreSQL is back within seconds of a crash. */
  reconnectAfterMs: 1_000,
  /** For PostgreSQL to say goodbye. */
  closeWithinMs: 1_000,
} as const;

export const TRANSFER = {
  /** Eko's limits for one transfer, whole rupees (docs/eko-dmt-api.md 7). */
  minAmountRupees: 100,
  maxAmountRupees: 5_000,
  /** After the debit's own deadline: time to store its outcome before the first inquiry. */
  firstInquiryMarginMs: 5_000,
  /** A request that waited longer than this before its intent is refused: its caller has probably gone. */
  maxWaitBeforeIntentMs: 10_000,
  /** How long the answer of initiateTransfer waits for its outcome to be stored before it says AWAITED. */
  outcomeStoredWithinMs: 5_000,
  /** Delays of the inquiry schedule are longer by up to this share, never shorter. */
  inquiryJitter: 0.1,
  /** Refreshes and callbacks may cause one inquiry per transfer in this time (schema: refreshTransaction). */
  hintedInquirySpacingMs: 10_000,
  /** After a callback about a final transfer that claims something else: for Eko's inquiry to know of it. */
  secondLookAfterMs: 60_000,
  /** A NOT_RECEIVED transfer is looked at again this long after it was called so (docs/transfer-lifecycle.md). */
  notReceivedLooksMs: [3_600_000, 21_600_000, 86_400_000, 259_200_000, 604_800_000],
} as const;

export const DEBIT_BREAKER = {
  /** Unknown outcomes in a row, no inquiry finding one meanwhile, after which new debits wait: Eko is not working. */
  unknownInARow: 20,
  /** While it is open, one debit is let through this often to find out. */
  probeEveryMs: 30_000,
} as const;

export const OTP = {
  /** Below this a second SMS tends to cross the first. */
  resendAfterMs: 30_000,
  /** Twice the default deadline of the call: an OTP request that old has been left behind by a stopped server. */
  requestUnderWayMs: 30_000,
  /** OTP requests under way at once; an SMS gateway is slow, and each holds a socket. */
  maxInFlight: 64,
} as const;

export const RECONCILIATION = {
  /** Inquiries under way at once in one worker. */
  maxInquiriesInFlight: 8,
  /** How late an inquiry may begin; one indexed query each time. */
  pollEveryMs: 500,
  /** What a queue that gave up gets to end, before another takes its jobs. */
  endsWithinMs: 5_000,
  /** Before the queue is started again after it gave up: PostgreSQL is back within seconds of a crash. */
  restartAfterMs: 1_000,
  /** How often jobs lost with a killed worker are looked for, and how late a job must be to count as lost. */
  sweepEveryMs: 15_000,
  overdueAfterMs: 30_000,
  /** Overdue transfers that one sweep looks at, and may put back on the queue. */
  sweepBatch: 500,
} as const;

export const REVIEW = {
  /** Shorter than this no sentence says what was found. */
  minReasonCharacters: 10,
  /** An event's message holds 500; what takes more belongs where Eko's correspondence is kept. */
  maxReasonCharacters: 300,
  /** Metrics are not kept waiting longer for the count of open reviews. */
  countWithinMs: 1_000,
} as const;

export const SUBSCRIPTION = {
  /** Of one WebSocket connection. */
  maxPerConnection: 500,
  /** Of one agent, or one other caller, on one server: more screens than a shop has. */
  maxPerCaller: 1_000,
  /** Of all callers, on one server. Each is a few kilobytes. */
  maxInAll: 20_000,
  /** Rows read in one statement when many transfers changed at once. */
  readBatch: 200,
  /** Before rows are read again that could not be. */
  readAgainAfterMs: 500,
  /** Proxies close what is silent for half a minute; a client that vanished is noticed by it. */
  heartbeatMs: 10_000,
  /** A client that takes nothing for this long is cut off. */
  stalledAfterMs: 60_000,
  /** For a WebSocket to say who is calling. */
  greetingWithinMs: 5_000,
} as const;

/** Of WebSocket connections; of subscriptions on them see above. */
export const CONNECTION = {
  /** Of all callers, greeted or not, on one server. Each is some tens of kilobytes. */
  maxInAll: 10_000,
  /** Of one agent, or one other caller, on one server: a client needs one for all that it watches. */
  maxPerCaller: 100,
  /** One without a subscription is closed after this, or twice this. Clients open one when they need it. */
  idleAfterMs: 300_000,
  /** When the caller's right ends: for its subscriptions to say so first. */
  partingMs: 1_000,
} as const;

export const PAGE = {
  defaultSize: 20,
  maxSize: 100,
} as const;

/** Of requests; how many there may be is a setting. */
/** Names in one statement of look-ups: as many as come in one turn, and no statement that takes long. */
export const LOOK_UP = { maxBatch: 100 } as const;

export const RATE = {
  windowSeconds: 60,
  /** In how many parts the servers take what a key may have: more are fairer between servers, and ask more often. */
  leasesPerWindow: 60,
  /** Agents or addresses that are remembered; one that is forgotten is asked for again. */
  maxKeys: 20_000,
  /** While PostgreSQL is away or slow each server counts for itself, and one request finds out this often. */
  askAgainAfterMs: 5_000,
  /** How often counts of minutes that are over are removed, how long after, and how many in a statement of milliseconds. */
  cleanEveryMs: 60_000,
  keptAfterMs: 300_000,
  cleanBatch: 5_000,
} as const;

/** Log lines about callers without a good token. A hundred a minute are 20 MB in a day. */
export const UNIDENTIFIED = { maxLines: 100, perMs: 60_000 } as const;

export const HTTP = {
  /** The largest operation in examples/ is under 2 kB. */
  maxBodyBytes: 32 * 1024,
  /** Aliases in one document; the operations in the documentation use none. */
  maxAliases: 5,
  /**
   * Words and signs in one document. The introspection query has under 200 and our largest operation 80; what the rules of
   * graphql-js cost grows with the square of it.
   */
  maxTokens: 600,
  /** Mistakes that are told of one document. Each has a stack, and takes 0.3 ms of CPU on a slow machine; nobody reads a hundred. */
  maxDocumentErrors: 20,
  /** Of the documents that are kept parsed: 800 like our largest, and about 90 bytes of heap for each. */
  maxStoredCharacters: 256 * 1024,
  /** Eko's documented callback is under 1 kB. */
  maxCallbackBytes: 8 * 1024,
  /** For the headers and the body of a request to arrive. */
  requestTimeoutMs: 15_000,
  /** At the end, after the transfers: how long answers may take to leave, before their connections are cut. */
  closeWithinMs: 1_000,
} as const;
