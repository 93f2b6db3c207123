// Closing a review. A person's word is written down beside Eko's answers; it ends the review and writes no status.
import type { DataSource, EntityManager } from 'typeorm';
import { REVIEW } from '../config/limits.js';
import { Transfer, TransferEvent } from '../entities/index.js';
import { assert } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { CodedError } from '../shared/errors.js';
import { createUuidV7 } from '../shared/identifiers.js';

export interface ReviewServiceOptions {
  readonly dataSource: DataSource;
  readonly clock: Clock;
}

export interface Resolution {
  readonly transferId: string;
  /** Who says so: the subject of a verified token. */
  readonly operator: string;
  /** As it was typed. */
  readonly reason: string;
}

export class ReviewService {
  constructor(private readonly options: ReviewServiceOptions) {}

  /**
   * Closes the review of a transfer, with an event that says who closed it and why. The same person's same words again
   * change nothing. Throws BAD_USER_INPUT for the reason and where there is no review to close, and NOT_FOUND.
   */
  async resolve({ transferId, operator, reason: typed }: Resolution): Promise<Transfer> {
    const reason = parseReason(typed);
    return this.options.dataSource.transaction(async (manager) => {
      const transfer = await manager.findOne(Transfer, {
        where: { id: transferId },
        lock: { mode: 'pessimistic_write' },
      });
      if (transfer === null) throw new CodedError('NOT_FOUND');
      if (transfer.needsReview) return this.#close(manager, transfer, { operator, reason });
      if (await isLastWord(manager, transfer, { operator, reason })) return transfer;
      throw refuse('input.id', 'is not in review: there is nothing to close');
    });
  }

  /** How many transfers wait for a person. */
  countOpen(): Promise<number> {
    return this.options.dataSource.getRepository(Transfer).countBy({ needsReview: true });
  }

  async #close(manager: EntityManager, transfer: Transfer, word: OperatorWord): Promise<Transfer> {
    const now = new Date(this.options.clock.nowMs());
    const { id, status, eventCount } = transfer;
    const changes = { needsReview: false, reviewedAt: now, eventCount: eventCount + 1, updatedAt: now };
    const { affected } = await manager.update(Transfer, { id, status, eventCount }, changes);
    assert(affected === 1, 'the review was not what was read under its lock');
    const event = {
      id: createUuidV7(now.getTime()),
      transferId: id,
      sequence: changes.eventCount,
      source: 'OPERATOR',
      fromStatus: status,
      toStatus: status,
      message: `A person has looked at it and closed the review: ${word.reason}`,
      evidence: { ...word },
      occurredAt: now,
    } satisfies TransferEvent;
    await manager.insert(TransferEvent, event);
    return Object.assign(transfer, changes);
  }
}

/** What a person said, as it is kept with the event. */
interface OperatorWord {
  readonly operator: string;
  readonly reason: string;
}

/** The same request once more: its answer was lost, or the button pressed twice. */
async function isLastWord(
  manager: EntityManager,
  { id }: Transfer,
  { operator, reason }: OperatorWord,
): Promise<boolean> {
  const [last] = await manager.find(TransferEvent, {
    where: { transferId: id, source: 'OPERATOR' },
    order: { sequence: 'DESC' },
    take: 1,
  });
  return last?.evidence['operator'] === operator && last.evidence['reason'] === reason;
}

/**
 * On one line, and visible; but for the joiners: invisible, and inside a word of an Indian script they decide how it is
 * written.
 */
const PRINTABLE = /^(?:[^\p{C}\p{Zl}\p{Zp}]|(?<=[\p{L}\p{M}])[\u200c\u200d])+$/u;

/** Without the white space around it. Throws BAD_USER_INPUT, and never repeats it. */
function parseReason(typed: string): string {
  const { minReasonCharacters, maxReasonCharacters } = REVIEW;
  const reason = typed.trim();
  const { length } = [...reason];
  const fits = length >= minReasonCharacters && length <= maxReasonCharacters;
  if (fits && PRINTABLE.test(reason)) return reason;
  throw refuse(
    'input.reason',
    `must be ${minReasonCharacters}-${maxReasonCharacters} printable characters on one line`,
  );
}

function refuse(path: string, message: string): CodedError {
  return new CodedError('BAD_USER_INPUT', { fields: [{ path, message }] });
}
