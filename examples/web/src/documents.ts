// Generated from examples/*.graphql and the schema. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Where the money is. Show `statusReason.message` and offer what `nextAction` says, rather than switching on this. */
export type TransactionStatus =
  /** The money reached the recipient (tx_status 0). Final, unless the bank returns it later. */
  | 'SUCCESS'
  /** No money moved (tx_status 1, or proof that Eko never processed it); `statusReason` says why. */
  | 'FAILED'
  /** The outcome is not known yet (tx_status 2). It is being inquired after; never send it again. */
  | 'AWAITED'
  /** The money came back (tx_status 3), and the customer has a refund OTP. The refund is made at Eko, not here; the status becomes REFUNDED when Eko knows of it. */
  | 'REFUND_PENDING'
  /** The customer has been paid back (tx_status 4). Final. */
  | 'REFUNDED'
  /** Eko holds the transfer (tx_status 5). It is being inquired after; never send it again. */
  | 'ON_HOLD';

/** Every code there is in `errors[].extensions.code` and in `Transaction.statusReason`. */
export type ErrorCode =
  /** The document, a variable or an argument is not valid. `fields` names each one. Nothing was written or sent. */
  | 'BAD_USER_INPUT'
  /** There is no token, or it is not valid: signature, issuer, audience, expiry or claims. */
  | 'UNAUTHENTICATED'
  /** The token is valid, but its roles do not allow this field. */
  | 'FORBIDDEN'
  /** No such transaction under this agent. Another agent’s and a missing one look the same. */
  | 'NOT_FOUND'
  /** No OTP with this otpRefId was sent for this agent. */
  | 'OTP_NOT_FOUND'
  /** The OTP is older than its lifetime (`TransferOtp.expiresAt`), or Eko says it has expired. */
  | 'OTP_EXPIRED'
  /** This otpRefId has authorised another transfer, or Eko says that the OTP was consumed. */
  | 'OTP_ALREADY_USED'
  /** The OTP was sent for another customer, recipient or amount. `fields` names which. */
  | 'OTP_MISMATCH'
  /** The customer has been sent as many OTPs as are allowed in an hour or a day. `retryAfterMs` says when the next one is. */
  | 'OTP_RATE_LIMITED'
  /** Eko declined the transfer because the OTP is wrong. No money moved; this otpRefId is spent. */
  | 'WRONG_OTP'
  /** Eko does not know this recipientId for the customer. */
  | 'RECIPIENT_NOT_FOUND'
  /** Eko does not know this customer. */
  | 'CUSTOMER_NOT_FOUND'
  /** A limit of the sender or the beneficiary (usually the monthly one) would be passed. */
  | 'LIMIT_EXCEEDED'
  /** The agent’s wallet at Eko does not hold enough for the amount and the fee. */
  | 'INSUFFICIENT_BALANCE'
  /** This clientRefId already belongs to another request, or to another agent. */
  | 'CLIENT_REF_CONFLICT'
  /** Eko or the bank declined, for a reason that has no code of its own; `ekoStatus` and `ekoMessage` hold Eko’s words. */
  | 'EKO_DECLINED'
  /** Eko refused the request before processing it: credentials, clock, address, or a parameter. No money moved. */
  | 'EKO_REJECTED'
  /** No connection to Eko could be made, so nothing was sent. No money moved. */
  | 'EKO_UNREACHABLE'
  /** Eko gave no usable or no final answer: silent, slow, faulty, or still working. On a transaction the outcome is open and is being inquired after, or Eko’s answers contradict each other and a person looks at it. */
  | 'EKO_UNAVAILABLE'
  /** Eko has repeatedly said that it never received this transfer. No money moved as far as can be known; it is looked at again for a week. */
  | 'NOT_RECEIVED'
  /** As much is under way as this server allows: calls to Eko, or use of its database. No debit was attempted. */
  | 'OVERLOADED'
  /** This server is shutting down and takes no new transfers. Nothing was written or sent; another server will take the same request, or go on with the same subscription. */
  | 'DRAINING'
  /** Too many requests: in this minute (HTTP 429; `retryAfterMs` and the header Retry-After say when the next are taken), for the same OTP while it is still being sent, or as many subscriptions as one caller may have. */
  | 'RATE_LIMITED'
  /** A document may hold one mutation field, so that one request is one intent. */
  | 'TOO_MANY_MUTATIONS'
  /** The document is larger or deeper than this server executes. */
  | 'QUERY_TOO_COMPLEX'
  /** A fault of this server. From initiateTransfer: this request attempted no debit; if the same request was sent before, send it again to learn what became of that one. */
  | 'INTERNAL_SERVER_ERROR';

/** What the agent does now: which button to offer. The sentence for it is `statusReason.message`. */
export type NextAction =
  /** Nothing: it is done. */
  | 'NONE'
  /** Wait: the outcome is being found. Show that something is going on for this one alone: `isFinal` may be false for days after a failure. */
  | 'WAIT'
  /** Ask the customer for the refund OTP that Eko has texted, enter it at Eko (this API takes none), and pay the cash back. */
  | 'COLLECT_REFUND_OTP'
  /** No money moved: ask for a new OTP and start a new transfer, under a new clientRefId. */
  | 'START_AGAIN'
  /** A person has to look at this transaction. Do not send it again. */
  | 'CONTACT_SUPPORT';

/** How the bank moves the money. */
export type TransferChannel =
  /** Immediate Payment Service: within seconds, at any hour. Eko’s channel 2. */
  'IMPS';

/** Where the knowledge behind an event came from. */
export type EventSource =
  /** The request that created the transfer. */
  | 'CLIENT'
  /** Eko’s answer to the transfer request, or its absence. */
  | 'EKO_RESPONSE'
  /** Eko’s answer to an inquiry. */
  | 'EKO_INQUIRY'
  /** This server, picking up what a stopped one left behind. */
  | 'RECOVERY'
  /** A person who resolved a review. */
  | 'OPERATOR';

/** All that is given must hold. What is left out does not restrict. */
export type TransactionFilter = {
  /** Any of these; an empty list leaves none. */
  readonly status?: ReadonlyArray<TransactionStatus> | null | undefined;
  /** This sender’s. */
  readonly customerId?: string | null | undefined;
  /** To this recipient. */
  readonly recipientId?: string | number | null | undefined;
  /** Whole rupees, inclusive; 0 or more. */
  readonly minAmount?: number | null | undefined;
  /** Whole rupees, inclusive; 0 or more. */
  readonly maxAmount?: number | null | undefined;
  /** Created at this moment or later. */
  readonly createdFrom?: string | null | undefined;
  /** Created before this moment. */
  readonly createdBefore?: string | null | undefined;
  /** Only those that a person has to look at, or only the others. */
  readonly needsReview?: boolean | null | undefined;
};

/** What to do after an error. */
export type RetryAdvice =
  /** Change the named fields, then send the request again. */
  | 'CORRECT_INPUT'
  /** Get a new token, then send the same request again. */
  | 'SIGN_IN'
  /** Ask for a new OTP with sendTransferOtp, then start a new transfer with it. */
  | 'NEW_OTP'
  /** Send the same request again after `retryAfterMs`, or after a few seconds. */
  | 'SAME_REQUEST_LATER'
  /** Do not send it again. The outcome is being found by inquiry and will show on the transaction. */
  | 'WAIT'
  /** Do not send it again: the answer will not change. */
  | 'DO_NOT_RETRY'
  /** Do not send it again. Somebody has to look at it; quote `requestId`. */
  | 'CONTACT_SUPPORT';

/** Which review is closed, and what was found. */
export type ResolveReviewInput = {
  /** `Transaction.id`. */
  readonly id: string | number;
  /** What was found, with whom, in a sentence: 10 to 300 printable characters on one line. The agent sees it in the timeline, and it is kept for ever: no account or mobile numbers. Example: `"Eko confirmed by mail that the amount in its answer was wrong; ticket 4711."`. */
  readonly reason: string;
};

/** What the OTP is to authorise. It is good for exactly this customer, recipient and amount. */
export type SendTransferOtpInput = {
  /** The sender’s registered mobile number; the SMS goes there. */
  readonly customerId: string;
  /** Eko’s recipient id: 1-15 digits without a leading zero. Example: `"98765"`. */
  readonly recipientId: string | number;
  /** Whole rupees, 100 to 5000. */
  readonly amount: number;
  /** Your reference of this call. Given again for the same request while the OTP is good, it returns the same OTP without a second SMS. */
  readonly clientRefId?: string | null | undefined;
};

/** The transfer: as the OTP was sent for, with the OTP that the customer reads out. */
export type InitiateTransferInput = {
  /** The sender’s mobile number, as in `sendTransferOtp`. */
  readonly customerId: string;
  /** Eko’s recipient id, as in `sendTransferOtp`. */
  readonly recipientId: string | number;
  /** Whole rupees, as in `sendTransferOtp`. */
  readonly amount: number;
  /** What the customer received: 4-8 digits, as text. */
  readonly otp: string;
  /** `otpRefId` from `sendTransferOtp`. Good for one transfer. */
  readonly otpRefId: string | number;
  /** Where the agent’s device is; the regulator asks for it. */
  readonly latlong: string;
  /** Your reference, unique for ever; the server makes one when you leave it out. Make it once, before the first attempt, and keep it over every retry: the same request with the same reference returns the same transaction and sends nothing. */
  readonly clientRefId?: string | null | undefined;
  /** How the bank moves the money. */
  readonly channel?: TransferChannel;
};

export type CustomerHistoryQueryVariables = Exact<{
  customerId: string;
  createdFrom?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;

export type CustomerHistoryQuery = {
  readonly transactions: {
    readonly totalCount: number;
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly createdAt: string;
        readonly amount: number;
        readonly status: TransactionStatus;
      };
    }>;
    readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null };
  } | null;
};

export type ErrorCatalogueQueryVariables = Exact<{ [key: string]: never }>;

export type ErrorCatalogueQuery = {
  readonly errorCatalogue: ReadonlyArray<{
    readonly code: ErrorCode;
    readonly meaning: string;
    readonly screenMessage: string;
    readonly retry: RetryAdvice;
    readonly raisedBy: ReadonlyArray<string>;
  }>;
};

export type InitiateTransferMutationVariables = Exact<{
  input: InitiateTransferInput;
}>;

export type InitiateTransferMutation = {
  readonly initiateTransfer: {
    readonly replayed: boolean;
    readonly transaction: {
      readonly id: string;
      readonly clientRefId: string;
      readonly status: TransactionStatus;
      readonly isFinal: boolean;
      readonly nextAction: NextAction;
      readonly nextCheckAt: string | null;
      readonly amount: number;
      readonly fee: string | null;
      readonly tid: string | null;
      readonly bankReference: string | null;
      readonly statusReason: { readonly code: ErrorCode; readonly message: string } | null;
      readonly recipient: {
        readonly id: string;
        readonly name: string | null;
        readonly maskedAccount: string | null;
      };
    };
  } | null;
};

export type ListTransactionsQueryVariables = Exact<{
  filter?: TransactionFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;

export type ListTransactionsQuery = {
  readonly transactions: {
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly createdAt: string;
        readonly customerId: string;
        readonly amount: number;
        readonly status: TransactionStatus;
        readonly nextAction: NextAction;
        readonly statusReason: { readonly code: ErrorCode; readonly message: string } | null;
        readonly recipient: {
          readonly id: string;
          readonly name: string | null;
          readonly maskedAccount: string | null;
        };
      };
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
};

export type RefetchNodeQueryVariables = Exact<{
  id: string | number;
}>;

export type RefetchNodeQuery = {
  readonly node: {
    readonly __typename: 'Transaction';
    readonly status: TransactionStatus;
    readonly isFinal: boolean;
    readonly updatedAt: string;
    readonly id: string;
  } | null;
};

export type RefreshTransactionMutationVariables = Exact<{
  id: string | number;
}>;

export type RefreshTransactionMutation = {
  readonly refreshTransaction: {
    readonly changed: boolean;
    readonly transaction: {
      readonly id: string;
      readonly status: TransactionStatus;
      readonly isFinal: boolean;
      readonly nextAction: NextAction;
      readonly nextCheckAt: string | null;
    };
  } | null;
};

export type RefundsToMakeQueryVariables = Exact<{ [key: string]: never }>;

export type RefundsToMakeQuery = {
  readonly transactions: {
    readonly totalCount: number;
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly createdAt: string;
        readonly customerId: string;
        readonly amount: number;
        readonly nextAction: NextAction;
        readonly statusReason: { readonly code: ErrorCode; readonly message: string } | null;
      };
    }>;
  } | null;
};

export type ResolveReviewMutationVariables = Exact<{
  input: ResolveReviewInput;
}>;

export type ResolveReviewMutation = {
  readonly resolveReview: {
    readonly transaction: {
      readonly id: string;
      readonly status: TransactionStatus;
      readonly needsReview: boolean;
      readonly nextAction: NextAction;
    };
  } | null;
};

export type SendTransferOtpMutationVariables = Exact<{
  input: SendTransferOtpInput;
}>;

export type SendTransferOtpMutation = {
  readonly sendTransferOtp: {
    readonly transferOtp: {
      readonly otpRefId: string;
      readonly sentTo: string | null;
      readonly amount: number;
      readonly expiresAt: string;
      readonly resendAfter: string;
    };
  } | null;
};

export type TransactionDetailsQueryVariables = Exact<{
  id?: string | number | null | undefined;
  clientRefId?: string | null | undefined;
  tid?: string | null | undefined;
}>;

export type TransactionDetailsQuery = {
  readonly transaction: {
    readonly id: string;
    readonly clientRefId: string;
    readonly tid: string | null;
    readonly bankReference: string | null;
    readonly status: TransactionStatus;
    readonly statusDescription: string | null;
    readonly isFinal: boolean;
    readonly nextAction: NextAction;
    readonly nextCheckAt: string | null;
    readonly amount: number;
    readonly currency: string;
    readonly channel: TransferChannel;
    readonly fee: string | null;
    readonly commission: string | null;
    readonly balance: string | null;
    readonly customerId: string;
    readonly needsReview: boolean;
    readonly isSimulated: boolean;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly statusReason: {
      readonly code: ErrorCode;
      readonly message: string;
      readonly ekoStatus: string | null;
      readonly ekoMessage: string | null;
    } | null;
    readonly recipient: {
      readonly id: string;
      readonly name: string | null;
      readonly maskedAccount: string | null;
      readonly ifsc: string | null;
    };
    readonly events: ReadonlyArray<{
      readonly id: string;
      readonly sequence: number;
      readonly source: EventSource;
      readonly fromStatus: TransactionStatus | null;
      readonly toStatus: TransactionStatus;
      readonly message: string;
      readonly occurredAt: string;
    }>;
  } | null;
};

export type TransactionsInReviewQueryVariables = Exact<{
  after?: string | null | undefined;
}>;

export type TransactionsInReviewQuery = {
  readonly transactions: {
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly tid: string | null;
        readonly clientRefId: string;
        readonly status: TransactionStatus;
        readonly amount: number;
        readonly events: ReadonlyArray<{
          readonly id: string;
          readonly sequence: number;
          readonly message: string;
        }>;
      };
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
};

export type WatchTransactionSubscriptionVariables = Exact<{
  id: string | number;
}>;

export type WatchTransactionSubscription = {
  readonly transactionUpdated: {
    readonly id: string;
    readonly clientRefId: string;
    readonly customerId: string;
    readonly amount: number;
    readonly status: TransactionStatus;
    readonly statusDescription: string | null;
    readonly isFinal: boolean;
    readonly nextAction: NextAction;
    readonly nextCheckAt: string | null;
    readonly tid: string | null;
    readonly bankReference: string | null;
    readonly fee: string | null;
    readonly statusReason: { readonly code: ErrorCode; readonly message: string } | null;
    readonly recipient: {
      readonly id: string;
      readonly name: string | null;
      readonly maskedAccount: string | null;
    };
    readonly events: ReadonlyArray<{
      readonly id: string;
      readonly sequence: number;
      readonly source: EventSource;
      readonly toStatus: TransactionStatus;
      readonly message: string;
      readonly occurredAt: string;
    }>;
  };
};

export const CustomerHistoryDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'CustomerHistory' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'customerId' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'MobileNumber' } },
          },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'createdFrom' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'DateTime' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'last' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'Int' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'before' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactions' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: {
                  kind: 'ObjectValue',
                  fields: [
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'customerId' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'customerId' } },
                    },
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'createdFrom' },
                      value: { kind: 'Variable', name: { kind: 'Name', value: 'createdFrom' } },
                    },
                  ],
                },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'last' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'last' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'before' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'before' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'totalCount' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'edges' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'node' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'pageInfo' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'hasPreviousPage' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'startCursor' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<CustomerHistoryQuery, CustomerHistoryQueryVariables>;
export const ErrorCatalogueDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'ErrorCatalogue' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'errorCatalogue' },
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                { kind: 'Field', name: { kind: 'Name', value: 'meaning' } },
                { kind: 'Field', name: { kind: 'Name', value: 'screenMessage' } },
                { kind: 'Field', name: { kind: 'Name', value: 'retry' } },
                { kind: 'Field', name: { kind: 'Name', value: 'raisedBy' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ErrorCatalogueQuery, ErrorCatalogueQueryVariables>;
export const InitiateTransferDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'InitiateTransfer' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'InitiateTransferInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'initiateTransfer' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'replayed' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'clientRefId' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'isFinal' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'statusReason' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                          ],
                        },
                      },
                      { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'fee' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'tid' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'bankReference' } },
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'recipient' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'maskedAccount' } },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<InitiateTransferMutation, InitiateTransferMutationVariables>;
export const ListTransactionsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'ListTransactions' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'filter' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'TransactionFilter' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'first' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'Int' } },
          defaultValue: { kind: 'IntValue', value: '20' },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactions' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'filter' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'first' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'first' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'after' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'edges' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'node' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'customerId' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'statusReason' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                                ],
                              },
                            },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'recipient' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'maskedAccount' } },
                                ],
                              },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'pageInfo' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ListTransactionsQuery, ListTransactionsQueryVariables>;
export const RefetchNodeDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'RefetchNode' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'node' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'id' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: '__typename' } },
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                {
                  kind: 'InlineFragment',
                  typeCondition: { kind: 'NamedType', name: { kind: 'Name', value: 'Transaction' } },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'isFinal' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'updatedAt' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RefetchNodeQuery, RefetchNodeQueryVariables>;
export const RefreshTransactionDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'RefreshTransaction' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'refreshTransaction' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'id' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'changed' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'isFinal' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RefreshTransactionMutation, RefreshTransactionMutationVariables>;
export const RefundsToMakeDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'RefundsToMake' },
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactions' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: {
                  kind: 'ObjectValue',
                  fields: [
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'status' },
                      value: { kind: 'ListValue', values: [{ kind: 'EnumValue', value: 'REFUND_PENDING' }] },
                    },
                  ],
                },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'first' },
                value: { kind: 'IntValue', value: '20' },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'totalCount' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'edges' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'node' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'customerId' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'statusReason' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                                ],
                              },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<RefundsToMakeQuery, RefundsToMakeQueryVariables>;
export const ResolveReviewDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'ResolveReview' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'ResolveReviewInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'resolveReview' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transaction' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'needsReview' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<ResolveReviewMutation, ResolveReviewMutationVariables>;
export const SendTransferOtpDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'mutation',
      name: { kind: 'Name', value: 'SendTransferOtp' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
          type: {
            kind: 'NonNullType',
            type: { kind: 'NamedType', name: { kind: 'Name', value: 'SendTransferOtpInput' } },
          },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'sendTransferOtp' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'input' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'input' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'transferOtp' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'otpRefId' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'sentTo' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'expiresAt' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'resendAfter' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<SendTransferOtpMutation, SendTransferOtpMutationVariables>;
export const TransactionDetailsDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'TransactionDetails' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'clientRefId' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'ClientRefId' } },
        },
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'tid' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transaction' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'id' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'clientRefId' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'clientRefId' } },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'tid' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'tid' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'clientRefId' } },
                { kind: 'Field', name: { kind: 'Name', value: 'tid' } },
                { kind: 'Field', name: { kind: 'Name', value: 'bankReference' } },
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'statusDescription' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'statusReason' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'ekoStatus' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'ekoMessage' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'isFinal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'currency' } },
                { kind: 'Field', name: { kind: 'Name', value: 'channel' } },
                { kind: 'Field', name: { kind: 'Name', value: 'fee' } },
                { kind: 'Field', name: { kind: 'Name', value: 'commission' } },
                { kind: 'Field', name: { kind: 'Name', value: 'balance' } },
                { kind: 'Field', name: { kind: 'Name', value: 'customerId' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'recipient' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'maskedAccount' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'ifsc' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'events' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'sequence' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'source' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'fromStatus' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'toStatus' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'occurredAt' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'needsReview' } },
                { kind: 'Field', name: { kind: 'Name', value: 'isSimulated' } },
                { kind: 'Field', name: { kind: 'Name', value: 'createdAt' } },
                { kind: 'Field', name: { kind: 'Name', value: 'updatedAt' } },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<TransactionDetailsQuery, TransactionDetailsQueryVariables>;
export const TransactionsInReviewDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'query',
      name: { kind: 'Name', value: 'TransactionsInReview' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
          type: { kind: 'NamedType', name: { kind: 'Name', value: 'String' } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactions' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'filter' },
                value: {
                  kind: 'ObjectValue',
                  fields: [
                    {
                      kind: 'ObjectField',
                      name: { kind: 'Name', value: 'needsReview' },
                      value: { kind: 'BooleanValue', value: true },
                    },
                  ],
                },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'first' },
                value: { kind: 'IntValue', value: '50' },
              },
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'after' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'after' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'edges' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      {
                        kind: 'Field',
                        name: { kind: 'Name', value: 'node' },
                        selectionSet: {
                          kind: 'SelectionSet',
                          selections: [
                            { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'tid' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'clientRefId' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                            { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                            {
                              kind: 'Field',
                              name: { kind: 'Name', value: 'events' },
                              selectionSet: {
                                kind: 'SelectionSet',
                                selections: [
                                  { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'sequence' } },
                                  { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                                ],
                              },
                            },
                          ],
                        },
                      },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'pageInfo' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'hasNextPage' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'endCursor' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<TransactionsInReviewQuery, TransactionsInReviewQueryVariables>;
export const WatchTransactionDocument = {
  kind: 'Document',
  definitions: [
    {
      kind: 'OperationDefinition',
      operation: 'subscription',
      name: { kind: 'Name', value: 'WatchTransaction' },
      variableDefinitions: [
        {
          kind: 'VariableDefinition',
          variable: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
          type: { kind: 'NonNullType', type: { kind: 'NamedType', name: { kind: 'Name', value: 'ID' } } },
        },
      ],
      selectionSet: {
        kind: 'SelectionSet',
        selections: [
          {
            kind: 'Field',
            name: { kind: 'Name', value: 'transactionUpdated' },
            arguments: [
              {
                kind: 'Argument',
                name: { kind: 'Name', value: 'id' },
                value: { kind: 'Variable', name: { kind: 'Name', value: 'id' } },
              },
            ],
            selectionSet: {
              kind: 'SelectionSet',
              selections: [
                { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                { kind: 'Field', name: { kind: 'Name', value: 'clientRefId' } },
                { kind: 'Field', name: { kind: 'Name', value: 'customerId' } },
                { kind: 'Field', name: { kind: 'Name', value: 'amount' } },
                { kind: 'Field', name: { kind: 'Name', value: 'status' } },
                { kind: 'Field', name: { kind: 'Name', value: 'statusDescription' } },
                { kind: 'Field', name: { kind: 'Name', value: 'isFinal' } },
                { kind: 'Field', name: { kind: 'Name', value: 'nextAction' } },
                { kind: 'Field', name: { kind: 'Name', value: 'nextCheckAt' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'statusReason' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'code' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                    ],
                  },
                },
                { kind: 'Field', name: { kind: 'Name', value: 'tid' } },
                { kind: 'Field', name: { kind: 'Name', value: 'bankReference' } },
                { kind: 'Field', name: { kind: 'Name', value: 'fee' } },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'recipient' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'name' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'maskedAccount' } },
                    ],
                  },
                },
                {
                  kind: 'Field',
                  name: { kind: 'Name', value: 'events' },
                  selectionSet: {
                    kind: 'SelectionSet',
                    selections: [
                      { kind: 'Field', name: { kind: 'Name', value: 'id' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'sequence' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'source' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'toStatus' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'message' } },
                      { kind: 'Field', name: { kind: 'Name', value: 'occurredAt' } },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
  ],
} as unknown as DocumentNode<WatchTransactionSubscription, WatchTransactionSubscriptionVariables>;
