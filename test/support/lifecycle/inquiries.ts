// How the model asks what became of a transfer: a caller's refresh, and the worker's jobs as time passes.
import { isDatabaseFault, type Fault } from './gate.js';
import { assertLaws, law } from './laws.js';
import { TRUTHFUL, type Mood } from './model-eko.js';
import type { KnownTransfer, Row } from './model.js';
import { pick, type Scene } from './requests.js';
import { takeJob } from './rows.js';
import { TIMES, type ServerProcess } from './server-process.js';
import type { LifecycleSystem } from './system.js';

/** The sweep of the worker looks for jobs that are later than this: a worker died with them. */
const LOST_JOB_MS = 30_000;

/** A caller's inquiry; within ten seconds of the last one there is none. */
export async function refresh(
  { model, system }: Scene,
  given: { transfer: number; process: number; mood: Mood; fault: Fault | null },
): Promise<void> {
  const transfer = pick(model.recorded, given.transfer);
  const { id, agentUserCode } = transfer.row!;
  const process = system.getProcess(given.process);
  const lastMs = transfer.inquiredAtMs;
  const hasInquired = await inquire(system, {
    ...{ process, transfer, mood: given.mood, fault: given.fault },
    work: () => process.inquiries.refresh({ kind: 'agent', userCode: agentUserCode }, id),
  });
  const sinceMs = system.nowMs - (lastMs ?? -Infinity);
  if (hasInquired) law(sinceMs >= TIMES.refreshSpacingMs, 'no refresh soon after an inquiry', { sinceMs });
}

/** The worker goes from one due inquiry to the next; Eko's mood changes in turn. The fault meets the first inquiry. */
export async function letTimePass(
  scene: Scene,
  given: { process: number; rounds: number; moods: readonly Mood[]; fault: Fault | null },
): Promise<void> {
  let { fault } = given;
  for (let round = 0; round < given.rounds; round += 1) {
    const mood = pick(given.moods, round);
    if (!(await workUntilNext(scene, { process: given.process, mood, fault }))) return;
    fault = null;
  }
}

/** Moves the clock to the next inquiry that is planned and makes all that are due; false when none is planned. */
export async function workUntilNext(
  { model, system }: Scene,
  given: { process: number; mood: Mood; fault: Fault | null },
): Promise<boolean> {
  const dueMs = model.recorded.flatMap(({ row }) => toDueMs(row!) ?? []);
  if (dueMs.length === 0) return false;
  await system.passTime(Math.max(1, Math.min(...dueMs) - system.nowMs));
  const now = new Date(system.nowMs);
  const before = new Date(system.nowMs - LOST_JOB_MS);
  await system.getProcess(given.process).store.requeueOverdue({ before, now, limit: 500 });
  await assertLaws(model, system);

  let { fault } = given;
  for (const transfer of model.recorded) {
    const { id, jobRunAt } = transfer.row!;
    if (jobRunAt === null || jobRunAt > now) continue;
    const process = system.getProcess(given.process);
    await takeJob(system.surroundings.dataSource, id);
    transfer.isJobTaken = true;
    const work = () => process.inquiries.inquire(id, { spacingMs: 0, isPlanned: true });
    await inquire(system, { process, transfer, mood: given.mood, fault, work });
    fault = null;
    await assertLaws(model, system);
  }
  return true;
}

/** When the worker has something to do: the job is due, or missed by the sweep. */
function toDueMs({ jobRunAt, nextInquiryAt }: Row): number | null {
  if (jobRunAt !== null) return jobRunAt.getTime();
  return nextInquiryAt === null ? null : nextInquiryAt.getTime() + LOST_JOB_MS + 1;
}

/** True when Eko was asked. */
async function inquire(
  system: LifecycleSystem,
  given: {
    process: ServerProcess;
    transfer: KnownTransfer;
    mood: Mood;
    fault: Fault | null;
    work: () => Promise<unknown>;
  },
): Promise<boolean> {
  const { process, transfer, mood, fault, work } = given;
  const { exchanges } = system.eko;
  const from = exchanges.length;
  system.eko.mood = mood;
  await system.perform({
    ...{ process, transfer, call: 'inquiry', fault, work },
    finish: (answer) => {
      const isSound = answer.kind !== 'error' || isDatabaseFault(fault);
      law(isSound, 'nothing fails of itself', answer.kind === 'error' ? String(answer.error) : '');
    },
  });
  system.eko.mood = TRUTHFUL;
  const [first] = exchanges.slice(from);
  if (first === undefined) return false;
  transfer.inquiredAtMs = first.askedAtMs;
  return true;
}
