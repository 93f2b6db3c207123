// A frontend under load: it has OTPs sent and transfers made, and insists on success.
import http from 'node:http';
import { post } from './load.js';
import type { BenchServer } from './servers.js';

const SEND = `mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { otpRefId } } }`;
const INITIATE = `mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { transaction { id status tid } } }`;
export interface BenchTransfer {
  readonly customerId: string;
  readonly clientRefId: string;
  otpRefId?: string;
}

let nextNumber = 0;

export class Caller {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1_000 });

  constructor(private readonly gateway: BenchServer) {}

  newTransfer(): BenchTransfer {
    nextNumber += 1;
    return {
      customerId: String(6_000_000_000 + nextNumber),
      clientRefId: `BENCH-${String(nextNumber).padStart(12, '0')}`,
    };
  }

  async sendOtp(transfer: BenchTransfer): Promise<void> {
    const input = { customerId: transfer.customerId, recipientId: '98765', amount: 500 };
    const text = await this.#ask(SEND, input);
    const otpRefId = /"otpRefId":"([^"]+)"/.exec(text)?.[1];
    if (otpRefId === undefined) throw new Error(`no OTP was sent: ${text}`);
    transfer.otpRefId = otpRefId;
  }

  async initiate({ customerId, clientRefId, otpRefId }: BenchTransfer): Promise<void> {
    const fixed = { recipientId: '98765', amount: 500, otp: '123456', latlong: '28.6139,77.2090' };
    const text = await this.#ask(INITIATE, { ...fixed, customerId, clientRefId, otpRefId });
    if (!text.includes('"status":"SUCCESS"')) throw new Error(`the transfer did not succeed: ${text}`);
  }

  stop(): void {
    this.#agent.destroy();
  }

  #ask(query: string, input: object): Promise<string> {
    const body = JSON.stringify({ query, variables: { input } });
    return post(this.gateway, { body, agent: this.#agent });
  }
}
