// class-validator's findings as one BAD_USER_INPUT with the path of every field. Never repeats a value.
import { validate, type ValidationError } from 'class-validator';
import type { ValidatorFn } from 'type-graphql';
import { CodedError, type FieldError } from '../shared/errors.js';
import { PageArgs } from './pages.js';
import { TransactionFilter } from './transfer.inputs.js';

/** Where an argument object stands; those of the mutations are all called `input`. */
const PATH_OF: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [PageArgs, ''],
  [TransactionFilter, 'filter.'],
]);

export const validateArguments: ValidatorFn = async (value: unknown, type) => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype)
    return;
  if (value instanceof Date || Array.isArray(value)) return;
  const errors = await validate(value, { validationError: { target: false, value: false } });
  if (errors.length === 0) return;
  const prefix = PATH_OF.get(type) ?? 'input.';
  throw new CodedError('BAD_USER_INPUT', { fields: errors.map((error) => toFieldError(prefix, error)) });
};

function toFieldError(prefix: string, error: ValidationError): FieldError {
  const [message = 'is not valid'] = Object.values(error.constraints ?? {});
  return { path: prefix + error.property, message };
}
