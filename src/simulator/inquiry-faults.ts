// What can go wrong with an inquiry, as data: one row per kind. None changes the ledger.
import type { DeliveryKind } from './delivery.js';
import type { Distortion } from './distortions.js';

export interface InquiryFault {
  readonly name: string;
  readonly delivery: DeliveryKind;
  readonly distortion: Distortion | null;
  /** Has nothing to falsify when there is no such transaction: then the answer is honest. */
  readonly needsEntry: boolean;
}

/** Order matters, as in transfer-faults.ts. */
export const INQUIRY_FAULTS: readonly InquiryFault[] = [
  delivered('inquiry-http-500', 'plainText500'),
  delivered('inquiry-timeout', 'hang'),
  delivered('inquiry-reset', 'reset'),
  delivered('inquiry-http-429', 'tooMany429'),
  delivered('inquiry-clock-401', 'clockRefused401'),
  delivered('inquiry-html-200', 'html200'),
  delivered('inquiry-html-502', 'html502'),
  delivered('inquiry-cut-body', 'cutBody'),
  delivered('inquiry-half-json', 'halfJson'),
  { ...distorted('inquiry-other-transaction', 'otherTransaction'), needsEntry: false },
  distorted('inquiry-wrong-amount', 'wrongAmount'),
  distorted('inquiry-stale', 'staleState'),
];

function delivered(name: string, delivery: DeliveryKind): InquiryFault {
  return { name, delivery, distortion: null, needsEntry: false };
}

function distorted(name: string, distortion: Distortion): InquiryFault {
  return { name, delivery: 'reply', distortion, needsEntry: true };
}
