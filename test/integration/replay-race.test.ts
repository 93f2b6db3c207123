// A request that looks for an earlier one while that is being committed: whenever it becomes visible, the answer is the same.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { createUuidV7 } from '../../src/shared/identifiers.js';
import { TransferStore, type InitiateTransferInput } from '../../src/transfers/index.js';
import { findReplay } from '../../src/transfers/transfer-gates.js';
import { getSealer } from '../../src/shared/sealing.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { toTransfer } from '../support/transfer-row.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource(database.url).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** The real store; `meanwhile` is done before its first reading. */
function interrupt(store: TransferStore, meanwhile: () => Promise<unknown>): TransferStore {
  const find = store.findEarlier.bind(store);
  return Object.assign(store, {
    findEarlier: async (...given: Parameters<typeof find>) => {
      await meanwhile();
      return find(...given);
    },
  });
}

let nextRef = 0;
async function createRivals() {
  nextRef += 1;
  const mark = `RACE-${String(nextRef).padStart(10, '0')}`;
  const transfer = toTransfer({
    id: createUuidV7(Date.now()),
    clientRefId: mark,
    otpChallengeId: createUuidV7(Date.now()),
    status: 'SUBMITTING',
    eventCount: 1,
  });
  await dataSource.query(
    `INSERT INTO otp_challenges (id, otp_ref_id, client_ref_id, agent_user_code, customer_id, recipient_id,
       amount_rupees, state, created_at, expires_at)
     VALUES ($1, $2, $2, $3, $4, $5, $6, 'SENT', now(), now() + interval '1 hour')`,
    [
      transfer.otpChallengeId,
      mark,
      transfer.agentUserCode,
      getSealer().sealToFind(transfer.customerId, 'customer_id'),
      transfer.recipientId,
      transfer.amountRupees,
    ],
  );
  const input: InitiateTransferInput = {
    customerId: transfer.customerId,
    recipientId: transfer.recipientId,
    amountRupees: transfer.amountRupees,
    channel: 'IMPS',
    otp: '123456',
    otpRefId: mark,
    latlong: '28.6,77.2',
    clientRefId: mark,
  };
  return { transfer, input };
}

const agent = { userCode: toTransfer().agentUserCode, tokenId: null };
async function race(changes: Partial<InitiateTransferInput>) {
  const { transfer, input } = await createRivals();
  const store = new TransferStore(dataSource, true);
  const racing = interrupt(store, () =>
    store.commitIntent(transfer, { otpRefId: input.otpRefId, tokenId: null }),
  );
  return { transfer, gate: findReplay(racing, agent, { ...input, ...changes }) };
}

interface Rival {
  readonly name: string;
  readonly changes: Partial<InitiateTransferInput>;
  /** Null: the same request, and not refused. */
  readonly code: string | null;
}
const RIVALS: readonly Rival[] = [
  { name: 'the same request', changes: {}, code: null },
  { name: 'the same request under its OTP alone', changes: { clientRefId: null }, code: null },
  { name: 'its clientRefId, another amount', changes: { amountRupees: 501 }, code: 'CLIENT_REF_CONFLICT' },
  {
    name: 'its OTP alone, another amount',
    changes: { amountRupees: 501, clientRefId: null },
    code: 'OTP_ALREADY_USED',
  },
  {
    name: 'its OTP, another clientRefId',
    changes: { clientRefId: 'RACE-another' },
    code: 'OTP_ALREADY_USED',
  },
];

test.each(RIVALS.filter(({ code }) => code === null))('$name finds it', async ({ changes }) => {
  const { transfer, gate } = await race(changes);
  expect(await gate).toMatchObject({ kind: 'replay', transfer: { id: transfer.id } });
});

test.each(RIVALS.filter(({ code }) => code !== null))('$name: $code', async ({ changes, code }) => {
  const { gate } = await race(changes);
  await expect(gate).rejects.toMatchObject({ code });
});
