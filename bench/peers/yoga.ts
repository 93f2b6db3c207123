// GraphQL Yoga over plain SQL, with its parser and validation caches.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { PORT, resolvers, TYPE_DEFS } from './common.js';

const yoga = createYoga({
  schema: createSchema({ typeDefs: TYPE_DEFS, resolvers }),
  logging: false,
  graphiql: false,
});
// eslint-disable-next-line @typescript-eslint/no-misused-promises -- how Yoga is served
createServer(yoga).listen(PORT, '127.0.0.1');
