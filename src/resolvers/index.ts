export { createContext, type GraphQLContext, type GraphQLServices } from './context.js';
export { TYPE_RULES } from './scalars.js';
export { createSchema } from './schema.js';
