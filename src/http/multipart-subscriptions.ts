// Subscriptions over HTTP, as Apollo Client and Apollo Sandbox send them without being set up for it: the answer is a
// stream of parts. Source: Apollo's "Multipart HTTP protocol for GraphQL subscriptions" 1.0.
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SUBSCRIPTION } from '../config/limits.js';
import type { GraphQLContext } from '../resolvers/index.js';
import {
  isSubscription,
  type ResultStream,
  type SubscriptionRequest,
  type Subscriptions,
} from './subscriptions.js';

const CONTENT_TYPE = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"';
/** Ends what was before. A part is complete for the reader only when the delimiter after it has come. */
const DELIMITER = '\r\n--graphql';

/** The subscription in a request that asks for a stream of parts; null for anything else. */
export function findMultipartSubscription(
  subscriptions: Subscriptions,
  request: FastifyRequest,
): SubscriptionRequest | null {
  const { accept = '', 'content-type': contentType = '' } = request.headers;
  if (request.method !== 'POST' || !/^application\/json\b/i.test(contentType)) return null;
  if (!/multipart\/mixed[^,]*subscriptionSpec="?1\.0/i.test(accept)) return null;
  const { body: given } = request;
  const body = typeof given === 'object' && given !== null ? subscriptions.withText(given) : given;
  return isRequest(body) && isSubscription(body) ? body : null;
}

export async function answerMultipart(
  subscriptions: Subscriptions,
  given: { subscription: SubscriptionRequest; context: GraphQLContext; reply: FastifyReply },
): Promise<FastifyReply> {
  const { subscription, context, reply } = given;
  const started = await subscriptions.start(subscription, context);
  void reply.header('content-type', CONTENT_TYPE).header('cache-control', 'no-cache');
  if (!('next' in started))
    return reply.send(`${DELIMITER}${toPart({ payload: { errors: started } })}--\r\n`);

  const { socket } = reply.raw;
  reply.raw.once('close', () => void started.return());
  if (socket === null || socket.destroyed) await started.return(); // its close has been told already
  // Node ends a connection on which nothing moved for so long; without a listener of ours, which would outlive this answer.
  socket?.setTimeout(SUBSCRIPTION.stalledAfterMs);
  return reply.send(Readable.from(toParts(started), { objectMode: false, highWaterMark: 1 }));
}

/** A heartbeat whenever there was nothing to say for a while. */
async function* toParts(results: ResultStream): AsyncGenerator<string> {
  yield DELIMITER;
  for (let next = results.next(); ;) {
    const silence = new AbortController();
    const heartbeat = delay(SUBSCRIPTION.heartbeatMs, 'silence' as const, { signal: silence.signal });
    const result = await Promise.race([next, heartbeat]);
    if (result === 'silence') {
      yield toPart({});
      continue;
    }
    silence.abort();
    heartbeat.catch(() => {}); // rejects when it is no longer needed
    if (result.done === true) break;
    yield toPart({ payload: result.value });
    next = results.next();
  }
  yield '--\r\n';
}

function toPart(message: object): string {
  return `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(message)}${DELIMITER}`;
}

function isRequest(body: unknown): body is SubscriptionRequest {
  if (typeof body !== 'object' || body === null) return false;
  const { query, operationName, variables } = body as Partial<Record<keyof SubscriptionRequest, unknown>>;
  return (
    typeof query === 'string' &&
    (operationName === undefined || operationName === null || typeof operationName === 'string') &&
    (variables === undefined || (typeof variables === 'object' && !Array.isArray(variables)))
  );
}
