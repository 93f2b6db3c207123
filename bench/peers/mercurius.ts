// Mercurius with its compiler on from the first request, over plain SQL.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { PORT, resolvers, TYPE_DEFS } from './common.js';

const app = Fastify();
await app.register(mercurius, { schema: TYPE_DEFS, resolvers, jit: 1 });
await app.listen({ port: PORT, host: '127.0.0.1' });
