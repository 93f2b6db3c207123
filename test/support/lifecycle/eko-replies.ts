// What the model's Eko puts on the wire: its truth, no usable answer, a refusal, or something that is not so.
import type http from 'node:http';
import { reply, sayNotFound, toDebitReply, toInquiryReply, toTid, type DebitCall } from '../scripted-eko.js';
import type { Booking, EkoState } from './eko-ledger.js';

export type Reply = (response: http.ServerResponse) => void;

/** Answers that say nothing of any transaction. */
export const LOST_ANSWERS = {
  reset: (response) => response.socket?.resetAndDestroy(),
  'error 500': (response) => reply(response, 'Internal server error', 500),
  'a page with 502': (response) => reply(response, '<html>Bad gateway</html>', 502),
  'a page with 200': (response) => reply(response, '<html>Maintenance</html>'),
  'too many requests': (response) => reply(response, { status: 429, message: 'Slow down' }, 429),
  'no tx_status': (response) => reply(response, { status: 0, message: 'Accepted', data: {} }),
  cut: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"status":0,"message":"Transaction succ');
    response.socket?.end();
  },
} satisfies Record<string, Reply>;
export type LostAnswer = keyof typeof LOST_ANSWERS;

/** Refusals before processing. */
export const REFUSALS = {
  forbidden: (response) => reply(response, { status: 403, message: 'Unauthorized' }, 403),
  invalid: (response) =>
    reply(response, {
      status: 463,
      message: 'customer_id does not exist in system',
      response_status_id: 1,
      response_type_id: -1,
      invalid_params: { customer_id: 'Customer does not exist in System' },
    }),
} satisfies Record<string, Reply>;
export type Refusal = keyof typeof REFUSALS;

/** Answers that speak of the transaction and yet say nothing that can be used. */
export const MUDDLED = {
  'two tx_status': { data: { tx_status: '0' }, envelope: { tx_status: '1' } },
  'an unlisted tx_status': { data: { tx_status: '9' }, envelope: { tx_status: '9' } },
} as const;
export type Muddled = keyof typeof MUDDLED;

/** Fields that make an answer one about something else. */
export const FOREIGN = {
  'another amount': { amount: '4999.00' },
  'another reference': { client_ref_id: 'REQ-somebody-else' },
  'another recipient': { recipient_id: 55_555 },
} as const;
export type Foreign = keyof typeof FOREIGN;

const WORDS: Readonly<Record<EkoState, string>> = {
  0: 'Success',
  1: 'Failed',
  2: 'Awaited',
  3: 'Refund Pending',
  4: 'Refunded',
  5: 'On Hold',
  6: 'Initiated',
};
const DECLINED = { status: 55, message: 'Transaction declined. Please try after sometime.' };

/** The answer to a debit in the seed dialect: `tx_status` on the envelope. */
export function toDebitAnswer(call: DebitCall, state: EkoState, data: object = {}): Reply {
  const words = { tx_status: String(state), txstatus_desc: WORDS[state] };
  const isDeclined = state === 1;
  const body = toDebitReply(
    call,
    isDeclined ? { reason: 'Insufficient balance', ...data } : data,
    isDeclined ? { ...DECLINED, ...words } : words,
  );
  return (response) => reply(response, body);
}

export function toMuddledAnswer(call: DebitCall, kind: Muddled): Reply {
  const { data, envelope } = MUDDLED[kind];
  return (response) => reply(response, toDebitReply(call, data, envelope));
}

/** The answer to an inquiry: `tx_status` in `data`. */
export function toInquiryAnswer(
  about: Pick<Booking, 'clientRefId' | 'amount' | 'tid'>,
  state: EkoState,
  data: object = {},
): Reply {
  const words = { tx_status: String(state), txstatus_desc: WORDS[state] };
  const body = toInquiryReply(about, { tid: about.tid, ...words, ...data });
  return (response) => reply(response, body);
}

export function toNotFound(reference: string): Reply {
  return (response) => sayNotFound(response, { reference, atMs: 0 });
}

/** A tid that Eko has given to nobody. */
export function toForeignTid(clientRefId: string): string {
  return toTid(`${clientRefId}, somebody else's`);
}
