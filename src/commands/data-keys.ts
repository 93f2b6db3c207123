// `data-keys`: the keys that data is sealed with here, as settings; for the day when what they were derived from changes.
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';

export function runDataKeys(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const { keys, indexKey } = loadConfig().sealing;
  const list = keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
  process.stdout.write(`DATA_ENCRYPTION_KEYS=${list}\nDATA_INDEX_KEY=${indexKey.toString('base64')}\n`);
  return Promise.resolve();
}
