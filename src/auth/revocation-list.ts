// Tokens and agents that were revoked: known to every process within moments, and asked of the database before money moves.
import type { DataSource } from 'typeorm';
import { Revocation, type RevocationKind } from '../entities/index.js';
import { CodedError } from '../shared/errors.js';
import type { AgentIdentity } from './identity.js';

export class RevocationList {
  #known: ReadonlySet<string> = new Set();

  constructor(private readonly dataSource: DataSource) {}

  /** Reads them all: at start, and whenever one may have changed. */
  async load(): Promise<void> {
    const rows = await this.dataSource.getRepository(Revocation).find();
    this.#known = new Set(rows.map(({ kind, value }) => toKey(kind, value)));
  }

  /** As far as this process has heard. Throws UNAUTHENTICATED. */
  assertNotKnown(identity: AgentIdentity): void {
    if (toKeys(identity).some(([kind, value]) => this.#known.has(toKey(kind, value)))) {
      throw new CodedError('UNAUTHENTICATED');
    }
  }

  /** As it is at this moment: for what moves money. Throws UNAUTHENTICATED. */
  async assertNone(identity: AgentIdentity): Promise<void> {
    const where = toKeys(identity).map(([kind, value]) => ({ kind, value }));
    if (where.length > 0 && (await this.dataSource.getRepository(Revocation).existsBy(where))) {
      throw new CodedError('UNAUTHENTICATED');
    }
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
