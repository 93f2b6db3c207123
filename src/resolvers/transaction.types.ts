// The output types of the schema. `Transaction` is the API's word for the domain's transfer.
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { EventSource as Source } from '../entities/index.js';
import type { ErrorCode as Code, RetryAdvice as Advice } from '../shared/errors.js';
import type { Moment } from '../transfers/index.js';
import {
  ErrorCode,
  EventSource,
  NextAction,
  RetryAdvice,
  TransactionStatus,
  TransferChannel,
} from './enums.js';
import { ClientRefId, DateTime, MobileNumber, Rupees } from './scalars.js';

@InterfaceType({ description: 'Anything with a globally unique id, to be fetched again with `node(id:)`.' })
export abstract class Node {
  @Field(() => ID, { description: 'Globally unique; opaque.' })
  id!: string;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'The bank account credited, as far as Eko has named it for this transaction: part of it, and not an object of its own. A cache that keys by `id` must leave it out (Apollo Client: `typePolicies: { Recipient: { keyFields: false } }`).',
})
export class Recipient {
  @Field(() => ID, { description: 'Eko’s recipient id. Example: `"98765"`.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'As held by the bank. Null until Eko has answered, or when it names none.',
  })
  name!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'All but the last four digits hidden. Null until Eko has answered. Example: `"XXXXXXXX6789"`.',
  })
  maskedAccount!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The branch’s IFSC, eleven characters. Null when Eko names none.',
  })
  ifsc!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Why a transaction is not simply successful.' })
export class StatusReason {
  @Field(() => ErrorCode, { description: 'The reason, as a code. The advice is `Transaction.nextAction`.' })
  code!: Code;

  @Field(() => String, {
    description: 'A whole sentence for the agent’s screen: what is the matter, and what to do about it.',
  })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Eko’s own status number, as text. Null when Eko has not answered.',
  })
  ekoStatus!: string | null;

  @Field(() => String, { nullable: true, description: 'Eko’s own words. Null when Eko has not answered.' })
  ekoMessage!: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'One entry of a transaction’s timeline. Never changed, never removed.',
})
export class TransactionEvent {
  @Field(() => ID, { description: 'Globally unique; opaque.' })
  id!: string;

  @Field(() => Int, { description: '1, 2, 3, … within the transaction, without gaps.' })
  sequence!: number;

  @Field(() => EventSource, { description: 'Where the knowledge came from.' })
  source!: Source;

  @Field(() => TransactionStatus, {
    nullable: true,
    description: 'The status before. Null on the first event.',
  })
  fromStatus!: TransactionStatus | null;

  @Field(() => TransactionStatus, {
    description: 'The status after; the same as before when the event changed nothing.',
  })
  toStatus!: TransactionStatus;

  @Field(() => String, { description: 'What happened, in a sentence for people.' })
  message!: string;

  @Field(() => DateTime, { description: 'When this server learnt of it.' })
  occurredAt!: Date;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'One transfer of money from a customer to a recipient, with all that is known of its outcome.',
})
export class Transaction extends Node {
  /** How long the timeline was when the rest was read: a later event would belie the status. */
  eventCount!: number;

  @Field(() => ClientRefId, {
    description: 'Sent to Eko as `client_ref_id`: yours if you gave one, else made by the server.',
  })
  clientRefId!: string;

  @Field(() => String, { nullable: true, description: 'Eko’s transaction id. Null until Eko has named one.' })
  tid!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The bank’s reference (UTR or RRN). Null until the bank has given one.',
  })
  bankReference!: string | null;

  @Field(() => TransactionStatus, { description: 'Where the money is.' })
  status!: TransactionStatus;

  @Field(() => String, {
    nullable: true,
    description:
      'Eko’s own words for the status, for the record: the screen shows `statusReason.message`. Null until Eko has answered.',
  })
  statusDescription!: string | null;

  @Field(() => StatusReason, {
    nullable: true,
    description: 'Why, and what to do, in a sentence for the screen. Null when all is well.',
  })
  statusReason!: StatusReason | null;

  @Field(() => Boolean, {
    description:
      'True when nothing more is expected to happen by itself: until then, subscribe. False does not mean that somebody waits; `nextAction` says.',
  })
  isFinal!: boolean;

  @Field(() => NextAction, { description: 'What the agent does now: which button to offer.' })
  nextAction!: NextAction;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When Eko will be asked next, as of this answer; in the past while it is being asked. No subscriber is told when it moves, so do not count down to it. Null when nobody will ask.',
  })
  nextCheckAt!: Moment | null;

  @Field(() => Int, { description: 'Whole rupees sent to the recipient, without the fee.' })
  amount!: number;

  @Field(() => String, { description: 'ISO 4217: always `INR`.' })
  currency!: string;

  @Field(() => TransferChannel, { description: 'How the bank moves the money.' })
  channel!: TransferChannel;

  @Field(() => Rupees, { nullable: true, description: 'Eko’s fee. Null until Eko has named it.' })
  fee!: string | null;

  @Field(() => Rupees, {
    nullable: true,
    description: 'The agent’s commission. Null until Eko has named it.',
  })
  commission!: string | null;

  @Field(() => Rupees, {
    nullable: true,
    description: 'The agent’s wallet after the transfer, as Eko reports it. Null until then.',
  })
  balance!: string | null;

  @Field(() => MobileNumber, { description: 'The sender’s mobile number.' })
  customerId!: string;

  @Field(() => Recipient, { description: 'The account credited.' })
  recipient!: Recipient;

  @Field(() => Boolean, {
    description:
      'True when Eko’s answers contradict each other and a person has to look, until `resolveReview`.',
  })
  needsReview!: boolean;

  @Field(() => Boolean, { description: 'True when it was sent to the built-in simulator: no money moved.' })
  isSimulated!: boolean;

  @Field(() => DateTime, { description: 'When it was recorded, before Eko was asked.' })
  createdAt!: Moment;

  @Field(() => DateTime, {
    description: 'When an answer of Eko’s, or a person who closed a review, last added to it.',
  })
  updatedAt!: Moment;
}

@ObjectType({ simpleResolvers: true, description: 'An OTP that Eko has texted to the customer.' })
export class TransferOtp {
  @Field(() => ID, { description: 'Goes into `initiateTransfer` together with the OTP.' })
  otpRefId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The masked number that the SMS went to. Example: `"XXXXXX6789"`.',
  })
  sentTo!: string | null;

  @Field(() => Int, { description: 'Whole rupees; the OTP is good for this amount only.' })
  amount!: number;

  @Field(() => DateTime, { description: 'After this moment a new OTP is needed.' })
  expiresAt!: Date;

  @Field(() => DateTime, {
    description:
      'Do not offer “send again” before this moment. Advice: asked earlier the server sends another, within the customer’s limits.',
  })
  resendAfter!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'One error code, explained.' })
export class ErrorInfo {
  @Field(() => ErrorCode, { description: 'As in `extensions.code` and `statusReason.code`.' })
  code!: Code;

  @Field(() => String, { description: 'What happened, for the developer.' })
  meaning!: string;

  @Field(() => String, { description: 'A sentence fit for the agent’s screen.' })
  screenMessage!: string;

  @Field(() => RetryAdvice, {
    description:
      'What to do about it. Where an error’s own `extensions.retry` is another one, show its `message` instead of `screenMessage`.',
  })
  retry!: Advice;

  @Field(() => [String], { description: 'The fields that raise it.' })
  raisedBy!: string[];
}
