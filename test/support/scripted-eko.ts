// An Eko that says exactly what a test wants, on real HTTP: OTPs (by default sent), debits and inquiries are scripted.
// It books nothing: what was asked of it is in `debits` and `inquiries`.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DebitCall {
  readonly clientRefId: string;
  readonly amount: number;
  readonly recipientId: number;
  readonly otpRefId: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface InquiryCall {
  /** What stands behind the last slash, decoded. */
  readonly reference: string;
  readonly atMs: number;
}

export interface OtpCall {
  readonly clientRefId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type OtpScript = (response: http.ServerResponse, call: OtpCall, index: number) => void;
export type DebitScript = (response: http.ServerResponse, call: DebitCall, index: number) => void;
export type InquiryScript = (response: http.ServerResponse, call: InquiryCall, index: number) => void;

export interface ScriptedEko {
  /** Base URL for `ekoUrl`. */
  readonly url: string;
  readonly debits: readonly DebitCall[];
  readonly inquiries: readonly InquiryCall[];
  readonly otpCount: number;
  onOtp: OtpScript;
  onDebit: DebitScript;
  onInquiry: InquiryScript;
  stop(): Promise<void>;
}

const NOT_FOUND = {
  status: 1,
  response_status_id: -1,
  message: 'No transaction found for the given reference.',
  data: {},
};

export async function startScriptedEko(): Promise<ScriptedEko> {
  const debits: DebitCall[] = [];
  const inquiries: InquiryCall[] = [];
  // Two scripted Ekos never give the same reference, as one Eko would not.
  const otpPrefix = `REF${Math.random().toString(36).slice(2, 10)}`;
  let otpCount = 0;

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (path.endsWith('/dmt-fino/otp')) {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
        otpCount += 1;
        script.onOtp(response, { clientRefId: String(body['client_ref_id']), body }, otpCount - 1);
      } else if (path.endsWith('/dmt-fino')) {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
        debits.push({
          clientRefId: String(body['client_ref_id']),
          amount: Number(body['amount']),
          recipientId: Number(body['recipient_id']),
          otpRefId: String(body['otp_ref_id']),
          headers: request.headers,
        });
        script.onDebit(response, debits.at(-1)!, debits.length - 1);
      } else {
        inquiries.push({ reference: decodeURIComponent(path.split('/').at(-1) ?? ''), atMs: Date.now() });
        script.onInquiry(response, inquiries.at(-1)!, inquiries.length - 1);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const script: ScriptedEko = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ekoapi/v3`,
    debits,
    inquiries,
    get otpCount() {
      return otpCount;
    },
    onOtp: (response, _call, index) =>
      reply(response, toOtpReply({ otp_ref_id: `${otpPrefix}${index + 1}`, mobile: 'XXXXXX1111' })),
    onDebit: (response, call) => reply(response, toDebitReply(call)),
    onInquiry: sayNotFound,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return script;
}

export function reply(response: http.ServerResponse, body: object | string, httpStatus = 200): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response
    .writeHead(httpStatus, {
      'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

/** The pinned "no such transaction" of both kinds of inquiry. */
export function sayNotFound(response: http.ServerResponse, { reference }: InquiryCall): void {
  const byTid = { status: 168, response_status_id: 1, response_type_id: 168, message: 'TID does not exist' };
  reply(response, reference.startsWith('client_ref_id:') ? NOT_FOUND : byTid);
}

/** A sent OTP; `data` is all that it says of it. */
export function toOtpReply(data: object, envelope: object = {}): object {
  return { status: 0, message: 'OTP sent', response_status_id: 0, ...envelope, data };
}

/** A success of this debit in the seed dialect; `data` over its own. */
export function toDebitReply(call: DebitCall, data: object = {}, envelope: object = {}): object {
  return {
    status: 0,
    message: 'Transaction successful',
    response_status_id: 0,
    response_type_id: 325,
    tx_status: '0',
    txstatus_desc: 'Success',
    ...envelope,
    data: {
      tid: toTid(call.clientRefId),
      utrnumber: '412345678901',
      amount: call.amount,
      client_ref_id: call.clientRefId,
      ...data,
    },
  };
}

/** What an inquiry says of a debit; `data` over its own. */
export function toInquiryReply(
  call: Pick<DebitCall, 'clientRefId' | 'amount'>,
  data: object = {},
  envelope: object = {},
): object {
  return {
    status: 0,
    message: 'Sucess! Enquiry success.',
    response_status_id: 0,
    response_type_id: 1472,
    ...envelope,
    data: {
      tid: toTid(call.clientRefId),
      bank_ref_num: '412345678901',
      amount: String(call.amount),
      client_ref_id: call.clientRefId,
      tx_status: '0',
      txstatus_desc: 'Success',
      ...data,
    },
  };
}

/** The same tid whenever the same transfer is spoken of. */
export function toTid(clientRefId: string): string {
  let hash = 7n;
  for (const char of clientRefId) hash = (hash * 131n + BigInt(char.charCodeAt(0))) % 9_000_000_000n;
  return String(1_000_000_000n + hash);
}
