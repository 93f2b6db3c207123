// The enums of the schema, each value described for the person reading it in the explorer.
import { registerEnumType } from 'type-graphql';
import { EVENT_SOURCES } from '../entities/index.js';
import { ERROR_CODES, ERRORS, RETRY_ADVICE, type RetryAdvice as Advice } from '../shared/errors.js';

export enum TransactionStatus {
  SUCCESS = 'SUCCESS',
  FAILED = 'FAILED',
  AWAITED = 'AWAITED',
  REFUND_PENDING = 'REFUND_PENDING',
  REFUNDED = 'REFUNDED',
  ON_HOLD = 'ON_HOLD',
}
export enum NextAction {
  NONE = 'NONE',
  WAIT = 'WAIT',
  COLLECT_REFUND_OTP = 'COLLECT_REFUND_OTP',
  START_AGAIN = 'START_AGAIN',
  CONTACT_SUPPORT = 'CONTACT_SUPPORT',
}
export enum TransferChannel {
  IMPS = 'IMPS',
}
export const EventSource = toEnum(EVENT_SOURCES);
export const ErrorCode = toEnum(ERROR_CODES);
export const RetryAdvice = toEnum(Object.keys(RETRY_ADVICE) as Advice[]);

registerEnumType(TransactionStatus, {
  name: 'TransactionStatus',
  description:
    'Where the money is. Show `statusReason.message` and offer what `nextAction` says, rather than switching on this.',
  valuesConfig: {
    SUCCESS: {
      description: 'The money reached the recipient (tx_status 0). Final, unless the bank returns it later.',
    },
    FAILED: {
      description:
        'No money moved (tx_status 1, or proof that Eko never processed it); `statusReason` says why.',
    },
    AWAITED: {
      description:
        'The outcome is not known yet (tx_status 2). It is being inquired after; never send it again.',
    },
    REFUND_PENDING: {
      description:
        'The money came back (tx_status 3), and the customer has a refund OTP. The refund is made at Eko, not here; the status becomes REFUNDED when Eko knows of it.',
    },
    REFUNDED: { description: 'The customer has been paid back (tx_status 4). Final.' },
    ON_HOLD: {
      description: 'Eko holds the transfer (tx_status 5). It is being inquired after; never send it again.',
    },
  },
});
registerEnumType(NextAction, {
  name: 'NextAction',
  description:
    'What the agent does now: which button to offer. The sentence for it is `statusReason.message`.',
  valuesConfig: {
    NONE: { description: 'Nothing: it is done.' },
    WAIT: {
      description:
        'Wait: the outcome is being found. Show that something is going on for this one alone: `isFinal` may be false for days after a failure.',
    },
    COLLECT_REFUND_OTP: {
      description:
        'Ask the customer for the refund OTP that Eko has texted, enter it at Eko (this API takes none), and pay the cash back.',
    },
    START_AGAIN: {
      description: 'No money moved: ask for a new OTP and start a new transfer, under a new clientRefId.',
    },
    CONTACT_SUPPORT: { description: 'A person has to look at this transaction. Do not send it again.' },
  },
});
registerEnumType(TransferChannel, {
  name: 'TransferChannel',
  description: 'How the bank moves the money.',
  valuesConfig: {
    IMPS: { description: 'Immediate Payment Service: within seconds, at any hour. Eko’s channel 2.' },
  },
});
registerEnumType(EventSource, {
  name: 'EventSource',
  description: 'Where the knowledge behind an event came from.',
  valuesConfig: {
    CLIENT: { description: 'The request that created the transfer.' },
    EKO_RESPONSE: { description: 'Eko’s answer to the transfer request, or its absence.' },
    EKO_INQUIRY: { description: 'Eko’s answer to an inquiry.' },
    RECOVERY: { description: 'This server, picking up what a stopped one left behind.' },
    OPERATOR: { description: 'A person who resolved a review.' },
  },
});
registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'Every code there is in `errors[].extensions.code` and in `Transaction.statusReason`.',
  valuesConfig: Object.fromEntries(ERROR_CODES.map((code) => [code, { description: ERRORS[code].meaning }])),
});
registerEnumType(RetryAdvice, {
  name: 'RetryAdvice',
  description: 'What to do after an error.',
  valuesConfig: Object.fromEntries(
    Object.entries(RETRY_ADVICE).map(([advice, description]) => [advice, { description }]),
  ),
});

function toEnum<const Name extends string>(names: readonly Name[]): { readonly [N in Name]: N } {
  return Object.fromEntries(names.map((name) => [name, name])) as { readonly [N in Name]: N };
}
