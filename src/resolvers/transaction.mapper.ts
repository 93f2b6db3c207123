// From the domain's transfer to the API's transaction. Everything a screen needs is decided here, once.
import type { FailureReason, TransferEvent, TransferStatus } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import { ERRORS, type ErrorCode } from '../shared/errors.js';
import { mayStartAgain, type ShownColumn, type ShownTransfer } from '../transfers/index.js';
import { NextAction, TransactionStatus, TransferChannel } from './enums.js';
import {
  Transaction,
  type Recipient,
  type StatusReason,
  type TransactionEvent,
} from './transaction.types.js';

/** How a field is made of a transfer's columns. */
interface Reading<Value> {
  readonly columns: readonly ShownColumn[];
  readonly read: (transfer: ShownTransfer) => Value;
}

function from<Column extends ShownColumn, Value>(
  columns: readonly Column[],
  read: (transfer: Pick<ShownTransfer, Column>) => Value,
): Reading<Value> {
  return { columns, read };
}

function same<Column extends ShownColumn>(column: Column): Reading<ShownTransfer[Column]> {
  return from([column], (transfer) => transfer[column]);
}

const FINALITY = ['status', 'failureReason', 'nextInquiryAt'] as const;
type Finality = Pick<ShownTransfer, (typeof FINALITY)[number]>;

/** What decides about the reason, which says all there is to say, and about the button. */
const REASONS = ['status', 'failureReason', 'needsReview', 'reviewedAt'] as const;
type Reasons = Pick<ShownTransfer, (typeof REASONS)[number]>;

/** How each field is read, when somebody asks for it. */
const FIELDS: { readonly [Name in keyof Omit<Transaction, 'events'>]: Reading<Transaction[Name]> } = {
  eventCount: same('eventCount'),
  id: same('id'),
  clientRefId: same('clientRefId'),
  tid: same('tid'),
  bankReference: same('bankReference'),
  status: from(['status'], ({ status }) => toTransactionStatus(status)),
  statusDescription: same('statusDescription'),
  statusReason: from([...REASONS, 'ekoStatus', 'ekoMessage'], toStatusReason),
  isFinal: from(FINALITY, isFinal),
  nextAction: from(REASONS, toNextAction),
  nextCheckAt: from(FINALITY, (transfer) => (isFinal(transfer) ? null : transfer.nextInquiryAt)),
  amount: same('amountRupees'),
  currency: same('currency'),
  channel: from([], () => TransferChannel.IMPS),
  fee: same('fee'),
  commission: same('commission'),
  balance: same('balance'),
  customerId: same('customerId'),
  recipient: from(['recipientId', 'recipientName', 'maskedAccount', 'ifsc'], (transfer) => ({
    id: transfer.recipientId,
    name: transfer.recipientName,
    maskedAccount: transfer.maskedAccount,
    ifsc: transfer.ifsc,
  })),
  needsReview: same('needsReview'),
  isSimulated: same('isSimulated'),
  createdAt: same('createdAt'),
  updatedAt: same('updatedAt'),
};

/** What has to be read for a field of a transaction; nothing for a name that is none. */
export function listColumns(field: string): readonly ShownColumn[] {
  if (field === 'events') return FIELDS.eventCount.columns;
  return Object.hasOwn(FIELDS, field) ? FIELDS[field as keyof typeof FIELDS].columns : [];
}

const TRANSFER = Symbol('transfer');
const RECIPIENT = Symbol('recipient');
const REASON = Symbol('reason');

/** A transaction to be looked at: each field is made of the transfer when it is asked for. */
class TransactionView {
  readonly [TRANSFER]: ShownTransfer;
  /** What graphql-jit compiles asks for an object again for each field of it: made once. */
  [RECIPIENT]: Recipient | undefined = undefined;
  [REASON]: StatusReason | null | undefined = undefined;

  constructor(transfer: ShownTransfer) {
    this[TRANSFER] = transfer;
  }

  get recipient(): Recipient {
    return (this[RECIPIENT] ??= FIELDS.recipient.read(this[TRANSFER]));
  }

  get statusReason(): StatusReason | null {
    if (this[REASON] === undefined) this[REASON] = FIELDS.statusReason.read(this[TRANSFER]);
    return this[REASON];
  }
}
Object.setPrototypeOf(TransactionView.prototype, Transaction.prototype);
for (const [name, { read }] of Object.entries(FIELDS)) {
  if (Object.hasOwn(TransactionView.prototype, name)) continue;
  Object.defineProperty(TransactionView.prototype, name, {
    get(this: TransactionView): unknown {
      return read(this[TRANSFER]);
    },
  });
}

/** To be looked at only: a page of a hundred, of which few fields are selected, costs those few. */
export function toTransaction(transfer: ShownTransfer): Transaction {
  return new TransactionView(transfer) as unknown as Transaction;
}

export function toTransactionEvent(event: TransferEvent): TransactionEvent {
  return {
    id: event.id,
    sequence: event.sequence,
    source: event.source,
    fromStatus: event.fromStatus === null ? null : toTransactionStatus(event.fromStatus),
    toStatus: toTransactionStatus(event.toStatus),
    message: event.message,
    occurredAt: event.occurredAt,
  };
}

export function toTransactionStatus(status: TransferStatus): TransactionStatus {
  return status === 'SUBMITTING' ? TransactionStatus.AWAITED : TransactionStatus[status];
}

/** The stored statuses behind an API status. */
export function toTransferStatuses(statuses: readonly TransactionStatus[]): TransferStatus[] {
  return statuses.flatMap((status): TransferStatus[] =>
    status === TransactionStatus.AWAITED ? ['SUBMITTING', 'AWAITED'] : [status],
  );
}

/** Nothing more is expected to happen by itself. */
export function isFinal(transfer: Finality): boolean {
  switch (transfer.status) {
    case 'SUCCESS':
    case 'REFUNDED':
      return true;
    case 'FAILED':
      return transfer.failureReason !== 'NOT_RECEIVED' || transfer.nextInquiryAt === null;
    case 'SUBMITTING':
    case 'AWAITED':
    case 'ON_HOLD':
    case 'REFUND_PENDING':
      return false;
    default:
      return assertNever(transfer.status);
  }
}

function toNextAction(transfer: Reasons): NextAction {
  if (transfer.needsReview) return NextAction.CONTACT_SUPPORT;
  switch (transfer.status) {
    case 'SUCCESS':
    case 'REFUNDED':
      return NextAction.NONE;
    case 'SUBMITTING':
    case 'AWAITED':
    case 'ON_HOLD':
      return NextAction.WAIT;
    case 'REFUND_PENDING':
      return NextAction.COLLECT_REFUND_OTP;
    case 'FAILED':
      return mayStartAgain(transfer) ? NextAction.START_AGAIN : NextAction.CONTACT_SUPPORT;
    default:
      return assertNever(transfer.status);
  }
}

function toStatusReason(
  transfer: Reasons & Pick<ShownTransfer, 'ekoStatus' | 'ekoMessage'>,
): StatusReason | null {
  const reason = toReason(transfer);
  if (reason === null) return null;
  return {
    ...reason,
    ekoStatus: transfer.ekoStatus === null ? null : String(transfer.ekoStatus),
    ekoMessage: transfer.ekoMessage,
  };
}

interface Reason {
  readonly code: ErrorCode;
  readonly message: string;
}

const IN_REVIEW = 'What became of this transfer is not clear. Please contact support; do not send it again.';

const AGAIN = 'No money was moved. Start again with a new OTP.';
const FAILURES: Readonly<Record<FailureReason, string>> = {
  WRONG_OTP: `The OTP was wrong. ${AGAIN}`,
  OTP_EXPIRED: `The OTP had expired. ${AGAIN}`,
  OTP_ALREADY_USED: `The OTP had been used already. ${AGAIN}`,
  INSUFFICIENT_BALANCE: `The wallet balance was too low. Top it up first. ${AGAIN}`,
  LIMIT_EXCEEDED: `A limit would have been passed; try a smaller amount. ${AGAIN}`,
  EKO_DECLINED: `The transfer was declined. ${AGAIN}`,
  EKO_UNREACHABLE: `The transfer service could not be reached. ${AGAIN}`,
  EKO_REJECTED: ERRORS.EKO_REJECTED.screenMessage,
  NOT_RECEIVED: ERRORS.NOT_RECEIVED.screenMessage,
};

/** What they settled outside does not show in the status. */
const WAS_IN_REVIEW = 'A person has looked into this transfer. Please ask support before you send it again.';

/** While a person has to look at it, no other advice is given. */
function toReason(transfer: Reasons): Reason | null {
  const reason = toOwnReason(transfer);
  return transfer.needsReview ? { code: reason?.code ?? 'EKO_UNAVAILABLE', message: IN_REVIEW } : reason;
}

function toOwnReason(transfer: Reasons): Reason | null {
  switch (transfer.status) {
    case 'SUCCESS':
      return null;
    case 'SUBMITTING':
    case 'AWAITED':
      return { code: 'EKO_UNAVAILABLE', message: ERRORS.EKO_UNAVAILABLE.screenMessage };
    case 'ON_HOLD':
      return {
        code: 'EKO_UNAVAILABLE',
        message: 'The transfer is on hold at the bank. Please wait; do not send the money again.',
      };
    case 'REFUND_PENDING':
      return {
        code: 'EKO_DECLINED',
        message:
          'The money came back. Ask the customer for the refund OTP, enter it at Eko, and pay the cash back.',
      };
    case 'REFUNDED':
      return {
        code: 'EKO_DECLINED',
        message: 'The transfer did not go through; the customer has been paid back.',
      };
    case 'FAILED': {
      const code = transfer.failureReason ?? 'EKO_DECLINED';
      return { code, message: transfer.reviewedAt === null ? FAILURES[code] : WAS_IN_REVIEW };
    }
    default:
      return assertNever(transfer.status);
  }
}
