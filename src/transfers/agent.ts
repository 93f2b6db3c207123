// Whom a use case acts for. Made from a verified token by src/auth; nothing here trusts a client's word for it.

export interface Agent {
  /** Eko's user code of the retailer. */
  readonly userCode: string;
  /** Of the token that it came with, which may have been revoked since; null when that has no id. */
  readonly tokenId: string | null;
}

/** Whose transfers may be read: one agent's, or everybody's (support, admin). */
export type ReadScope = { readonly kind: 'agent'; readonly userCode: string } | { readonly kind: 'all' };
