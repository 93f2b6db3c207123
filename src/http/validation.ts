// What a document may be, whichever way it comes: over HTTP to Apollo Server, or as a subscription.
import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import { HTTP } from '../config/limits.js';
import { fewAliases, oneMutationField } from './graphql-plugins.js';
import type { TrustedDocuments } from './trusted-documents.js';

export const VALIDATION_OPTIONS = { maxErrors: HTTP.maxDocumentErrors };

export interface DocumentLimits {
  readonly isProduction: boolean;
  /** Undefined: every document that is valid. */
  readonly trusted: TrustedDocuments | undefined;
}

/** In addition to graphql-js's own rules. */
export function toValidationRules({ isProduction, trusted }: DocumentLimits): ValidationRule[] {
  return [
    ...(trusted === undefined ? [] : [trusted.rule]),
    oneMutationField,
    fewAliases,
    ...(isProduction ? [NoSchemaIntrospectionCustomRule] : []),
  ];
}
