// The large libraries of a server, which cli.ts loads before it asks for source maps. One that is missing here costs time at a
// start and nothing else.
import '@apollo/server';
import 'fastify';
import 'graphile-worker';
import 'graphql-jit';
import 'pg';
import 'prom-client';
import 'typeorm';
