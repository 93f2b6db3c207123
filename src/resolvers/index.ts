export { createContext, type GraphQLContext, type GraphQLServices } from './context.js';
export { TYPE_RULES } from './scalars.js';
export { findRuleErrors } from './validate-arguments.js';
export { createSchema } from './schema.js';
