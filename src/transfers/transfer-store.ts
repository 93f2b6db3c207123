// What the use cases read of transfers, and the one place that inserts an intent.
import type { DataSource, EntityManager } from 'typeorm';
import { decodeBoolean, decodeTimestamp } from '../database/decode.js';
import { runPrepared } from '../database/prepared.js';
import { Transfer, TransferEvent, type OtpChallenge } from '../entities/index.js';
import { reach } from '../shared/milestones.js';
import { getSealer } from '../shared/sealing.js';
import type { Agent } from './agent.js';
import { enqueueInquiry, enqueueSecondLook } from './inquiry-job.js';
import {
  isAskedUntilItChanges,
  toHintedAt,
  toHintedInquiryAt,
  wasInquiredSinceHint,
} from './inquiry-schedule.js';
import { toFirstEvent, type Intent } from './intent.js';
import {
  CHALLENGE_COLUMNS,
  CLAIM_INQUIRY,
  COMMIT_INTENT,
  EVENT_COLUMNS,
  FIND_EARLIER,
  FIND_FOR_OUTCOME,
  INTENT_COLUMNS,
  OUTCOME_COLUMNS,
  REQUEUE_OVERDUE,
  TRANSFER_COLUMNS,
  WRITE_OUTCOME,
} from './transfer-statements.js';

export interface InquiryTerms {
  /** Least time since the last inquiry. */
  readonly spacingMs: number;
  /** By the schedule, not because somebody asked. */
  readonly isPlanned: boolean;
}

/** What is known of an OTP and of a reference. */
export interface EarlierRequests {
  /** The agent, or the token that it came with. */
  readonly isRevoked: boolean;
  /** The OTP that the agent was sent; another agent's looks like none. */
  readonly challenge: OtpChallenge | null;
  readonly ofReference: Transfer | null;
  readonly ofChallenge: Transfer | null;
}

export interface JudgedTransfer {
  readonly transfer: Transfer;
  /** Of its row: another one after every write. */
  readonly version: string;
  readonly otpExpiresAt: Date;
  /** The tid of the outcome is another transfer's. */
  readonly isTidTaken: boolean;
}

/** What is known of an intent once it is committed. */
export interface CommittedIntent {
  readonly transfer: Transfer;
  readonly event: TransferEvent;
  /** Of its row, as in `JudgedTransfer`. */
  readonly version: string;
  readonly otpExpiresAt: Date;
}

const NO_EVENT = new TransferEvent();

export class TransferStore {
  /** `isSimulated`: a simulator is never asked about real transfers, nor Eko about simulated ones. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly isSimulated: boolean,
  ) {}

  findById(id: string): Promise<Transfer | null> {
    return this.dataSource.getRepository(Transfer).findOneBy({ id });
  }

  /** Oldest first. */
  findTimeline(transferId: string): Promise<TransferEvent[]> {
    return this.dataSource
      .getRepository(TransferEvent)
      .find({ where: { transferId }, order: { sequence: 'ASC' } });
  }

  /** All of one moment. */
  async findEarlier(
    { userCode, tokenId }: Agent,
    { otpRefId, clientRefId }: { otpRefId: string; clientRefId: string | null },
  ): Promise<EarlierRequests> {
    const rows = await runPrepared(this.dataSource, FIND_EARLIER, [otpRefId, userCode, clientRefId, tokenId]);
    const [first = []] = rows;
    const challenge = (first[0] ?? null) === null ? null : CHALLENGE_COLUMNS.read(first);
    const offset = CHALLENGE_COLUMNS.all.length;
    const transfers = rows
      .filter((row) => row[offset] !== null)
      .map((row) => TRANSFER_COLUMNS.read(row, offset));
    const find = (isIt: (transfer: Transfer) => boolean) => transfers.find(isIt) ?? null;
    return {
      isRevoked: decodeBoolean(first[offset + TRANSFER_COLUMNS.all.length]!),
      challenge,
      ofReference: find((transfer) => transfer.clientRefId === clientRefId),
      ofChallenge: find((transfer) => transfer.otpChallengeId === challenge?.id),
    };
  }

  /**
   * Commits an intent that passes the gates: the transfer as SUBMITTING, its first event, and the inquiry that finds its
   * outcome if nobody else does. Null, and nothing is written, when a gate holds it back or its reference or OTP is already
   * taken. After a rejection it is not known whether the commit happened.
   */
  async commitIntent(
    intent: Intent,
    { otpRefId, tokenId }: { otpRefId: string; tokenId: string | null },
  ): Promise<CommittedIntent | null> {
    const event = toFirstEvent(intent);
    const values = [
      ...TRANSFER_COLUMNS.values(intent, INTENT_COLUMNS),
      ...EVENT_COLUMNS.values(event),
      otpRefId,
      getSealer().toStoredForms(intent.customerId, 'customer_id'),
      tokenId,
    ];
    reach('intent ready');
    const [row] = await runPrepared(this.dataSource, COMMIT_INTENT, values);
    if (row === undefined) return null;
    const [version, otpChallengeId, otpExpiresAt] = row as readonly string[];
    return {
      transfer: { otpChallengeId: otpChallengeId!, ...intent }, // in this order, as V8 copies it in a tenth of the time
      event,
      version: version!,
      otpExpiresAt: decodeTimestamp(otpExpiresAt!),
    };
  }

  /**
   * Takes the right to inquire after a transfer now. Null when there is no such transfer, or when the last
   * inquiry was less than `spacingMs` ago: of several at once, one gets it. A planned one is made once, and not
   * before its time: the queue can hold a second job when a callback met the first on its way. Only planned ones move
   * the schedule on, not the first one that a callback hinted at.
   */
  async claimInquiry(
    id: string,
    { now, spacingMs, isPlanned }: { now: Date } & InquiryTerms,
  ): Promise<Transfer | null> {
    const lastBefore = new Date(now.getTime() - spacingMs);
    const values = [id, now, lastBefore, isPlanned, this.isSimulated];
    const [row] = await runPrepared(this.dataSource, CLAIM_INQUIRY, values);
    return row === undefined ? null : TRANSFER_COLUMNS.read(row);
  }

  /** What an outcome is judged by, all of one moment. `tid`: the one that the outcome names. */
  async findForOutcome(id: string, tid: string | null): Promise<JudgedTransfer | null> {
    const [row] = await runPrepared(this.dataSource, FIND_FOR_OUTCOME, [id, tid]);
    if (row === undefined) return null;
    const [version, otpExpiresAt, isTidTaken] = row.slice(TRANSFER_COLUMNS.all.length) as string[];
    return {
      transfer: TRANSFER_COLUMNS.read(row),
      version: version!,
      otpExpiresAt: decodeTimestamp(otpExpiresAt!),
      isTidTaken: decodeBoolean(isTidTaken!),
    };
  }

  /**
   * For `applyOutcome` alone: the row, the event and the next inquiry, written together. False, and nothing is written,
   * when the row is no longer the `version` that was read.
   */
  async writeOutcome(transfer: Transfer, version: string, event: TransferEvent | null): Promise<boolean> {
    const rows = await runPrepared(this.dataSource, WRITE_OUTCOME, [
      transfer.id,
      version,
      event !== null,
      ...TRANSFER_COLUMNS.values(transfer, OUTCOME_COLUMNS),
      ...EVENT_COLUMNS.values(event ?? NO_EVENT),
    ]);
    return rows.length === 1;
  }

  /** A hint that Eko has news: the transfer is inquired after as soon as its last inquiry is long enough ago. */
  async hintInquiry(
    manager: EntityManager,
    id: string,
    { now, claimedTxStatus }: { now: Date; claimedTxStatus: string | null },
  ): Promise<void> {
    const transfer = await manager.findOne(Transfer, {
      select: {
        id: true,
        status: true,
        lastInquiryAt: true,
        nextInquiryAt: true,
        hintedAt: true,
        ekoTxStatus: true,
      },
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (transfer === null) return;
    const runAt = toHintedInquiryAt(transfer, now);
    const plannedMs = transfer.nextInquiryAt?.getTime() ?? Infinity;
    const isUnderWay = (transfer.lastInquiryAt?.getTime() ?? -Infinity) >= plannedMs;
    const isSoonEnough = plannedMs <= runAt.getTime() && !isUnderWay;
    const isNews = claimedTxStatus !== null && claimedTxStatus !== String(transfer.ekoTxStatus);
    if (isNews && !isAskedUntilItChanges(transfer)) await enqueueSecondLook(manager, id, now);
    // An earlier hint says this one's when an inquiry is yet to begin for it.
    if (isSoonEnough && transfer.hintedAt !== null && !wasInquiredSinceHint(transfer)) return;
    await manager.update(
      Transfer,
      { id },
      { hintedAt: toHintedAt(transfer, now), ...(isSoonEnough ? {} : { nextInquiryAt: runAt }) },
    );
    if (!isSoonEnough) await enqueueInquiry(manager, id, runAt);
  }

  /** Of a second look, whose time has come: a hint that claims nothing. */
  async hintAgain(id: string, now: Date): Promise<void> {
    await this.dataSource.transaction((manager) =>
      this.hintInquiry(manager, id, { now, claimedTxStatus: null }),
    );
  }

  /**
   * Of the `limit` longest overdue before `before`, queues those again that have no job that waits its turn or is at
   * work: a killed worker has held it since before `lockedBefore`, or it failed and was put off, or given up. A transfer
   * whose turn had not come keeps its place in the line. Returns how many.
   */
  async requeueOverdue(given: {
    before: Date;
    lockedBefore?: Date;
    now: Date;
    limit: number;
  }): Promise<number> {
    const { before, lockedBefore = before, now, limit } = given;
    const values = [before, now, lockedBefore, limit, this.isSimulated];
    const [row] = await runPrepared(this.dataSource, REQUEUE_OVERDUE, values);
    return Number(row?.[0]);
  }
}
