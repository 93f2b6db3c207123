// From the domain's transfer to the API's transaction. Everything a screen needs is decided here, once.
import type { TransferEvent, TransferStatus } from '../entities/index.js';
import { assertNever } from '../shared/assert.js';
import { ERRORS, type ErrorCode } from '../shared/errors.js';
import type { ShownTransfer } from '../transfers/index.js';
import { NextAction, TransactionStatus, TransferChannel } from './enums.js';
import { Recipient, StatusReason, Transaction, TransactionEvent } from './transaction.types.js';

export function toTransaction(transfer: ShownTransfer): Transaction {
  return Object.assign(new Transaction(), {
    eventCount: transfer.eventCount,
    id: transfer.id,
    clientRefId: transfer.clientRefId,
    tid: transfer.tid,
    bankReference: transfer.bankReference,
    status: toTransactionStatus(transfer.status),
    statusDescription: transfer.statusDescription,
    statusReason: toStatusReason(transfer),
    isFinal: isFinal(transfer),
    nextAction: toNextAction(transfer),
    nextCheckAt: isFinal(transfer) ? null : transfer.nextInquiryAt,
    amount: transfer.amountRupees,
    currency: transfer.currency,
    channel: TransferChannel.IMPS,
    fee: transfer.fee,
    commission: transfer.commission,
    balance: transfer.balance,
    customerId: transfer.customerId,
    recipient: Object.assign(new Recipient(), {
      id: transfer.recipientId,
      name: transfer.recipientName,
      maskedAccount: transfer.maskedAccount,
      ifsc: transfer.ifsc,
    }),
    needsReview: transfer.needsReview,
    isSimulated: transfer.isSimulated,
    createdAt: transfer.createdAt,
    updatedAt: transfer.updatedAt,
  } satisfies Omit<Transaction, 'events'>);
}

export function toTransactionEvent(event: TransferEvent): TransactionEvent {
  return Object.assign(new TransactionEvent(), {
    id: event.id,
    sequence: event.sequence,
    source: event.source,
    fromStatus: event.fromStatus === null ? null : toTransactionStatus(event.fromStatus),
    toStatus: toTransactionStatus(event.toStatus),
    message: event.message,
    occurredAt: event.occurredAt,
  });
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
export function isFinal(transfer: ShownTransfer): boolean {
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

function toNextAction(transfer: ShownTransfer): NextAction {
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
      return transfer.failureReason === 'EKO_REJECTED' ? NextAction.CONTACT_SUPPORT : NextAction.START_AGAIN;
    default:
      return assertNever(transfer.status);
  }
}

function toStatusReason(transfer: ShownTransfer): StatusReason | null {
  const reason = toReason(transfer);
  if (reason === null) return null;
  return Object.assign(new StatusReason(), {
    ...reason,
    ekoStatus: transfer.ekoStatus === null ? null : String(transfer.ekoStatus),
    ekoMessage: transfer.ekoMessage,
  });
}

function toReason(transfer: ShownTransfer): { code: ErrorCode; message: string } | null {
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
        message: 'The money came back. Please pay the customer back with the refund OTP.',
      };
    case 'REFUNDED':
      return {
        code: 'EKO_DECLINED',
        message: 'The transfer did not go through; the customer has been paid back.',
      };
    case 'FAILED': {
      const code = transfer.failureReason ?? 'EKO_DECLINED';
      return { code, message: ERRORS[code].screenMessage };
    }
    default:
      return assertNever(transfer.status);
  }
}
