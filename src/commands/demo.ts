// `demo`: the main job, seen. A throw-away system on free ports; exits 0 only if every step did what it says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseConfig } from '../config/config.js';
import { createLogger } from '../observability/index.js';
import { assert } from '../shared/assert.js';
import { RIGHT_OTP } from '../simulator/index.js';
import { nextSignal } from './lifetime.js';
import { startSystem } from './system.js';
import { UsageError } from './usage-error.js';

const CUSTOMER = '6111111111';
const RECIPIENT = '98765';
/** An awaited transfer settles at its second inquiry; this is many times what that takes. */
const SETTLES_WITHIN_MS = 15_000;

export async function runDemo(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'eko-transfer-gateway-demo-'));
  const signalled = nextSignal();
  say('A throw-away system: its own PostgreSQL, Eko simulator and server, on free ports.');
  try {
    const system = await startSystem({
      config: parseConfig({ PORT: '0', DATA_DIR: dataDir, INQUIRY_SCHEDULE_MS: '500,1000' }),
      logger: createLogger('warn'),
      parts: { api: true, worker: true },
      migrates: true,
      onProgress: (message) => say(`  … ${message}`),
    });
    try {
      const story = tellTheStory(`${system.url ?? ''}/graphql`).then(() => null);
      const signal = await Promise.race([story, signalled]);
      if (signal !== null) throw new UsageError('Interrupted: the throw-away system is removed.');
    } finally {
      await system.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function tellTheStory(url: string): Promise<void> {
  const client = new DemoClient(url);

  say('\n1. The agent asks for an OTP: customer, recipient and ₹500 are bound to it.');
  const otp = await client.sendOtp(500);
  say(`   Eko texts it to ${otp.sentTo}; its reference is ${otp.otpRefId}.`);

  say(`\n2. The customer reads out ${RIGHT_OTP}, and the money moves by IMPS.`);
  const paid = await client.initiate(500, otp.otpRefId);
  assert(paid.status === 'SUCCESS', 'a plain transfer succeeds');
  say(
    `   ${paid.status}: tid ${paid.tid}, bank reference ${paid.bankReference}, fee ₹${paid.fee}, to ${paid.recipient.name}.`,
  );

  say('\n3. The same request again, as after a lost answer: the same transaction, and no second debit.');
  const again = await client.initiate(500, otp.otpRefId);
  assert(again.id === paid.id && again.isReplayed, 'a repeated request returns the first transaction');
  say(`   Replayed: ${again.id}, still tid ${again.tid}.`);

  say('\n4. A transfer of ₹103: Eko accepts it, and the bank takes its time.');
  const slow = await client.initiate(103, (await client.sendOtp(103)).otpRefId);
  assert(slow.status === 'AWAITED', 'a slow transfer is awaited');
  say(
    `   ${slow.status}, next action ${slow.nextAction}. Nobody sends it again; Eko is asked what became of it …`,
  );
  const settled = await client.waitUntilFinal(slow.id);
  assert(settled.status === 'SUCCESS', 'an awaited transfer settles');
  for (const event of settled.events)
    say(`     ${event.sequence}. ${event.toStatus} (${event.source}): ${event.message}`);

  say('\n5. A transfer of ₹101: the wallet does not hold enough.');
  const declined = await client.initiate(101, (await client.sendOtp(101)).otpRefId);
  assert(
    declined.status === 'FAILED' && declined.statusReason?.code === 'INSUFFICIENT_BALANCE',
    'it is declined',
  );
  say(`   ${declined.status}, ${declined.statusReason.code}: ${declined.statusReason.message}`);

  say('\n6. The list, newest first:');
  const list = await client.list();
  assert(list.length === 3, 'three transfers were made');
  for (const row of list)
    say(`   ${row.createdAt}  ₹${String(row.amount).padEnd(4)} ${row.status.padEnd(8)} tid ${row.tid}`);
  say('\nEvery step did what it says.');
}

interface DemoTransaction {
  id: string;
  status: string;
  isFinal: boolean;
  nextAction: string;
  tid: string | null;
  bankReference: string | null;
  fee: string | null;
  amount: number;
  createdAt: string;
  recipient: { name: string | null };
  statusReason: { code: string; message: string } | null;
  events: { sequence: number; source: string; toStatus: string; message: string }[];
}

const TRANSACTION_FIELDS = `id status isFinal nextAction tid bankReference fee amount createdAt recipient { name }
  statusReason { code message } events { sequence source toStatus message }`;

class DemoClient {
  constructor(private readonly url: string) {}

  async sendOtp(amount: number): Promise<{ otpRefId: string; sentTo: string }> {
    const { sendTransferOtp } = await this.#request<{
      sendTransferOtp: { transferOtp: { otpRefId: string; sentTo: string } };
    }>(
      'mutation ($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { otpRefId sentTo } } }',
      { input: { customerId: CUSTOMER, recipientId: RECIPIENT, amount } },
    );
    return sendTransferOtp.transferOtp;
  }

  async initiate(amount: number, otpRefId: string): Promise<DemoTransaction & { isReplayed: boolean }> {
    const input = {
      customerId: CUSTOMER,
      recipientId: RECIPIENT,
      amount,
      otpRefId,
      otp: RIGHT_OTP,
      latlong: '28.6139,77.2090',
    };
    const { initiateTransfer } = await this.#request<{
      initiateTransfer: { transaction: DemoTransaction; replayed: boolean };
    }>(
      `mutation ($input: InitiateTransferInput!) { initiateTransfer(input: $input) { replayed transaction { ${TRANSACTION_FIELDS} } } }`,
      { input },
    );
    return { ...initiateTransfer.transaction, isReplayed: initiateTransfer.replayed };
  }

  async waitUntilFinal(id: string): Promise<DemoTransaction> {
    const deadlineMs = Date.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const { transaction } = await this.#request<{ transaction: DemoTransaction }>(
        `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION_FIELDS} } }`,
        { id },
      );
      if (transaction.isFinal) return transaction;
      assert(Date.now() < deadlineMs, 'an awaited transfer settles in time');
      await delay(200);
    }
  }

  async list(): Promise<DemoTransaction[]> {
    const { transactions } = await this.#request<{ transactions: { edges: { node: DemoTransaction }[] } }>(
      `{ transactions { edges { node { ${TRANSACTION_FIELDS} } } } }`,
      {},
    );
    return transactions.edges.map((edge) => edge.node);
  }

  async #request<Data>(query: string, variables: object): Promise<Data> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
    assert(
      data !== undefined && errors === undefined,
      `the server answers without an error: ${errors?.[0]?.message ?? ''}`,
    );
    return data;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
