// Replies in the live dialect: tx_status inside data, money as strings, declines as status 55 with a reason.
import { formatRupees, paiseOfRupees } from '../shared/money.js';
import { findRecipient, toCustomerName } from './directory.js';
import type { LedgerEntry } from './ledger.js';
import { DECLINES, STATE_TEXTS, toReply, type DialectReplies } from './replies.js';
import { toShortRupees } from './rupee-formats.js';

export const liveReplies: DialectReplies = {
  otpSent: ({ otpRefId }) =>
    toReply({
      status: 0,
      response_status_id: 0,
      message: 'Send OTP',
      response_type_id: 2133,
      data: { otp_ref_id: otpRefId },
    }),
  otpLimitReached: () =>
    toReply({
      status: 36,
      response_type_id: 36,
      response_status_id: 1,
      message: DECLINES.MONTHLY_LIMIT.text,
      data: {},
    }),
  transfer: (entry) => {
    if (entry.declineReason !== null) {
      return toReply({
        status: 55,
        response_status_id: 1,
        message: 'Transaction declined. Please try after sometime.',
        response_type_id: 55,
        data: toDeclineData(entry, DECLINES[entry.declineReason].text),
      });
    }
    if (entry.state === 0) {
      return toReply({
        status: 0,
        response_status_id: 0,
        message: 'Transaction successful',
        response_type_id: 325,
        data: toSuccessData(entry),
      });
    }
    return toReply({
      status: 0,
      response_status_id: 0,
      message: 'Transaction in progress',
      data: { ...toState(entry), tid: entry.tid, amount: toAmount(entry) },
    });
  },
};

function toSuccessData(entry: LedgerEntry): object {
  const recipient = findRecipient(entry.recipientId);
  return {
    ...toState(entry),
    tid: entry.tid,
    amount: toAmount(entry),
    fee: toShortRupees(entry.feePaise),
    collectable_amount: toShortRupees(paiseOfRupees(entry.amountRupees) + entry.feePaise),
    service_tax: toShortRupees(entry.serviceTaxPaise),
    tds: toShortRupees(entry.tdsPaise),
    commission: toShortRupees(entry.commissionPaise),
    sender_name: toCustomerName(entry.customerId),
    recipient_name: recipient?.name,
    recipient_id: Number(entry.recipientId),
    bank: recipient?.bank,
    account: recipient?.account,
    channel_desc: 'IMPS',
    bank_ref_num: entry.bankReference,
    balance: toShortRupees(entry.balancePaise),
    client_ref_id: entry.clientRefId ?? '',
    currency: 'INR',
    timestamp: new Date(entry.requestedAtMs).toISOString(),
  };
}

function toDeclineData(entry: LedgerEntry, reason: string): object {
  return {
    ...toState(entry),
    reason,
    amount: toAmount(entry),
    tid: entry.tid,
    client_ref_id: entry.clientRefId ?? '',
    balance: toShortRupees(entry.balancePaise),
  };
}

function toState({ state }: LedgerEntry): object {
  return { tx_status: String(state), txstatus_desc: STATE_TEXTS[state] };
}

function toAmount({ amountRupees }: LedgerEntry): string {
  return formatRupees(paiseOfRupees(amountRupees));
}
