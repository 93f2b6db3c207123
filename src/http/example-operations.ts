// Generated from examples/*.graphql. Do not edit.

export interface ExampleOperation {
  readonly name: string;
  readonly document: string;
  /** JSON; empty when there are none. */
  readonly variables: string;
}

export const EXAMPLES: readonly ExampleOperation[] = [
  {
    name: 'CustomerHistory',
    document:
      '# What one customer has sent, the oldest page first, and how\n# many there are in all. `totalCount` is counted only when it\n# is selected: leave it out where nobody looks at it.\nquery CustomerHistory($customerId: MobileNumber!, $createdFrom: DateTime, $last: Int, $before: String) {\n  transactions(filter: { customerId: $customerId, createdFrom: $createdFrom }, last: $last, before: $before) {\n    totalCount\n    edges {\n      node {\n        id\n        createdAt\n        amount\n        status\n      }\n    }\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n  }\n}\n',
    variables: '{\n  "customerId": "6111111111",\n  "createdFrom": "2026-01-01T00:00:00Z",\n  "last": 10\n}',
  },
  {
    name: 'ErrorCatalogue',
    document:
      '# Every error there can be, with a sentence for the screen.\n# Load it once; show `screenMessage` for `extensions.code`.\nquery ErrorCatalogue {\n  errorCatalogue {\n    code\n    meaning\n    screenMessage\n    retry\n    raisedBy\n  }\n}\n',
    variables: '',
  },
  {
    name: 'InitiateTransfer',
    document:
      '# Step 2. Moves the money, once. An error means that no debit\n# was attempted; data means that the transfer exists.\n# Lost the answer? Send the same request again: it returns the\n# same transaction, and `replayed` is true.\nmutation InitiateTransfer($input: InitiateTransferInput!) {\n  initiateTransfer(input: $input) {\n    replayed\n    transaction {\n      id\n      clientRefId\n      status\n      isFinal\n      nextAction\n      nextCheckAt\n      statusReason {\n        code\n        message\n      }\n      amount\n      fee\n      tid\n      bankReference\n      recipient {\n        id\n        name\n        maskedAccount\n      }\n    }\n  }\n}\n',
    variables:
      '{\n  "input": {\n    "customerId": "6111111111",\n    "recipientId": "98765",\n    "amount": 103,\n    "otp": "123456",\n    "otpRefId": "{{otpRefId}}",\n    "latlong": "28.6139,77.2090"\n  }\n}',
  },
  {
    name: 'ListTransactions',
    document:
      "# The agent's history, newest first. For the next page give\n# `pageInfo.endCursor` as `after`; leave out what does not filter.\nquery ListTransactions($filter: TransactionFilter, $first: Int = 20, $after: String) {\n  transactions(filter: $filter, first: $first, after: $after) {\n    edges {\n      node {\n        id\n        createdAt\n        customerId\n        amount\n        status\n        nextAction\n        statusReason {\n          code\n          message\n        }\n        recipient {\n          id\n          name\n          maskedAccount\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n",
    variables: '{\n  "first": 10,\n  "filter": {\n    "createdFrom": "2026-01-01T00:00:00+05:30"\n  }\n}',
  },
  {
    name: 'RefetchNode',
    document:
      "# Relay's way to fetch anything again by its id.\nquery RefetchNode($id: ID!) {\n  node(id: $id) {\n    __typename\n    id\n    ... on Transaction {\n      status\n      isFinal\n      updatedAt\n    }\n  }\n}\n",
    variables: '{\n  "id": "{{transactionId}}"\n}',
  },
  {
    name: 'RefreshTransaction',
    document:
      '# The "check now" button: Eko is asked at once, at most every\n# ten seconds. Not needed while you subscribe.\nmutation RefreshTransaction($id: ID!) {\n  refreshTransaction(id: $id) {\n    changed\n    transaction {\n      id\n      status\n      isFinal\n      nextAction\n      nextCheckAt\n    }\n  }\n}\n',
    variables: '{\n  "id": "{{transactionId}}"\n}',
  },
  {
    name: 'RefundsToMake',
    document:
      '# Transfers whose money came back: the customer is owed cash. A\n# transfer can come back after it had succeeded, so ask when the\n# page opens and every few minutes, and show the number.\nquery RefundsToMake {\n  transactions(filter: { status: [REFUND_PENDING] }, first: 20) {\n    totalCount\n    edges {\n      node {\n        id\n        createdAt\n        customerId\n        amount\n        nextAction\n        statusReason {\n          code\n          message\n        }\n      }\n    }\n  }\n}\n',
    variables: '',
  },
  {
    name: 'ResolveReview',
    document:
      '# For an admin: closes a review with a reason that is kept for\n# ever. It changes no status and moves no money.\nmutation ResolveReview($input: ResolveReviewInput!) {\n  resolveReview(input: $input) {\n    transaction {\n      id\n      status\n      needsReview\n      nextAction\n    }\n  }\n}\n',
    variables:
      '{\n  "input": {\n    "id": "{{transactionId}}",\n    "reason": "Eko confirmed by mail that the amount in its answer was wrong; ticket 4711."\n  }\n}',
  },
  {
    name: 'SendTransferOtp',
    document:
      '# Step 1. The customer gets an SMS with an OTP, good for\n# exactly this recipient and amount. The next step needs\n# `otpRefId`. In the sandbox the OTP is always 123456.\nmutation SendTransferOtp($input: SendTransferOtpInput!) {\n  sendTransferOtp(input: $input) {\n    transferOtp {\n      otpRefId\n      sentTo\n      amount\n      expiresAt\n      resendAfter\n    }\n  }\n}\n',
    variables:
      '{\n  "input": {\n    "customerId": "6111111111",\n    "recipientId": "98765",\n    "amount": 103\n  }\n}',
  },
  {
    name: 'TransactionDetails',
    document:
      "# One transaction with its timeline, by exactly one of `id`,\n# `clientRefId` (yours) and `tid` (Eko's).\nquery TransactionDetails($id: ID, $clientRefId: ClientRefId, $tid: String) {\n  transaction(id: $id, clientRefId: $clientRefId, tid: $tid) {\n    id\n    clientRefId\n    tid\n    bankReference\n    status\n    statusDescription\n    statusReason {\n      code\n      message\n      ekoStatus\n      ekoMessage\n    }\n    isFinal\n    nextAction\n    nextCheckAt\n    amount\n    currency\n    channel\n    fee\n    commission\n    balance\n    customerId\n    recipient {\n      id\n      name\n      maskedAccount\n      ifsc\n    }\n    events {\n      id\n      sequence\n      source\n      fromStatus\n      toStatus\n      message\n      occurredAt\n    }\n    needsReview\n    isSimulated\n    createdAt\n    updatedAt\n  }\n}\n",
    variables: '{\n  "id": "{{transactionId}}"\n}',
  },
  {
    name: 'TransactionsInReview',
    document:
      '# For support: the transactions whose answers contradict each\n# other, with what an admin needs to close them.\nquery TransactionsInReview($after: String) {\n  transactions(filter: { needsReview: true }, first: 50, after: $after) {\n    edges {\n      node {\n        id\n        tid\n        clientRefId\n        status\n        amount\n        events {\n          id\n          sequence\n          message\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n',
    variables: '',
  },
  {
    name: 'WatchTransaction',
    document:
      '# Step 3. The transaction as it changes. The first message is\n# its present state; it completes after a final one.\n# When the connection is lost, subscribe again.\nsubscription WatchTransaction($id: ID!) {\n  transactionUpdated(id: $id) {\n    id\n    clientRefId\n    customerId\n    amount\n    status\n    statusDescription\n    isFinal\n    nextAction\n    nextCheckAt\n    statusReason {\n      code\n      message\n    }\n    tid\n    bankReference\n    fee\n    recipient {\n      id\n      name\n      maskedAccount\n    }\n    events {\n      id\n      sequence\n      source\n      toStatus\n      message\n      occurredAt\n    }\n  }\n}\n',
    variables: '{\n  "id": "{{transactionId}}"\n}',
  },
];
