// The Eko simulator's only door: Eko's HTTP face with a ledger of its own, for developers and tests.
export type { EkoCredentials } from './authentication.js';
export { SIMULATOR_CREDENTIALS } from './authentication.js';
export { listMagicAmounts } from './behaviours.js';
export { FAULT_KINDS } from './fault-plan.js';
export type { Bounds } from './fault-plan.js';
export type { FaultOptions, FaultReport } from './faults.js';
export type { ChangeCause, DeclineReason, LedgerEntry, NextChange, StateChange, TxStatus } from './ledger.js';
export { RIGHT_OTP } from './otp-book.js';
export type { SentOtp } from './otp-book.js';
export type { RecordedRequest } from './request-log.js';
export type { Dialect } from './replies.js';
export { createSimulator } from './simulator.js';
export type { Simulator, SimulatorOptions } from './simulator.js';
