// Tokens and agents that were revoked, as far as this process has heard, which is within moments. What moves money or has Eko text
// asks the database with the first that it reads (`isRevoked`).
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { Revocation, type RevocationKind } from '../entities/index.js';
import { CodedError } from '../shared/errors.js';
import type { AgentIdentity } from './identity.js';

const READ_AGAIN_AFTER_MS = 500;

export class RevocationList {
  #known: ReadonlySet<string> = new Set();
  readonly #watchers = new Set<{ readonly identity: AgentIdentity; readonly onRevoked: () => void }>();
  #readingsBegun = 0;
  #lastReading = 0;

  constructor(private readonly dataSource: DataSource) {}

  /** Reads them all: at start, and whenever one may have changed. Of two readings at once, the one begun last counts. */
  async load(): Promise<void> {
    const reading = (this.#readingsBegun += 1);
    const rows = await this.dataSource.getRepository(Revocation).find();
    if (reading < this.#lastReading) return;
    this.#lastReading = reading;
    this.#known = new Set(rows.map(({ kind, value }) => toKey(kind, value)));
    for (const watcher of this.#watchers) {
      if (!this.#isKnown(watcher.identity)) continue;
      this.#watchers.delete(watcher);
      watcher.onRevoked();
    }
  }

  /** Calls back, once, when this process hears that the caller is revoked. Returns what stops it. */
  watch(identity: AgentIdentity, onRevoked: () => void): () => void {
    const watcher = { identity, onRevoked };
    if (this.#isKnown(identity)) onRevoked();
    else this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** One has changed: reads until it succeeds. */
  async onChange(onError: (error: unknown) => void): Promise<void> {
    while (this.dataSource.isInitialized) {
      try {
        return await this.load();
      } catch (error) {
        onError(error);
        await delay(READ_AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }

  /** As far as this process has heard. Throws UNAUTHENTICATED. */
  assertNotKnown(identity: AgentIdentity): void {
    if (this.#isKnown(identity)) throw new CodedError('UNAUTHENTICATED');
  }

  #isKnown(identity: AgentIdentity): boolean {
    return toKeys(identity).some(([kind, value]) => this.#known.has(toKey(kind, value)));
  }
}

function toKeys({ tokenId, userCode }: AgentIdentity): [RevocationKind, string][] {
  return [
    ...(tokenId === null ? [] : [['TOKEN', tokenId] as [RevocationKind, string]]),
    ...(userCode === null ? [] : [['AGENT', userCode] as [RevocationKind, string]]),
  ];
}

function toKey(kind: RevocationKind, value: string): string {
  return `${kind} ${value}`;
}
