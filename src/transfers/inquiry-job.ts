// The inquiry job of a transfer, written in the same transaction as what makes it due. One job a transfer.
import type { EntityManager } from 'typeorm';

export const INQUIRY_TASK = 'inquire';

/** Before the transfer's id. */
export const INQUIRY_JOB_KEY = `${INQUIRY_TASK}:`;

export interface InquiryJobPayload {
  readonly transferId: string;
}

/** Puts the transfer's inquiry at `runAt`, replacing the one that was planned. */
export async function enqueueInquiry(manager: EntityManager, transferId: string, runAt: Date): Promise<void> {
  await manager.query(
    `SELECT graphile_worker.add_job($1, json_build_object('transferId', $2::text), run_at => $3, job_key => $4)`,
    [INQUIRY_TASK, transferId, runAt, INQUIRY_JOB_KEY + transferId],
  );
}
