// Named moments of the money path, announced on a diagnostics channel. Nobody listens in the shipped program; the
// tests do, and kill the process there.
import diagnosticsChannel from 'node:diagnostics_channel';

/**
 * What has happened when a moment is announced: `ready` is just before a statement that commits by itself, `written` is
 * inside a transaction, `committed` after its commit.
 * An outcome is named by where it came from.
 */
export const MILESTONES = [
  'otp written',
  'otp committed',
  'otp answered',
  'otp stored',
  'intent ready',
  'intent committed',
  'debit answered',
  'EKO_RESPONSE ready',
  'EKO_RESPONSE committed',
  'inquiry claimed',
  'RECOVERY ready',
  'RECOVERY committed',
  'inquiry answered',
  'EKO_INQUIRY ready',
  'EKO_INQUIRY committed',
  'callback written',
  'callback committed',
] as const;
export type Milestone = (typeof MILESTONES)[number];

export const MILESTONE_CHANNEL = 'eko-transfer-gateway:milestone';

const channel = diagnosticsChannel.channel(MILESTONE_CHANNEL);

/** Costs a property read when nobody listens. */
export function reach(milestone: Milestone): void {
  if (channel.hasSubscribers) channel.publish(milestone);
}
