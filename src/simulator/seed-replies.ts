// Replies in the seed dialect: tx_status on the envelope, numbers as numbers, a code in response_status_id.
// Where the seed text gives a type but no value, the value is that of Eko's samples of the same month.
import { findRecipient } from './directory.js';
import type { LedgerEntry } from './ledger.js';
import { DECLINES, STATE_TEXTS, toReply, type DialectReplies } from './replies.js';
import { toRupeeNumber } from './rupee-formats.js';

export const seedReplies: DialectReplies = {
  otpSent: ({ otpRefId, customerId }) =>
    toReply({
      status: 0,
      response_status_id: 0,
      message: 'OTP sent successfully',
      response_type_id: 1388,
      data: { otp_ref_id: otpRefId, mobile: `XXXXXX${customerId.slice(-4)}` },
    }),
  otpLimitReached: () =>
    toReply({
      status: 1,
      response_status_id: DECLINES.MONTHLY_LIMIT.code,
      message: DECLINES.MONTHLY_LIMIT.text,
      response_type_id: 1388,
      data: {},
    }),
  transfer: (entry) => {
    const state = { tx_status: String(entry.state), txstatus_desc: STATE_TEXTS[entry.state] };
    if (entry.declineReason !== null) {
      const { code, text } = DECLINES[entry.declineReason];
      return toReply({
        status: 1,
        response_status_id: code,
        message: text,
        response_type_id: 1388,
        ...state,
        data: {},
      });
    }
    if (entry.state === 0) {
      return toReply({
        status: 0,
        response_status_id: 0,
        message: 'Transaction successful',
        response_type_id: 325,
        ...state,
        data: toSuccessData(entry),
      });
    }
    return toReply({
      status: 0,
      response_status_id: 0,
      message: 'Transaction in progress',
      ...state,
      data: { tid: entry.tid, amount: entry.amountRupees },
    });
  },
};

function toSuccessData(entry: LedgerEntry): object {
  const recipient = findRecipient(entry.recipientId);
  return {
    tid: entry.tid,
    utrnumber: entry.bankReference,
    amount: entry.amountRupees,
    recipient_name: recipient?.name,
    account: recipient?.account,
    ifsc: recipient?.ifsc,
    fee: toRupeeNumber(entry.feePaise),
    commission: toRupeeNumber(entry.commissionPaise),
    balance: toRupeeNumber(entry.balancePaise),
    ...(entry.clientRefId !== null && { client_ref_id: entry.clientRefId }),
    timestamp: new Date(entry.requestedAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
