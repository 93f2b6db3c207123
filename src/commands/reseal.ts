// `reseal`: seals what is stored with the present key, after it was changed.
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';
import { reseal } from '../database/reseal.js';
import { Sealer } from '../shared/sealing.js';
import { withDatabaseUrl } from './database-access.js';
import { UsageError } from './usage-error.js';

export async function runReseal(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const config = loadConfig();
  const sealer = new Sealer(config.sealing);
  const { transfers, challenges, left } = await withDatabaseUrl(config, (url) => reseal(url, sealer));
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(
    `${transfers} transfers and ${challenges} OTP requests were sealed again, with the key "${sealer.keyId}".`,
  );
  for (const { keyId, texts } of left.filter(({ keyId }) => sealer.foreignKeyIds.includes(keyId))) {
    print(`${texts} texts stay under the key "${keyId}", the sandbox’s: every process opens them.`);
  }
  const stray = left.filter(({ keyId }) => !sealer.foreignKeyIds.includes(keyId));
  if (stray.length > 0) {
    const keys = stray.map(({ keyId, texts }) => `${texts} texts with the key "${keyId}"`).join(', ');
    throw new UsageError(
      `Some process still seals ${keys}: restart it with these settings, then run this again.`,
    );
  }
  print('Nothing else is sealed with another key now.');
}
