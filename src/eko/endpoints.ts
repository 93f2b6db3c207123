// The three calls of Eko's that this project makes, as a table.

export interface EkoEndpoint {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, e.g. `https://staging.eko.in/ekoapi/v3`. */
  readonly path: string;
}

/** Source: "Send Transaction OTP". The older documents use the same path. */
export const SEND_TRANSFER_OTP: EkoEndpoint = { method: 'POST', path: '/customer/payment/dmt-fino/otp' };

/** Source: "Initiate Transfer". */
export const INITIATE_TRANSFER: EkoEndpoint = { method: 'POST', path: '/customer/payment/dmt-fino' };

/** Transaction Inquiry by Eko's tid. */
export function inquiryByTid(tid: string): EkoEndpoint {
  return { method: 'GET', path: `/tools/reference/transaction/${encodeURIComponent(tid)}` };
}

/** Transaction Inquiry by our reference: the prefixed form, which cannot be read as a tid. */
export function inquiryByClientRefId(clientRefId: string): EkoEndpoint {
  return {
    method: 'GET',
    path: `/tools/reference/transaction/client_ref_id:${encodeURIComponent(clientRefId)}`,
  };
}
