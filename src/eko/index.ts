// The only door to Eko.
export { EkoClient } from './eko-client.js';
export type {
  EkoClientOptions,
  InitiateTransferRequest,
  InquiryRequest,
  SendOtpRequest,
} from './eko-client.js';
export { SIGNING_LANES } from './signer.js';
export { parseCallback, type EkoCallback } from './callback.js';
export type { EkoEnvelope, EkoEvidence } from './envelope.js';
export type { DebitOutcome, DeclineReason, InquiryOutcome, OtpOutcome } from './outcome.js';
