// An Eko that says yes to everything, at once: OTPs are sent, debits and inquiries succeed. It books nothing.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AgreeableEko {
  /** For EKO_BASE_URL. */
  readonly url: string;
  /** How many it was asked so far, and of those at most at once. */
  readonly inquiries: number;
  readonly mostAtOnce: number;
  stop(): Promise<void>;
}

export async function startAgreeableEko(): Promise<AgreeableEko> {
  let [inquiries, atOnce, mostAtOnce, number] = [0, 0, 0, 0];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const path = decodeURIComponent((request.url ?? '').split('?')[0]!);
      number += 1;
      const reply = (body: object) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (request.method === 'GET') {
        inquiries += 1;
        atOnce += 1;
        mostAtOnce = Math.max(mostAtOnce, atOnce);
        response.once('close', () => (atOnce -= 1));
        return reply(succeed('Sucess! Enquiry success.', 1472, toDetails(path.split(':').at(-1)!, number)));
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { client_ref_id: string };
      return path.endsWith('/otp')
        ? reply(succeed('OTP sent', 321, { otp_ref_id: `AGREE${number}`, mobile: 'XXXXXX1111' }))
        : reply(succeed('Transaction successful', 325, toDetails(body.client_ref_id, number)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ekoapi/v3`,
    get inquiries() {
      return inquiries;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function succeed(message: string, responseTypeId: number, data: object): object {
  return {
    status: 0,
    message,
    response_status_id: 0,
    response_type_id: responseTypeId,
    tx_status: '0',
    data,
  };
}

function toDetails(clientRefId: string, number: number): object {
  return {
    tid: String(1_000_000_000 + number),
    client_ref_id: clientRefId,
    tx_status: '0',
    txstatus_desc: 'Success',
    amount: '500',
    bank_ref_num: '412345678901',
  };
}
