// HTTP as bytes on a kept connection: several requests are written at once, and the answers come back in their order.
import net from 'node:net';

export interface PipelinedAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PipelinedConnection {
  /**
   * Writes these requests in one go and resolves to their answers, in order; fewer than requests when the server closed
   * the connection before. Opens another connection when there is none.
   */
  send(requests: readonly Buffer[]): Promise<PipelinedAnswer[]>;
  /** After an answer with which the server closes it too, or in the end. */
  close(): void;
}

/** A server that says nothing for so long will not. */
const SILENCE_MS = 30_000;

export function createPipelinedConnection(serverUrl: string): PipelinedConnection {
  const { hostname, port } = new URL(serverUrl);
  let socket: net.Socket | null = null;
  let received = '';

  const open = (): net.Socket => {
    if (socket !== null && !socket.destroyed) return socket;
    received = '';
    const opened = net.connect({ host: hostname, port: Number(port) });
    opened.setTimeout(SILENCE_MS, () => opened.destroy(new Error('the server says nothing')));
    opened.on('data', (chunk) => (received += chunk.toString('latin1')));
    opened.on('error', () => undefined); // told by `close`
    socket = opened;
    return opened;
  };

  return {
    send: (requests) =>
      new Promise((resolve) => {
        const answers: PipelinedAnswer[] = [];
        const current = open();
        const take = () => {
          for (let next = takeAnswer(received); next !== null; next = takeAnswer(received)) {
            received = next.rest;
            answers.push(next.answer);
          }
        };
        const settle = () => {
          current.off('data', onData);
          current.off('close', settle);
          resolve(answers);
        };
        const onData = () => {
          take();
          if (answers.length >= requests.length) settle();
        };
        current.on('data', onData);
        current.on('close', settle);
        current.write(Buffer.concat(requests));
      }),
    close: () => {
      socket?.destroy();
      socket = null;
    },
  };
}

/** The first whole answer of what was received, and the rest; null until there is one. */
function takeAnswer(received: string): { answer: PipelinedAnswer; rest: string } | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = received.slice(0, headEnd);
  const bodyEnd = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (received.length < bodyEnd) return null;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  return {
    answer: { status, body: received.slice(headEnd + 4, bodyEnd) },
    rest: received.slice(bodyEnd),
  };
}
