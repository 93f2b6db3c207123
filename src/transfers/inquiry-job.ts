// The inquiry job of a transfer, written in the same transaction as what makes it due. One job a transfer.
import type { EntityManager } from 'typeorm';
import { TRANSFER } from '../config/limits.js';

export const INQUIRY_TASK = 'inquire';

/** Before the transfer's id. */
export const INQUIRY_JOB_KEY = `${INQUIRY_TASK}:`;

export interface InquiryJobPayload {
  readonly transferId: string;
  /** It asks nothing, and hints: see `enqueueSecondLook`. */
  readonly isSecondLook?: boolean;
}

/** Puts the transfer's inquiry at `runAt`, replacing the one that was planned. */
export async function enqueueInquiry(manager: EntityManager, transferId: string, runAt: Date): Promise<void> {
  await manager.query(
    `SELECT graphile_worker.add_job($1, json_build_object('transferId', $2::text), run_at => $3, job_key => $4)`,
    [INQUIRY_TASK, transferId, runAt, INQUIRY_JOB_KEY + transferId],
  );
}

/**
 * A callback about a final transfer says what Eko's inquiry may not know yet, and nothing else would ever ask again: so
 * it is hinted at once more a little later. One that waits already stays where it is.
 */
export async function enqueueSecondLook(
  manager: EntityManager,
  transferId: string,
  hintedAt: Date,
): Promise<void> {
  await manager.query(
    `SELECT graphile_worker.add_job($1, json_build_object('transferId', $2::text, 'isSecondLook', true), run_at => $3,
       job_key => $4, job_key_mode => 'preserve_run_at')`,
    [
      INQUIRY_TASK,
      transferId,
      new Date(hintedAt.getTime() + TRANSFER.secondLookAfterMs),
      `second-look:${transferId}`,
    ],
  );
}
