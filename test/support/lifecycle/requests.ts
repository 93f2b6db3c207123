// What clients do in the model: send an OTP, ask for a transfer, ask for it again in every way, ask twice at once.
import { randomBytes } from 'node:crypto';
import { CodedError } from '../../../src/shared/errors.js';
import type { InitiateTransferInput } from '../../../src/transfers/index.js';
import type { InitiatedTransfer } from '../../../src/transfers/transfer-service.js';
import { isDatabaseFault, type Fault } from './gate.js';
import { law } from './laws.js';
import type { DebitPlan } from './model-eko.js';
import { KnownTransfer, type LifecycleModel } from './model.js';
import { TIMES, type ServerProcess } from './server-process.js';
import type { Answer, LifecycleSystem } from './system.js';

export interface Scene {
  readonly model: LifecycleModel;
  readonly system: LifecycleSystem;
}

/** How a request differs from the first one with the same OTP. */
export const REPETITIONS = [
  'the same',
  'without reference',
  'another amount',
  'another recipient',
  'another agent',
  'another reference',
  'another OTP',
] as const;
export type Repetition = (typeof REPETITIONS)[number];

const AGENTS = ['20810200', '20810201'];
const RECIPIENTS = ['98765', '98766'];
const AMOUNTS = [100, 500, 5_000];

/** What an answer has to be: a code, data, or either. */
type Expected = { readonly code: string } | 'a transfer' | 'an error' | 'either';

export async function sendOtp({ model, system }: Scene, given: { process: number; terms: number }) {
  const terms = {
    agent: pick(AGENTS, given.terms),
    recipientId: pick(RECIPIENTS, given.terms >> 1),
    amountRupees: pick(AMOUNTS, given.terms >> 2),
  };
  const { otpRefId } = await system.getProcess(given.process).otps.sendTransferOtp(
    { userCode: terms.agent, tokenId: null },
    {
      customerId: system.customerId,
      recipientId: terms.recipientId,
      amountRupees: terms.amountRupees,
      clientRefId: null,
    },
  );
  const transfer = new KnownTransfer(otpRefId, { ...terms, expiresAtMs: system.nowMs + TIMES.otpLifetimeMs });
  model.transfers.push(transfer);
  return transfer;
}

/** A first request with an OTP, and what becomes of its debit; the transfer that it is about, made or not. */
export async function initiate(
  scene: Scene,
  given: { process: number; terms: number; hasReference: boolean; plan: DebitPlan; fault: Fault | null },
): Promise<KnownTransfer> {
  const transfer = await prepare(scene, given);
  await request(scene, { ...given, transfer, repetition: 'the same' });
  return transfer;
}

/** Two first requests at the same moment, in one process or in two. */
export async function initiateTwice(
  { model, system }: Scene,
  given: { processes: readonly number[]; terms: number; hasReference: boolean; plan: DebitPlan },
): Promise<void> {
  const plan = { ...given.plan, isHeld: false };
  const transfer = await prepare({ model, system }, { ...given, process: 0, plan });
  transfer.requestCount += 2;
  const processes = given.processes.map((index) => system.getProcess(index));
  const input = toInput(system, transfer);
  const isExpired = system.nowMs >= transfer.terms.expiresAtMs;
  await system.perform({
    process: processes[0]!,
    transfer,
    call: 'debit',
    fault: null,
    work: () => Promise.allSettled(processes.map((process) => ask(process, transfer, input))),
    finish: (answer) => {
      if (answer.kind !== 'result') return law(answer.kind === 'dropped', 'requests at once end', answer);
      for (const settled of answer.value) {
        if (settled.status === 'fulfilled') transfer.results.push(settled.value);
        else transfer.errorCount += 1;
        const isSound = settled.status === 'fulfilled' || isExpired;
        law(isSound, 'of two requests at once, both get the transfer', settled);
      }
    },
  });
}

/** A request after the first one; what has no row yet is simply asked for again. */
export async function initiateAgain(
  scene: Scene,
  given: { transfer: number; process: number; repetition: Repetition },
): Promise<void> {
  const transfer = pick(scene.model.requested, given.transfer);
  // Without a row there is nothing to repeat; and without a reference, another OTP makes it another request.
  const isMeant =
    transfer.row !== null && (transfer.clientRefId !== null || given.repetition !== 'another OTP');
  const repetition = isMeant ? given.repetition : 'the same';
  await request(scene, { ...given, transfer, repetition, fault: null });
}

export function pick<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length]!;
}

async function prepare(
  scene: Scene,
  given: { process: number; terms: number; hasReference: boolean; plan: DebitPlan },
): Promise<KnownTransfer> {
  const { unused } = scene.model;
  const transfer = unused.length > 0 ? pick(unused, given.terms) : await sendOtp(scene, given);
  transfer.clientRefId = given.hasReference ? createReference() : null;
  scene.system.eko.plan(transfer.otpRefId, given.plan);
  return transfer;
}

async function request(
  { model, system }: Scene,
  given: { transfer: KnownTransfer; process: number; repetition: Repetition; fault: Fault | null },
): Promise<void> {
  const { transfer, repetition, fault } = given;
  const process = system.getProcess(given.process);
  const other = model.transfers.find((candidate) => candidate !== transfer) ?? null;
  const isAlone = !system.isOpen(transfer);
  const expected = isAlone ? toExpected(transfer, { repetition, fault, nowMs: system.nowMs }) : 'either';
  const input = toInput(system, transfer, { repetition, other });
  const agent =
    repetition === 'another agent' ? AGENTS.find((code) => code !== transfer.terms.agent) : undefined;
  const sentBefore = system.eko.debitsWith(transfer.otpRefId).length;
  transfer.requestCount += 1;
  await system.perform({
    ...{ process, transfer, call: 'debit', fault },
    work: () => ask(process, transfer, input, agent),
    finish: (answer) => {
      if (answer.kind === 'dropped') return;
      assertExpected(answer, expected);
      if (answer.kind === 'result') return transfer.results.push(answer.value);
      transfer.errorCount += 1;
      const sent = system.eko.debitsWith(transfer.otpRefId).length;
      law(sent === sentBefore || !isAlone, 'an error means that nothing was sent', String(answer.error));
    },
  });
  const isUnacknowledged = isDatabaseFault(fault) && fault?.moment === 'intent';
  if (isUnacknowledged && isAlone) {
    const sent = system.eko.debitsWith(transfer.otpRefId);
    law(sent.length === sentBefore, 'no debit without an acknowledged commit', sent);
  }
}

function ask(process: ServerProcess, transfer: KnownTransfer, input: InitiateTransferInput, agent?: string) {
  return process.transfers.initiateTransfer(
    { userCode: agent ?? transfer.terms.agent, tokenId: null },
    input,
  );
}

function toInput(
  { customerId }: LifecycleSystem,
  { otpRefId, clientRefId, terms }: KnownTransfer,
  change: { readonly repetition: Repetition; readonly other: KnownTransfer | null } | null = null,
): InitiateTransferInput {
  const first: InitiateTransferInput = {
    customerId,
    recipientId: terms.recipientId,
    amountRupees: terms.amountRupees,
    channel: 'IMPS',
    otp: '123456',
    otpRefId,
    latlong: '28.6139,77.2090',
    clientRefId,
  };
  switch (change?.repetition) {
    case 'without reference':
      return { ...first, clientRefId: null };
    case 'another amount':
      return { ...first, amountRupees: terms.amountRupees + 1 };
    case 'another recipient':
      return { ...first, recipientId: RECIPIENTS.find((id) => id !== terms.recipientId)! };
    case 'another reference':
      return { ...first, clientRefId: createReference() };
    case 'another OTP':
      return { ...first, otpRefId: change.other?.otpRefId ?? 'REF-of-nobody' };
    default:
      return first;
  }
}

/** What contract.md §6 promises to a request that is alone. */
function toExpected(
  { row, clientRefId, terms }: KnownTransfer,
  given: { repetition: Repetition; fault: Fault | null; nowMs: number },
): Expected {
  const { repetition, fault, nowMs } = given;
  const isFailing = isDatabaseFault(fault);
  if (isFailing && fault?.moment === 'reading') return 'either';
  if (row === null) {
    if (nowMs >= terms.expiresAtMs) return { code: 'OTP_EXPIRED' };
    // A commit that reported an error counts when it can be read back.
    const isUncertain = isFailing && fault?.moment === 'intent';
    return isUncertain && (fault?.side === 'before' || fault?.kind === 'outage') ? 'an error' : 'a transfer';
  }
  if (repetition === 'the same' || repetition === 'without reference') return 'a transfer';
  if (repetition === 'another reference') return { code: 'OTP_ALREADY_USED' };
  if (clientRefId !== null) return { code: 'CLIENT_REF_CONFLICT' };
  if (repetition === 'another agent') return { code: 'OTP_NOT_FOUND' };
  return { code: 'OTP_ALREADY_USED' };
}

function assertExpected(answer: Exclude<Answer<InitiatedTransfer>, { kind: 'dropped' }>, expected: Expected) {
  if (expected === 'either') return;
  const found =
    answer.kind === 'result'
      ? 'a transfer'
      : answer.error instanceof CodedError
        ? { code: answer.error.code }
        : String(answer.error);
  const fits =
    expected === 'an error' ? answer.kind === 'error' : JSON.stringify(found) === JSON.stringify(expected);
  law(fits, `the answer is ${JSON.stringify(expected)}`, found);
}

function createReference(): string {
  return `MODEL-${randomBytes(7).toString('hex')}`;
}
