// `data-keys`: the keys that data is sealed with here, as settings; for the day when what they were derived from changes.
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';
import { Sealer } from '../shared/sealing.js';

export function runDataKeys(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const keys = loadConfig().sealing;
  const { foreignKeyIds } = new Sealer(keys);
  // Without the sandbox's: every process has that one.
  const own = keys.filter(({ id }) => !foreignKeyIds.includes(id));
  const list = own.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
  const index = own[0]?.indexKey.toString('base64') ?? '';
  process.stdout.write(`DATA_ENCRYPTION_KEYS=${list}\nDATA_INDEX_KEY=${index}\n`);
  return Promise.resolve();
}
