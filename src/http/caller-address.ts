// Whose limit of requests an address is: an IPv4 address by itself, and of IPv6 the network, out of which a caller may
// take a new address for each request.
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';

export interface CallerAddressOptions {
  /** Proxies before this server: what they say of the caller's address is believed. */
  readonly trustedProxies: readonly string[];
  /** Told once, when a caller that is no trusted proxy says for whom it speaks. */
  readonly onUntrusted: () => void;
}

/** Of a request: the caller's address, or its network. What is no address, as with a port behind it, is the proxy's own. */
export function createCallerAddress(options: CallerAddressOptions): (request: IncomingMessage) => string {
  const isTrusted = proxyAddress.compile([...options.trustedProxies]);
  let isTold = false;
  return (request) => {
    const { remoteAddress: peer = '' } = request.socket;
    const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers;
    if (!isTold && (forwardedFor ?? forwarded) !== undefined && !isTrusted(peer, 0)) {
      isTold = true;
      options.onUntrusted();
    }
    return toNetwork(proxyAddress(request, isTrusted)) ?? toNetwork(peer) ?? 'unknown';
  };
}

/** RFC 6177: a site has a /64 at least. Undefined for what is no address. */
export function toNetwork(address: string): string | undefined {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const groups = toGroups(address);
  const [, , , , , marker, high = 0, low = 0] = groups;
  const isMapped = marker === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** All eight numbers of an IPv6 address, however it is written. */
function toGroups(address: string): number[] {
  const [withoutZone] = address.split('%');
  // Node's URL writes the dotted end of an address as groups, too.
  const written = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = written.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16));
}
