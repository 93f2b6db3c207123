// Writes the files that are made from the code; with --check, fails when one of them is not what it would write.
import { readFile, writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { format, resolveConfig } from 'prettier';
import { createSchema } from '../src/resolvers/index.js';
import { ERROR_CODES, ERRORS, RETRY_ADVICE } from '../src/shared/errors.js';

const files = new Map<string, string>([
  ['schema.graphql', `${printSchema(createSchema())}\n`],
  [
    'docs/errors.md',
    await format(toErrorsDocument(), { ...(await resolveConfig('docs/errors.md')), parser: 'markdown' }),
  ],
]);

const isCheck = process.argv.includes('--check');
const drifted: string[] = [];
for (const [path, wanted] of files) {
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === wanted) continue;
  if (isCheck) drifted.push(path);
  else await writeFile(path, wanted);
}
if (drifted.length > 0) {
  process.stderr.write(
    `Not what the code says: ${drifted.join(', ')}. Run \`npm run generate\` and commit the result.\n`,
  );
  process.exit(1);
}

function toErrorsDocument(): string {
  const rows = ERROR_CODES.map((code) => {
    const { meaning, screenMessage, retry, raisedBy } = ERRORS[code];
    return `| \`${code}\` | ${meaning} | ${screenMessage} | \`${retry}\` | ${raisedBy.map((field) => `\`${field}\``).join(', ')} |`;
  });
  const advice = Object.entries(RETRY_ADVICE).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return `# Errors

Generated from \`src/shared/errors.ts\`; \`errorCatalogue\` returns the same. Do not edit.

An error from \`initiateTransfer\` means: no debit was attempted. Data means: the transfer exists, and its status says
what became of it. An unknown outcome is data with status \`AWAITED\`, a decline is data with status \`FAILED\`.

Every error has \`extensions.code\` and \`extensions.retry\`, and where they apply \`fields\` (\`path\`, \`message\`),
\`retryAfterMs\` and \`requestId\`.

| Code | Meaning | For the screen | Retry | Raised by |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Retry advice

| Advice | What to do |
| --- | --- |
${advice.join('\n')}
`;
}
