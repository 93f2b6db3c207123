// The statements that decide who inquires, and when: of several at once one, never too soon, and nothing is forgotten.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../src/config/config.js';
import type { PreparedStatement } from '../../src/database/prepared.js';
import type { Agent } from '../../src/transfers/agent.js';
import { OtpChallenge, type Transfer } from '../../src/entities/index.js';
import { createUuidV7 } from '../../src/shared/identifiers.js';
import { getSealer, Sealer, useSealer } from '../../src/shared/sealing.js';
import { assertChallengeFits, findReplay } from '../../src/transfers/transfer-gates.js';
import * as statements from '../../src/transfers/transfer-statements.js';
import { TransferStore } from '../../src/transfers/transfer-store.js';
import {
  AGENT,
  findQueuedInquiry,
  getTransfer,
  newCustomer,
  newRef,
  OTHER_AGENT,
  OTHERS_REVOKED,
  readTimeline,
  revoke,
  START_MS,
  startUseCases,
  storeChallenge,
  storeIntent,
  untilBlocked,
  type UseCases,
} from '../support/use-cases.js';
import { createTestDatabase, runSql } from '../support/test-database.js';
import { toTransfer } from '../support/transfer-row.js';

const SECOND = 1_000;
const at = (ms: number) => new Date(START_MS + ms);
const NOBODY = '0190a000-0000-7000-8000-00000000ffff';

let place: UseCases;
beforeAll(async () => {
  place = await startUseCases();
});
afterAll(() => place.stop());
beforeEach(() => {
  place.clock.ms = START_MS;
});

/** Sets what a test needs of a row; the guards of the database allow these. */
async function change(id: string, times: { last?: Date; next?: Date | null; hinted?: Date }): Promise<void> {
  const { last = null, next = null, hinted = null } = times;
  await place.sql(
    'UPDATE transfers SET last_inquiry_at = $2, next_inquiry_at = $3, hinted_at = $4 WHERE id = $1',
    [id, last, next, hinted],
  );
}

test('every statement has a name of its own, under which PostgreSQL keeps it', () => {
  const kept = Object.values<unknown>(statements).filter(
    (one): one is PreparedStatement => typeof one === 'object' && one !== null && 'text' in one,
  );
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.map(({ name }) => name)).toEqual(kept.map(() => expect.stringMatching(/^[a-z_]+$/)));
  expect(new Set(kept.map(({ name }) => name)).size).toBe(kept.length);
});

test('an outcome writes neither what was asked for nor when it was inquired after', () => {
  const written = statements.OUTCOME_COLUMNS.map(({ property }) => property);
  const asked = ['id', 'clientRefId', 'agentUserCode', 'customerId', 'recipientId', 'amountRupees'];
  const fixed = ['currency', 'channel', 'latlong', 'otpChallengeId', 'isSimulated', 'createdAt'];
  for (const property of [...asked, ...fixed, 'lastInquiryAt', 'inquiryCount'])
    expect(written).not.toContain(property);
  expect(written).toEqual(expect.arrayContaining(['status', 'failureReason', 'tid', 'nextInquiryAt']));
});

describe('an intent', () => {
  test('is committed with its first event and the inquiry that finds its outcome', async () => {
    const transfer = await storeIntent(place);
    expect(await readTimeline(place, transfer.id)).toEqual([
      {
        id: expect.any(String),
        transferId: transfer.id,
        sequence: 1,
        source: 'CLIENT',
        fromStatus: null,
        toStatus: 'SUBMITTING',
        message: 'The transfer is recorded; Eko is asked next',
        evidence: {},
        occurredAt: at(0),
      },
    ]);
    expect(await findQueuedInquiry(place, transfer.id)).toEqual(at(7 * SECOND));
  });

  test('tells the version of its row, its OTP, and when that expires', async () => {
    const { id, otpChallengeId: _other, ...intent } = await storeIntent(place);
    const { customerId } = intent;
    const { id: otpChallengeId, otpRefId, expiresAt } = await storeChallenge(place, { customerId });
    const next = { ...intent, id: createUuidV7(START_MS), clientRefId: newRef() };
    const committed = await place.store.commitIntent(next, { otpRefId: otpRefId!, tokenId: null });
    expect(committed).toMatchObject({ transfer: { ...next, otpChallengeId }, otpExpiresAt: expiresAt });
    expect(committed?.version).toBe((await place.store.findForOutcome(next.id, null))?.version);
    expect(committed?.version).not.toBe((await place.store.findForOutcome(id, null))?.version);
    expect(await getTransfer(place, next.id)).toEqual(committed?.transfer);
  });

  test('without a time for its inquiry has none', async () => {
    const transfer = await storeIntent(place, { nextInquiryAt: null });
    expect(await findQueuedInquiry(place, transfer.id)).toBeNull();
  });
});

interface HeldBack {
  readonly what: string;
  /** In what the OTP differs from one that fits. */
  readonly otp?: Partial<OtpChallenge>;
  readonly intent?: () => Promise<Partial<Transfer>>;
  readonly revoked?: readonly [kind: 'TOKEN' | 'AGENT', value: string];
  readonly code: string;
}
const CALLER = { ...AGENT, tokenId: 'token-1' };
const HELD_BACK: readonly HeldBack[] = [
  { what: 'an OTP that was not sent', otp: { state: 'UNKNOWN', otpRefId: null }, code: 'OTP_NOT_FOUND' },
  { what: 'the OTP of another agent', otp: { agentUserCode: OTHER_AGENT.userCode }, code: 'OTP_NOT_FOUND' },
  { what: 'an OTP for another customer', otp: { customerId: '6199999999' }, code: 'OTP_MISMATCH' },
  { what: 'an OTP for another recipient', otp: { recipientId: '98766' }, code: 'OTP_MISMATCH' },
  { what: 'an OTP for another amount', otp: { amountRupees: 501 }, code: 'OTP_MISMATCH' },
  { what: 'an OTP that expires at this moment', otp: { expiresAt: at(0) }, code: 'OTP_EXPIRED' },
  { what: 'a token that is revoked', revoked: ['TOKEN', CALLER.tokenId], code: 'UNAUTHENTICATED' },
  { what: 'an agent that is revoked', revoked: ['AGENT', CALLER.userCode], code: 'UNAUTHENTICATED' },
  {
    what: 'the reference of another transfer',
    intent: async () => ({ clientRefId: (await storeIntent(place)).clientRefId }),
    code: 'CLIENT_REF_CONFLICT',
  },
];

/** The gates stand twice: in the statement that commits, and one by one, to say which it was. */
describe('an intent is held back, and nothing is written, with', () => {
  afterEach(() => place.sql('DELETE FROM revocations'));

  /** An intent of now, and an OTP that fits it but for what is given. */
  async function prepare({ otp = {}, intent }: Pick<HeldBack, 'otp' | 'intent'> = {}) {
    const fit = { customerId: newCustomer(), recipientId: '98765', amountRupees: 500 };
    const { otpRefId } = await storeChallenge(place, { ...fit, ...otp });
    const times = { createdAt: at(0), updatedAt: at(0), nextInquiryAt: at(SECOND) };
    const names = { id: createUuidV7(START_MS), clientRefId: newRef(), ...(await intent?.()) };
    const transfer = toTransfer({ ...fit, ...times, ...names, status: 'SUBMITTING', eventCount: 1 });
    return { transfer, otpRefId: otpRefId ?? 'OTP-UNKNOWN' };
  }

  const commit = (transfer: Transfer, otpRefId: string) =>
    place.store.commitIntent(transfer, { otpRefId, tokenId: CALLER.tokenId });

  async function explain(transfer: Transfer, otpRefId: string) {
    const input = { ...transfer, otpRefId, otp: '123456', channel: 'IMPS' as const };
    const gate = await findReplay(place.store, CALLER, input);
    if (gate.kind === 'new') assertChallengeFits(gate.challenge, input, at(0));
    return gate.kind;
  }

  const countRows = () =>
    place.sql(`SELECT (SELECT count(*) FROM transfers) AS transfers, (SELECT count(*) FROM transfer_events) AS events,
                      (SELECT count(*) FROM graphile_worker._private_jobs) AS jobs`);

  async function expectHeldBack(transfer: Transfer, otpRefId: string, code: string): Promise<void> {
    const before = await countRows();
    expect(await commit(transfer, otpRefId)).toBeNull();
    expect(await countRows()).toEqual(before);
    await expect(explain(transfer, otpRefId)).rejects.toMatchObject({ code });
  }

  test.each(HELD_BACK)('$what', async ({ revoked, code, ...given }) => {
    const { transfer, otpRefId } = await prepare(given);
    if (revoked !== undefined) await revoke(place, ...revoked);
    await expectHeldBack(transfer, otpRefId, code);
  });

  test('an OTP that has a transfer', async () => {
    const { transfer, otpRefId } = await prepare();
    expect(await commit(transfer, otpRefId)).not.toBeNull();
    const names = { id: createUuidV7(START_MS), clientRefId: newRef() };
    await expectHeldBack({ ...transfer, ...names }, otpRefId, 'OTP_ALREADY_USED');
  });

  test('none of these: an OTP that expires a moment later, while others are revoked', async () => {
    const { transfer, otpRefId } = await prepare({ otp: { expiresAt: at(1) } });
    for (const [, kind, value] of OTHERS_REVOKED) await revoke(place, kind, value);
    expect(await explain(transfer, otpRefId)).toBe('new');
    expect(await commit(transfer, otpRefId)).not.toBeNull();
  });

  test('none of these: an OTP whose customer was sealed with the key before', async () => {
    const { transfer, otpRefId } = await prepare();
    const before = getSealer();
    const keyOf = (letter: string) => Buffer.alloc(32, letter).toString('base64');
    const { sealing } = parseConfig({
      DATA_INDEX_KEY: keyOf('i'),
      DATA_ENCRYPTION_KEYS: `new:${keyOf('n')}`,
    });
    useSealer(new Sealer([...sealing, ...parseConfig({}).sealing]));
    try {
      expect(await explain(transfer, otpRefId)).toBe('new');
      expect(await commit(transfer, otpRefId)).not.toBeNull();
    } finally {
      useSealer(before);
    }
  });
});

describe('a transfer', () => {
  test('is found by its id, and else not', async () => {
    const { store } = place;
    const transfer = await storeIntent(place);
    await storeIntent(place);
    expect(await store.findById(transfer.id)).toEqual(transfer);
    expect(await store.findById(NOBODY)).toBeNull();
  });

  test('is found by its reference and by its OTP, each by itself and both at once', async () => {
    const { store } = place;
    const [one, other] = [await storeIntent(place), await storeIntent(place)];
    const otpOf = async ({ otpChallengeId }: Transfer) => {
      const where = { id: otpChallengeId };
      return (await place.dataSource.manager.findOneByOrFail(OtpChallenge, where)).otpRefId!;
    };
    const find = async (otpRefId: string, clientRefId: string | null) => {
      const { challenge, ofReference, ofChallenge } = await store.findEarlier(AGENT, {
        otpRefId,
        clientRefId,
      });
      return [challenge?.id, ofReference, ofChallenge];
    };
    const [otp, unused] = [await otpOf(one), await storeChallenge(place)];
    expect(await find(otp, one.clientRefId)).toEqual([one.otpChallengeId, one, one]);
    expect(await find(otp, other.clientRefId)).toEqual([one.otpChallengeId, other, one]);
    expect(await find(otp, newRef())).toEqual([one.otpChallengeId, null, one]);
    expect(await find(otp, null)).toEqual([one.otpChallengeId, null, one]);
    expect(await find(unused.otpRefId!, other.clientRefId)).toEqual([unused.id, other, null]);
    expect(await find(unused.otpRefId!, null)).toEqual([unused.id, null, null]);
    expect(await find('OTP-UNKNOWN', one.clientRefId)).toEqual([undefined, one, null]);
    expect(await find('OTP-UNKNOWN', null)).toEqual([undefined, null, null]);
  });

  test('has an OTP that only its agent finds, and only when it was sent', async () => {
    const { store } = place;
    const sent = await storeChallenge(place);
    await storeChallenge(place);
    const find = async (agent: Agent) =>
      (await store.findEarlier(agent, { otpRefId: sent.otpRefId!, clientRefId: null })).challenge;
    expect((await find(AGENT))?.id).toBe(sent.id);
    expect(await find(OTHER_AGENT)).toBeNull();
    await place.sql(`UPDATE otp_challenges SET state = 'UNKNOWN', otp_ref_id = NULL WHERE id = $1`, [
      sent.id,
    ]);
    expect(await find(AGENT)).toBeNull();
  });
});

test('a timeline is read oldest first, whatever the order in which its events are stored', async () => {
  const transfer = await storeIntent(place);
  await place.dataSource.transaction(async (manager) => {
    await manager.query('ALTER TABLE transfer_events DISABLE TRIGGER transfer_events_guard');
    for (const sequence of [3, 2]) {
      await manager.query(
        `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at, hash)
         VALUES (gen_random_uuid(), $1, $2, 'OPERATOR', 'SUBMITTING', 'SUBMITTING', 'by a test', '{}', now(), '')`,
        [transfer.id, sequence],
      );
    }
    await manager.query('ALTER TABLE transfer_events ENABLE TRIGGER transfer_events_guard');
  });
  const timeline = await place.store.findTimeline(transfer.id);
  expect(timeline.map(({ transferId, sequence }) => [transferId, sequence])).toEqual(
    [1, 2, 3].map((sequence) => [transfer.id, sequence]),
  );
});

describe('the right to inquire', () => {
  const claim = (id: string, nowMs: number, isPlanned = false, spacingMs = 10 * SECOND) =>
    place.store.claimInquiry(id, { now: at(nowMs), spacingMs, isPlanned });

  test('is given once in the spacing', async () => {
    const { id } = await storeIntent(place);
    expect(await claim(id, 0)).toMatchObject({ id, lastInquiryAt: at(0), inquiryCount: 0 });
    expect(await claim(id, 10 * SECOND - 1)).toBeNull();
    expect(await claim(id, 10 * SECOND)).toMatchObject({ lastInquiryAt: at(10 * SECOND) });
    expect(await claim(NOBODY, 0)).toBeNull();
  });

  test('is given to one of several at once', async () => {
    const { id } = await storeIntent(place);
    const claims = await Promise.all([claim(id, 0), claim(id, 0), claim(id, 0), claim(id, 0)]);
    expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1);
  });

  test('by the schedule is given once for each time that it sets', async () => {
    const { id } = await storeIntent(place);
    expect(await claim(id, 7 * SECOND, true, 0)).toMatchObject({ inquiryCount: 1 });
    // A second job for the same inquiry.
    expect(await claim(id, 8 * SECOND, true, 0)).toBeNull();
    await change(id, { last: at(7 * SECOND), next: at(9 * SECOND) });
    expect(await claim(id, 9 * SECOND, true, 0)).toMatchObject({ inquiryCount: 2 });
  });

  test('by the schedule is not given before its time: the job was planned for another one', async () => {
    const { id } = await storeIntent(place);
    await change(id, { last: at(0), next: at(30 * SECOND) });
    expect(await claim(id, 30 * SECOND - 1, true, 0)).toBeNull();
    expect(await claim(id, 30 * SECOND, true, 0)).toMatchObject({ inquiryCount: 1 });
    await change(id, { last: at(0), next: null });
    expect(await claim(id, 60 * SECOND, true, 0)).toBeNull();
  });

  test('counts what was planned, and not the first that a callback hinted at', async () => {
    const { id } = await storeIntent(place);
    await change(id, { last: at(0), next: at(20 * SECOND), hinted: at(SECOND) });
    expect(await claim(id, 20 * SECOND, true)).toMatchObject({ inquiryCount: 0 });
    // The hint was answered with an inquiry; this one is the schedule's.
    await change(id, { last: at(20 * SECOND), next: at(40 * SECOND), hinted: at(SECOND) });
    expect(await claim(id, 40 * SECOND, true)).toMatchObject({ inquiryCount: 1 });
    await change(id, { last: at(50 * SECOND), next: at(60 * SECOND), hinted: at(50 * SECOND) });
    expect(await claim(id, 60 * SECOND, true)).toMatchObject({ inquiryCount: 2 });
    expect(await claim(id, 80 * SECOND, false)).toMatchObject({ inquiryCount: 2 });
  });

  test('is the one write of a transfer that nobody waits to see on the disk', async () => {
    const database = await createTestDatabase();
    const runs = (text: string) => runSql<{ is_waited_for: string }>(database.url, text);
    await runs(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$`,
    );
    await runs(`
      CREATE TABLE commits (number serial, is_waited_for text);
      CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO commits (is_waited_for) VALUES (current_setting('synchronous_commit'));
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE ON transfers DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION note_commit()`);
    const other = await startUseCases({ databaseUrl: database.url });
    try {
      const { id } = await storeIntent(other);
      await other.store.claimInquiry(id, { now: at(0), spacingMs: 0, isPlanned: false });
      const { transfer, version } = (await other.store.findForOutcome(id, null))!;
      await other.store.writeOutcome({ ...transfer, bankReference: 'as a test' }, version, null);
      const commits = await runs('SELECT is_waited_for FROM commits ORDER BY number');
      expect(commits.map((commit) => commit.is_waited_for)).toEqual(['on', 'off', 'on']);
    } finally {
      await other.stop();
      await database.drop();
    }
  });

  test('is never given for a transfer of the other world', async () => {
    const { id } = await storeIntent(place, { isSimulated: false });
    expect(await claim(id, 0)).toBeNull();
    const real = new TransferStore(place.dataSource, false);
    expect(await real.claimInquiry(id, { now: at(0), spacingMs: 0, isPlanned: false })).toMatchObject({ id });
  });
});

describe('a hint', () => {
  const hint = (id: string, nowMs: number) =>
    place.dataSource.transaction((manager) =>
      place.store.hintInquiry(manager, id, { now: at(nowMs), claimedTxStatus: null }),
    );

  test('brings the inquiry forward, to now when none was made yet', async () => {
    const { id } = await storeIntent(place);
    await hint(id, 2 * SECOND);
    expect(await getTransfer(place, id)).toMatchObject({
      hintedAt: at(2 * SECOND),
      nextInquiryAt: at(2 * SECOND),
    });
    expect(await findQueuedInquiry(place, id)).toEqual(at(2 * SECOND));
  });

  test('is written once, however often it is given before its inquiry', async () => {
    const { id } = await storeIntent(place);
    const readVersion = () => place.sql('SELECT xmin FROM transfers WHERE id = $1', [id]);
    await hint(id, 2 * SECOND);
    const version = await readVersion();
    await hint(id, 3 * SECOND);
    expect(await readVersion()).toEqual(version);
  });

  test.each([
    ['', 6 * SECOND, 6 * SECOND],
    [', and never lies before that', 4 * SECOND, 5 * SECOND + 1],
  ])('is written anew when the inquiry for the one before has begun%s', async (_what, nowMs, expected) => {
    const { id } = await storeIntent(place);
    // Of two at once, the one that was received first waited for the claim of the inquiry that answers it.
    await change(id, { last: at(5 * SECOND), next: at(15 * SECOND), hinted: at(4 * SECOND) });
    await hint(id, nowMs);
    expect(await getTransfer(place, id)).toMatchObject({
      hintedAt: at(expected),
      nextInquiryAt: at(15 * SECOND),
    });
  });

  test('is given again when its second look has come, whatever that finds out', async () => {
    const { id } = await storeIntent(place, { nextInquiryAt: null });
    await place.store.hintAgain(id, at(60 * SECOND));
    expect(await getTransfer(place, id)).toMatchObject({
      hintedAt: at(60 * SECOND),
      nextInquiryAt: at(60 * SECOND),
    });
    expect(await findQueuedInquiry(place, id)).toEqual(at(60 * SECOND));
  });

  test('brings it forward to ten seconds after the last one', async () => {
    const { id } = await storeIntent(place);
    await change(id, { last: at(0), next: at(60 * SECOND) });
    await hint(id, 2 * SECOND);
    expect((await getTransfer(place, id)).nextInquiryAt).toEqual(at(10 * SECOND));
    expect(await findQueuedInquiry(place, id)).toEqual(at(10 * SECOND));
  });

  test.each([
    ['sooner', 5],
    ['at the same moment', 10],
  ])('leaves one that is planned %s where it is', async (_when, nextSeconds) => {
    const { id } = await storeIntent(place);
    await change(id, { last: at(0), next: at(nextSeconds * SECOND) });
    const queued = await findQueuedInquiry(place, id);
    await hint(id, 2 * SECOND);
    expect(await getTransfer(place, id)).toMatchObject({
      hintedAt: at(2 * SECOND),
      nextInquiryAt: at(nextSeconds * SECOND),
    });
    expect(await findQueuedInquiry(place, id)).toEqual(queued);
  });

  test.each([
    ['at its very time', 5],
    ['late', 6],
  ])('asks for another when the planned one was begun %s and is under way', async (_when, lastSeconds) => {
    const { id } = await storeIntent(place);
    await change(id, { last: at(lastSeconds * SECOND), next: at(5 * SECOND) });
    await hint(id, 7 * SECOND);
    const runAt = at((lastSeconds + 10) * SECOND);
    expect((await getTransfer(place, id)).nextInquiryAt).toEqual(runAt);
    expect(await findQueuedInquiry(place, id)).toEqual(runAt);
  });

  test('finds work for a transfer that had none', async () => {
    const { id } = await storeIntent(place, { nextInquiryAt: null });
    await hint(id, 0);
    expect(await findQueuedInquiry(place, id)).toEqual(at(0));
    await change(id, { last: at(0), next: null });
    await hint(id, SECOND);
    expect(await findQueuedInquiry(place, id)).toEqual(at(10 * SECOND));
  });

  test('leaves the first one where it is, when it is overdue', async () => {
    const { id } = await storeIntent(place, { nextInquiryAt: at(SECOND) });
    await hint(id, 2 * SECOND);
    expect(await findQueuedInquiry(place, id)).toEqual(at(SECOND));
  });

  test('waits for what is being written of the transfer, and goes by that', async () => {
    const { id } = await storeIntent(place);
    let hinted: Promise<void> | undefined;
    await place.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE transfers SET last_inquiry_at = $2 WHERE id = $1', [id, at(SECOND)]);
      hinted = hint(id, 2 * SECOND);
      await untilBlocked(place);
      await manager.query('UPDATE transfers SET next_inquiry_at = $2 WHERE id = $1', [id, at(60 * SECOND)]);
    });
    await hinted;
    expect((await getTransfer(place, id)).nextInquiryAt).toEqual(at(11 * SECOND));
  });

  describe('about a transfer that is known as', () => {
    const MINUTE = 60 * SECOND;
    /** When it is looked at once more; undefined: never. */
    async function findSecondLook(id: string): Promise<Date | undefined> {
      const [job] = await place.sql<{ run_at: Date; payload: object }>(
        `SELECT run_at, payload FROM graphile_worker._private_jobs WHERE key = 'second-look:' || $1`,
        [id],
      );
      if (job !== undefined) expect(job.payload).toEqual({ transferId: id, isSecondLook: true });
      return job?.run_at;
    }
    const claim = (id: string, claimedTxStatus: string | null, nowMs: number) =>
      place.dataSource.transaction((manager) =>
        place.store.hintInquiry(manager, id, { now: at(nowMs), claimedTxStatus }),
      );

    test.each<[string, Date | null, string | null, Date | undefined]>([
      ['what it claims, for good', null, '3', undefined],
      ['something else, for good', null, '0', at(5 * SECOND + MINUTE)],
      ['something else, and it says nothing', null, null, undefined],
      ['something else, and is asked after', at(100 * SECOND), '0', undefined],
    ])('%s', async (_what, next, claimed, expected) => {
      const { id } = await storeIntent(place);
      await change(id, { last: at(0), next });
      await place.sql('UPDATE transfers SET eko_tx_status = 3 WHERE id = $1', [id]);
      await claim(id, claimed, 5 * SECOND);
      expect(await findSecondLook(id)).toEqual(expected);
    });

    test('something else, and final: is looked at, also when it is about to be asked after', async () => {
      const { id } = await storeIntent(place);
      await change(id, { last: at(0), next: at(8 * SECOND), hinted: at(SECOND) });
      await place.dataSource.transaction(async (manager) => {
        await manager.query(
          `UPDATE transfers SET status = 'SUCCESS', event_count = 2, tid = '4711' WHERE id = $1`,
          [id],
        );
        await manager.query(
          `INSERT INTO transfer_events (id, transfer_id, sequence, source, from_status, to_status, message, evidence, occurred_at)
           VALUES (gen_random_uuid(), $1, 2, 'EKO_RESPONSE', 'SUBMITTING', 'SUCCESS', 'by a test', '{}', $2)`,
          [id, at(0)],
        );
      });
      await claim(id, '3', 5 * SECOND);
      expect(await findSecondLook(id)).toEqual(at(5 * SECOND + MINUTE));
    });

    test('something else: is looked at when the first such hint set', async () => {
      const { id } = await storeIntent(place);
      for (const nowMs of [5 * SECOND, 20 * SECOND]) {
        await change(id, { last: at(0), next: null });
        await claim(id, '0', nowMs);
      }
      expect(await findSecondLook(id)).toEqual(at(5 * SECOND + MINUTE));
    });
  });

  test('of an unknown transfer is none', async () => {
    await hint(NOBODY, 0);
    expect(await findQueuedInquiry(place, NOBODY)).toBeNull();
  });
});

describe('what is overdue and has no job', () => {
  const NOW = at(90 * SECOND);

  test('is queued again for when it was due, the longest overdue first, and nothing else', async () => {
    const other = await startUseCases();
    try {
      const [third, first, second, onTime, real] = [
        await storeIntent(other, { nextInquiryAt: at(3 * SECOND) }),
        await storeIntent(other, { nextInquiryAt: at(SECOND) }),
        await storeIntent(other, { nextInquiryAt: at(2 * SECOND) }),
        await storeIntent(other, { nextInquiryAt: at(4 * SECOND) }),
        await storeIntent(other, { nextInquiryAt: at(SECOND), isSimulated: false }),
      ];
      const requeue = (limit: number) =>
        other.store.requeueOverdue({ before: at(4 * SECOND), now: NOW, limit });
      expect(await requeue(9)).toBe(0);

      await other.sql('DELETE FROM graphile_worker._private_jobs');
      const queued = () =>
        Promise.all([first, second, third, onTime, real].map(({ id }) => findQueuedInquiry(other, id)));
      expect(await requeue(2)).toBe(2);
      expect(await queued()).toEqual([at(SECOND), at(2 * SECOND), null, null, null]);
      expect(await requeue(2)).toBe(0); // the first two wait their turn, and are asked after before the third
      expect(await requeue(9)).toBe(1);
      expect(await requeue(9)).toBe(0);
      expect(await queued()).toEqual([at(SECOND), at(2 * SECOND), at(3 * SECOND), null, null]);
      expect((await getTransfer(other, third.id)).nextInquiryAt).toEqual(at(3 * SECOND));
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['begun at its very time', SECOND],
    ['begun late', 2 * SECOND],
  ])('and was %s, but not ended, is queued for now', async (_when, lastMs) => {
    const other = await startUseCases();
    try {
      const { id } = await storeIntent(other, { nextInquiryAt: at(SECOND) });
      await other.sql('UPDATE transfers SET last_inquiry_at = $2 WHERE id = $1', [id, at(lastMs)]);
      await other.sql('DELETE FROM graphile_worker._private_jobs');
      expect(await other.store.requeueOverdue({ before: at(4 * SECOND), now: NOW, limit: 9 })).toBe(1);
      expect(await findQueuedInquiry(other, id)).toEqual(NOW);
      expect((await getTransfer(other, id)).nextInquiryAt).toEqual(NOW);
    } finally {
      await other.stop();
    }
  });

  test.each<[string, string, number]>([
    ['waits its turn', '', 0],
    ['was put off', `run_at = '2026-01-01T00:02:00Z'`, 1],
    ['was given up', 'attempts = max_attempts', 1],
    ['is at work', `locked_at = '2026-01-01T00:00:10Z', locked_by = 'a worker'`, 0],
    ['was held by a worker too long', `locked_at = '2026-01-01T00:00:09Z', locked_by = 'a worker'`, 1],
  ])('whose job %s: queued again, %i', async (_what, change, expected) => {
    const other = await startUseCases();
    try {
      await storeIntent(other, { nextInquiryAt: at(SECOND) });
      if (change !== '') await other.sql(`UPDATE graphile_worker._private_jobs SET ${change}`);
      const times = { before: at(4 * SECOND), lockedBefore: at(10 * SECOND), now: NOW };
      expect(await other.store.requeueOverdue({ ...times, limit: 9 })).toBe(expected);
    } finally {
      await other.stop();
    }
  });
});
