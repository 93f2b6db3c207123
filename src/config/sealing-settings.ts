// The keys that stored data is sealed with: as they are set, or derived from the secret that Eko issued.
import { createHash, hkdfSync } from 'node:crypto';
import type { SealingKey } from '../shared/sealing.js';

interface SealingSettings {
  readonly DATA_ENCRYPTION_KEYS?: readonly Omit<SealingKey, 'indexKey'>[] | undefined;
  readonly DATA_INDEX_KEY?: Buffer | undefined;
  readonly EKO_ACCESS_KEY?: string | undefined;
}

/** `id:key`, the key being 32 bytes in base64. */
export const SEALING_KEY = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;
export const INDEX_KEY = /^[A-Za-z0-9+/]{43}=$/;

export function parseSealingKey(text: string): Omit<SealingKey, 'indexKey'> {
  const [, id = '', key = ''] = SEALING_KEY.exec(text) ?? [];
  return { id, key: Buffer.from(key, 'base64') };
}

/** The simulator's own access key, and no secret: what a sandbox stores is simulated, and any process may open it. */
const SANDBOX_ACCESS_KEY = 'simulator-access-key-not-a-secret';

/** The first one seals. The sandbox's key comes last, and with an index of its own: everybody knows it. */
export function toSealingKeys(v: SealingSettings): SealingKey[] {
  const derived = toDerivedKey(v.EKO_ACCESS_KEY ?? SANDBOX_ACCESS_KEY);
  const sandbox = toDerivedKey(SANDBOX_ACCESS_KEY);
  const indexKey = v.DATA_INDEX_KEY ?? derived.indexKey;
  const own = v.DATA_ENCRYPTION_KEYS?.map((key) => ({ ...key, indexKey })) ?? [derived];
  return [...own.filter(({ id }) => id !== sandbox.id), sandbox];
}

/** Of one key of DATA_ENCRYPTION_KEYS, or of DATA_INDEX_KEY, as they are set. A key that bears the name of the sandbox's is left out. */
export function isKnownToEverybody(text: string): boolean {
  const { id, key, indexKey } = toDerivedKey(SANDBOX_ACCESS_KEY);
  const [given = '', name = ''] = text.trim().split(':').reverse();
  return name === id || [key, indexKey].some((one) => one.equals(Buffer.from(given, 'base64')));
}

/** Its name tells which one it is, and nothing of it. */
function toDerivedKey(secret: string): SealingKey {
  const key = derive(secret, 'data');
  const id = `eko-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
  return { id, key, indexKey: derive(secret, 'index') };
}

function derive(secret: string, purpose: 'data' | 'index'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `eko-transfer-gateway ${purpose}`, 32));
}
