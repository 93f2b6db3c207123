// Posts status callbacks to the integrator. One attempt each: Eko documents no retry, and nobody may rely on one.
import { request } from 'node:http';

/** Text is posted as it is. */
export type CallbackBody = object | string;

export interface CallbackSender {
  /** Where callbacks go from now on. Throws unless it is an absolute http: address. */
  setUrl(url: string): void;
  /** Queues the bodies of one transfer, to be posted one after the other. Without an address they are dropped. */
  send(bodies: readonly CallbackBody[]): void;
  stop(): void;
}

/** As long as one receiver may take to answer. */
const DEADLINE_MS = 5_000;
/** Enough that a hung receiver does not hold up everybody's callbacks. */
const MAX_IN_FLIGHT = 8;
/** Above it callbacks are lost, as they may be at Eko. */
const MAX_WAITING = 1_000;

export function createCallbackSender(): CallbackSender {
  const waiting: Array<readonly CallbackBody[]> = [];
  const stopping = new AbortController();
  let target: URL | null = null;
  let inFlight = 0;

  async function sendInOrder(bodies: readonly CallbackBody[]): Promise<void> {
    for (const body of bodies) {
      if (target !== null && !stopping.signal.aborted) await post(target, body, stopping.signal);
    }
  }

  function sendNext(): void {
    if (inFlight >= MAX_IN_FLIGHT) return;
    const bodies = waiting.shift();
    if (bodies === undefined) return;
    inFlight += 1;
    void sendInOrder(bodies).then(() => {
      inFlight -= 1;
      sendNext();
    });
  }

  return {
    setUrl: (url) => {
      const parsed = new URL(url);
      if (parsed.protocol !== 'http:') throw new TypeError('the callback address must begin with http:');
      target = parsed;
    },
    send: (bodies) => {
      if (bodies.length === 0 || target === null || waiting.length >= MAX_WAITING) return;
      waiting.push(bodies);
      sendNext();
    },
    stop: () => {
      waiting.length = 0;
      stopping.abort();
    },
  };
}

/** Settles when the exchange is over, however it ended: a receiver's failure is the receiver's affair. */
function post(target: URL, body: CallbackBody, stopSignal: AbortSignal): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve) => {
    const outgoing = request(target, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      signal: AbortSignal.any([stopSignal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    outgoing.on('response', (incoming) => {
      // An answer cut off midway raises an error on the answer, not on the request.
      incoming.on('error', () => resolve());
      incoming.resume();
    });
    outgoing.on('error', () => resolve());
    outgoing.on('close', () => resolve());
    outgoing.end(text);
  });
}
