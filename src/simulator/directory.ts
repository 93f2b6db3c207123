// Who exists at the simulated Eko: everybody well-formed, but for the two that the README names.
import { MOBILE_NUMBER } from '../shared/identifiers.js';

export interface RecipientAccount {
  readonly name: string;
  readonly account: string;
  readonly ifsc: string;
  readonly bank: string;
}

const UNKNOWN_CUSTOMER = '6222222222';
const UNKNOWN_RECIPIENT = '99999';

/** Those with a given account; any other id gets one made from its digits. */
const RECIPIENTS: ReadonlyMap<string, RecipientAccount> = new Map([
  [
    '98765',
    { name: 'Sunil Sharma', account: '012345678901', ifsc: 'SBIN0001234', bank: 'State Bank of India' },
  ],
]);

const NAMES = ['Asha Verma', 'Imran Khan', 'Lakshmi Nair', 'Gurpreet Singh', 'Rahul Das', 'Meena Patil'];
const BANKS = [
  { code: 'SBIN', bank: 'State Bank of India' },
  { code: 'HDFC', bank: 'HDFC Bank' },
  { code: 'ICIC', bank: 'ICICI Bank' },
  { code: 'PUNB', bank: 'Punjab National Bank' },
  { code: 'UTIB', bank: 'Axis Bank' },
];

export function isKnownCustomer(customerId: string): boolean {
  return MOBILE_NUMBER.test(customerId) && customerId !== UNKNOWN_CUSTOMER;
}

export function toCustomerName(customerId: string): string {
  return pick(NAMES, customerId);
}

/** Null for the unknown recipient. The same id always has the same account. */
export function findRecipient(recipientId: string): RecipientAccount | null {
  if (recipientId === UNKNOWN_RECIPIENT) return null;
  const { code, bank } = pick(BANKS, recipientId);
  return (
    RECIPIENTS.get(recipientId) ?? {
      name: pick(NAMES, recipientId),
      account: `3${recipientId.padStart(10, '0').slice(-10)}`,
      ifsc: `${code}0${recipientId.padStart(6, '0').slice(-6)}`,
      bank,
    }
  );
}

function pick<T>(list: readonly T[], digits: string): T {
  return list[Number(BigInt(digits) % BigInt(list.length))]!;
}
