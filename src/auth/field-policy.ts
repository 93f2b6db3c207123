// Who may use each field of the schema, one line each. The schema is not built when a field or an argument has no line
// here, or a line no field.
import type { Role } from './identity.js';

export interface RootPolicy {
  /** One of these roles. */
  readonly roles: readonly Role[];
  /** Whose transactions it reaches: an agent its own and support and admin any; only one's own; or none at all. */
  readonly reach: 'ownOrAny' | 'own' | 'none';
  readonly args: readonly string[];
}

export interface FieldPolicy {
  readonly roots: Readonly<Record<string, RootPolicy>>;
  /** Of all other types: who may have the object may see these, and give these. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

const EVERYBODY: readonly Role[] = ['agent', 'support', 'admin'];

export const FIELD_POLICY: FieldPolicy = {
  roots: {
    'Query.transaction': { roles: EVERYBODY, reach: 'ownOrAny', args: ['id', 'clientRefId', 'tid'] },
    'Query.transactions': {
      roles: EVERYBODY,
      reach: 'ownOrAny',
      args: ['filter', 'first', 'after', 'last', 'before'],
    },
    'Query.node': { roles: EVERYBODY, reach: 'ownOrAny', args: ['id'] },
    'Query.errorCatalogue': { roles: EVERYBODY, reach: 'none', args: [] },
    'Mutation.sendTransferOtp': { roles: ['agent'], reach: 'own', args: ['input'] },
    'Mutation.initiateTransfer': { roles: ['agent'], reach: 'own', args: ['input'] },
    'Mutation.refreshTransaction': { roles: EVERYBODY, reach: 'ownOrAny', args: ['id'] },
    'Mutation.resolveReview': { roles: ['admin'], reach: 'ownOrAny', args: ['input'] },
    'Subscription.transactionUpdated': { roles: EVERYBODY, reach: 'ownOrAny', args: ['id'] },
  },
  fields: {
    Node: ['id'],
    Transaction: [
      ...[
        'id',
        'clientRefId',
        'tid',
        'bankReference',
        'status',
        'statusDescription',
        'statusReason',
        'isFinal',
      ],
      ...['nextAction', 'nextCheckAt', 'amount', 'currency', 'channel', 'fee', 'commission', 'balance'],
      ...['customerId', 'recipient', 'events', 'needsReview', 'isSimulated', 'createdAt', 'updatedAt'],
    ],
    Recipient: ['id', 'name', 'maskedAccount', 'ifsc'],
    StatusReason: ['code', 'message', 'ekoStatus', 'ekoMessage'],
    TransactionEvent: ['id', 'sequence', 'source', 'fromStatus', 'toStatus', 'message', 'occurredAt'],
    TransferOtp: ['otpRefId', 'sentTo', 'amount', 'expiresAt', 'resendAfter'],
    SendTransferOtpPayload: ['transferOtp'],
    InitiateTransferPayload: ['transaction', 'replayed'],
    RefreshTransactionPayload: ['transaction', 'changed'],
    ResolveReviewPayload: ['transaction'],
    TransactionConnection: ['edges', 'pageInfo', 'totalCount'],
    TransactionEdge: ['cursor', 'node'],
    PageInfo: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
    ErrorInfo: ['code', 'meaning', 'screenMessage', 'retry', 'raisedBy'],
    SendTransferOtpInput: ['customerId', 'recipientId', 'amount', 'clientRefId'],
    InitiateTransferInput: [
      ...['customerId', 'recipientId', 'amount', 'otp', 'otpRefId', 'latlong', 'clientRefId', 'channel'],
    ],
    ResolveReviewInput: ['id', 'reason'],
    TransactionFilter: [
      ...[
        'status',
        'customerId',
        'recipientId',
        'minAmount',
        'maxAmount',
        'createdFrom',
        'createdBefore',
        'needsReview',
      ],
    ],
  },
};
