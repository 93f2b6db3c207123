// Eko's status callback: an unsigned hint. Only enough is read to know which transfer to inquire after.

export interface EkoCallback {
  readonly tid: string | null;
  readonly clientRefId: string | null;
  /** As claimed; kept to be looked at, never believed. */
  readonly claimedTxStatus: string | null;
}

/** Null when the body names no transaction. */
export function parseCallback(body: unknown): EkoCallback | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const fields = body as Record<string, unknown>;
  const tid = toReference(fields['tid'], /^[A-Za-z0-9_-]{1,40}$/);
  const clientRefId = toReference(fields['client_ref_id'], /^[A-Za-z0-9_-]{1,20}$/);
  if (tid === null && clientRefId === null) return null;
  return { tid, clientRefId, claimedTxStatus: toReference(fields['tx_status'], /^\d{1,4}$/) };
}

function toReference(value: unknown, shape: RegExp): string | null {
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return null;
  const text = String(value);
  return shape.test(text) ? text : null;
}
