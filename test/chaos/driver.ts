// The clients of a campaign: each makes one transfer, repeats the same request until it has an answer, and keeps
// every answer for the auditor.
import { setTimeout as delay } from 'node:timers/promises';
import { chance, pick } from './random.js';

export interface Answer {
  readonly clientRefId: string;
  /** Data: the status that was answered. */
  readonly status: string | null;
  readonly transactionId: string | null;
  /** An error: its code. */
  readonly code: string | null;
}

export interface DriverOptions {
  readonly seed: number;
  readonly transfers: number;
  readonly concurrency: number;
  /** GraphQL addresses of the API processes. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly onAnswered: (answered: number) => void;
}

/** One in ten is sent twice at the same moment. */
const DOUBLE_SUBMITS = 0.1;
/** A server is back within seconds; after this long without an OTP a client gives up. */
const OTP_PATIENCE_MS = 60_000;
/** And then without an answer. Long, since errors that pass, after a request that had no answer, do not say what became of it. */
const PATIENCE_MS = 120_000;
/** Errors after which the same request is sent again. */
const PASSING = new Set(['OVERLOADED', 'DRAINING', 'INTERNAL_SERVER_ERROR', 'RATE_LIMITED']);

const SEND_OTP =
  'mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { otpRefId } } }';
const INITIATE =
  'mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { replayed transaction { id status } } }';

export async function drive(options: DriverOptions): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  let answered = 0;
  const work = async () => {
    while (next < options.transfers) {
      const index = next;
      next += 1;
      answers.push(...(await makeTransfer(options, index)));
      answered += 1;
      options.onAnswered(answered);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
  return answers;
}

export function toClientRefId(seed: number, index: number): string {
  return `C${seed}-${String(index).padStart(8, '0')}`;
}

async function makeTransfer(options: DriverOptions, index: number): Promise<Answer[]> {
  const { seed } = options;
  const terms = {
    customerId: `${pick(6, 9, seed, 'customer', index)}${String(100_000_000 + (index % 800_000_000)).slice(-9)}`,
    recipientId: String(pick(10_000, 99_998, seed, 'recipient', index)),
    // Above the sandbox's special amounts.
    amount: pick(200, 5_000, seed, 'amount', index),
  };
  const clientRefId = toClientRefId(seed, index);
  const otpDeadlineMs = performance.now() + OTP_PATIENCE_MS;
  let otpRefId: string | undefined;
  while (otpRefId === undefined && performance.now() < otpDeadlineMs) {
    const answer = await request(options, index, SEND_OTP, { input: terms });
    otpRefId = answer?.data?.sendTransferOtp?.transferOtp.otpRefId;
    if (otpRefId === undefined) await delay(answer === null ? 250 : 100);
  }
  const input = { ...terms, clientRefId, otpRefId, otp: '123456', latlong: '28.6139,77.2090' };
  const copies = chance(seed, 'double', index) < DOUBLE_SUBMITS ? 2 : 1;
  const deadlineMs = performance.now() + PATIENCE_MS;
  return Promise.all(
    Array.from({ length: copies }, (_, copy) =>
      submit(options, index + copy, { clientRefId, input, deadlineMs }),
    ),
  );
}

async function submit(
  options: DriverOptions,
  server: number,
  { clientRefId, input, deadlineMs }: { clientRefId: string; input: object; deadlineMs: number },
): Promise<Answer> {
  for (;;) {
    const answer = await request(options, server, INITIATE, { input });
    const transaction = answer?.data?.initiateTransfer?.transaction;
    if (transaction)
      return { clientRefId, status: transaction.status, transactionId: transaction.id, code: null };
    const code = answer?.errors?.[0]?.extensions.code ?? null;
    const isOver = performance.now() > deadlineMs;
    if (isOver || (code !== null && !PASSING.has(code)))
      return { clientRefId, status: null, transactionId: null, code };
    // A server that is being started needs the machine more than another refused connection does.
    await delay(answer === null ? 250 : 50);
  }
}

interface GraphQLAnswer {
  readonly data?: {
    readonly sendTransferOtp?: { readonly transferOtp: { readonly otpRefId: string } } | null;
    readonly initiateTransfer?: {
      readonly transaction: { readonly id: string; readonly status: string };
    } | null;
  } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/** Null when no answer came: the server was killed, stopped or is not up yet. */
async function request(
  { urls, token }: DriverOptions,
  server: number,
  query: string,
  variables: object,
): Promise<GraphQLAnswer | null> {
  const url = urls[server % urls.length] ?? '';
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(20_000),
    });
    return (await response.json()) as GraphQLAnswer;
  } catch {
    return null;
  }
}
