// `reseal`: seals what is stored with the present key; after a key was changed, and once after an upgrade.
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';
import { reseal } from '../database/reseal.js';
import { Sealer } from '../shared/sealing.js';
import { withDatabaseUrl } from './database-access.js';

export async function runReseal(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const config = loadConfig();
  const sealer = new Sealer(config.sealing);
  const { challenges, transfers, chained } = await withDatabaseUrl(config, (url) => reseal(url, sealer));
  process.stdout.write(
    `${transfers} transfers and ${challenges} OTP requests were sealed again, with the key "${sealer.keyId}"; ` +
      `${chained} timelines were chained again. Nothing is sealed with another key now.\n`,
  );
}
