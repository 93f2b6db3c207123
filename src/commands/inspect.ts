// `inspect`: all that is known of one transfer, for a person at a terminal. Reads only.
import { parseArgs } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { loadConfig } from '../config/config.js';
import { NotMigratedError } from '../database/not-migrated-error.js';
import { OtpChallenge, Transfer, TransferEvent, WebhookDelivery } from '../entities/index.js';
import { CLIENT_REF_ID, UUID } from '../shared/identifiers.js';
import { Sealer, useSealer } from '../shared/sealing.js';
import type { TransferKey } from '../transfers/index.js';
import { toPlace, withDatabaseUrl } from './database-access.js';
import { toInspection, type TransferRecords } from './inspection.js';
import { renderInspection } from './inspection-text.js';
import { UsageError } from './usage-error.js';

const USAGE = 'Usage: npm run inspect -- ID | CLIENT_REF_ID | TID [--json]';
/** Eko sends a handful for one transfer; more than a screenful helps nobody. */
const MAX_CALLBACKS = 50;

export async function runInspect(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name = ''] = positionals;
  if (name === '' || positionals.length > 1) throw new UsageError(USAGE);
  const config = loadConfig();
  useSealer(new Sealer(config.sealing));
  const records = await withDatabaseUrl(config, (url) =>
    readFrom(url, (dataSource) => findRecords(dataSource, name)),
  );
  if (records === null) {
    throw new UsageError(`There is no transfer with this id, clientRefId or tid in ${toPlace(config)}.`);
  }
  const inspection = toInspection(records, { now: new Date(), policy: config.inquiryPolicy });
  const text = values.json ? `${JSON.stringify(inspection, null, 2)}\n` : renderInspection(inspection);
  await new Promise((resolve) => process.stdout.write(text, resolve));
}

async function readFrom<Found>(
  databaseUrl: string,
  read: (dataSource: DataSource) => Promise<Found>,
): Promise<Found> {
  const dataSource = await createDataSource(databaseUrl).initialize();
  try {
    return await read(dataSource);
  } catch (error) {
    // Asking TypeORM would write its own table, which a role that may only read cannot.
    if (isMissingTableOrColumn(error)) throw new NotMigratedError();
    throw error;
  } finally {
    await dataSource.destroy();
  }
}

function isMissingTableOrColumn(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^42(P01|703)$/.test(String(error.code));
}

/** One moment's view of everything: the row and its timeline belong together. */
function findRecords(dataSource: DataSource, name: string): Promise<TransferRecords | null> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    await manager.query('SET TRANSACTION READ ONLY');
    const transfer = await findTransfer(manager, name);
    if (transfer === null) return null;
    const { id, clientRefId, tid, otpChallengeId } = transfer;
    return {
      transfer,
      challenge: await manager.findOneByOrFail(OtpChallenge, { id: otpChallengeId }),
      events: await manager.find(TransferEvent, { where: { transferId: id }, order: { sequence: 'ASC' } }),
      // One that came before its tid was known here names the transfer by that alone.
      deliveries: await manager.find(WebhookDelivery, {
        where: [{ transferId: id }, { clientRefId }, ...(tid === null ? [] : [{ tid }])],
        order: { firstReceivedAt: 'ASC' },
        take: MAX_CALLBACKS,
      }),
    };
  });
}

async function findTransfer(manager: EntityManager, name: string): Promise<Transfer | null> {
  for (const key of toKeys(name)) {
    const transfer = await manager.findOneBy(Transfer, key);
    if (transfer !== null) return transfer;
  }
  return null;
}

/** A tid may look like a reference of ours; a reference is tried first, because it is unique for ever. */
function toKeys(name: string): TransferKey[] {
  const id = name.toLowerCase();
  if (UUID.test(id)) return [{ id }];
  return [...(CLIENT_REF_ID.test(name) ? [{ clientRefId: name }] : []), { tid: name }];
}
