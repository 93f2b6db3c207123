// What the use cases read of transfers, and the one place that inserts an intent.
import type { DataSource, EntityManager } from 'typeorm';
import { OtpChallenge, Transfer, TransferEvent } from '../entities/index.js';
import { createUuidV7 } from '../shared/identifiers.js';
import { reach } from '../shared/milestones.js';
import { enqueueInquiry, INQUIRY_JOB_KEY } from './inquiry-job.js';
import { toHintedInquiryAt } from './inquiry-schedule.js';

export interface InquiryTerms {
  /** Least time since the last inquiry. */
  readonly spacingMs: number;
  /** By the schedule, not because somebody asked. */
  readonly isPlanned: boolean;
}

export class TransferStore {
  /** `isSimulated`: a simulator is never asked about real transfers, nor Eko about simulated ones. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly isSimulated: boolean,
  ) {}

  findById(id: string): Promise<Transfer | null> {
    return this.dataSource.getRepository(Transfer).findOneBy({ id });
  }

  findByClientRefId(clientRefId: string): Promise<Transfer | null> {
    return this.dataSource.getRepository(Transfer).findOneBy({ clientRefId });
  }

  findByChallenge(otpChallengeId: string): Promise<Transfer | null> {
    return this.dataSource.getRepository(Transfer).findOneBy({ otpChallengeId });
  }

  /** Oldest first. */
  findTimeline(transferId: string): Promise<TransferEvent[]> {
    return this.dataSource
      .getRepository(TransferEvent)
      .find({ where: { transferId }, order: { sequence: 'ASC' } });
  }

  /** The OTP that an agent was sent under this reference; another agent's looks like none. */
  findChallenge(agentUserCode: string, otpRefId: string): Promise<OtpChallenge | null> {
    return this.dataSource.getRepository(OtpChallenge).findOneBy({ otpRefId, agentUserCode, state: 'SENT' });
  }

  /**
   * Commits an intent: the transfer as SUBMITTING, its first event, and the inquiry that finds its outcome if
   * nobody else does. Resolves to that event. Rejects with a unique violation when the reference or the OTP is
   * already taken; after any other rejection it is not known whether the commit happened.
   */
  commitIntent(transfer: Transfer): Promise<TransferEvent> {
    return this.dataSource.transaction(async (manager) => {
      const event = toFirstEvent(transfer);
      await manager.insert(Transfer, transfer);
      await manager.insert(TransferEvent, event);
      if (transfer.nextInquiryAt !== null) await enqueueInquiry(manager, transfer.id, transfer.nextInquiryAt);
      reach('intent written');
      return event;
    });
  }

  /**
   * Takes the right to inquire after a transfer now. Null when there is no such transfer, or when the last
   * inquiry was less than `spacingMs` ago: of several at once, one gets it. A planned one is made once: the queue
   * can hold a second job for it when a callback met the first on its way. Only planned ones move the schedule on,
   * not the first one that a callback hinted at.
   */
  async claimInquiry(
    id: string,
    { now, spacingMs, isPlanned }: { now: Date } & InquiryTerms,
  ): Promise<Transfer | null> {
    const [, claimed]: [unknown, number] = await this.dataSource.query(
      `UPDATE transfers
          SET last_inquiry_at = $2,
              inquiry_count = inquiry_count +
                CASE WHEN $4 AND (hinted_at IS NULL OR hinted_at <= last_inquiry_at) THEN 1 ELSE 0 END
        WHERE id = $1 AND is_simulated = $5 AND (last_inquiry_at IS NULL
          OR (last_inquiry_at <= $3 AND (NOT $4 OR last_inquiry_at < next_inquiry_at)))`,
      [id, now, new Date(now.getTime() - spacingMs), isPlanned, this.isSimulated],
    );
    return claimed === 1 ? this.findById(id) : null;
  }

  /** A hint that Eko has news: the transfer is inquired after as soon as its last inquiry is long enough ago. */
  async hintInquiry(manager: EntityManager, id: string, now: Date): Promise<void> {
    const transfer = await manager.findOne(Transfer, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (transfer === null) return;
    const runAt = toHintedInquiryAt(transfer, now);
    const plannedMs = transfer.nextInquiryAt?.getTime() ?? Infinity;
    const isUnderWay = (transfer.lastInquiryAt?.getTime() ?? -Infinity) >= plannedMs;
    const isSoonEnough = plannedMs <= runAt.getTime() && !isUnderWay;
    await manager.update(
      Transfer,
      { id },
      { hintedAt: now, ...(isSoonEnough ? {} : { nextInquiryAt: runAt }) },
    );
    if (!isSoonEnough) await enqueueInquiry(manager, id, runAt);
  }

  /**
   * Queues again what was due before `before` and has no job that waits its turn or is at work: a killed worker has
   * held it since before `lockedBefore`, or it failed and was put off, or given up. A transfer whose turn had not come
   * keeps its place in the line. Returns how many. Looking at 30,000 that all wait their turn takes 0.3 s.
   */
  async requeueOverdue(given: {
    before: Date;
    lockedBefore?: Date;
    now: Date;
    limit: number;
  }): Promise<number> {
    const { before, lockedBefore = before, now, limit } = given;
    return this.dataSource.transaction(async (manager) => {
      const overdue: { id: string; due_at: Date }[] = await manager.query(
        `SELECT id, CASE WHEN last_inquiry_at >= next_inquiry_at THEN $2 ELSE next_inquiry_at END AS due_at
           FROM transfers
          WHERE next_inquiry_at < $1 AND is_simulated = $5 AND NOT EXISTS (
            SELECT FROM graphile_worker.jobs
             WHERE key = $6 || transfers.id AND attempts < max_attempts
               AND CASE WHEN locked_at IS NULL THEN run_at <= $2 ELSE locked_at >= $3 END)
          ORDER BY next_inquiry_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
        [before, now, lockedBefore, limit, this.isSimulated, INQUIRY_JOB_KEY],
      );
      for (const { id, due_at: dueAt } of overdue) {
        await manager.update(Transfer, { id }, { nextInquiryAt: dueAt });
        await enqueueInquiry(manager, id, dueAt);
      }
      return overdue.length;
    });
  }
}

function toFirstEvent(transfer: Transfer): TransferEvent {
  return Object.assign(new TransferEvent(), {
    id: createUuidV7(transfer.createdAt.getTime()),
    transferId: transfer.id,
    sequence: transfer.eventCount,
    source: 'CLIENT',
    fromStatus: null,
    toStatus: transfer.status,
    message: 'The transfer is recorded; Eko is asked next',
    evidence: {},
    occurredAt: transfer.createdAt,
  } satisfies TransferEvent);
}
