// The body of Eko's status callback (eko-dmt-api.md §4.13): no envelope, and numbers where the API has strings.
import { findBankReference } from './common-replies.js';
import { findRecipient, toCustomerName } from './directory.js';
import { toIndianTimestamp } from './indian-time.js';
import type { LedgerEntry, TxStatus } from './ledger.js';
import { STATE_TEXTS } from './replies.js';
import { toRupeeNumber } from './rupee-formats.js';

export function toCallbackBody(entry: LedgerEntry, oldState: TxStatus): object {
  const recipient = findRecipient(entry.recipientId);
  return {
    tx_status: entry.state,
    txstatus_desc: toText(entry.state),
    old_tx_status: oldState,
    old_tx_status_desc: toText(oldState),
    tid: Number(entry.tid),
    client_ref_id: entry.clientRefId ?? '',
    amount: entry.amountRupees,
    fee: toRupeeNumber(entry.feePaise),
    gst: toRupeeNumber(entry.serviceTaxPaise),
    payment_mode: '5',
    bank_ref_num: findBankReference(entry) ?? '',
    ifsc: recipient?.ifsc,
    account: recipient?.account,
    recipient_name: recipient?.name,
    sender_name: toCustomerName(entry.customerId),
    beneficiary_account_type: null,
    timestamp: toIndianTimestamp(entry.requestedAtMs),
  };
}

/** A callback calls the awaited state by another name. */
function toText(state: TxStatus): string {
  return state === 2 ? 'Initiated' : STATE_TEXTS[state];
}
