// Whether the text of a setting is what it has to be.
import { createPublicKey } from 'node:crypto';
import { isIP } from 'node:net';

/** An address, or a network like 10.0.0.0/8. Not all addresses there are: then everybody would be a proxy. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    rest.length === 0 &&
    longest > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= longest))
  );
}

/** https, or http on a loopback address; without credentials, query or fragment. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const hasExtras = [url.username, url.password, url.search, url.hash].some((part) => part !== '');
  if (hasExtras) return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/** RSA of 2048 bits or more, P-256 or Ed25519. */
export function isPublicKey(pem: string): boolean {
  // OpenSSL would take the public half of a private key; that one has no business here.
  if (pem.includes('PRIVATE KEY')) return false;
  try {
    const key = createPublicKey(pem);
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa') return (modulusLength ?? 0) >= 2048;
    return key.asymmetricKeyType === 'ed25519' || namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}
