// The one DataSource: the server makes its own with `createDataSource`, TypeORM's CLI takes the default export.
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { findDatabaseUrl } from './src/config/database-url.js';
import { POOL } from './src/config/limits.js';
import { KEPT_CONNECTIONS } from './src/database/kept-connections.js';
import { migrations } from './src/database/migrations/index.js';
import { closeWhenOverdue } from './src/database/overdue-answers.js';
import { OtpChallenge, Revocation, Transfer, TransferEvent, WebhookDelivery } from './src/entities/index.js';

export function createDataSource(url: string | undefined): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [Transfer, TransferEvent, OtpChallenge, WebhookDelivery, Revocation],
    migrations,
    migrationsTransactionMode: 'all',
    synchronize: false,
    logging: false,
    poolSize: POOL.maxConnections,
    connectTimeoutMS: POOL.connectTimeoutMs,
    applicationName: 'eko-transfer-gateway',
    extra: {
      statement_timeout: POOL.statementTimeoutMs,
      lock_timeout: POOL.lockTimeoutMs,
      idle_in_transaction_session_timeout: POOL.idleInTransactionTimeoutMs,
      ...KEPT_CONNECTIONS,
      onConnect: closeWhenOverdue(POOL.answerTimeoutMs),
    },
  });
}

export default createDataSource(findDatabaseUrl());
