// A run of the fuzzer: seeded inputs at a real server in a process of its own, every answer checked, its memory measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { buildSchema } from 'graphql';
import type { AttackServerMessage } from '../support/attack-server.js';
import { attackWebSocket, sendBytes, toBytes, type WireRequest } from '../support/attack-wire.js';
import type { RawAnswer } from '../support/raw-http.js';
import { checkHttp, checkWebSocket, type Checked } from './answer-check.js';
import { InputGenerator, type FuzzInput } from './input-generator.js';
import { SeededRandom } from './seeded-random.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Only this one, to see it again. */
  readonly only?: number;
  readonly databaseUrl: string;
  /** `attack-server`, compiled. */
  readonly serverModule: string | URL;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly seconds: number;
  /** By the way it was sent, and by what was answered. */
  readonly ways: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly problems: readonly { readonly index: number; readonly problem: string; readonly input: string }[];
  /** Of the server, after a collection of garbage, when a fifth of the inputs was sent and when all were. */
  readonly heapBytes: { readonly atFifth: number; readonly atEnd: number };
  readonly cpuMsPerInput: number;
  readonly slowest: { readonly index: number; readonly ms: number };
}

/** Under way at once: enough to keep the server busy. */
const CONCURRENCY = 8;
const ANSWER_WITHIN_MS = 10_000;

export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const server = await startServer(options);
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const generator = new InputGenerator(buildSchema(readFileSync('schema.graphql', 'utf8')), server.token);
  const tally = createTally();
  const runRange = async (from: number, to: number) => {
    let next = from;
    const worker = async () => {
      while (next < to && server.crash() === undefined) {
        const index = next;
        next += 1;
        const input = generator.make(new SeededRandom(options.seed, index));
        const startedAt = performance.now();
        const checked = await send(server.url, agent, input).catch((error: unknown) => ({
          problem: `no answer: ${String(error)}`,
          outcomes: ['problem'],
        }));
        tally.add({ index, input, checked, ms: performance.now() - startedAt });
        if (tally.done() % 1_000 === 0) options.onProgress?.(tally.done());
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  };
  const startedAt = performance.now();
  try {
    if (options.only !== undefined) await runRange(options.only, options.only + 1);
    else await runRange(0, Math.floor(options.inputs / 5));
    const atFifth = await server.measure();
    if (options.only === undefined) await runRange(Math.floor(options.inputs / 5), options.inputs);
    const atEnd = await server.measure();
    const crash = server.crash();
    if (crash !== undefined) tally.crash(crash);
    return {
      ...tally.result(),
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      heapBytes: { atFifth: atFifth.heapBytes, atEnd: atEnd.heapBytes },
      cpuMsPerInput: atEnd.cpuMs / Math.max(1, tally.done()),
    };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

type Measured = Extract<AttackServerMessage, { kind: 'measured' }>;

async function startServer({ databaseUrl, serverModule }: FuzzOptions) {
  const child = fork(serverModule, [databaseUrl], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  let crash: string | undefined;
  let isStopping = false;
  void exited.then(([code, signal]) => {
    if (!isStopping) crash = `the server ended with ${code ?? signal}: ${errors}`;
  });
  const hear = async (): Promise<AttackServerMessage> => {
    const heard = await Promise.race([
      once(child, 'message') as Promise<[AttackServerMessage]>,
      exited.then(() => null),
    ]);
    if (heard === null) throw new Error(crash ?? 'the server has ended');
    return heard[0];
  };
  const ready = await hear();
  if (ready.kind !== 'ready') throw new Error('the server speaks out of turn');
  return {
    url: ready.url,
    token: ready.token,
    crash: () => crash,
    measure: async (): Promise<Measured> => {
      if (crash !== undefined) return { kind: 'measured', heapBytes: NaN, cpuMs: NaN };
      child.send('measure');
      return (await hear()) as Measured;
    },
    stop: async () => {
      isStopping = true;
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function send(url: string, agent: http.Agent, input: FuzzInput): Promise<Checked> {
  if (input.way === 'websocket') {
    const { frames, isGreeted } = input;
    const greeting = isGreeted ? { greeting: { type: 'connection_init' } } : {};
    return checkWebSocket(await attackWebSocket(url, { ...greeting, frames, isPatient: true }));
  }
  if (input.way === 'bytes') {
    const bytes = toBytes(url, input.request);
    const cut = Math.floor(bytes.length * input.cut);
    const noisy = Buffer.concat([
      bytes.subarray(0, cut),
      Buffer.from(input.noise, 'latin1'),
      bytes.subarray(cut),
    ]);
    return checkHttp(await sendBytes(url, noisy, { isHalfClosed: true }), input);
  }
  if (input.way === 'odd request')
    return checkHttp(await sendBytes(url, toBytes(url, input.request), { isHalfClosed: true }), input);
  // The server may close a kept connection just when it is used again: then a new one has to do.
  const answer = await sendKept(url, agent, input.request).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
    return sendBytes(url, toBytes(url, input.request));
  });
  return checkHttp(answer, input);
}

/** On a connection that is kept: most inputs are well-formed HTTP. */
function sendKept(
  url: string,
  agent: http.Agent,
  { method = 'POST', target = '/graphql', headers = [], body }: WireRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        agent,
        method,
        path: target,
        headers: Object.fromEntries(headers),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers({ 'content-type': response.headers['content-type'] ?? '' }),
            text,
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function createTally() {
  const ways: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  const problems: { index: number; problem: string; input: string }[] = [];
  let done = 0;
  let slowest = { index: -1, ms: 0 };
  return {
    done: () => done,
    add: ({
      index,
      input,
      checked,
      ms,
    }: {
      index: number;
      input: FuzzInput;
      checked: Checked;
      ms: number;
    }) => {
      done += 1;
      ways[input.way] = (ways[input.way] ?? 0) + 1;
      for (const outcome of checked.outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (checked.problem !== undefined)
        problems.push({ index, problem: checked.problem, input: JSON.stringify(input) });
      if (ms > slowest.ms) slowest = { index, ms };
    },
    crash: (problem: string) => problems.push({ index: done, problem, input: '' }),
    result: () => ({ inputs: done, ways, outcomes, problems, slowest }),
  };
}
