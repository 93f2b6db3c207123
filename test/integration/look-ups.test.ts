// Look-ups that come together are read together; who asked for what, and whose fault is whose, stays apart.
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { createUuidV7 } from '../../src/shared/identifiers.js';
import type { ReadScope } from '../../src/transfers/agent.js';
import {
  AGENT,
  OTHER_AGENT,
  START_MS,
  startUseCases,
  storeIntent,
  type UseCases,
} from '../support/use-cases.js';
import { runSql, startGateway } from '../support/gateway.js';

const MINE: ReadScope = { kind: 'agent', userCode: AGENT.userCode };
const ALL: ReadScope = { kind: 'all' };

let place: UseCases;
beforeAll(async () => {
  place = await startUseCases();
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => place.stop());

const recordNames = () => {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  return () => query.mock.calls.map(([given]) => (given as unknown as { name?: string }).name);
};

test('what is asked for in one turn is read in one statement, each in its own scope', async () => {
  const [mine, theirs] = [
    await storeIntent(place),
    await storeIntent(place, { agentUserCode: OTHER_AGENT.userCode }),
  ];
  const nobodys = createUuidV7(START_MS);
  const names = recordNames();
  const found = await Promise.all([
    place.reader.findOne(MINE, { id: theirs.id }),
    place.reader.findOne(ALL, { id: theirs.id }),
    place.reader.findOne(MINE, { id: nobodys }),
    place.reader.findOne(MINE, { id: mine.id }),
    place.reader.findOne(MINE, { id: mine.id }),
  ]);
  expect(found.map((one) => one?.id)).toEqual([undefined, theirs.id, undefined, mine.id, mine.id]);
  expect(names()).toEqual(['find_by_id']);
});

test('nothing is kept: the next look-up says what has changed', async () => {
  const { id } = await storeIntent(place);
  expect((await place.reader.findOne(MINE, { id }))?.needsReview).toBe(false);
  await place.sql('UPDATE transfers SET needs_review = true WHERE id = $1', [id]);
  expect((await place.reader.findOne(MINE, { id }))?.needsReview).toBe(true);
});

test('a name with the marks of SQL and of lists is that name and no other', async () => {
  const tids = ['1,2', '"1"', '{1}', '1\\', "'1'", 'NULL'];
  const rows = [];
  for (const tid of tids) {
    const row = await storeIntent(place);
    await place.sql('UPDATE transfers SET tid = $2 WHERE id = $1', [row.id, tid]);
    rows.push(row.id);
  }
  const found = await Promise.all(
    [...tids, '1', '2', 'null'].map((tid) => place.reader.findOne(MINE, { tid })),
  );
  expect(found.map((one) => one?.id)).toEqual([...rows, undefined, undefined, undefined]);
});

test('a statement that fails is the fault of each request in it, under its own id', async () => {
  const gateway = await startGateway({ parts: { api: true, worker: false } });
  try {
    const id = createUuidV7(START_MS);
    const ask = async () => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ transaction(id: "${id}") { id } }` }),
      });
      const body = (await response.json()) as {
        errors?: [{ extensions: { code: string; requestId: string } }];
      };
      return { own: response.headers.get('x-request-id'), told: body.errors?.[0].extensions };
    };
    for (let asked = 0; asked < 4; asked += 1) expect((await ask()).told).toBeUndefined();
    await runSql(gateway.databaseUrl, 'ALTER TABLE transfers RENAME TO elsewhere');
    const names = recordNames();
    const answers = await Promise.all(Array.from({ length: 40 }, ask));
    for (const { own, told } of answers)
      expect(told).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', requestId: own });
    expect(new Set(answers.map(({ own }) => own)).size).toBe(40);
    // Some of them were read together.
    expect(names().length).toBeLessThan(40);
  } finally {
    await gateway.stop();
  }
});
