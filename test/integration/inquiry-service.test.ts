// An inquiry of ours: who may ask for one, how Eko is asked, what comes of it, and what was left behind by the dead.
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Transfer } from '../../src/entities/index.js';
import { reply, sayNotFound, toInquiryReply, type InquiryCall } from '../support/scripted-eko.js';
import {
  AGENT,
  getTransfer,
  OTHER_AGENT,
  readTimeline,
  refusalOf,
  START_MS,
  startUseCases,
  storeIntent,
  TRANSFER_TIMEOUT_MS,
  type UseCases,
} from '../support/use-cases.js';

const SECOND = 1_000;
/** From when on a transfer without an outcome was left behind. */
const LEFT_BEHIND_MS = TRANSFER_TIMEOUT_MS + 5 * SECOND;
const MINE = { kind: 'agent', userCode: AGENT.userCode } as const;
const OTHERS = { kind: 'agent', userCode: OTHER_AGENT.userCode } as const;
const at = (ms: number) => new Date(START_MS + ms);

let place: UseCases;
beforeAll(async () => {
  place = await startUseCases();
});
afterAll(() => place.stop());
beforeEach(() => {
  place.clock.ms = START_MS;
  place.eko.onInquiry = sayNotFound;
  place.told.inquiries.length = 0;
});

const toFacts = ({ clientRefId, amountRupees }: Transfer) => ({ clientRefId, amount: amountRupees });
const answerWith = (transfer: Transfer, data: object = {}) => {
  place.eko.onInquiry = (response) => reply(response, toInquiryReply(toFacts(transfer), data));
};
const inquire = ({ id }: Transfer) =>
  place.inquiries.inquire(id, { spacingMs: 10 * SECOND, isPlanned: false });

/** The references that Eko is asked for while `run` runs. */
async function recordAsked(run: () => Promise<unknown>): Promise<string[]> {
  const before = place.eko.inquiries.length;
  await run();
  return place.eko.inquiries.slice(before).map(({ reference }) => reference);
}

describe('an inquiry', () => {
  test('finds the outcome by our reference, and writes it', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4711' });
    place.clock.ms += 3 * SECOND;
    let applied: unknown;
    const asked = await recordAsked(async () => (applied = await inquire(transfer)));
    expect(asked).toEqual([`client_ref_id:${transfer.clientRefId}`]);
    const row = await getTransfer(place, transfer.id);
    expect(row).toMatchObject({
      status: 'SUCCESS',
      tid: '4711',
      lastInquiryAt: at(3 * SECOND),
      evidenceAskedAt: at(3 * SECOND),
    });
    expect(applied).toMatchObject({
      hasChanged: true,
      transfer: { id: transfer.id },
      event: { source: 'EKO_INQUIRY' },
    });
    expect(place.told.inquiries).toStrictEqual([{ transferId: transfer.id, kind: 'succeeded' }]);
    expect(place.told.applied.at(-1)).toBe(applied);
  });

  test('that fails says why, and tells nothing of the transfer', async () => {
    const transfer = await storeIntent(place);
    place.eko.onInquiry = (response) => reply(response, 'Bad gateway', 502);
    expect(await inquire(transfer)).toMatchObject({ hasChanged: false, event: null });
    expect(place.told.inquiries).toEqual([
      { transferId: transfer.id, kind: 'inquiryFailed', cause: 'HTTP 502' },
    ]);
  });

  test('asks by the tid when it is known, and by our reference when Eko denies it', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4712', tx_status: '2' });
    await inquire(transfer);
    place.clock.ms += 10 * SECOND;
    expect(await recordAsked(() => inquire(transfer))).toEqual(['4712']);

    place.clock.ms += 10 * SECOND;
    place.eko.onInquiry = (response, call: InquiryCall) =>
      call.reference === '4712'
        ? sayNotFound(response, call)
        : reply(response, toInquiryReply(toFacts(transfer), { tid: '4713' }));
    const asked = await recordAsked(() => inquire(transfer));
    expect(asked).toEqual(['4712', `client_ref_id:${transfer.clientRefId}`]);
    // Followed, because the first one was denied.
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      status: 'SUCCESS',
      tid: '4713',
      needsReview: true,
    });
  });

  test('is not made again within its spacing', async () => {
    const transfer = await storeIntent(place);
    await inquire(transfer);
    place.clock.ms += 10 * SECOND - 1;
    expect(await recordAsked(async () => expect(await inquire(transfer)).toBeNull())).toEqual([]);
  });

  test('carries the moment it was asked, not the moment it was answered', async () => {
    const transfer = await storeIntent(place);
    place.eko.onInquiry = (response) => {
      place.clock.ms += 5 * SECOND;
      reply(response, toInquiryReply(toFacts(transfer), { tid: '4714' }));
    };
    await inquire(transfer);
    expect(await getTransfer(place, transfer.id)).toMatchObject({
      evidenceAskedAt: at(0),
      updatedAt: at(5 * SECOND),
    });
  });
});

describe('a refresh', () => {
  test('inquires now, once in ten seconds; in between the transfer is returned as it is', async () => {
    const transfer = await storeIntent(place);
    const refresh = () => place.inquiries.refresh(MINE, transfer.id);
    expect(await recordAsked(refresh)).toHaveLength(1);
    place.clock.ms += 10 * SECOND - 1;
    const asked = await recordAsked(async () =>
      expect(await refresh()).toEqual({
        transfer: await getTransfer(place, transfer.id),
        hasChanged: false,
        event: null,
        isForReview: false,
      }),
    );
    expect(asked).toEqual([]);
    place.clock.ms += 1;
    answerWith(transfer, { tid: '4720' });
    expect(await refresh()).toMatchObject({ hasChanged: true, transfer: { status: 'SUCCESS' } });
    // Nobody's schedule was moved by that.
    expect((await getTransfer(place, transfer.id)).inquiryCount).toBe(0);
  });

  test('meanwhile gives what another inquiry has found', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4721' });
    const claim = place.store.claimInquiry.bind(place.store);
    const claiming = jest.spyOn(place.store, 'claimInquiry').mockImplementationOnce(async (...given) => {
      await place.inquiries.inquire(transfer.id, { spacingMs: 0, isPlanned: false });
      return claim(...given);
    });
    expect(await place.inquiries.refresh(MINE, transfer.id)).toMatchObject({
      hasChanged: false,
      transfer: { status: 'SUCCESS' },
    });
    claiming.mockRestore();
  });

  test('of a transfer that is not there, or another agent’s, finds nothing', async () => {
    const { id } = await storeIntent(place);
    for (const refused of [
      place.inquiries.refresh(OTHERS, id),
      place.inquiries.refresh(MINE, '0190a000-0000-7000-8000-00000000ffff'),
    ]) {
      expect(await refusalOf(refused)).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await recordAsked(() => place.inquiries.refresh({ kind: 'all' }, id))).toHaveLength(1);
  });

  test('is refused when as many as may are under way, and gives its place back', async () => {
    const transfers = [await storeIntent(place), await storeIntent(place), await storeIntent(place)];
    const held: (() => void)[] = [];
    place.eko.onInquiry = (response, call) => held.push(() => sayNotFound(response, call));
    const refresh = ({ id }: Transfer) => place.inquiries.refresh(MINE, id);
    const under = transfers.slice(0, 2).map(refresh);
    while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await refusalOf(refresh(transfers[2]!))).toMatchObject({ code: 'OVERLOADED' });
    for (const letGo of held) letGo();
    await Promise.all(under);
    expect(place.capacities.refreshes.inFlight).toBe(0);
  });
});

describe('a transfer without an outcome', () => {
  const RECOVERED = 'No usable answer from Eko (none was recorded in its time)';

  test('that was left behind is made AWAITED first, then asked after', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4730' });
    place.clock.ms += LEFT_BEHIND_MS;
    await inquire(transfer);
    const timeline = await readTimeline(place, transfer.id);
    expect(timeline.map(({ source, toStatus }) => `${source} ${toStatus}`)).toEqual([
      'CLIENT SUBMITTING',
      'RECOVERY AWAITED',
      'EKO_INQUIRY SUCCESS',
    ]);
    expect(timeline[1]).toMatchObject({ evidence: {}, message: expect.stringContaining(RECOVERED) });
  });

  test('may still be on its way a moment before that', async () => {
    const transfer = await storeIntent(place);
    place.clock.ms += LEFT_BEHIND_MS - 1;
    await inquire(transfer);
    expect(await getTransfer(place, transfer.id)).toMatchObject({ status: 'SUBMITTING', eventCount: 1 });
  });

  test('because all that Eko said of it could not be true is made AWAITED too, and the reason is told', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4731', amount: '1.00' });
    await inquire(transfer);
    expect(await getTransfer(place, transfer.id)).toMatchObject({ status: 'SUBMITTING', eventCount: 2 });
    place.clock.ms += LEFT_BEHIND_MS + 10 * SECOND;
    place.eko.onInquiry = sayNotFound;
    await inquire(transfer);
    expect((await readTimeline(place, transfer.id)).at(-1)).toMatchObject({
      source: 'RECOVERY',
      toStatus: 'AWAITED',
      message: expect.stringContaining('No usable answer from Eko (what it said contradicts itself)'),
    });
  });

  test('with an outcome is not recovered', async () => {
    const transfer = await storeIntent(place);
    answerWith(transfer, { tid: '4732', tx_status: '2' });
    await inquire(transfer);
    place.clock.ms += LEFT_BEHIND_MS + 10 * SECOND;
    const appliedBefore = place.told.applied.length;
    await inquire(transfer);
    expect(place.told.applied).toHaveLength(appliedBefore + 1);
    expect((await readTimeline(place, transfer.id)).map(({ source }) => source)).toEqual([
      'CLIENT',
      'EKO_INQUIRY',
    ]);
  });
});
