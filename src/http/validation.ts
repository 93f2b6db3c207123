// What a document may be, whichever way it comes: over HTTP to Apollo Server, or as a subscription.
import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import { fewAliases, oneMutationField } from './graphql-plugins.js';

/** In addition to graphql-js's own rules. */
export function toValidationRules({ isProduction }: { isProduction: boolean }): ValidationRule[] {
  return [oneMutationField, fewAliases, ...(isProduction ? [NoSchemaIntrospectionCustomRule] : [])];
}
