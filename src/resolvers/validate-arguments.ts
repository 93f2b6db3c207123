// class-validator's findings as one BAD_USER_INPUT with the path of every field. Never repeats a value.
import type { ValidatorFn } from 'type-graphql';
import { CodedError, type FieldError } from '../shared/errors.js';
import { validator, type ValidationError } from './input-rules.js';
import { PageArgs } from './pages.js';
import {
  InitiateTransferInput,
  ResolveReviewInput,
  SendTransferOtpInput,
  TransactionFilter,
} from './transfer.inputs.js';

/** Where an argument object stands; those of the mutations are all called `input`. */
const PATH_OF: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [PageArgs, ''],
  [TransactionFilter, 'filter.'],
]);

const OPTIONS = { validationError: { target: false, value: false } };

export const validateArguments: ValidatorFn = (value: unknown, type) => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype)
    return;
  if (value instanceof Date || Array.isArray(value)) return;
  const errors = validator.validateSync(value, OPTIONS);
  if (errors.length === 0) return;
  const prefix = PATH_OF.get(type) ?? 'input.';
  throw new CodedError('BAD_USER_INPUT', { fields: errors.map((error) => toFieldError(prefix, error)) });
};

function toFieldError(prefix: string, error: ValidationError): FieldError {
  const [message = 'is not valid'] = Object.values(error.constraints ?? {});
  return { path: prefix + error.property, message };
}

const INPUTS: ReadonlyMap<string, new () => object> = new Map(
  [SendTransferOtpInput, InitiateTransferInput, ResolveReviewInput, TransactionFilter].map((input) => [
    input.name,
    input,
  ]),
);

/**
 * What the rules say of the fields of an input whose types are wrong elsewhere, so that a caller learns of all problems at
 * once. `isToldAlready`: of these fields something else is wrong.
 */
export function findRuleErrors(
  typeName: string,
  value: object,
  { path, isToldAlready }: { path: string; isToldAlready: (path: string) => boolean },
): FieldError[] {
  const Input = INPUTS.get(typeName);
  if (Input === undefined) return [];
  return validator
    .validateSync(Object.assign(new Input(), value), OPTIONS)
    .map((error) => toFieldError(`${path}.`, error))
    .filter((error) => !isToldAlready(error.path));
}
