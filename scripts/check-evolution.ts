// Fails when the schema breaks a frontend that was written for the released one, unless CHANGELOG.md says that it does.
// With --release, takes the schema of today as released.
import { copyFile, readFile } from 'node:fs/promises';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const RELEASED = 'docs/released-schema.graphql';
const PRESENT = 'schema.graphql';

if (process.argv.includes('--release')) {
  await copyFile(PRESENT, RELEASED);
} else {
  const read = async (file: string) => buildSchema(await readFile(file, 'utf8'));
  const changes = await diff(await read(RELEASED), await read(PRESENT));
  const pending = toPending(await readFile('CHANGELOG.md', 'utf8'));
  const unannounced = changes.filter(
    ({ criticality, path = '' }) =>
      criticality.level === CriticalityLevel.Breaking && !pending.includes(`\`${path}\``),
  );
  if (unannounced.length > 0) {
    const list = unannounced.map(({ path = '', message }) => `  ${path}: ${message}`).join('\n');
    process.stderr.write(
      `These changes break frontends that use the released schema:\n${list}\n` +
        'Deprecate instead, or name each path in backticks under "Pending" in CHANGELOG.md.\n',
    );
    process.exit(1);
  }
}

/** What has changed since the release. */
function toPending(changelog: string): string {
  return changelog.split(/^## /m).find((section) => section.startsWith('Pending')) ?? '';
}
