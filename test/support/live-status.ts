// Subscribes as a program without any GraphQL library would: one POST, and the parts of the answer as they come.
import type { Gateway } from './gateway.js';

export interface LiveMessage {
  readonly data?: { readonly transactionUpdated: LiveTransaction } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}
export interface LiveTransaction {
  readonly id: string;
  readonly status: string;
  readonly isFinal: boolean;
  readonly events: readonly { readonly sequence: number; readonly toStatus: string }[];
}

export const WATCH = `subscription ($id: ID!) {
  transactionUpdated(id: $id) { id status isFinal events { sequence toStatus } } }`;

export interface LiveStatus {
  readonly response: Response;
  /** The messages that came so far; heartbeats are counted apart. */
  readonly messages: LiveMessage[];
  readonly heartbeats: () => number;
  /** Resolves when the server has ended the stream, rejects when the connection broke. */
  readonly ended: Promise<void>;
  /** As a client that goes away. */
  leave(): void;
}

export async function watchOverHttp(
  gateway: Pick<Gateway, 'url'>,
  variables: object,
  options: { query?: string; headers?: Record<string, string>; accept?: string } = {},
): Promise<LiveStatus> {
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: options.accept ?? 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
      ...options.headers,
    },
    body: JSON.stringify({ query: options.query ?? WATCH, variables }),
    signal: abort.signal,
  });
  const messages: LiveMessage[] = [];
  let heartbeats = 0;
  const ended = readParts(response, (part) => {
    if ('payload' in part) messages.push(part.payload);
    else heartbeats += 1;
  });
  ended.catch(() => {}); // seen by whoever waits for it
  return { response, messages, heartbeats: () => heartbeats, ended, leave: () => abort.abort() };
}

async function readParts(
  response: Response,
  onPart: (part: { payload: LiveMessage } | object) => void,
): Promise<void> {
  let text = '';
  let hasEnded = false;
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let at = text.indexOf('\r\n--graphql'); at !== -1; at = text.indexOf('\r\n--graphql')) {
      const [, body] = text.slice(0, at).split('\r\n\r\n');
      if (body !== undefined) onPart(JSON.parse(body) as object);
      text = text.slice(at + '\r\n--graphql'.length);
      hasEnded = text.startsWith('--');
    }
  }
  if (!hasEnded) throw new Error('the stream was cut off');
}
