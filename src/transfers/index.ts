// What the rest of the program may use of transfers.
export type { Agent, ReadScope } from './agent.js';
export type { AppliedOutcome } from './apply-outcome.js';
export { Capacity } from './capacity.js';
export { isForReview } from './contradictions.js';
export { DebitBreaker } from './debit-breaker.js';
export { INQUIRY_TASK, type InquiryJobPayload } from './inquiry-job.js';
export type { InquiryPolicy } from './inquiry-schedule.js';
export { InquiryService } from './inquiry-service.js';
export type { InitiateTransferInput } from './intent.js';
export { OtpService, type OtpPolicy, type SentOtp } from './otp-service.js';
export { ReviewService } from './review-service.js';
export { mayStartAgain } from './transfer-gates.js';
export {
  selectShown,
  type Moment,
  type Selection,
  type ShownColumn,
  type ShownTransfer,
} from './shown-columns.js';
export { TransferFeed } from './transfer-feed.js';
export {
  TransferReader,
  type PageRequest,
  type TransferFilter,
  type TransferKey,
  type TransferPage,
} from './transfer-reader.js';
export { TransferService } from './transfer-service.js';
export { TransferStore } from './transfer-store.js';
export type { TransferWatch } from './transfer-watch.js';
export { assertTransitionsAreSound } from './transitions.js';
