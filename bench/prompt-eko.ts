// Stands for Eko where its time and its CPU are not to count: answers at once, as the documents say, and notes how long
// each debit was here.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PromptEko {
  /** For EKO_BASE_URL. */
  readonly url: string;
  /** From when the request for this transfer's debit was there until its answer was gone. */
  tookMs(clientRefId: string): number;
  stop(): Promise<void>;
}

interface Asked {
  readonly client_ref_id: string;
  readonly amount: number;
}

export async function startPromptEko(): Promise<PromptEko> {
  const took = new Map<string, number>();
  let answers = 0;
  const server = http.createServer((request, response) => {
    const startedAtMs = performance.now();
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.once('end', () => {
      answers += 1;
      const isOtp = request.url!.endsWith('/otp');
      const asked = JSON.parse(text) as Asked;
      const answer = isOtp ? toOtpAnswer(answers) : toDebitAnswer(answers, asked);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer), () => {
        if (!isOtp) took.set(asked.client_ref_id, performance.now() - startedAtMs);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/ekoapi/v3`,
    tookMs: (clientRefId) => {
      const ms = took.get(clientRefId);
      if (ms === undefined) throw new Error(`no debit of ${clientRefId} went by`);
      return ms;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function toOtpAnswer(number: number): object {
  return {
    status: 0,
    message: 'OTP sent',
    response_status_id: 0,
    response_type_id: 321,
    data: { otp_ref_id: `TXNOTP${number}`, mobile: '******3210' },
  };
}

function toDebitAnswer(number: number, { client_ref_id, amount }: Asked): object {
  return {
    status: 0,
    message: 'Transaction successful',
    response_status_id: 0,
    response_type_id: 325,
    tx_status: '0',
    txstatus_desc: 'Success',
    data: {
      tid: String(2_000_000_000 + number),
      utrnumber: String(400_000_000_000 + number),
      amount,
      recipient_name: 'Asha Verma',
      account: 'XXXXXX1234',
      ifsc: 'SBIN0001234',
      fee: 5,
      commission: 2,
      balance: 100_000,
      client_ref_id,
      timestamp: '2024-01-01T10:30:00Z',
    },
  };
}
