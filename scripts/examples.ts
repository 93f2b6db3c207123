// The operations of examples/, as they are handed on: to the explorer's tabs, and to the example page as typed documents.
import { readdir, readFile } from 'node:fs/promises';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { Kind, parse, printSchema, type GraphQLSchema } from 'graphql';

export interface Example {
  /** Of the operation. */
  readonly name: string;
  readonly file: string;
  readonly document: string;
  /** JSON; empty when there are none. */
  readonly variables: string;
}

const FOLDER = 'examples';

export async function readExamples(): Promise<Example[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.graphql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const document = await readFile(`${FOLDER}/${file}`, 'utf8');
      const [operation] = parse(document).definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.name === undefined)
        throw new Error(`${file} does not hold one named operation`);
      const variables = await readFile(
        `${FOLDER}/${file.replace('.graphql', '.variables.json')}`,
        'utf8',
      ).catch(() => '');
      const laidOut = variables === '' ? '' : JSON.stringify(JSON.parse(variables), null, 2);
      return { name: operation.name.value, file, document, variables: laidOut };
    }),
  );
}

export function toExampleModule(examples: readonly Example[]): string {
  const entries = examples.map(({ name, document, variables }) => ({ name, document, variables }));
  return `// Generated from examples/*.graphql. Do not edit.

export interface ExampleOperation {
  readonly name: string;
  readonly document: string;
  /** JSON; empty when there are none. */
  readonly variables: string;
}

export const EXAMPLES: readonly ExampleOperation[] = ${JSON.stringify(entries, null, 2)};
`;
}

/** Exact types for scalars: money and moments are text. */
const SCALARS = {
  DateTime: 'string',
  Rupees: 'string',
  MobileNumber: 'string',
  ClientRefId: 'string',
  LatLong: 'string',
};

export async function toTypedDocuments(schema: GraphQLSchema, examples: readonly Example[]): Promise<string> {
  const code = await codegen({
    filename: 'documents.ts',
    schema: parse(printSchema(schema)),
    documents: examples.map(({ file, document }) => ({ location: file, document: parse(document) })),
    config: {
      scalars: SCALARS,
      strictScalars: true,
      enumsAsTypes: true,
      useTypeImports: true,
      immutableTypes: true,
      skipTypename: true,
    },
    plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
    pluginMap: { typescriptOperations, typedDocumentNode },
  });
  return `// Generated from examples/*.graphql and the schema. Do not edit.\n${code}`;
}
