// What Apollo Sandbox shows first: the flow, ready to be run from top to bottom.

export const LANDING_DOCUMENT = `# 1. Run SendTransferOtp. In the sandbox the OTP is always 123456.
# 2. Copy otpRefId from the answer into the variables of InitiateTransfer, and run it.
# 3. Run Transactions. Other amounts make other things happen: see the start page.

mutation SendTransferOtp($otpInput: SendTransferOtpInput!) {
  sendTransferOtp(input: $otpInput) {
    transferOtp { otpRefId sentTo amount expiresAt resendAfter }
  }
}

mutation InitiateTransfer($transferInput: InitiateTransferInput!) {
  initiateTransfer(input: $transferInput) {
    replayed
    transaction {
      id clientRefId status nextAction isFinal tid bankReference amount fee balance
      statusReason { code message }
      recipient { name maskedAccount }
      events { sequence source toStatus message occurredAt }
    }
  }
}

query Transactions {
  transactions(first: 10) {
    edges { node { id createdAt status amount customerId tid statusReason { code message } } }
    pageInfo { hasNextPage endCursor }
  }
}
`;

export const LANDING_VARIABLES = {
  otpInput: { customerId: '6111111111', recipientId: '98765', amount: 500 },
  transferInput: {
    customerId: '6111111111',
    recipientId: '98765',
    amount: 500,
    otp: '123456',
    otpRefId: 'paste otpRefId here',
    latlong: '28.6139,77.2090',
  },
};
