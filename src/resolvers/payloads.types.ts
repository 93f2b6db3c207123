// What the mutations return, and the pages of the list.
import { Field, Int, ObjectType } from 'type-graphql';
import { Transaction, TransferOtp } from './transaction.types.js';

@ObjectType({ simpleResolvers: true, description: 'What `sendTransferOtp` returns.' })
export class SendTransferOtpPayload {
  @Field(() => TransferOtp, { description: 'The OTP on its way to the customer.' })
  transferOtp!: TransferOtp;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What `initiateTransfer` returns: the transfer exists, whatever its status.',
})
export class InitiateTransferPayload {
  @Field(() => Transaction, { description: 'The transfer, with its outcome as far as it is known.' })
  transaction!: Transaction;

  @Field(() => Boolean, { description: 'True when this request had been made before: nothing was sent now.' })
  replayed!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What `refreshTransaction` returns.' })
export class RefreshTransactionPayload {
  @Field(() => Transaction, { description: 'As it is known now.' })
  transaction!: Transaction;

  @Field(() => Boolean, { description: 'True when this inquiry changed the status.' })
  changed!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What `resolveReview` returns.' })
export class ResolveReviewPayload {
  @Field(() => Transaction, { description: 'Out of review; its status is what it was.' })
  transaction!: Transaction;
}

@ObjectType({ simpleResolvers: true, description: 'Where a page stands in the list (Relay).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'True when there are older transactions after `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'True when there are newer transactions before `startCursor`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Give it as `before` to page towards newer ones. Null on an empty page.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Give it as `after` to page towards older ones. Null on an empty page.',
  })
  endCursor!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A transaction and its place in the list.' })
export class TransactionEdge {
  @Field(() => String, { description: 'Opaque; stays good however many transactions are added.' })
  cursor!: string;

  @Field(() => Transaction, { description: 'The transaction.' })
  node!: Transaction;
}

@ObjectType({ description: 'A page of transactions, newest first (Relay).' })
export class TransactionConnection {
  @Field(() => [TransactionEdge], { simple: true, description: 'At most a hundred.' })
  edges!: TransactionEdge[];

  @Field(() => PageInfo, { simple: true, description: 'Where the page stands, and how to go on.' })
  pageInfo!: PageInfo;

  /** Counts all that match the filter, when it is asked for. */
  @Field(() => Int, {
    description:
      'How many match the filter in all. Counted only when asked for; on long histories that takes a while.',
  })
  totalCount(): Promise<number> {
    return this.countAll();
  }

  countAll!: () => Promise<number>;
}
