// Follows transfers as they change, in whichever process. A notification says only which transfer changed; what is told
// is the row as it is read then, once for all who watch it.
import { setTimeout as delay } from 'node:timers/promises';
import { SUBSCRIPTION } from '../config/limits.js';
import type { Clock } from '../shared/clock.js';
import { CodedError } from '../shared/errors.js';
import type { ReadScope } from './agent.js';
import type { TransferReader } from './transfer-reader.js';
import type { ShownTransfer } from './shown-columns.js';
import { TransferWatch } from './transfer-watch.js';

export interface TransferFeedOptions {
  readonly reader: TransferReader;
  readonly clock: Clock;
  /** Told when what changed could not be read; it is tried again. */
  readonly onError: (error: unknown) => void;
}

export interface WatchRequest {
  readonly scope: ReadScope;
  readonly id: string;
  /** Whose watches are counted together. */
  readonly caller: string;
  /** When the caller's right to watch ends; null: never. */
  readonly until: Date | null;
  /** True for a state after which nothing is told. */
  readonly isLast: (transfer: ShownTransfer) => boolean;
}

/** What `setTimeout` can wait; nobody's token lives longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class TransferFeed {
  readonly #watches = new Map<string, Set<TransferWatch>>();
  readonly #countByCaller = new Map<string, number>();
  #count = 0;
  /** Transfers that have changed since they were read. */
  readonly #stale = new Set<string>();
  #isReading = false;
  #isClosed = false;

  constructor(private readonly options: TransferFeedOptions) {}

  get watchCount(): number {
    return this.#count;
  }

  /**
   * The present state first, then each later one, until the last. Throws NOT_FOUND (another agent's looks the same),
   * RATE_LIMITED (too many of this caller's), OVERLOADED or DRAINING; fails with UNAUTHENTICATED at `until`.
   */
  async watch({ scope, id, caller, until, isLast }: WatchRequest): Promise<TransferWatch> {
    this.#assertRoom(caller);
    // A connection may be older than its token: what is over by now has no first state either.
    if (until !== null && until.getTime() <= this.options.clock.nowMs())
      throw new CodedError('UNAUTHENTICATED');
    let timer: NodeJS.Timeout | undefined;
    const watch: TransferWatch = new TransferWatch({
      isLast,
      onEnd: () => {
        clearTimeout(timer);
        this.#remove(watch, { id, caller });
      },
    });
    // Before the first reading, so that no change falls between the two.
    this.#add(watch, { id, caller });
    try {
      const transfer = await this.options.reader.findOne(scope, { id });
      if (transfer === null) throw new CodedError('NOT_FOUND');
      watch.offer(transfer);
    } catch (error) {
      await watch.return();
      throw error;
    }
    if (until !== null) {
      const leftMs = Math.min(Math.max(until.getTime() - this.options.clock.nowMs(), 0), LONGEST_WAIT_MS);
      timer = setTimeout(() => watch.fail(new CodedError('UNAUTHENTICATED')), leftMs);
      timer.unref();
    }
    return watch;
  }

  /** This transfer has changed. */
  onChange(id: string): void {
    if (!this.#watches.has(id)) return;
    this.#stale.add(id);
    void this.#readStale();
  }

  /** Anything may have changed: notifications were missed. */
  onGap(): void {
    for (const id of this.#watches.keys()) this.#stale.add(id);
    void this.#readStale();
  }

  /** Ends all watches, and lets no new ones begin. */
  close(): void {
    this.#isClosed = true;
    for (const watches of [...this.#watches.values()]) {
      for (const watch of [...watches]) watch.fail(new CodedError('DRAINING'));
    }
  }

  #assertRoom(caller: string): void {
    if (this.#isClosed) throw new CodedError('DRAINING');
    if (this.#count >= SUBSCRIPTION.maxInAll) throw new CodedError('OVERLOADED');
    if ((this.#countByCaller.get(caller) ?? 0) >= SUBSCRIPTION.maxPerCaller) {
      const message = `At most ${SUBSCRIPTION.maxPerCaller} subscriptions at once; end some first.`;
      throw new CodedError('RATE_LIMITED', { message });
    }
  }

  #add(watch: TransferWatch, { id, caller }: { id: string; caller: string }): void {
    const watches = this.#watches.get(id) ?? new Set();
    this.#watches.set(id, watches.add(watch));
    this.#countByCaller.set(caller, (this.#countByCaller.get(caller) ?? 0) + 1);
    this.#count += 1;
  }

  #remove(watch: TransferWatch, { id, caller }: { id: string; caller: string }): void {
    const watches = this.#watches.get(id);
    watches?.delete(watch);
    if (watches?.size === 0) this.#watches.delete(id);
    const left = (this.#countByCaller.get(caller) ?? 1) - 1;
    if (left === 0) this.#countByCaller.delete(caller);
    else this.#countByCaller.set(caller, left);
    this.#count -= 1;
  }

  /** One reading at a time, so that states are offered in the order in which they were. */
  async #readStale(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#stale.size > 0) {
      const ids = [...this.#stale].slice(0, SUBSCRIPTION.readBatch);
      for (const id of ids) this.#stale.delete(id);
      try {
        for (const transfer of await this.options.reader.findByIds(ids)) {
          for (const watch of this.#watches.get(transfer.id) ?? []) watch.offer(transfer);
        }
      } catch (error) {
        this.options.onError(error);
        for (const id of ids) if (this.#watches.has(id)) this.#stale.add(id);
        await delay(SUBSCRIPTION.readAgainAfterMs, undefined, { ref: false });
      }
    }
    this.#isReading = false;
  }
}
