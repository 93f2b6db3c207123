// Writes the files that are made from the code; with --check, fails when one of them is not what it would write.
import { readFile, writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { format, resolveConfig } from 'prettier';
import { createSchema } from '../src/resolvers/index.js';
import { toErrorsDocument } from './errors-document.js';
import { readExamples, toExampleModule, toTypedDocuments } from './examples.js';

const schema = createSchema();
const examples = await readExamples();
const files = new Map<string, string>([
  ['schema.graphql', `${printSchema(schema)}\n`],
  ['docs/errors.md', toErrorsDocument()],
  ['src/http/example-operations.ts', toExampleModule(examples)],
  ['examples/web/src/documents.ts', await toTypedDocuments(schema, examples)],
]);

const isCheck = process.argv.includes('--check');
const drifted: string[] = [];
for (const [path, text] of files) {
  const wanted = path.endsWith('.graphql')
    ? text
    : await format(text, { ...(await resolveConfig(path)), filepath: path });
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
