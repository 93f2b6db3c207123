// The mutations: parse, call the service, map.
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { requireAgent, toReadScope } from '../auth/index.js';
import { CodedError } from '../shared/errors.js';
import { UUID } from '../shared/identifiers.js';
import type { GraphQLContext } from './context.js';
import {
  InitiateTransferPayload,
  RefreshTransactionPayload,
  SendTransferOtpPayload,
} from './payloads.types.js';
import { toTransaction } from './transaction.mapper.js';
import { TransferOtp } from './transaction.types.js';
import { InitiateTransferInput, SendTransferOtpInput } from './transfer.inputs.js';

@Resolver()
export class TransferResolver {
  @Mutation(() => SendTransferOtpPayload, {
    nullable: true,
    description:
      'Step 1. Has Eko text the customer an OTP that is good for exactly this recipient and amount. Counted: a customer gets at most a few an hour.',
  })
  async sendTransferOtp(
    @Arg('input', () => SendTransferOtpInput, { description: 'What the OTP is to authorise.' })
    input: SendTransferOtpInput,
    @Ctx() { identity, services }: GraphQLContext,
  ): Promise<SendTransferOtpPayload> {
    const sent = await services.otps.sendTransferOtp(requireAgent(identity), {
      customerId: input.customerId,
      recipientId: input.recipientId,
      amountRupees: input.amount,
      clientRefId: input.clientRefId ?? null,
    });
    const { otpRefId, sentTo, expiresAt, resendAfter } = sent;
    const transferOtp = { otpRefId, sentTo, amount: sent.amountRupees, expiresAt, resendAfter };
    return { transferOtp: Object.assign(new TransferOtp(), transferOtp) };
  }

  @Mutation(() => InitiateTransferPayload, {
    nullable: true,
    description:
      'Step 2. Moves the money, once. An error means that no debit was attempted. Data means that the transfer exists: look at its status, which may be FAILED or AWAITED. Send the same request again as often as you like: it returns the same transaction. The same is: customerId, recipientId, amount, otpRefId and clientRefId; otp and latlong are not compared.',
  })
  async initiateTransfer(
    @Arg('input', () => InitiateTransferInput, {
      description: 'The transfer, and the OTP that authorises it.',
    })
    input: InitiateTransferInput,
    @Ctx() { identity, services, timelines }: GraphQLContext,
  ): Promise<InitiateTransferPayload> {
    const { transfer, timeline, isReplayed } = await services.transfers.initiateTransfer(
      requireAgent(identity),
      {
        customerId: input.customerId,
        recipientId: input.recipientId,
        amountRupees: input.amount,
        otp: input.otp,
        otpRefId: input.otpRefId,
        latlong: input.latlong,
        clientRefId: input.clientRefId ?? null,
        channel: input.channel,
      },
    );
    if (timeline !== null) timelines.prime(transfer.id, timeline);
    return { transaction: toTransaction(transfer), replayed: isReplayed };
  }

  @Mutation(() => RefreshTransactionPayload, {
    nullable: true,
    description:
      'Asks Eko now what became of a transaction. At most one inquiry per transaction in ten seconds; within that time the transaction is returned as it is.',
  })
  async refreshTransaction(
    @Arg('id', () => ID, { description: '`Transaction.id`.' }) id: string,
    @Ctx() { identity, services }: GraphQLContext,
  ): Promise<RefreshTransactionPayload> {
    const scope = toReadScope(identity);
    if (!UUID.test(id)) throw new CodedError('NOT_FOUND');
    const { transfer, hasChanged } = await services.inquiries.refresh(scope, id);
    return { transaction: toTransaction(transfer), changed: hasChanged };
  }
}
