// Every operation of examples/, run as a frontend would, in the order of the story.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../src/shared/errors.js';
import { startGateway, type Gateway, type GraphQLAnswer } from '../support/gateway.js';
import { watchOverHttp } from '../support/live-status.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { transfer } from '../support/transfer-client.js';

const FOLDER = 'examples';
const NOBODY = '0190a000-0000-7000-8000-00000000ffff';
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.graphql'));

let gateway: Gateway;
const known: Record<string, string> = {};
beforeAll(async () => {
  gateway = await startGateway({ settings: { INQUIRY_SCHEDULE_MS: '300,600' } });
});
afterAll(() => gateway.stop());

function read(name: string): { query: string; variables: object } {
  const file = `${FOLDER}/${name}.variables.json`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  const filledIn = text.replace(/\{\{(\w+)\}\}/g, (_whole, key: string) => known[key] ?? 'not known');
  return {
    query: readFileSync(`${FOLDER}/${name}.graphql`, 'utf8'),
    variables: JSON.parse(filledIn) as object,
  };
}

async function run<Data>(name: string, token?: string): Promise<Data> {
  const { query, variables } = read(name);
  const answer: GraphQLAnswer<Data> = await gateway.request(query, variables, token ? { token } : {});
  expect(answer.errors).toBeUndefined();
  return answer.data!;
}

type Run = () => Promise<void>;
const STORY: Readonly<Record<string, Run>> = {
  'send-transfer-otp': async () => {
    const data = await run<{ sendTransferOtp: { transferOtp: { otpRefId: string } } }>('send-transfer-otp');
    known['otpRefId'] = data.sendTransferOtp.transferOtp.otpRefId;
  },
  'initiate-transfer': async () => {
    const data = await run<{ initiateTransfer: { transaction: { id: string; status: string } } }>(
      'initiate-transfer',
    );
    expect(data.initiateTransfer.transaction.status).toBe('AWAITED');
    known['transactionId'] = data.initiateTransfer.transaction.id;
  },
  'watch-transaction': async () => {
    const { query, variables } = read('watch-transaction');
    const live = await watchOverHttp(gateway, variables, { query });
    await live.ended;
    expect(live.messages.map(({ data }) => data?.transactionUpdated.status)).toEqual(['AWAITED', 'SUCCESS']);
  },
  'transaction-details': async () => {
    const { transaction } = await run<{ transaction: { status: string; events: object[] } }>(
      'transaction-details',
    );
    expect(transaction).toMatchObject({ status: 'SUCCESS', events: [{}, {}, {}] });
  },
  'list-transactions': async () => {
    const { transactions } = await run<{ transactions: { edges: { node: { id: string } }[] } }>(
      'list-transactions',
    );
    expect(transactions.edges.map(({ node }) => node.id)).toContain(known['transactionId']);
  },
  'customer-history': async () => {
    const { transactions } = await run<{ transactions: { totalCount: number } }>('customer-history');
    expect(transactions.totalCount).toBe(1);
  },
  'refunds-to-make': async () => {
    const [row] = await storeTransfers(gateway.databaseUrl, [{ status: 'REFUND_PENDING' }]);
    const { transactions } = await run<{
      transactions: { totalCount: number; edges: { node: { id: string } }[] };
    }>('refunds-to-make');
    expect(transactions).toMatchObject({
      totalCount: 1,
      edges: [{ node: { id: row!.id, nextAction: 'COLLECT_REFUND_OTP' } }],
    });
  },
  'refresh-transaction': async () => {
    const { refreshTransaction } = await run<{ refreshTransaction: { changed: boolean } }>(
      'refresh-transaction',
    );
    expect(refreshTransaction.changed).toBe(false);
  },
  'refetch-node': async () => {
    const { node } = await run<{ node: object }>('refetch-node');
    expect(node).toMatchObject({ __typename: 'Transaction', id: known['transactionId'], isFinal: true });
  },
  'error-catalogue': async () => {
    const { errorCatalogue } = await run<{ errorCatalogue: object[] }>('error-catalogue');
    expect(errorCatalogue.length).toBeGreaterThan(20);
  },
  'transactions-in-review': async () => {
    const [row] = await storeTransfers(gateway.databaseUrl, [{ needsReview: true }]);
    known['transactionId'] = row!.id;
    const { transactions } = await run<{ transactions: { edges: { node: { id: string } }[] } }>(
      'transactions-in-review',
      await gateway.token('support'),
    );
    expect(transactions.edges.map(({ node }) => node.id)).toEqual([row!.id]);
  },
  'resolve-review': async () => {
    const { resolveReview } = await run<{ resolveReview: { transaction: object } }>(
      'resolve-review',
      await gateway.token('admin'),
    );
    expect(resolveReview.transaction).toMatchObject({ id: known['transactionId'], needsReview: false });
  },
};

describe('the examples', () => {
  test('are all told of in their README, and all run here', () => {
    const readme = readFileSync(`${FOLDER}/README.md`, 'utf8');
    for (const file of files) expect(readme).toContain(`](${file})`);
    expect(Object.keys(STORY).sort()).toEqual(files.map((file) => file.replace('.graphql', '')).sort());
  });

  test.each(Object.keys(STORY))('%s.graphql', (name) => STORY[name]!());

  test('watch-with-fetch.mjs prints each state until the final one, and why there is none', async () => {
    const watch = async (id: string, token = '') => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [`${FOLDER}/watch-with-fetch.mjs`, id, `${gateway.url}/graphql`],
        { env: { ...process.env, TOKEN: token }, timeout: 20_000 },
      );
      return stdout.trim().split('\n');
    };
    const { id } = await transfer(gateway, 103);
    expect((await watch(id)).map((line) => (JSON.parse(line) as { status: string }).status)).toEqual([
      'AWAITED',
      'SUCCESS',
    ]);
    expect(await watch(NOBODY)).toEqual([ERRORS.NOT_FOUND.meaning]);
    expect(await watch(id, 'none.of.ours')).toEqual([ERRORS.UNAUTHENTICATED.meaning]);
  });

  test('became typed documents without any', () => {
    const documents = readFileSync(`${FOLDER}/web/src/documents.ts`, 'utf8');
    expect(documents).not.toMatch(/\bany\b(?![^\n]*\*\/)/);
    for (const file of files) {
      const [, name = 'none'] =
        /(?:query|mutation|subscription) (\w+)/.exec(readFileSync(`${FOLDER}/${file}`, 'utf8')) ?? [];
      expect(documents).toContain(`export const ${name}Document`);
    }
  });
});
