// The arguments of the mutations and of the list, with every rule that can be checked without a database.
import { Field, ID, InputType, Int } from 'type-graphql';
import { TRANSFER } from '../config/limits.js';
import { OTP, OTP_REF_ID, RECIPIENT_ID } from '../shared/identifiers.js';
import { TransactionStatus, TransferChannel } from './enums.js';
import { Allow, IsOptional, Matches, Max, Min } from './input-rules.js';
import { ClientRefId, DateTime, LatLong, MobileNumber } from './scalars.js';

const RECIPIENT_RULE = { message: 'must be 1-15 digits without a leading zero' };
const MIN_AMOUNT_RULE = { message: `must be at least ${TRANSFER.minAmountRupees} rupees` };
const MAX_AMOUNT_RULE = { message: `must be at most ${TRANSFER.maxAmountRupees} rupees` };
const NOT_NEGATIVE = { message: 'must not be negative' };

@InputType({
  description: 'What the OTP is to authorise. It is good for exactly this customer, recipient and amount.',
})
export class SendTransferOtpInput {
  @Field(() => MobileNumber, { description: 'The sender’s registered mobile number; the SMS goes there.' })
  customerId!: string;

  @Field(() => ID, {
    description: 'Eko’s recipient id: 1-15 digits without a leading zero. Example: `"98765"`.',
  })
  @Matches(RECIPIENT_ID, RECIPIENT_RULE)
  recipientId!: string;

  @Field(() => Int, { description: 'Whole rupees, 100 to 5000.' })
  @Min(TRANSFER.minAmountRupees, MIN_AMOUNT_RULE)
  @Max(TRANSFER.maxAmountRupees, MAX_AMOUNT_RULE)
  amount!: number;

  @Field(() => ClientRefId, {
    nullable: true,
    description:
      'Your reference of this call. Given again for the same request while the OTP is good, it returns the same OTP without a second SMS.',
  })
  clientRefId?: string | null;
}

@InputType({
  description: 'The transfer: as the OTP was sent for, with the OTP that the customer reads out.',
})
export class InitiateTransferInput {
  @Field(() => MobileNumber, { description: 'The sender’s mobile number, as in `sendTransferOtp`.' })
  customerId!: string;

  @Field(() => ID, { description: 'Eko’s recipient id, as in `sendTransferOtp`.' })
  @Matches(RECIPIENT_ID, RECIPIENT_RULE)
  recipientId!: string;

  @Field(() => Int, { description: 'Whole rupees, as in `sendTransferOtp`.' })
  @Min(TRANSFER.minAmountRupees, MIN_AMOUNT_RULE)
  @Max(TRANSFER.maxAmountRupees, MAX_AMOUNT_RULE)
  amount!: number;

  @Field(() => String, { description: 'What the customer received: 4-8 digits, as text.' })
  @Matches(OTP, { message: 'must be 4-8 digits' })
  otp!: string;

  @Field(() => ID, { description: '`otpRefId` from `sendTransferOtp`. Good for one transfer.' })
  @Matches(OTP_REF_ID, { message: 'must be the otpRefId that sendTransferOtp returned' })
  otpRefId!: string;

  @Field(() => LatLong, { description: 'Where the agent’s device is; the regulator asks for it.' })
  latlong!: string;

  @Field(() => ClientRefId, {
    nullable: true,
    description:
      'Your reference, unique for ever; the server makes one when you leave it out. Make it once, before the first attempt, and keep it over every retry: the same request with the same reference returns the same transaction and sends nothing.',
  })
  clientRefId?: string | null;

  @Field(() => TransferChannel, {
    defaultValue: TransferChannel.IMPS,
    description: 'How the bank moves the money.',
  })
  channel!: TransferChannel;
}

@InputType({ description: 'Which review is closed, and what was found.' })
export class ResolveReviewInput {
  @Field(() => ID, { description: '`Transaction.id`.' })
  id!: string;

  @Field(() => String, {
    description:
      'What was found, with whom, in a sentence: 10 to 300 printable characters on one line. The agent sees it in the timeline, and it is kept for ever: no account or mobile numbers. Example: `"Eko confirmed by mail that the amount in its answer was wrong; ticket 4711."`.',
  })
  @Allow() // checked by the service, after the role
  reason!: string;
}

@InputType({ description: 'All that is given must hold. What is left out does not restrict.' })
export class TransactionFilter {
  @Field(() => [TransactionStatus], {
    nullable: true,
    description: 'Any of these; an empty list leaves none.',
  })
  status?: TransactionStatus[] | null;

  @Field(() => MobileNumber, { nullable: true, description: 'This sender’s.' })
  customerId?: string | null;

  @Field(() => ID, { nullable: true, description: 'To this recipient.' })
  @IsOptional()
  @Matches(RECIPIENT_ID, RECIPIENT_RULE)
  recipientId?: string | null;

  @Field(() => Int, { nullable: true, description: 'Whole rupees, inclusive; 0 or more.' })
  @IsOptional()
  @Min(0, NOT_NEGATIVE)
  minAmount?: number | null;

  @Field(() => Int, { nullable: true, description: 'Whole rupees, inclusive; 0 or more.' })
  @IsOptional()
  @Min(0, NOT_NEGATIVE)
  maxAmount?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Created at this moment or later.' })
  createdFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Created before this moment.' })
  createdBefore?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those that a person has to look at, or only the others.',
  })
  needsReview?: boolean | null;
}
