// The simulator's truth: OTPs, wallets, limits, inquiries, no deduplication, and all of it over a restart.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  NOW_MS,
  call,
  clock,
  inquire,
  sendOtp,
  simulator,
  start,
  transfer,
} from '../support/simulator-caller.js';

afterEach(() => simulator.stop());

describe('an OTP', () => {
  /** A reference to present again and again. */
  async function otpRef(): Promise<{ otp_ref_id: unknown }> {
    return { otp_ref_id: (await sendOtp()).data['otp_ref_id'] };
  }
  const reason = async (changes: object) => (await transfer(changes)).data['reason'] ?? 'accepted';

  test('has a reference of its own each time, in either dialect', async () => {
    await start('live');
    const refs = [await otpRef(), await otpRef()];
    simulator.setDialect('seed');
    refs.push(await otpRef(), await otpRef());
    expect(new Set(refs.map(({ otp_ref_id }) => otp_ref_id)).size).toBe(4);
    expect(simulator.latestOtps()[0]).toEqual({
      otpRefId: refs[3]!.otp_ref_id,
      customerId: '6111111111',
      recipientId: '98765',
      amount: 500,
      otp: '123456',
      sentAtMs: clock.ms,
    });
  });

  test('opens one transfer', async () => {
    await start('live');
    const ref = await otpRef();
    expect(await reason(ref)).toBe('accepted');
    expect(await reason(ref)).toBe('OTP already Consumed');
  });

  test('is used up by a correct attempt that is declined', async () => {
    await start('live');
    const ref = { otp_ref_id: (await sendOtp({ amount: 101 })).data['otp_ref_id'], amount: 101 };
    expect(await reason(ref)).toBe('Insufficient balance');
    expect(await reason(ref)).toBe('OTP already Consumed');
  });

  test('lives for ten minutes', async () => {
    await start('live');
    const [early, late] = [await otpRef(), await otpRef()];
    clock.ms = simulator.latestOtps()[0]!.sentAtMs + 599_990;
    expect(await reason(late)).toBe('accepted');
    clock.ms = NOW_MS + 600_010;
    expect(await reason(early)).toBe('OTP expired');
  });

  test('is dead after three wrong attempts', async () => {
    await start('live');
    const [patient, hasty] = [await otpRef(), await otpRef()];
    for (const otp of ['000000', '654321']) expect(await reason({ ...patient, otp })).toBe('Wrong OTP');
    expect(await reason(patient)).toBe('accepted');
    for (const otp of ['000000', '654321', '4702']) expect(await reason({ ...hasty, otp })).toBe('Wrong OTP');
    expect(await reason(hasty)).toBe('Wrong OTP');
  });

  test.each([
    { user_code: '20810201' },
    { customer_id: '7111111111' },
    { recipient_id: 98766 },
    { amount: 501 },
  ])('sent for other terms than %j is refused, and stays good for its own', async (changes) => {
    await start('live');
    const ref = await otpRef();
    expect(await reason({ ...ref, ...changes })).toBe('Wrong OTP');
    expect(await reason(ref)).toBe('accepted');
  });

  test('with an unknown reference is refused', async () => {
    await start('live');
    expect(await reason({ otp_ref_id: 'TXNOTP20240101001' })).toBe('Wrong OTP');
  });
});

describe('the wallet', () => {
  test('begins with ten lakh and pays amount + fee − commission + tds', async () => {
    await start('seed');
    expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n);
    const { data } = await transfer({ amount: 5000 });
    expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n - 501_122n);
    expect(data['balance']).toBe(994_988.78);
    await inquire();
    expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n - 501_122n);
    expect(simulator.walletBalancePaise('20810201')).toBe(100_000_000n);
  });

  test('declines what it cannot pay', async () => {
    await start('live');
    const pay = (customer: number) => transfer({ amount: 5000, customer_id: String(customer) });
    for (let paid = 0; paid < 199; paid += 1) await pay(7_000_000_000 + Math.floor(paid / 5));
    expect(simulator.walletBalancePaise('20810200')).toBe(100_000_000n - 199n * 501_122n);
    expect((await pay(8_000_000_000)).data).toMatchObject({ reason: 'Insufficient balance' });
  });
});

describe('the monthly limit of a customer', () => {
  const spend = async (times: number) => {
    for (let spent = 0; spent < times; spent += 1) await transfer({ amount: 5000 });
  };

  test.each([
    ['live' as const, { status: 36, response_type_id: 36, response_status_id: 1 }],
    ['seed' as const, { status: 1, response_type_id: 1388, response_status_id: 945 }],
  ])('of ₹25,000 holds for Send OTP in the %s dialect', async (dialect, codes) => {
    await start(dialect);
    await spend(5);
    const message = 'Sender/beneficiary monthly limit exhausted';
    expect(await sendOtp({ amount: 100 })).toEqual({ ...codes, message, data: {} });
    expect((await sendOtp({ customer_id: '7111111111' })).status).toBe(0);
  });

  test('holds for a transfer whose OTP was sent in time', async () => {
    await start('live');
    const { data } = await sendOtp({ amount: 100 });
    await spend(5);
    const late = await transfer({ amount: 100, otp_ref_id: data['otp_ref_id'] });
    expect(late.data).toMatchObject({ reason: 'Sender/beneficiary monthly limit exhausted' });
  });

  test('starts anew with the Indian month, and does not count declined transfers', async () => {
    await start('live');
    await spend(4);
    await transfer({ amount: 5000, otp: '000000' });
    expect((await sendOtp({ amount: 5000 })).status).toBe(0);
    await spend(1);
    clock.ms = Date.parse('2026-07-31T18:29:59.000Z');
    expect((await sendOtp({ amount: 100 })).status).toBe(36);
    clock.ms = Date.parse('2026-07-31T18:30:00.000Z');
    expect((await sendOtp({ amount: 5000 })).status).toBe(0);
  });
});

describe('an inquiry', () => {
  test('finds a transfer by tid, by prefixed, encoded and bare reference', async () => {
    await start('seed');
    const { data } = await transfer({ amount: 1045 });
    const ref = 'REQ-20260101-001';
    const references = [String(data['tid']), `client_ref_id:${ref}`, `client_ref_id%3A${ref}`, ref];
    for (const reference of references) {
      expect(await inquire(reference)).toEqual({
        response_type_id: 1472,
        data: {
          bank_ref_num: data['utrnumber'],
          account: '012345678901',
          fee: '10.45',
          client_ref_id: ref,
          gst: '1.59',
          sender_name: expect.any(String),
          timestamp: '2026-07-23 15:16:35',
          ifsc: 'SBIN0001234',
          beneficiary_account_type: null,
          txstatus_desc: 'Success',
          tx_status: '0',
          tid: data['tid'],
          amount: '1045.0',
          payment_mode: 5,
          recipient_name: 'Sunil Sharma',
        },
        message: 'Sucess! Enquiry success.',
        status: 0,
        response_status_id: 0,
      });
    }
    expect(simulator.ledger.entries()[0]?.inquiries).toBe(references.length);
  });

  test('names no bank reference before the bank has answered', async () => {
    await start('seed');
    await transfer({ amount: 103 });
    expect((await inquire()).data).toMatchObject({ tx_status: '2', bank_ref_num: '' });
  });

  test.each([
    ['client_ref_id:REQ-unknown', 1, -1, 'No transaction found for the given reference.'],
    ['client_ref_id:123456', 1, -1, 'No transaction found for the given reference.'],
    ['REQ-unknown', 1, -1, 'No transaction found for the given reference.'],
    ['123456', 168, 1, 'TID does not exist'],
  ])('for %s finds nothing', async (reference, status, statusId, message) => {
    await start('live');
    const codes = { status, response_status_id: statusId };
    expect(await inquire(reference)).toMatchObject({ ...codes, message, data: {} });
  });

  test('needs the right initiator', async () => {
    await start('seed');
    const path = '/tools/reference/transaction/123456';
    expect(await (await call(path)).json()).toMatchObject({
      status: 461,
      invalid_params: { initiator_id: expect.any(String) },
    });
    expect(await (await call(`${path}?initiator_id=9000000000`)).json()).toMatchObject({ status: 319 });
  });
});

describe('the same client_ref_id sent twice', () => {
  test('is debited twice, both are in the ledger, and an inquiry finds the later', async () => {
    await start('seed');
    const first = await transfer();
    const second = await transfer({ amount: 600 });
    expect(simulator.ledger.entries().map(({ tid }) => tid)).toEqual([first.data['tid'], second.data['tid']]);
    expect(simulator.walletBalancePaise('20810200')).toBe(
      100_000_000n - simulator.ledger.entries().reduce((sum, { debitedPaise }) => sum + debitedPaise, 0n),
    );
    expect((await inquire()).data).toMatchObject({ tid: second.data['tid'], amount: '600.0' });
  });
});

describe('a ledger file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function restart(ledgerFile: string, reversalDelayMs = 60_000): Promise<void> {
    await simulator.stop();
    await start('seed', { ledgerFile, reversalDelayMs });
  }

  test('keeps transfers, wallets, OTPs and limits over a restart, and ids unique', async () => {
    const ledgerFile = join(directory, 'whole.jsonl');
    await start('seed', { ledgerFile });
    await transfer({ amount: 5000 });
    await transfer({ amount: 103 });
    await inquire();
    const unused = (await sendOtp()).data['otp_ref_id'];
    const before = { entries: simulator.ledger.entries(), otps: simulator.latestOtps() };
    const balance = simulator.walletBalancePaise('20810200');
    await restart(ledgerFile);
    expect({ entries: simulator.ledger.entries(), otps: simulator.latestOtps() }).toEqual(before);
    expect(simulator.walletBalancePaise('20810200')).toBe(balance);
    expect((await inquire()).data).toMatchObject({ tx_status: '0' });
    expect(await transfer({ otp_ref_id: unused })).toMatchObject({ tx_status: '0' });
    for (let spent = 0; spent < 3; spent += 1) await transfer({ amount: 5000 });
    expect(await sendOtp({ amount: 5000 })).toMatchObject({ response_status_id: 945 });
    const tids = simulator.ledger.entries().map(({ tid }) => tid);
    expect(new Set(tids).size).toBe(6);
  });

  test('makes a reversal that fell due while the simulator was down', async () => {
    const ledgerFile = join(directory, 'reversal.jsonl');
    await start('seed', { ledgerFile, reversalDelayMs: 60_000 });
    await transfer({ amount: 108 });
    await simulator.stop();
    await start('seed', { ledgerFile }, clock.ms + 60_000);
    while (simulator.ledger.entries()[0]?.state !== 3) await new Promise(setImmediate);
    expect(simulator.ledger.entries()[0]).toMatchObject({ refundDuePaise: 11_800n, nextChange: null });
  });

  test('with a torn last line loses that line only', async () => {
    const ledgerFile = join(directory, 'torn.jsonl');
    await start('seed', { ledgerFile });
    await transfer();
    appendFileSync(ledgerFile, '{"transfer":{"tid":"1');
    await restart(ledgerFile);
    expect(simulator.ledger.entries()).toHaveLength(1);
    await transfer();
    await restart(ledgerFile);
    expect(simulator.ledger.entries()).toHaveLength(2);
    for (const line of readFileSync(ledgerFile, 'utf8').trim().split('\n')) JSON.parse(line);
  });
});
