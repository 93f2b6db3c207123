// Connections for the counts of requests, which are asked for before anybody is known: few, with short deadlines, and
// apart from those that transfers are written on.
import pg from 'pg';
import { KEPT_CONNECTIONS } from './kept-connections.js';

export interface RatePoolLimits {
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/** Connects when it is asked. A connection whose statement failed is closed. */
export function createRatePool(databaseUrl: string, limits: RatePoolLimits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'eko-transfer-gateway limits',
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.answerTimeoutMs,
    ...KEPT_CONNECTIONS,
  });
  pool.on('error', () => {}); // of an idle connection; the next statement makes another
  return pool;
}
