// The main job in two calls, for tests that are about what happens to a transfer.
import { CUSTOMER, LATLONG, RECIPIENT, type Caller, type GraphQLAnswer } from './gateway.js';

export interface TestTransaction {
  readonly id: string;
  readonly clientRefId: string;
  readonly tid: string | null;
  readonly bankReference: string | null;
  readonly status: string;
  readonly statusDescription: string | null;
  readonly statusReason: {
    readonly code: string;
    readonly message: string;
    readonly ekoStatus: string | null;
    readonly ekoMessage: string | null;
  } | null;
  readonly isFinal: boolean;
  readonly nextAction: string;
  readonly nextCheckAt: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly channel: string;
  readonly fee: string | null;
  readonly commission: string | null;
  readonly balance: string | null;
  readonly customerId: string;
  readonly recipient: {
    readonly id: string;
    readonly name: string | null;
    readonly maskedAccount: string | null;
    readonly ifsc: string | null;
  };
  readonly events: readonly {
    readonly id: string;
    readonly sequence: number;
    readonly source: string;
    readonly fromStatus: string | null;
    readonly toStatus: string;
    readonly message: string;
    readonly occurredAt: string;
  }[];
  readonly needsReview: boolean;
  readonly isSimulated: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const TRANSACTION_FIELDS = `id clientRefId tid bankReference status statusDescription
  statusReason { code message ekoStatus ekoMessage } isFinal nextAction nextCheckAt amount currency channel fee
  commission balance customerId recipient { id name maskedAccount ifsc }
  events { id sequence source fromStatus toStatus message occurredAt } needsReview isSimulated createdAt updatedAt`;

const SEND_OTP = `mutation ($input: SendTransferOtpInput!) {
  sendTransferOtp(input: $input) { transferOtp { otpRefId sentTo amount expiresAt resendAfter } } }`;
const INITIATE = `mutation ($input: InitiateTransferInput!) {
  initiateTransfer(input: $input) { replayed transaction { ${TRANSACTION_FIELDS} } } }`;
const READ = `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION_FIELDS} } }`;

export interface SentOtp {
  readonly otpRefId: string;
  readonly sentTo: string;
  readonly amount: number;
  readonly expiresAt: string;
  readonly resendAfter: string;
}
export type OtpAnswer = GraphQLAnswer<{ sendTransferOtp: { transferOtp: SentOtp } | null }>;
export type InitiateAnswer = GraphQLAnswer<{
  initiateTransfer: { replayed: boolean; transaction: TestTransaction } | null;
}>;

export function trySendOtp(gateway: Caller, input: object = {}, token?: string): Promise<OtpAnswer> {
  const variables = { input: { customerId: CUSTOMER, recipientId: RECIPIENT, amount: 500, ...input } };
  return gateway.request(SEND_OTP, variables, token === undefined ? {} : { token });
}

/** Fails on an error. */
export async function sendOtp(gateway: Caller, amount = 500, token?: string): Promise<string> {
  const { data, errors } = await trySendOtp(gateway, { amount }, token);
  if (!data?.sendTransferOtp) throw new Error(`no OTP was sent: ${JSON.stringify(errors)}`);
  return data.sendTransferOtp.transferOtp.otpRefId;
}

export function tryInitiate(gateway: Caller, input: object, token?: string): Promise<InitiateAnswer> {
  const defaults = {
    customerId: CUSTOMER,
    recipientId: RECIPIENT,
    amount: 500,
    otp: '123456',
    latlong: LATLONG,
  };
  return gateway.request(
    INITIATE,
    { input: { ...defaults, ...input } },
    token === undefined ? {} : { token },
  );
}

/** OTP and transfer; fails on an error. */
export async function transfer(gateway: Caller, amount = 500, input: object = {}): Promise<TestTransaction> {
  const { data, errors } = await tryInitiate(gateway, {
    amount,
    otpRefId: await sendOtp(gateway, amount),
    ...input,
  });
  if (!data?.initiateTransfer) throw new Error(`no transfer was made: ${JSON.stringify(errors)}`);
  return data.initiateTransfer.transaction;
}

export async function readTransaction(
  gateway: Caller,
  id: string,
  token?: string,
): Promise<TestTransaction | null> {
  const { data } = await gateway.request<{ transaction: TestTransaction | null }>(
    READ,
    { id },
    token === undefined ? {} : { token },
  );
  return data?.transaction ?? null;
}

const REFRESH = `mutation ($id: ID!) {
  refreshTransaction(id: $id) { changed transaction { ${TRANSACTION_FIELDS} } } }`;

export type RefreshAnswer = GraphQLAnswer<{
  refreshTransaction: { changed: boolean; transaction: TestTransaction } | null;
}>;

export function tryRefresh(gateway: Caller, id: string, token?: string): Promise<RefreshAnswer> {
  return gateway.request(REFRESH, { id }, token === undefined ? {} : { token });
}
