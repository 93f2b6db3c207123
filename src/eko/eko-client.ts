// Eko's DMT-Fino API as three methods. Each call is one HTTP request; nothing here repeats a debit.
import { assert } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { RECIPIENT_ID } from '../shared/identifiers.js';
import {
  INITIATE_TRANSFER,
  inquiryByClientRefId,
  inquiryByTid,
  SEND_TRANSFER_OTP,
  type EkoEndpoint,
} from './endpoints.js';
import type { EkoEvidence } from './envelope.js';
import {
  classifyDebit,
  classifyInquiry,
  classifyOtp,
  type DebitOutcome,
  type InquiryOutcome,
  type OtpOutcome,
} from './outcome.js';
import { EkoSigner, type SigningCredentials } from './signer.js';
import { sendOnce, type TransportResult } from './transport.js';

export interface EkoClientOptions {
  /** E.g. `https://staging.eko.in/ekoapi/v3`. */
  readonly baseUrl: string;
  readonly credentials: SigningCredentials & { readonly initiatorId: string };
  readonly timeouts: { readonly otpMs: number; readonly transferMs: number; readonly inquiryMs: number };
  /** When it fires, inquiries under way end as failed, and later ones at once: they move no money. No debit is cut short. */
  readonly inquiriesEnd?: AbortSignal;
  readonly clock: Clock;
  /** Of a reply, for its evidence. Keyed: what a reply says of an account could be guessed from any other. */
  readonly digest: (body: string) => string;
  /** Told when Eko's clock turns out to be another than ours. */
  readonly onClockOffset?: (offsetMs: number) => void;
}

export interface SendOtpRequest {
  readonly userCode: string;
  readonly clientRefId: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amountRupees: number;
}

export interface InitiateTransferRequest extends SendOtpRequest {
  readonly otp: string;
  readonly otpRefId: string;
  /** `latitude,longitude` of the agent's device. */
  readonly latlong: string;
}

export interface InquiryAnswer {
  readonly outcome: InquiryOutcome;
  /** Eko did not know the tid that it had given us, and was asked by our reference instead. */
  readonly isTidDenied: boolean;
}

export interface InquiryRequest {
  readonly userCode: string;
  readonly clientRefId: string;
  readonly tid: string | null;
}

/** A smaller difference than this is what the network and the header's whole seconds make. */
const CLOCK_OFFSET_NOTICED_MS = 5_000;

export class EkoClient {
  readonly #signer: EkoSigner;

  constructor(private readonly options: EkoClientOptions) {
    this.#signer = new EkoSigner(options.credentials, options.clock);
  }

  /** Keeps the timestamps of this process apart from those of others with the same key: a lane of `SIGNING_LANES`. */
  useSigningLane(lane: number): void {
    this.#signer.useLane(lane);
  }

  /**
   * Has Eko text the customer an OTP for one transfer. Source: "Send Transaction OTP".
   * Turned away by the clock, it is asked once more with Eko's time: no OTP was sent and no money is involved.
   */
  async sendTransferOtp(request: SendOtpRequest): Promise<OtpOutcome> {
    const body = this.#commonBody(request);
    const deadlineMs = this.options.timeouts.otpMs;
    let result = await this.#call(SEND_TRANSFER_OTP, { body, deadlineMs });
    if (this.#learnClock(result)) result = await this.#call(SEND_TRANSFER_OTP, { body, deadlineMs });
    return classifyOtp(result, this.#secrets());
  }

  /** Sends the one debit request of a transfer. Source: "Initiate Transfer". */
  async initiateTransfer(request: InitiateTransferRequest): Promise<DebitOutcome> {
    const body = {
      otp: request.otp,
      otp_ref_id: request.otpRefId,
      latlong: request.latlong,
      state: '1',
      recipient_id_type: '1',
      channel: 2,
      currency: 'INR',
      timestamp: new Date(this.options.clock.nowMs() + this.#signer.offsetMs).toISOString(),
      ...this.#commonBody(request), // last: V8 takes 12 µs for the rest of a literal that begins with it, and 1 for this
    };
    const result = await this.#call(INITIATE_TRANSFER, {
      body,
      deadlineMs: this.options.timeouts.transferMs,
    });
    this.#learnClock(result);
    return this.#withDigest(result, classifyDebit(result, this.#secrets(request.otp)));
  }

  /**
   * Asks what became of a transfer: by tid when it is known, else by our reference. A tid that Eko denies
   * proves nothing of our reference, so that is asked as well.
   */
  async inquire(request: InquiryRequest): Promise<InquiryAnswer> {
    if (request.tid !== null) {
      const byTid = await this.#inquireOnce(inquiryByTid(request.tid), request.userCode);
      if (byTid.kind !== 'notFound') return { outcome: byTid, isTidDenied: false };
    }
    const outcome = await this.#inquireOnce(inquiryByClientRefId(request.clientRefId), request.userCode);
    return { outcome, isTidDenied: request.tid !== null };
  }

  async #inquireOnce(endpoint: EkoEndpoint, userCode: string): Promise<InquiryOutcome> {
    const query = { initiator_id: this.options.credentials.initiatorId, user_code: userCode };
    const { timeouts, inquiriesEnd } = this.options;
    const result = await this.#call(endpoint, {
      query,
      deadlineMs: timeouts.inquiryMs,
      signal: inquiriesEnd,
    });
    this.#learnClock(result);
    return this.#withDigest(result, classifyInquiry(result, this.#secrets()));
  }

  #withDigest<Outcome extends { readonly evidence: EkoEvidence }>(
    result: TransportResult,
    outcome: Outcome,
  ): Outcome {
    if (result.kind !== 'answered') return outcome;
    return { ...outcome, evidence: { ...outcome.evidence, bodyDigest: this.options.digest(result.body) } };
  }

  /** What Eko's words may not repeat to anybody. */
  #secrets(...more: readonly string[]): readonly string[] {
    const { accessKey, developerKey } = this.options.credentials;
    return [accessKey, developerKey, ...more];
  }

  /** Throws AssertionError for numbers that JSON would carry wrongly or Eko does not take; then nothing is sent. */
  #commonBody(request: SendOtpRequest): Record<string, string | number> {
    assert(RECIPIENT_ID.test(request.recipientId), 'a recipient id is a positive integer');
    assert(
      Number.isSafeInteger(request.amountRupees) && request.amountRupees > 0,
      'an amount is whole rupees',
    );
    return {
      initiator_id: this.options.credentials.initiatorId,
      user_code: request.userCode,
      client_ref_id: request.clientRefId,
      recipient_id: Number(request.recipientId),
      amount: request.amountRupees,
      customer_id: request.customerId,
    };
  }

  #call(
    endpoint: EkoEndpoint,
    options: {
      body?: object;
      query?: Record<string, string>;
      deadlineMs: number;
      signal?: AbortSignal | undefined;
    },
  ): Promise<TransportResult> {
    const { body, query, ...bounds } = options;
    const url = new URL(this.options.baseUrl.replace(/\/+$/, '') + endpoint.path);
    url.search = new URLSearchParams(query).toString();
    return sendOnce({
      method: endpoint.method,
      url,
      headers: this.#signer.signRequest(),
      body: body && JSON.stringify(body),
      ...bounds,
    });
  }

  /** True when a refusal came with a clock that differs from the one we sign with: the next call signs with Eko's. */
  #learnClock(result: TransportResult): boolean {
    if (result.kind !== 'answered' || result.dateMs === null) return false;
    if (result.httpStatus !== 401 && result.httpStatus !== 403) return false;
    const signedAtMs = this.options.clock.nowMs() + this.#signer.offsetMs;
    if (Math.abs(result.dateMs - signedAtMs) < CLOCK_OFFSET_NOTICED_MS) return false;
    const offsetMs = this.#signer.learnServerTime(result.dateMs);
    this.options.onClockOffset?.(offsetMs);
    return true;
  }
}
