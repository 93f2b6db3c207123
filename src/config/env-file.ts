// The environment, over the `.env` file of this folder.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return { ...readEnvFile(), ...process.env };
}

function readEnvFile(): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch {
    return {};
  }
}
