// The one table of error codes: the schema's enum, errorCatalogue, docs/errors.md and every refusal read it.

export const RETRY_ADVICE = {
  CORRECT_INPUT: 'Change the named fields, then send the request again.',
  SIGN_IN: 'Get a new token, then send the same request again.',
  NEW_OTP: 'Ask for a new OTP with sendTransferOtp, then start a new transfer with it.',
  SAME_REQUEST_LATER: 'Send the same request again after `retryAfterMs`, or after a few seconds.',
  WAIT: 'Do not send it again. The outcome is being found by inquiry and will show on the transaction.',
  DO_NOT_RETRY: 'Do not send it again: the answer will not change.',
  CONTACT_SUPPORT: 'Do not send it again. Somebody has to look at it; quote `requestId`.',
} as const;
export type RetryAdvice = keyof typeof RETRY_ADVICE;

export interface ErrorInfo {
  /** What happened, for the developer. */
  readonly meaning: string;
  /** A sentence fit for a screen, for the agent. */
  readonly screenMessage: string;
  readonly retry: RetryAdvice;
  /** Where the code appears: root fields that raise it, or `Transaction.statusReason`. */
  readonly raisedBy: readonly string[];
}

const ALL_FIELDS = ['any field'];
const MONEY = ['sendTransferOtp', 'initiateTransfer'];
const STATUS_REASON = 'Transaction.statusReason';

export const ERRORS = {
  BAD_USER_INPUT: {
    meaning:
      'The document, a variable or an argument is not valid. `fields` names each one. Nothing was written or sent.',
    screenMessage: 'Some of the details are not valid. Please correct them.',
    retry: 'CORRECT_INPUT',
    raisedBy: ALL_FIELDS,
  },
  UNAUTHENTICATED: {
    meaning: 'There is no token, or it is not valid: signature, issuer, audience, expiry or claims.',
    screenMessage: 'Please sign in again.',
    retry: 'SIGN_IN',
    raisedBy: ALL_FIELDS,
  },
  FORBIDDEN: {
    meaning: 'The token is valid, but its roles do not allow this field.',
    screenMessage: 'You are not allowed to do this.',
    retry: 'DO_NOT_RETRY',
    raisedBy: [
      ...MONEY,
      'refreshTransaction',
      'resolveReview',
      'transaction',
      'transactions',
      'node',
      'transactionUpdated',
    ],
  },
  NOT_FOUND: {
    meaning: 'No such transaction under this agent. Another agent’s and a missing one look the same.',
    screenMessage: 'This transaction was not found.',
    retry: 'DO_NOT_RETRY',
    raisedBy: ['refreshTransaction', 'resolveReview', 'transactionUpdated'],
  },
  OTP_NOT_FOUND: {
    meaning: 'No OTP with this otpRefId was sent for this agent.',
    screenMessage: 'This OTP request is not known. Please send a new OTP.',
    retry: 'NEW_OTP',
    raisedBy: ['initiateTransfer'],
  },
  OTP_EXPIRED: {
    meaning: 'The OTP is older than its lifetime (`TransferOtp.expiresAt`), or Eko says it has expired.',
    screenMessage: 'The OTP has expired. Please send a new one.',
    retry: 'NEW_OTP',
    raisedBy: ['initiateTransfer', STATUS_REASON],
  },
  OTP_ALREADY_USED: {
    meaning: 'This otpRefId has authorised another transfer, or Eko says that the OTP was consumed.',
    screenMessage: 'This OTP has already been used. Please send a new one.',
    retry: 'NEW_OTP',
    raisedBy: ['initiateTransfer', STATUS_REASON],
  },
  OTP_MISMATCH: {
    meaning: 'The OTP was sent for another customer, recipient or amount. `fields` names which.',
    screenMessage: 'The OTP was sent for other details. Please send a new one for this transfer.',
    retry: 'NEW_OTP',
    raisedBy: ['initiateTransfer'],
  },
  OTP_RATE_LIMITED: {
    meaning:
      'The customer has been sent as many OTPs as are allowed in an hour or a day. `retryAfterMs` says when the next one is.',
    screenMessage: 'Too many OTPs were sent to this customer. Please wait before sending another.',
    retry: 'SAME_REQUEST_LATER',
    raisedBy: ['sendTransferOtp'],
  },
  WRONG_OTP: {
    meaning: 'Eko declined the transfer because the OTP is wrong. No money moved; this otpRefId is spent.',
    screenMessage: 'The OTP was wrong. No money was moved. Please send a new OTP.',
    retry: 'NEW_OTP',
    raisedBy: [STATUS_REASON],
  },
  RECIPIENT_NOT_FOUND: {
    meaning: 'Eko does not know this recipientId for the customer.',
    screenMessage: 'This recipient is not registered.',
    retry: 'CORRECT_INPUT',
    raisedBy: ['sendTransferOtp'],
  },
  CUSTOMER_NOT_FOUND: {
    meaning: 'Eko does not know this customer.',
    screenMessage: 'This customer is not registered.',
    retry: 'CORRECT_INPUT',
    raisedBy: ['sendTransferOtp'],
  },
  LIMIT_EXCEEDED: {
    meaning: 'A limit of the sender or the beneficiary (usually the monthly one) would be passed.',
    screenMessage: 'This amount would pass a limit. Please try a smaller one.',
    retry: 'CORRECT_INPUT',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  INSUFFICIENT_BALANCE: {
    meaning: 'The agent’s wallet at Eko does not hold enough for the amount and the fee.',
    screenMessage: 'The wallet balance is too low for this transfer. Please top it up first.',
    retry: 'CORRECT_INPUT',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  CLIENT_REF_CONFLICT: {
    meaning: 'This clientRefId already belongs to another request, or to another agent.',
    screenMessage: 'This reference has already been used for another transfer.',
    retry: 'CORRECT_INPUT',
    raisedBy: MONEY,
  },
  EKO_DECLINED: {
    meaning:
      'Eko or the bank declined, for a reason that has no code of its own; `ekoStatus` and `ekoMessage` hold Eko’s words.',
    screenMessage: 'The transfer was declined.',
    retry: 'NEW_OTP',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  EKO_REJECTED: {
    meaning:
      'Eko refused the request before processing it: credentials, clock, address, or a parameter. No money moved.',
    screenMessage: 'The transfer service refused the request. No money was moved. Please tell support.',
    retry: 'CONTACT_SUPPORT',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  EKO_UNREACHABLE: {
    meaning: 'No connection to Eko could be made, so nothing was sent. No money moved.',
    screenMessage:
      'The transfer service cannot be reached. No money was moved. Please try again with a new OTP.',
    retry: 'NEW_OTP',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  EKO_UNAVAILABLE: {
    meaning:
      'Eko gave no usable or no final answer: silent, slow, faulty, or still working. On a transaction the outcome is open and is being inquired after, or Eko’s answers contradict each other and a person looks at it.',
    screenMessage: 'There is no final answer yet. Please wait; do not send the money again.',
    retry: 'WAIT',
    raisedBy: ['sendTransferOtp', STATUS_REASON],
  },
  NOT_RECEIVED: {
    meaning:
      'Eko has repeatedly said that it never received this transfer. No money moved as far as can be known; it is looked at again for a week.',
    screenMessage: 'The transfer did not reach the bank. You may start again with a new OTP.',
    retry: 'NEW_OTP',
    raisedBy: [STATUS_REASON],
  },
  OVERLOADED: {
    meaning:
      'As much is under way as this server allows: calls to Eko, or use of its database. No debit was attempted.',
    screenMessage: 'The service is busy. Please try again in a moment.',
    retry: 'SAME_REQUEST_LATER',
    raisedBy: ALL_FIELDS,
  },
  DRAINING: {
    meaning:
      'This server is shutting down and takes no new transfers. Nothing was written or sent; another server will take the same request, or go on with the same subscription.',
    screenMessage: 'The service is restarting. Please try again in a moment.',
    retry: 'SAME_REQUEST_LATER',
    raisedBy: [...MONEY, 'refreshTransaction', 'transactionUpdated'],
  },
  RATE_LIMITED: {
    meaning:
      'Too many requests: in this minute (HTTP 429; `retryAfterMs` and the header Retry-After say when the next are taken), for the same OTP while it is still being sent, or as many subscriptions as one caller may have.',
    screenMessage: 'Too many requests. Please wait a moment.',
    retry: 'SAME_REQUEST_LATER',
    raisedBy: ALL_FIELDS,
  },
  TOO_MANY_MUTATIONS: {
    meaning: 'A document may hold one mutation field, so that one request is one intent.',
    screenMessage: 'Please do one thing at a time.',
    retry: 'CORRECT_INPUT',
    raisedBy: [...MONEY, 'refreshTransaction', 'resolveReview'],
  },
  QUERY_TOO_COMPLEX: {
    meaning: 'The document is larger or deeper than this server executes.',
    screenMessage: 'This request is too large.',
    retry: 'CORRECT_INPUT',
    raisedBy: ALL_FIELDS,
  },
  INTERNAL_SERVER_ERROR: {
    meaning:
      'A fault of this server. From initiateTransfer: this request attempted no debit; if the same request was sent before, send it again to learn what became of that one.',
    screenMessage: 'Something went wrong on our side. Please try again.',
    retry: 'SAME_REQUEST_LATER',
    raisedBy: ALL_FIELDS,
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

export interface FieldError {
  /** Where in the arguments, e.g. `input.amount`. */
  readonly path: string;
  readonly message: string;
}

export interface CodedErrorOptions {
  /** For developers; never holds input. The table's meaning by default. */
  message?: string;
  /** Where the place knows better than the table; then `message` is for the screen. */
  retry?: RetryAdvice;
  fields?: readonly FieldError[];
  retryAfterMs?: number;
  cause?: unknown;
}

/** An expected refusal: what a caller is told, with a code out of the table. */
export class CodedError extends Error {
  override name = 'CodedError';
  readonly fields: readonly FieldError[] | undefined;
  readonly retry: RetryAdvice;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: CodedErrorOptions = {},
  ) {
    super(options.message ?? ERRORS[code].meaning, { cause: options.cause });
    this.fields = options.fields;
    this.retry = options.retry ?? ERRORS[code].retry;
    this.retryAfterMs = options.retryAfterMs;
  }
}
