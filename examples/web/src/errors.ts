// What went wrong, as a sentence for the screen. The sentences come from the server, by the error's code.
import { CombinedGraphQLErrors } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { ErrorCatalogueDocument } from './documents.js';

export type ToSentence = (error: unknown) => string;

/** Fields as the page names them, for errors that name fields. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  'input.customerId': 'Mobile number',
  'input.recipientId': 'Recipient',
  'input.amount': 'Amount',
  'input.otp': 'OTP',
};

export function useErrorSentences(): ToSentence {
  const { data } = useQuery(ErrorCatalogueDocument);
  const sentences = new Map<string, string>(data?.errorCatalogue.map((one) => [one.code, one.screenMessage]));
  return (error) => {
    const [first] = CombinedGraphQLErrors.is(error) ? error.errors : [];
    if (first === undefined) return 'No connection. Please try again; nothing is sent twice.';
    const { code, fields = [] } = (first.extensions ?? {}) as {
      code?: string;
      fields?: readonly { path: string; message: string }[];
    };
    const details = fields.map(({ path, message }) => `${FIELD_NAMES[path] ?? path} ${message}.`);
    return [sentences.get(code ?? '') ?? first.message, ...details].join(' ');
  };
}

/** True when no answer came, so that it is not known whether the request arrived. */
export function isUnanswered(error: unknown): boolean {
  return !CombinedGraphQLErrors.is(error);
}
