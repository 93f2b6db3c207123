// The WebSockets whose callers are known: how many a caller may keep, and when each is closed though its client keeps it.
import type { WebSocket } from 'ws';
import { toCallerKey, type AgentIdentity, type RevocationList } from '../auth/index.js';
import { CodedError } from '../shared/errors.js';

export interface ConnectionLimits {
  readonly maxInAll: number;
  readonly maxPerCaller: number;
  readonly idleAfterMs: number;
  readonly partingMs: number;
}

export interface KeptConnection {
  readonly socket: WebSocket;
  readonly identity: AgentIdentity;
  readonly hasSubscriptions: () => boolean;
}

/** Of the protocol: the client gives up instead of connecting again. */
export const UNAUTHORIZED = 4401;
/** RFC 6455: the client connects again if it has something to ask for. */
const NORMAL = 1000;
/** What `setTimeout` can wait; nobody's token lives longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class Connections {
  readonly #countByCaller = new Map<string, number>();

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly revocations: RevocationList,
  ) {}

  /** Of this one, until it closes. Throws RATE_LIMITED (too many of this caller's) or UNAUTHENTICATED (revoked). */
  keep({ socket, identity, hasSubscriptions }: KeptConnection): void {
    this.revocations.assertNotKnown(identity);
    const removals = [this.#count(toCallerKey(identity)), this.#closeAtEnd(socket, identity)];
    let wasIdle = false;
    const watchIdle = setInterval(() => {
      const isIdle = !hasSubscriptions();
      if (isIdle && wasIdle) socket.close(NORMAL, 'idle');
      wasIdle = isIdle;
    }, this.limits.idleAfterMs);
    socket.once('close', () => {
      clearInterval(watchIdle);
      for (const remove of removals) remove();
    });
  }

  #count(caller: string): () => void {
    const count = this.#countByCaller.get(caller) ?? 0;
    if (count >= this.limits.maxPerCaller) {
      const message = `At most ${this.limits.maxPerCaller} connections at once; close some first.`;
      throw new CodedError('RATE_LIMITED', { message });
    }
    this.#countByCaller.set(caller, count + 1);
    return () => {
      const left = (this.#countByCaller.get(caller) ?? 1) - 1;
      if (left === 0) this.#countByCaller.delete(caller);
      else this.#countByCaller.set(caller, left);
    };
  }

  /** When the token ends, and when it or its agent is revoked. */
  #closeAtEnd(socket: WebSocket, identity: AgentIdentity): () => void {
    let timer: NodeJS.Timeout | undefined;
    const closeAfter = (waitMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(
        () => socket.close(UNAUTHORIZED, 'UNAUTHENTICATED'),
        Math.min(waitMs + this.limits.partingMs, LONGEST_WAIT_MS),
      );
    };
    const { expiresAt } = identity;
    if (expiresAt !== null) closeAfter(Math.max(expiresAt.getTime() - Date.now(), 0));
    const unwatch = this.revocations.watch(identity, () => closeAfter(0));
    return () => {
      clearTimeout(timer);
      unwatch();
    };
  }
}
