// What went wrong, as a sentence for the screen. The sentences come from the server, by the error's code.
import { CombinedGraphQLErrors } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { ErrorCatalogueDocument, type ErrorCatalogueQuery } from './documents.js';

export type ToSentence = (error: unknown) => string;
type CatalogueEntry = ErrorCatalogueQuery['errorCatalogue'][number];

/** Fields as the page names them, for errors that name fields. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  'input.customerId': 'Mobile number',
  'input.recipientId': 'Recipient',
  'input.amount': 'Amount',
  'input.otp': 'OTP',
};

export function useErrorSentences(): ToSentence {
  const { data } = useQuery(ErrorCatalogueDocument);
  const known = new Map<string, CatalogueEntry>(data?.errorCatalogue.map((one) => [one.code, one]));
  return (error) => {
    const [first] = CombinedGraphQLErrors.is(error) ? error.errors : [];
    if (first === undefined) return 'No connection. Please try again; nothing is sent twice.';
    const {
      code,
      retry,
      fields = [],
    } = (first.extensions ?? {}) as {
      code?: string;
      retry?: string;
      fields?: readonly { path: string; message: string }[];
    };
    const details = fields.map(({ path, message }) => `${FIELD_NAMES[path] ?? path} ${message}.`);
    const entry = known.get(code ?? '');
    // With other advice than usual comes a message that says what is different.
    if (entry !== undefined && entry.retry !== retry) return first.message;
    return [entry?.screenMessage ?? first.message, ...details].join(' ');
  };
}

/** True when no answer came, so that it is not known whether the request arrived. */
export function isUnanswered(error: unknown): boolean {
  return !CombinedGraphQLErrors.is(error);
}
