// The end of every run: nothing goes wrong any more, time passes, and every transfer has to come to Eko's own state.
import { EKO_STATES, type EkoState } from './eko-ledger.js';
import { deliverCallback } from './events.js';
import { workUntilNext } from './inquiries.js';
import { assertLaws, law } from './laws.js';
import { TRUTHFUL } from './model-eko.js';
import type { KnownTransfer } from './model.js';
import { pick, type Scene } from './requests.js';
import type { LifecycleState } from './steps.js';
import type { LifecycleSystem } from './system.js';

/** Enough for "never received" from the beginning, for every transfer of a run. */
const MAX_ROUNDS = 60;

const STATE_OF: Readonly<Record<EkoState, LifecycleState>> = {
  0: 'SUCCESS',
  1: 'FAILED',
  2: 'AWAITED',
  3: 'REFUND_PENDING',
  4: 'REFUNDED',
  5: 'ON_HOLD',
  6: 'AWAITED',
};

/** What Eko still does after the last fault, as fast-check chose it. */
export interface Aftermath {
  /** What becomes of requests that Eko put aside, once we have given them up. */
  readonly late: number;
  /** How bookings go on. */
  readonly moves: readonly number[];
}

/** Throws unless everything converges: at once, and again after Eko's last surprises. */
export async function heal(scene: Scene, aftermath: Aftermath): Promise<void> {
  const { model, system } = scene;
  system.eko.mood = TRUTHFUL;
  while (system.openCount > 0) await system.resume(0);
  await assertLaws(model, system);
  await converge(scene);
  for (const move of aftermath.moves) {
    const { ledger } = system.eko;
    for (const [index, { clientRefId }] of ledger.bookings.entries()) {
      const next = ledger.nextStates(clientRefId);
      if (next.length > 0) ledger.move(clientRefId, pick(next, move + index));
    }
    for (const [index, reference] of ledger.lateReferences.entries())
      ledger.bookLate(reference, pick(EKO_STATES, aftermath.late + index));
    await converge(scene);
  }
}

async function converge(scene: Scene): Promise<void> {
  const { model, system } = scene;
  // Eko announces a bank return: nobody asks after a success by himself.
  for (const [index] of model.recorded.entries()) {
    await deliverCallback(scene, { transfer: index, process: index, kind: 'true', state: 0 });
  }
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (model.recorded.every((transfer) => hasConverged(system, transfer))) return;
    await workUntilNext(scene, { process: round, mood: TRUTHFUL, fault: null });
  }
  const open = model.recorded.filter((transfer) => !hasConverged(system, transfer));
  law(open.length === 0, 'every transfer comes to Eko’s own state', {
    open,
    bookings: system.eko.ledger.bookings,
  });
}

function hasConverged({ eko }: LifecycleSystem, { row, state, wasReviewed }: KnownTransfer): boolean {
  const booking = eko.ledger.find(row!.clientRefId);
  if (booking === undefined) {
    const wasRefused = row!.failureReason === 'EKO_REJECTED' || row!.failureReason === 'EKO_UNREACHABLE';
    return state === 'NOT_RECEIVED' || wasRefused;
  }
  if (state === STATE_OF[booking.state]) return true;
  // A failure under a second tid proves nothing about the first: a person has it, or has had it.
  const isUnderSecondTid = row!.tid !== null && row!.tid === booking.formerTid;
  return booking.state === 1 && isUnderSecondTid && (row!.needsReview || wasReviewed);
}
