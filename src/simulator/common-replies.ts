// Replies that are the same in both dialects: refusals before processing, and the inquiry.
import { paiseOfRupees } from '../shared/money.js';
import type { AuthRefusal } from './authentication.js';
import { findRecipient, toCustomerName } from './directory.js';
import { toIndianTimestamp } from './indian-time.js';
import type { LedgerEntry, TxStatus } from './ledger.js';
import { STATE_TEXTS, toReply, type Reply } from './replies.js';
import { toShortRupees } from './rupee-formats.js';

/** Eko's refusals by HTTP status have no documented body; these name the reason for the developer. */
export const NO_SUCH_PATH = toHttpRefusal(404, 'No mapping rule matched');
export const METHOD_NOT_ALLOWED = toHttpRefusal(405, 'Method Not Allowed');
export const BODY_TOO_LARGE = toHttpRefusal(413, 'Payload Too Large');
export const UNSUPPORTED_MEDIA_TYPE = toHttpRefusal(415, 'Unsupported Media Type');

/** Eko's answer to a body it cannot read: no status at all. */
export const UNREADABLE_BODY = toReply({ message: 'No key for Response' });

export const UNKNOWN_CUSTOMER = toParameterRefusal(463, 'customer_id does not exist in system', {
  customer_id: 'Customer does not exist in System',
});
export const UNKNOWN_RECIPIENT = toParameterRefusal(313, 'Recipient registration not done', {
  recipient_id: 'Recipient does not exist in System',
});
export const UNKNOWN_INITIATOR = toParameterRefusal(319, 'Invalid Sender/Initiator', {
  initiator_id: 'Merchant does not exist in system.',
});

export const TID_NOT_FOUND = toReply({
  status: 168,
  response_status_id: 1,
  response_type_id: 168,
  message: 'TID does not exist',
  data: {},
});
export const CLIENT_REF_NOT_FOUND = toReply({
  status: 1,
  response_status_id: -1,
  message: 'No transaction found for the given reference.',
  data: {},
});

/** States after which the bank's reference is known. */
const CREDITED: ReadonlySet<TxStatus> = new Set<TxStatus>([0, 3, 4]);

export function toInvalidParameters(invalid: Record<string, string>): Reply {
  return toParameterRefusal(461, 'Invalid parameters', invalid);
}

export function toUnauthorised({ code, message }: AuthRefusal, httpStatus: number): Reply {
  return { httpStatus, body: { status: code, response_status_id: 1, response_type_id: code, message } };
}

export function toInquiryFound(entry: LedgerEntry): Reply {
  const recipient = findRecipient(entry.recipientId);
  return toReply({
    response_type_id: 1472,
    data: {
      bank_ref_num: findBankReference(entry) ?? '',
      account: recipient?.account,
      fee: toShortRupees(entry.feePaise),
      client_ref_id: entry.clientRefId ?? '',
      gst: toShortRupees(entry.serviceTaxPaise),
      sender_name: toCustomerName(entry.customerId),
      timestamp: toIndianTimestamp(entry.requestedAtMs),
      ifsc: recipient?.ifsc,
      beneficiary_account_type: null,
      txstatus_desc: STATE_TEXTS[entry.state],
      tx_status: String(entry.state),
      tid: entry.tid,
      amount: toShortRupees(paiseOfRupees(entry.amountRupees)),
      payment_mode: 5,
      recipient_name: recipient?.name,
    },
    message: 'Sucess! Enquiry success.',
    status: 0,
    response_status_id: 0,
  });
}

/** Null while the bank has not answered. */
export function findBankReference({ state, bankReference }: LedgerEntry): string | null {
  return CREDITED.has(state) ? bankReference : null;
}

function toParameterRefusal(status: number, message: string, invalid: Record<string, string>): Reply {
  return toReply({
    status,
    response_status_id: 1,
    message,
    response_type_id: -1,
    invalid_params: invalid,
  });
}

function toHttpRefusal(httpStatus: number, message: string): Reply {
  return { httpStatus, body: { status: 1, message } };
}
