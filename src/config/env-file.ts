// The environment, over the `.env` file of this folder.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return { ...readEnvFile(), ...process.env };
}

function readEnvFile(): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    // A file that is there but cannot be read must not turn a real server into a sandbox.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
