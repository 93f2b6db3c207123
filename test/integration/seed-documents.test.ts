// Both seed documents, row by row, through the whole system: from GraphQL to Eko's wire, and back into the database and GraphQL.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SIMULATOR_CREDENTIALS } from '../../src/simulator/index.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { findRow, ledgerOf, type Row } from '../support/records.js';
import { tryInitiate, trySendOtp, type SentOtp, type TestTransaction } from '../support/transfer-client.js';

interface Field {
  readonly name: string;
  readonly type: 'string' | 'number';
  readonly isRequired: boolean;
}

/** The body parameters of "Send Transaction OTP", as printed. */
const OTP_PARAMETERS = parse(`
  initiator_id  string  required
  user_code     string  required
  client_ref_id string  optional
  recipient_id  number  required
  amount        number  required
  customer_id   string  required`);

/** The body parameters of "Initiate Transfer", as printed. */
const TRANSFER_PARAMETERS = parse(`
  initiator_id      string  required
  user_code         string  required
  client_ref_id     string  optional
  recipient_id      number  required
  amount            number  required
  customer_id       string  required
  otp               string  required
  otp_ref_id        string  required
  latlong           string  required
  state             string  required
  recipient_id_type string  required
  channel           number  optional
  currency          string  optional
  timestamp         string  optional`);

/** The headers of both documents. */
const HEADERS = parse(`
  developer_key        string required
  secret-key           string required
  secret-key-timestamp string required
  content-type         string required`);

function parse(table: string): readonly Field[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', type, need] = line.trim().split(/\s+/);
      if (type !== 'string' && type !== 'number') throw new Error(`no type in "${line}"`);
      return { name, type, isRequired: need === 'required' };
    });
}

describe.each(['seed', 'live'] as const)('in the %s dialect', (dialect) => {
  let gateway: Gateway;
  let otp: SentOtp;
  let transaction: TestTransaction;
  let row: Row;
  let entry: ReturnType<typeof ledgerOf>[number];
  beforeAll(async () => {
    gateway = await startGateway({ simulator: { dialect } });
    const sent = await trySendOtp(gateway, { clientRefId: 'REQ-20260101-000', amount: 1500 });
    otp = sent.data!.sendTransferOtp!.transferOtp;
    const made = await tryInitiate(gateway, {
      clientRefId: 'REQ-20260101-001',
      amount: 1500,
      otpRefId: otp.otpRefId,
      latlong: '28.6139,77.2090',
    });
    transaction = made.data!.initiateTransfer!.transaction;
    row = await findRow(gateway, transaction.id);
    entry = ledgerOf(gateway.simulator, 'REQ-20260101-001')[0]!;
  });
  afterAll(() => gateway.stop());

  const callTo = (path: string) => {
    const calls = gateway.simulator.requests().filter((request) => request.path.endsWith(path));
    expect(calls).toHaveLength(1);
    return calls[0]!;
  };
  const bodyOf = (path: string) => callTo(path).body as Readonly<Record<string, unknown>>;

  describe.each([
    ['/customer/payment/dmt-fino/otp', OTP_PARAMETERS],
    ['/customer/payment/dmt-fino', TRANSFER_PARAMETERS],
  ] as const)('POST %s', (path, parameters) => {
    const expected: Readonly<Record<string, () => unknown>> = {
      initiator_id: () => '9962981729',
      user_code: () => '20810200',
      client_ref_id: () => (path.endsWith('otp') ? 'REQ-20260101-000' : 'REQ-20260101-001'),
      recipient_id: () => 98765,
      amount: () => 1500,
      customer_id: () => '6111111111',
      otp: () => '123456',
      otp_ref_id: () => otp.otpRefId,
      latlong: () => '28.6139,77.2090',
      state: () => '1',
      recipient_id_type: () => '1',
      channel: () => 2,
      currency: () => 'INR',
      timestamp: () => expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
    };

    test.each(parameters)('sends $name as a $type', ({ name, type }) => {
      const value = bodyOf(path)[name];
      expect(typeof value).toBe(type);
      expect(value).toEqual(expected[name]?.());
    });

    test('sends nothing that the document does not name', () => {
      expect(Object.keys(bodyOf(path)).sort()).toEqual(parameters.map(({ name }) => name).sort());
      expect(callTo(path).method).toBe('POST');
      expect(callTo(path).path).toBe(`/ekoapi/v3${path}`);
    });

    test.each(HEADERS)('sends the header $name', ({ name }) => {
      const { headers, receivedAtMs } = callTo(path);
      const timestamp = headers['secret-key-timestamp'] ?? '';
      const key = Buffer.from(SIMULATOR_CREDENTIALS.accessKey).toString('base64');
      const values: Readonly<Record<string, string>> = {
        developer_key: SIMULATOR_CREDENTIALS.developerKey,
        'secret-key': createHmac('sha256', key).update(timestamp).digest('base64'),
        'secret-key-timestamp': timestamp,
        'content-type': 'application/json',
      };
      expect(headers[name]).toBe(values[name]);
      expect(timestamp).toMatch(/^\d{13}$/);
      expect(Math.abs(receivedAtMs - Number(timestamp))).toBeLessThan(10_000);
    });
  });

  test('the two calls are signed with timestamps of their own', () => {
    const stamps = gateway.simulator.requests().map(({ headers }) => headers['secret-key-timestamp']);
    expect(new Set(stamps).size).toBe(stamps.length);
  });

  describe('of the answer to Send Transaction OTP', () => {
    test('otp_ref_id arrives', async () => {
      const [challenge] = await gateway.sql<Row>('SELECT * FROM otp_challenges');
      const [shown] = gateway.simulator.latestOtps();
      expect(otp.otpRefId).toBe(shown?.otpRefId);
      expect(challenge).toMatchObject({
        otp_ref_id: shown?.otpRefId,
        state: 'SENT',
        client_ref_id: 'REQ-20260101-000',
      });
    });

    test('mobile arrives, masked', () => {
      expect(otp.sentTo).toMatch(/^[X*]{6}1111$/);
    });
  });

  describe('of the answer to Initiate Transfer', () => {
    const rupees = (paise: bigint) => `${paise / 100n}.${String(paise % 100n).padStart(2, '0')}`;
    interface Arrival {
      readonly field: string;
      readonly column: string;
      readonly value: () => unknown;
      /** Where GraphQL shows it; undefined where the schema has no place for it. */
      readonly shown?: (from: TestTransaction) => unknown;
    }
    const ARRIVALS: readonly Arrival[] = [
      { field: 'status', column: 'eko_status', value: () => 0 },
      { field: 'message', column: 'eko_message', value: () => 'Transaction successful' },
      { field: 'response_status_id', column: 'eko_response_status_id', value: () => 0 },
      { field: 'response_type_id', column: 'eko_response_type_id', value: () => 325 },
      { field: 'tx_status', column: 'eko_tx_status', value: () => 0 },
      {
        field: 'txstatus_desc',
        column: 'status_description',
        value: () => 'Success',
        shown: (t) => t.statusDescription,
      },
      { field: 'data.tid', column: 'tid', value: () => entry.tid, shown: (t) => t.tid },
      {
        field: 'data.utrnumber / bank_ref_num',
        column: 'bank_reference',
        value: () => entry.bankReference,
        shown: (t) => t.bankReference,
      },
      { field: 'data.amount', column: 'amount_rupees', value: () => 1500, shown: (t) => t.amount },
      {
        field: 'data.recipient_name',
        column: 'recipient_name',
        value: () => 'Sunil Sharma',
        shown: (t) => t.recipient.name,
      },
      {
        field: 'data.account',
        column: 'masked_account',
        value: () => 'XXXXXXXX8901',
        shown: (t) => t.recipient.maskedAccount,
      },
      ...(dialect === 'seed'
        ? [
            {
              field: 'data.ifsc',
              column: 'ifsc',
              value: () => 'SBIN0001234',
              shown: (t: TestTransaction) => t.recipient.ifsc,
            },
          ]
        : []),
      { field: 'data.fee', column: 'fee', value: () => rupees(entry.feePaise), shown: (t) => t.fee },
      {
        field: 'data.commission',
        column: 'commission',
        value: () => rupees(entry.commissionPaise),
        shown: (t) => t.commission,
      },
      {
        field: 'data.balance',
        column: 'balance',
        value: () => rupees(entry.balancePaise),
        shown: (t) => t.balance,
      },
      {
        field: 'data.client_ref_id',
        column: 'client_ref_id',
        value: () => 'REQ-20260101-001',
        shown: (t) => t.clientRefId,
      },
      {
        field: 'data.timestamp',
        column: 'eko_timestamp',
        value: () => expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      },
      ...(dialect === 'live'
        ? [
            { field: 'data.service_tax', column: 'service_tax', value: () => rupees(entry.serviceTaxPaise) },
            { field: 'data.tds', column: 'tds', value: () => rupees(entry.tdsPaise) },
            {
              field: 'data.collectable_amount',
              column: 'collectable_amount',
              value: () => rupees(150_000n + entry.feePaise),
            },
          ]
        : []),
    ];

    test.each(ARRIVALS)('$field arrives in transfers.$column', ({ column, value, shown }) => {
      expect(row[column]).toEqual(value());
      if (shown !== undefined) expect(shown(transaction)).toEqual(value());
    });

    test('what the request said is kept with it', () => {
      expect(row).toMatchObject({
        latlong: '28.6139,77.2090',
        channel: 'IMPS',
        currency: 'INR',
        customer_id: '6111111111',
        recipient_id: '98765',
      });
      expect(transaction).toMatchObject({
        channel: 'IMPS',
        currency: 'INR',
        customerId: '6111111111',
        recipient: { id: '98765' },
      });
    });

    test('the evidence of the outcome is kept with its event', async () => {
      const [, event] = await gateway.sql<{ evidence: Row }>(
        'SELECT evidence FROM transfer_events ORDER BY sequence',
      );
      expect(event?.evidence).toMatchObject({
        httpStatus: 200,
        status: 0,
        message: 'Transaction successful',
        txStatus: 0,
        tid: entry.tid,
        bankReference: entry.bankReference,
        amount: '1500.00',
        clientRefId: 'REQ-20260101-001',
        bodyDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    });
  });

  test.each([
    [0, 500, 'SUCCESS'],
    [1, 101, 'FAILED'],
    [2, 103, 'AWAITED'],
    [5, 105, 'ON_HOLD'],
  ])('tx_status %i is shown as it is documented', async (txStatus, amount, status) => {
    const sent = await trySendOtp(gateway, { amount });
    const { data } = await tryInitiate(gateway, {
      amount,
      otpRefId: sent.data!.sendTransferOtp!.transferOtp.otpRefId,
    });
    const made = data!.initiateTransfer!.transaction;
    expect(made.status).toBe(status);
    expect((await findRow(gateway, made.id))['eko_tx_status']).toBe(txStatus);
  });
});

test('the optional client_ref_id is made by the server when the client leaves it out, for both calls', async () => {
  const gateway = await startGateway();
  try {
    const sent = await trySendOtp(gateway);
    const made = await tryInitiate(gateway, { otpRefId: sent.data!.sendTransferOtp!.transferOtp.otpRefId });
    const refs = gateway.simulator.requests().map(({ body }) => (body as Row)['client_ref_id']);
    expect(refs).toHaveLength(2);
    for (const ref of refs) expect(ref).toMatch(/^(?=.*[A-Za-z])[A-Za-z0-9_-]{10,20}$/);
    expect(new Set(refs).size).toBe(2);
    expect(made.data?.initiateTransfer?.transaction.clientRefId).toBe(refs[1]);
  } finally {
    await gateway.stop();
  }
});
