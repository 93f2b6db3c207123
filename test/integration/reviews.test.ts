// Contradictions reach a person, who closes the review; no word of theirs changes a status.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import type { Role } from '../../src/auth/index.js';
import { parseConfig } from '../../src/config/config.js';
import { classifyInquiry } from '../../src/eko/outcome.js';
import { systemClock } from '../../src/shared/clock.js';
import { applyOutcome } from '../../src/transfers/apply-outcome.js';
import { TransferStore } from '../../src/transfers/index.js';
import { startDatabaseProxy } from '../support/database-proxy.js';
import { eventually, startGateway, type GraphQLAnswer } from '../support/gateway.js';
import { inquireAnswering, inquireNow, type Place } from '../support/inquire-now.js';
import { postRaw, sendRaw } from '../support/raw-http.js';
import { expectGapFree, findRow } from '../support/records.js';
import { expectNoEcho, expectRefusal } from '../support/refusals.js';
import {
  reply,
  sayNotFound,
  startScriptedEko,
  toDebitReply,
  toInquiryReply,
} from '../support/scripted-eko.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { createTestDatabase } from '../support/test-database.js';
import {
  readTransaction,
  transfer,
  TRANSACTION_FIELDS,
  type TestTransaction,
} from '../support/transfer-client.js';

const RESOLVE = `mutation ($input: ResolveReviewInput!) {
  resolveReview(input: $input) { transaction { ${TRANSACTION_FIELDS} } } }`;
const REASON = 'Eko confirmed by mail that its answer was wrong (ticket 4711)';
const MISSING = '01900000-0000-7000-8000-000000000000';

type ResolveAnswer = GraphQLAnswer<{ resolveReview: { transaction: TestTransaction } | null }>;

let place: Place;
let admin: string;
beforeAll(async () => {
  const eko = await startScriptedEko();
  // A slow schedule: these tests ask when they want an answer.
  const gateway = await startGateway({
    ekoUrl: eko.url,
    settings: { INQUIRY_SCHEDULE_MS: '3600000', EKO_TRANSFER_TIMEOUT_MS: '3000' },
  });
  place = { gateway, eko };
  admin = await gateway.token('admin');
});
afterAll(async () => {
  await place.gateway.stop();
  await place.eko.stop();
});

function tryResolve(input: { id: string; reason?: string }, token = admin): Promise<ResolveAnswer> {
  return place.gateway.request(RESOLVE, { input: { reason: REASON, ...input } }, { token });
}
async function resolve(id: string, reason = REASON): Promise<TestTransaction> {
  const { data, errors } = await tryResolve({ id, reason });
  if (!data?.resolveReview) throw new Error(`the review was not closed: ${JSON.stringify(errors)}`);
  return data.resolveReview.transaction;
}
/** Errors as `code path message`, without what differs from request to request. */
const refusalsOf = ({ errors = [] }: GraphQLAnswer<unknown>) =>
  errors.flatMap(({ extensions: { code, fields = [] } }) =>
    fields.length === 0 ? [code] : fields.map(({ path, message }) => `${code} ${path} ${message}`),
  );

/** An AWAITED transfer that has no tid yet. */
function awaited(): Promise<TestTransaction> {
  place.eko.onDebit = (response, call) =>
    reply(response, toDebitReply(call, { tid: undefined }, { tx_status: '2' }));
  return transfer(place.gateway);
}
const OTHER_AMOUNT = { amount: '500.01' };
async function inReview(): Promise<TestTransaction> {
  const doubted = await inquireNow(place, await awaited(), OTHER_AMOUNT);
  expect(doubted).toMatchObject({ status: 'AWAITED', needsReview: true });
  return doubted;
}
const OF_INQUIRIES = ['last_inquiry_at', 'next_inquiry_at', 'inquiry_count'];
/** The row without what an inquiry leaves behind whatever its answer. */
async function settledPart(id: string) {
  const row = await findRow(place.gateway, id);
  return Object.entries(row).filter(([column]) => !OF_INQUIRIES.includes(column));
}

describe('an admin', () => {
  test.each([
    ['AWAITED', [], OTHER_AMOUNT, 'WAIT', /Please wait/],
    ['ON_HOLD', [{ tx_status: '5' }], { client_ref_id: 'REQ-somebody-else' }, 'WAIT', /Please wait/],
    ['SUCCESS', [{}], { tx_status: '1' }, 'NONE', /^$/],
    // What was settled outside does not show in the status.
    ['FAILED', [{ tx_status: '1' }], {}, 'CONTACT_SUPPORT', /ask support before/],
    ['REFUNDED', [{}, { tx_status: '4' }], { tx_status: '0' }, 'NONE', /paid back/],
  ])(
    'closes the review of a transfer that is %s, and its status stays',
    async (status, way, contradiction, nextAction, sentence) => {
      let transaction = await awaited();
      for (const said of [...way, contradiction]) transaction = await inquireNow(place, transaction, said);
      expect(transaction).toMatchObject({ status, needsReview: true, nextAction: 'CONTACT_SUPPORT' });
      const before = await findRow(place.gateway, transaction.id);

      const closed = await resolve(transaction.id, `  ${REASON}\n`);
      expect(closed.nextAction).toBe(nextAction);
      expect(closed.statusReason?.message ?? '').toMatch(sentence);
      expect(closed).toEqual({
        ...transaction,
        needsReview: false,
        nextAction,
        statusReason: closed.statusReason,
        updatedAt: closed.updatedAt,
        events: [...transaction.events, closed.events.at(-1)],
      });
      expect(closed.events.at(-1)).toMatchObject({
        source: 'OPERATOR',
        fromStatus: status,
        toStatus: status,
        message: `A person has looked at it and closed the review: ${REASON}`,
      });
      expectGapFree(closed);
      expect(await readTransaction(place.gateway, transaction.id)).toEqual(closed);

      const after = await findRow(place.gateway, transaction.id);
      expect(after).toEqual({
        ...before,
        needs_review: false,
        reviewed_at: after['updated_at'],
        event_count: Number(before['event_count']) + 1,
        updated_at: after['updated_at'],
      });
      const [event] = await place.gateway.sql(
        'SELECT evidence FROM transfer_events WHERE transfer_id = $1 ORDER BY sequence DESC LIMIT 1',
        [transaction.id],
      );
      expect(event).toEqual({ evidence: { operator: 'admin-20810200', reason: REASON } });
    },
  );

  test('finds what is in review by the filter, and no more when it is closed', async () => {
    const list = async () => {
      const { data } = await place.gateway.request<{ transactions: { edges: { node: { id: string } }[] } }>(
        '{ transactions(filter: { needsReview: true }) { edges { node { id } } } }',
        {},
        { token: admin },
      );
      return data?.transactions.edges.map(({ node }) => node.id);
    };
    const { id } = await inReview();
    expect(await list()).toContain(id);
    await resolve(id);
    expect(await list()).not.toContain(id);
  });

  test('ends a review, not the search: an open transfer is asked after as before', async () => {
    const doubted = await inReview();
    const closed = await resolve(doubted.id);
    expect(closed).toMatchObject({ nextAction: 'WAIT', isFinal: false, nextCheckAt: doubted.nextCheckAt });
    const settled = await inquireNow(place, closed);
    expect(settled).toMatchObject({ status: 'SUCCESS', needsReview: false, nextAction: 'NONE' });
    expectGapFree(settled);
  });
});

describe('what is refused', () => {
  test.each<[who: string, role: Role]>([
    ['the transfer’s own agent', 'agent'],
    ['support', 'support'],
  ])('%s may not close a review', async (_who, role) => {
    const { id } = await inReview();
    const before = await findRow(place.gateway, id);
    const token = await place.gateway.token(role);
    for (const input of [{ id }, { id: MISSING }, { id, reason: 'short' }]) {
      const answer = await tryResolve(input, token);
      expect(refusalsOf(answer)).toEqual(['FORBIDDEN']);
      expect(answer.data).toEqual({ resolveReview: null });
    }
    expect(await findRow(place.gateway, id)).toEqual(before);
  });

  test('without a token the demo agent of the sandbox may not either', async () => {
    const { id } = await inReview();
    const answer = await place.gateway.request(RESOLVE, { input: { id, reason: REASON } });
    expect(refusalsOf(answer)).toEqual(['FORBIDDEN']);
  });

  test.each([MISSING, '', 'x', "1' OR '1'='1", MISSING.toUpperCase().replace('7', 'F')])(
    'an id that is none is not found: "%s"',
    async (id) => {
      expect(refusalsOf(await tryResolve({ id }))).toEqual(['NOT_FOUND']);
    },
  );

  test('a transfer that was never in review has nothing to close', async () => {
    const plain = await awaited();
    const answer = await tryResolve({ id: plain.id });
    expect(refusalsOf(answer)).toEqual([
      'BAD_USER_INPUT input.id is not in review: there is nothing to close',
    ]);
    expect(await readTransaction(place.gateway, plain.id)).toEqual(plain);
  });
});

describe('the reason', () => {
  const CANARY = 'CANARYREASON';
  test.each([
    ['nothing', ''],
    ['white space alone', ' '.repeat(40)],
    ['nine characters', 'ninechars'],
    ['nine characters in white space', '   ninechars \n\t'],
    ['nine characters of two code units each', '\u{1d7d8}'.repeat(9)],
    ['more than 300 characters', `${CANARY} ${'x'.repeat(300)}`],
    ['a second line', `${CANARY}\nsecond line`],
    ['a tab', `${CANARY}\tafter a tab`],
    ['a control character', `${CANARY}\u0007 rings`],
    ['NUL', `${CANARY}\u0000 ends`],
    ['an escape sequence', `${CANARY}\u001b[2J clears the terminal`],
    ['text that runs backwards', `${CANARY}\u202e reversed`],
    ['a zero-width space', `${CANARY}\u200b hidden`],
    ['nothing but joiners', '\u200d'.repeat(20)],
    ['a line separator', `${CANARY}\u2028 second line`],
    ['half of a surrogate pair', `${CANARY} \ud800 half`],
  ])('is refused, and not repeated: %s', async (_what, reason) => {
    const { id } = await inReview();
    const headers = { authorization: `Bearer ${admin}` };
    const body = { query: RESOLVE, variables: { input: { id, reason } } };
    const answer = await postRaw(`${place.gateway.url}/graphql`, body, headers);
    const [error] = expectRefusal(answer);
    expect(error?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.reason', message: 'must be 10-300 printable characters on one line' }],
    });
    expectNoEcho(answer, [CANARY, 'ninechars', '\u{1d7d8}']);
    expect(await readTransaction(place.gateway, id)).toMatchObject({ needsReview: true });
  });

  test.each([
    ['ten characters', 'ten chars.'],
    ['300 characters', 'x'.repeat(300)],
    ['300 characters of two code units each', '\u{1d7d8}'.repeat(300)],
    ['Hindi, with its joiners', 'एको ने पुष्टि की: राशि सही है, क्\u200dष'],
    ['signs that SQL, JSON and HTML would trip over', `'; DROP TABLE "x" -- {"a":1} <b>&amp;</b> \\u0000`],
  ])('is kept as it is: %s', async (_what, reason) => {
    const { id } = await inReview();
    const closed = await resolve(id, reason);
    expect(closed.events.at(-1)?.message.endsWith(`closed the review: ${reason}`)).toBe(true);
  });
});

describe('the same request again', () => {
  test('returns the transaction and adds nothing, also when more has happened since', async () => {
    const { id } = await inReview();
    const closed = await resolve(id);
    expect(await resolve(id)).toEqual(closed);
    const settled = await inquireNow(place, closed);
    expect(settled.status).toBe('SUCCESS');
    expect(await resolve(id)).toEqual(settled);
  });

  test('five at once close it once', async () => {
    const { id, events } = await inReview();
    const all = await Promise.all(Array.from({ length: 5 }, () => resolve(id)));
    for (const closed of all) expect(closed.events).toHaveLength(events.length + 1);
  });

  test('another word, or another person’s, is not lost in silence: there is nothing left to close', async () => {
    const { id } = await inReview();
    const closed = await resolve(id);
    const others = [
      await tryResolve({ id, reason: 'Another thing was found out, later' }),
      await tryResolve({ id }, await place.gateway.token('admin', '99990000')),
    ];
    for (const answer of others) {
      expect(refusalsOf(answer)).toEqual([
        'BAD_USER_INPUT input.id is not in review: there is nothing to close',
      ]);
    }
    expect(await readTransaction(place.gateway, id)).toEqual(closed);
  });
});

describe('after a review was closed', () => {
  test('the same contradiction changes nothing', async () => {
    const { id } = await inReview();
    const closed = await resolve(id);
    const before = await settledPart(id);
    for (let times = 0; times < 2; times += 1) {
      const again = await inquireNow(place, closed, OTHER_AMOUNT);
      expect({ ...again, nextCheckAt: null }).toEqual({ ...closed, nextCheckAt: null });
    }
    expect(await settledPart(id)).toEqual(before);
  });

  test('the same contradiction with less in the answer changes nothing', async () => {
    const doubted = await inquireNow(place, await awaited(), { ...OTHER_AMOUNT, recipient_id: 98765 });
    const closed = await resolve(doubted.id);
    const again = await inquireNow(place, closed, { ...OTHER_AMOUNT, tid: undefined, tx_status: '2' });
    expect(again).toMatchObject({ needsReview: false, events: closed.events });
  });

  test.each([
    ['in other words', { recipient_id: 12345 }, 'another recipient'],
    ['about another amount', { amount: '5000' }, 'another amount'],
    ['about another tid', { ...OTHER_AMOUNT, tid: '999000222' }, 'another amount'],
  ])('a new contradiction opens it again: %s', async (_what, said, words) => {
    const doubted = await inReview();
    const closed = await resolve(doubted.id);
    const reopened = await inquireNow(place, closed, said);
    expect(reopened).toMatchObject({ status: 'AWAITED', needsReview: true, nextAction: 'CONTACT_SUPPORT' });
    expect(reopened.events).toHaveLength(closed.events.length + 1);
    expect(reopened.events.at(-1)).toMatchObject({
      source: 'EKO_INQUIRY',
      message: expect.stringContaining(words),
    });
    expectGapFree(reopened);

    // Closed a second time by the same words, it stays closed to both.
    const closedAgain = await resolve(doubted.id);
    expect(closedAgain.events).toHaveLength(reopened.events.length + 1);
    for (const known of [OTHER_AMOUNT, said]) {
      expect(await inquireNow(place, closedAgain, known)).toMatchObject({
        needsReview: false,
        events: closedAgain.events,
      });
    }
  });

  test('the same contradiction in another state opens it again', async () => {
    const { id } = await inReview();
    const onHold = await inquireNow(place, await resolve(id), { tx_status: '5' });
    expect(onHold).toMatchObject({ status: 'ON_HOLD', needsReview: false });
    expect(await inquireNow(place, onHold, OTHER_AMOUNT)).toMatchObject({
      status: 'ON_HOLD',
      needsReview: true,
    });
  });

  test('a tid that is followed after a denial stays followed', async () => {
    const first = await inquireNow(place, await awaited(), { tx_status: '2' });
    const second = await inquireAnswering(place, first, (response, call) => {
      if (!call.reference.startsWith('client_ref_id:')) sayNotFound(response, call);
      else reply(response, toInquiryReply(first, { tid: '999000333' }));
    });
    expect(second).toMatchObject({ status: 'SUCCESS', tid: '999000333', needsReview: true });
    const closed = await resolve(first.id);
    expect(closed).toMatchObject({ status: 'SUCCESS', tid: '999000333', needsReview: false });
    const again = await inquireNow(place, closed, { tid: '999000333' });
    expect(again).toMatchObject({ needsReview: false, events: closed.events });
  });
});

describe('an outcome says whether a person has to look', () => {
  let dataSource: DataSource;
  beforeAll(async () => {
    dataSource = await createDataSource(place.gateway.databaseUrl).initialize();
  });
  afterAll(() => dataSource.destroy());

  /** As the gateway itself applies an inquiry's answer; this is what its line of level error hangs on. */
  async function apply(transaction: TestTransaction, data: object, isTidDenied = false): Promise<boolean> {
    const body = JSON.stringify(toInquiryReply(transaction, data));
    const { inquiryPolicy: policy } = parseConfig({});
    const told: boolean[] = [];
    const store = new TransferStore(dataSource, true);
    await applyOutcome(
      { store, clock: systemClock, policy, onApplied: ({ isForReview }) => told.push(isForReview) },
      {
        transferId: transaction.id,
        outcome: classifyInquiry({ kind: 'answered', httpStatus: 200, body, dateMs: null }),
        source: 'EKO_INQUIRY',
        askedAt: new Date(),
        isTidDenied,
      },
    );
    return told.length === 1 && told[0] === true;
  }

  test('once for a contradiction, and again for a new one', async () => {
    const transaction = await awaited();
    expect(await apply(transaction, { tx_status: '5' })).toBe(false);
    expect(await apply(transaction, OTHER_AMOUNT)).toBe(true);
    expect(await apply(transaction, OTHER_AMOUNT)).toBe(false);
    expect(await apply(transaction, { recipient_id: 12345 })).toBe(true);
    expect(await apply(transaction, {})).toBe(false);
  });

  test('also for a second tid that is followed, though the status changes with it', async () => {
    const transaction = await awaited();
    expect(await apply(transaction, { tx_status: '2' })).toBe(false);
    expect(await apply(transaction, { tid: '999000444' }, true)).toBe(true);
    expect(await readTransaction(place.gateway, transaction.id)).toMatchObject({
      status: 'SUCCESS',
      tid: '999000444',
      needsReview: true,
    });
  });
});

describe('the metric of open reviews', () => {
  const METRIC = /^gateway_transfers_in_review (\S+)$/m;

  test('counts them, and says that it cannot while the database is away', async () => {
    const database = await createTestDatabase();
    const proxy = await startDatabaseProxy(database.url);
    const gateway = await startGateway({
      databaseUrl: proxy.url,
      parts: { api: true, worker: false },
    });
    const read = async () => METRIC.exec((await sendRaw(`${gateway.url}/metrics`)).text)?.[1];
    const reads = (value: string) => eventually(async () => ((await read()) === value ? true : null), 20_000);
    try {
      expect(await read()).toBe('0');
      const [stored] = await storeTransfers(database.url, [{ needsReview: true }, { needsReview: true }, {}]);
      expect(await read()).toBe('2');
      await gateway.request(
        RESOLVE,
        { input: { id: stored?.id, reason: REASON } },
        { token: await gateway.token('admin') },
      );
      expect(await read()).toBe('1');
      proxy.cut();
      await reads('Nan');
      proxy.restore();
      await reads('1');
    } finally {
      await gateway.stop();
      await proxy.stop();
      await database.drop();
    }
  });
});
