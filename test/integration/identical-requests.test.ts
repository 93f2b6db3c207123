// The same request a hundred times at once: one debit and one answer, however Eko behaves, whatever process takes it, for ever.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../../src/simulator/index.js';
import { eventually, runSql, type Caller } from '../support/gateway.js';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import { startSlowRelay, type SlowRelay } from '../support/slow-relay.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  readTransaction,
  sendOtp,
  tryInitiate,
  type InitiateAnswer,
  type TestTransaction,
} from '../support/transfer-client.js';

const TIMES = 100;
/** The simulator debits it, and never answers. */
const UNANSWERED_AMOUNT = 106;

let simulator: Simulator;
let simulatorUrl: string;
let eko: SlowRelay;
let database: TestDatabase;
let server: RealServer;
beforeAll(async () => {
  // Two processes may sign in the same millisecond; that is not what is proven here.
  simulator = createSimulator({ limits: 'none', checksReplays: false });
  simulatorUrl = (await simulator.start()).url;
  eko = await startSlowRelay(simulatorUrl);
  database = await createTestDatabase();
  server = await startServer({ EKO_TRANSFER_TIMEOUT_MS: '4000' });
}, 60_000);
afterAll(async () => {
  await killRealServers();
  await eko.stop();
  await simulator.stop();
  await database.drop();
});

afterEach(() => eko.holdFor(0));

function startServer(settings: Record<string, string>): Promise<RealServer> {
  return startRealServer({
    databaseUrl: database.url,
    ekoUrl: eko.url,
    settings: { MAX_TRANSFERS_IN_FLIGHT: String(2 * TIMES), ...settings },
  });
}

/** What Eko itself counts: requests to debit by reference, and what it booked. */
async function askSimulator() {
  const ask = async (view: string) =>
    (await (await fetch(new URL(`/_simulator/${view}`, simulatorUrl))).json()) as unknown;
  return {
    attempts: (await ask('attempts')) as Readonly<Record<string, number>>,
    ledger: (await ask('ledger')) as readonly { clientRefId: string; amountRupees: number }[],
  };
}
async function countDebits() {
  const { attempts, ledger } = await askSimulator();
  const [row] = await runSql<{ count: number }>(database.url, 'SELECT count(*)::int AS count FROM transfers');
  return {
    asked: Object.values(attempts).reduce((sum, count) => sum + count, 0),
    booked: ledger.length,
    rows: row?.count ?? 0,
  };
}
/** Runs `act`; fails unless Eko was asked for one debit meanwhile, under the reference of this one. */
async function expectOneDebit(act: () => Promise<Pick<TestTransaction, 'clientRefId' | 'amount'>>) {
  const before = await countDebits();
  const { clientRefId, amount } = await act();
  expect(await countDebits()).toEqual({
    asked: before.asked + 1,
    booked: before.booked + 1,
    rows: before.rows + 1,
  });
  const { attempts, ledger } = await askSimulator();
  expect(attempts[clientRefId]).toBe(1);
  expect(ledger.filter((entry) => entry.clientRefId === clientRefId)).toMatchObject([
    { amountRupees: amount },
  ]);
}

/** All at once, in turn to these servers. */
function sendAll(callers: readonly Caller[], inputs: readonly object[]): Promise<InitiateAnswer[]> {
  return Promise.all(inputs.map((input, index) => tryInitiate(callers[index % callers.length]!, input)));
}
function repeat(input: object): object[] {
  return Array.from({ length: TIMES }, () => input);
}
function toPayloads(answers: readonly InitiateAnswer[]) {
  return answers.flatMap(({ data }) => data?.initiateTransfer ?? []);
}
/** Fails unless all of them are one and the same transaction. */
function toOneAnswer(answers: readonly InitiateAnswer[], { firsts }: { firsts: 0 | 1 }): TestTransaction {
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  const payloads = toPayloads(answers);
  expect(payloads).toHaveLength(answers.length);
  expect(payloads.filter(({ replayed }) => !replayed)).toHaveLength(firsts);
  const distinct = new Map(payloads.map(({ transaction }) => [JSON.stringify(transaction), transaction]));
  expect([...distinct.values()]).toHaveLength(1);
  return payloads[0]!.transaction;
}

let nextRef = 0;
function newRef(): string {
  nextRef += 1;
  return `IDENTICAL-${String(nextRef).padStart(6, '0')}`;
}

interface Made {
  readonly input: object;
  readonly transaction: TestTransaction;
}
/** What was made so far, to be asked for again. */
const made: Made[] = [];

describe.each([
  ['with a clientRefId', true],
  ['without one', false],
])('a hundred at once %s', (_, hasRef) => {
  test.each([
    ['that answers at once: one debit, a hundred times SUCCESS', 500, 0, 'SUCCESS'],
    ['that takes a second: one debit, a hundred times SUCCESS', 500, 1_000, 'SUCCESS'],
    ['that never answers: one debit, a hundred times AWAITED', UNANSWERED_AMOUNT, 0, 'AWAITED'],
  ])('to an Eko %s', async (_what, amount, takesMs, status) => {
    const otpRefId = await sendOtp(server, amount);
    const input = { otpRefId, amount, ...(hasRef ? { clientRefId: newRef() } : {}) };
    eko.holdFor(takesMs);
    await expectOneDebit(async () => {
      const transaction = toOneAnswer(await sendAll([server], repeat(input)), { firsts: 1 });
      expect(transaction.status).toBe(status);
      made.push({ input, transaction });
      return transaction;
    });
  });
});

describe('the same hundred after the server', () => {
  async function expectReplays(all: readonly Made[]): Promise<void> {
    const before = await countDebits();
    for (const { input, transaction } of all) {
      expect(toOneAnswer(await sendAll([server], repeat(input)), { firsts: 0 })).toEqual(transaction);
    }
    expect(await countDebits()).toEqual(before);
  }

  test('was stopped and started again: replays of the same transactions, and no debit', async () => {
    server.process.kill('SIGTERM');
    expect(await server.process.exited()).toBe(0);
    server = await startServer({});
    expect(made).toHaveLength(6);
    await expectReplays(made);
  }, 90_000);

  test('was killed in the middle of their debit, and started again: that debit is the only one', async () => {
    const input = { otpRefId: await sendOtp(server), clientRefId: newRef() };
    eko.holdFor(10_000);
    await expectOneDebit(async () => {
      const { asked } = await countDebits();
      const lost = Promise.allSettled(repeat(input).map((each) => tryInitiate(server, each)));
      await eventually(async () => ((await countDebits()).asked > asked ? true : null));
      server.process.kill('SIGKILL');
      expect(new Set((await lost).map((each) => each.status))).toEqual(new Set(['rejected']));
      server = await startServer({});
      const transaction = toOneAnswer(await sendAll([server], repeat(input)), { firsts: 0 });
      expect(transaction).toMatchObject({ clientRefId: input.clientRefId, status: 'AWAITED' });
      made.push({ input, transaction });
      return transaction;
    });
    await expectReplays(made);
  }, 90_000);
});

describe('two processes on one database', () => {
  let other: RealServer;
  beforeAll(async () => {
    other = await startServer({});
  }, 60_000);

  test.each([
    ['with a clientRefId', true],
    ['without one', false],
  ])(
    'a hundred at once %s, spread over both: one debit, one transaction in every answer',
    async (_, hasRef) => {
      for (const takesMs of [0, 300, 600]) {
        const input = { otpRefId: await sendOtp(server), ...(hasRef ? { clientRefId: newRef() } : {}) };
        eko.holdFor(takesMs);
        await expectOneDebit(async () => {
          const answers = await sendAll([server, other], repeat(input));
          expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
          const payloads = toPayloads(answers);
          const [first, ...more] = payloads.filter(({ replayed }) => !replayed);
          expect(more).toEqual([]);
          expect(first?.transaction.status).toBe('SUCCESS');
          // A replay that meets the debit in the other process cannot know its outcome yet, and says so.
          const shown = payloads.map(({ transaction }) => `${transaction.id} ${transaction.status}`);
          const { id = '' } = first?.transaction ?? {};
          expect([`${id} SUCCESS`, `${id} AWAITED`]).toEqual(expect.arrayContaining([...new Set(shown)]));
          for (const caller of [server, other])
            expect(await readTransaction(caller, id)).toEqual(first?.transaction);
          return first!.transaction;
        });
      }
    },
  );

  /** Each makes a hundred requests that may not all be granted; `refusals` is what the others may be told. */
  const RIVALS: readonly {
    readonly name: string;
    readonly toInputs: () => Promise<object[]>;
    readonly refusals: readonly string[];
  }[] = [
    {
      name: 'one OTP and a hundred amounts',
      toInputs: async () => {
        const otpRefId = await sendOtp(server, 550);
        return repeat({ otpRefId }).map((input, index) => ({ ...input, amount: 500 + index }));
      },
      // Before the one that fits is committed, and afterwards.
      refusals: ['OTP_MISMATCH', 'OTP_ALREADY_USED'],
    },
    {
      name: 'one OTP, one clientRefId and a hundred amounts',
      toInputs: async () => {
        const input = { otpRefId: await sendOtp(server, 550), clientRefId: newRef() };
        return repeat(input).map((each, index) => ({ ...each, amount: 500 + index }));
      },
      refusals: ['OTP_MISMATCH', 'CLIENT_REF_CONFLICT'],
    },
    {
      name: 'one OTP and a hundred clientRefIds',
      toInputs: async () => {
        const otpRefId = await sendOtp(server);
        return repeat({ otpRefId }).map((input) => ({ ...input, clientRefId: newRef() }));
      },
      refusals: ['OTP_ALREADY_USED'],
    },
    {
      name: 'one clientRefId and a hundred OTPs',
      toInputs: async () => {
        const clientRefId = newRef();
        const inputs: object[] = [];
        // One after the other: a server takes 64 at once.
        for (const caller of repeat({}).map((_, index) => (index % 2 === 0 ? server : other)))
          inputs.push({ clientRefId, otpRefId: await sendOtp(caller) });
        return inputs;
      },
      refusals: ['CLIENT_REF_CONFLICT'],
    },
  ];

  describe.each([
    ['one process', () => [server]],
    ['both processes', () => [server, other]],
  ])('to %s', (_, toCallers) => {
    test.each(RIVALS)('$name: one debit, and the others are refused', async ({ toInputs, refusals }) => {
      const inputs = await toInputs();
      eko.holdFor(200);
      await expectOneDebit(async () => {
        const answers = await sendAll(toCallers(), inputs);
        const payloads = toPayloads(answers);
        expect(payloads).toMatchObject([{ replayed: false, transaction: { status: 'SUCCESS' } }]);
        const codes = answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code);
        expect(codes).toHaveLength(TIMES - 1);
        expect(refusals).toEqual(expect.arrayContaining([...new Set(codes)]));
        return payloads[0]!.transaction;
      });
    });
  });
});
