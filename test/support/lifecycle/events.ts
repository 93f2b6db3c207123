// What happens to the model without anybody asking for it: Eko's side goes on, callbacks come, a person closes a
// review, answers meet, and an old one is stored once more.
import { EKO_STATES, type Booking, type EkoState } from './eko-ledger.js';
import { toForeignTid } from './eko-replies.js';
import { refresh } from './inquiries.js';
import { assertLaws, law } from './laws.js';
import type { Exchange } from './model-eko.js';
import type { KnownTransfer, Row } from './model.js';
import { initiate, pick, type Scene } from './requests.js';
import { toVerdict } from './verdict.js';

export const CALLBACKS = ['true', 'false', 'forged', 'of a stranger', 'once more'] as const;
export type CallbackKind = (typeof CALLBACKS)[number];

/** A hint is followed within this time. */
const HINT_FOLLOWED_MS = 10_000;

/** A booking goes on; where none can, a request that was put aside is booked after all. */
export function moveAtEko({ system }: Scene, given: { booking: number; to: number }): void {
  const { ledger } = system.eko;
  const open = ledger.bookings.filter(({ clientRefId }) => ledger.nextStates(clientRefId).length > 0);
  if (open.length > 0) {
    const { clientRefId } = pick(open, given.booking);
    ledger.move(clientRefId, pick(ledger.nextStates(clientRefId), given.to));
  } else if (ledger.lateReferences.length > 0) {
    ledger.bookLate(pick(ledger.lateReferences, given.booking), pick(EKO_STATES, given.to));
  }
}

/** While the answer to a debit is on its way, Eko goes on and an inquiry is made: both answers come at once. */
export async function answersAtOnce(
  scene: Scene,
  given: { terms: number; hasReference: boolean; becomes: EkoState; move: number },
): Promise<void> {
  const { model, system } = scene;
  const { becomes, move, ...asked } = given;
  const plan = { becomes, answer: 'the truth', isHeld: true } as const;
  const made = await initiate(scene, { ...asked, process: 0, plan, fault: null });
  await assertLaws(model, system);
  if (made.row === null) return;
  const { ledger } = system.eko;
  const { clientRefId } = made.row;
  const next = ledger.nextStates(clientRefId);
  if (next.length > 0) ledger.move(clientRefId, pick(next, move));
  await system.passTime(1);
  const mood = { answer: 'the truth', isHeld: true } as const;
  await refresh(scene, { transfer: model.recorded.indexOf(made), process: 1, mood, fault: null });
  await system.resumeAll();
}

/** Eko files a booking under a second tid, once. */
export function renumberAtEko({ system }: Scene, given: { booking: number }): void {
  const { ledger } = system.eko;
  const first = ledger.bookings.filter(({ formerTid }) => formerTid === null);
  if (first.length > 0) ledger.renumber(pick(first, given.booking).clientRefId);
}

/** Eko posts to the callback URL, or somebody else does: nothing changes but when the transfer is asked after. */
export async function deliverCallback(
  { model, system }: Scene,
  given: { transfer: number; process: number; kind: CallbackKind; state: EkoState },
): Promise<void> {
  const transfer = pick(model.recorded, given.transfer);
  const before = model.recorded.map(({ row }) => toUnchanging(row!));
  const body = toCallback(transfer, { ...given, booking: system.eko.ledger.find(transfer.row!.clientRefId) });
  const deliveries = given.kind === 'once more' ? 2 : 1;
  for (let count = 0; count < deliveries; count += 1) {
    await system.getProcess(given.process).callbacks.receive(Buffer.from(JSON.stringify(body)));
  }
  await assertLaws(model, system);
  const after = model.recorded.map(({ row }) => toUnchanging(row!));
  law(JSON.stringify(after) === JSON.stringify(before), 'a callback changes nothing', { before, after });
  if (given.kind === 'of a stranger') return;
  const dueMs = transfer.row?.nextInquiryAt?.getTime() ?? Infinity;
  law(dueMs - system.nowMs <= HINT_FOLLOWED_MS, 'a callback is followed soon', transfer.row);
}

/** An answer that was read before is stored again: late where it was lost, and without effect where it was not. */
export async function storeAgain(
  { model, system }: Scene,
  given: { told: number; process: number },
): Promise<void> {
  const told = pick(system.told, given.told);
  const transfer = model.findByReference(told.clientRefId);
  if (transfer === undefined) return;
  const askedAtMs = told.given.askedAt.getTime();
  const isDebit = told.given.source === 'EKO_RESPONSE';
  const exchanges = system.eko.exchanges.filter(
    (exchange) =>
      exchange.clientRefId === told.clientRefId &&
      exchange.askedAtMs === askedAtMs &&
      exchange.answeredAtMs !== null &&
      (exchange.call === 'debit') === isDebit,
  );
  for (const exchange of exchanges)
    transfer.judge(toVerdict(transfer, { exchange, exchanges, atOnce: [], isImmediate: false }));
  const isKnown = exchanges.length > 0 && exchanges.every((exchange) => isCertain(transfer, exchange));
  const wasStored = isKnown && !system.isOpen(transfer);
  for (const exchange of exchanges) transfer.told.set(exchange, { isCertain: true });
  const before = transfer.row!.status;
  await system.getProcess(given.process).applyAgain(transfer.row!.id, told);
  await assertLaws(model, system);
  if (wasStored) law(transfer.row?.status === before, 'an answer stored twice changes nothing', transfer.row);
}

/** A person closes a review: nothing else changes, and nothing true opens it again. */
export async function closeReview(
  { model, system }: Scene,
  given: { transfer: number; process: number },
): Promise<void> {
  const inReview = model.recorded.filter(({ row }) => row?.needsReview);
  if (inReview.length === 0) return;
  const transfer = pick(inReview, given.transfer);
  const { id, status } = transfer.row!;
  const reason = 'Eko has been asked in writing';
  await system.getProcess(given.process).reviews.resolve({ transferId: id, operator: 'model', reason });
  transfer.closeReview();
  await assertLaws(model, system);
  law(transfer.row?.status === status, 'a person’s word writes no status', transfer.row);
}

function isCertain(transfer: KnownTransfer, exchange: Exchange): boolean {
  return transfer.told.get(exchange)?.isCertain === true;
}

function toUnchanging({ id, status, failureReason, eventCount, needsReview, tid }: Row) {
  return { id, status, failureReason, eventCount, needsReview, tid };
}

function toCallback(
  { row }: KnownTransfer,
  given: { kind: CallbackKind; state: EkoState; booking: Booking | undefined },
): object {
  const { kind, state, booking } = given;
  const reference = row!.clientRefId;
  const isTrue = kind === 'true' || kind === 'once more';
  return {
    tx_status: isTrue && booking !== undefined ? booking.state : state,
    tid: kind === 'forged' || booking === undefined ? Number(toForeignTid(reference)) : Number(booking.tid),
    client_ref_id: kind === 'of a stranger' ? 'REQ-somebody-else' : reference,
    amount: row!.amountRupees,
  };
}
