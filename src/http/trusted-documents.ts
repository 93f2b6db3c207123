// Optional: only operations from a list are taken, as a build of the frontend wrote it. Formats: Apollo's persisted query
// manifest, and a JSON object of hash to document, as graphql-codegen and Relay write it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  GraphQLError,
  parse,
  print,
  type ASTVisitor,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { z } from 'zod';
import { CodedError } from '../shared/errors.js';
import { toGraphQLError } from './graphql-errors.js';

export interface TrustedDocuments {
  /** Refuses every other document. */
  readonly rule: ValidationRule;
  /** For clients that send a hash instead of the document: its text. */
  readonly findText: (hash: string) => string | undefined;
}

const MANIFEST = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});
const MAP = z.record(z.string(), z.string());

/** Rejects, in a sentence, for a file that is not there or holds something else. */
export async function readTrustedDocuments(file: string): Promise<TrustedDocuments> {
  try {
    const list: unknown = JSON.parse(await readFile(file, 'utf8'));
    const manifest = MANIFEST.safeParse(list);
    const texts = manifest.success
      ? new Map(manifest.data.operations.map(({ id, body }) => [id, body]))
      : new Map(Object.entries(MAP.parse(list)));
    return toTrustedDocuments(texts);
  } catch (error) {
    const reason =
      error instanceof GraphQLError ? 'a document in it is not valid GraphQL' : 'it is not such a list';
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Error(
      `The list of TRUSTED_DOCUMENTS cannot be used: ${isMissing ? 'there is no such file' : reason}.`,
      {
        cause: error,
      },
    );
  }
}

function toTrustedDocuments(texts: ReadonlyMap<string, string>): TrustedDocuments {
  const trusted = new Set([...texts.values()].map((text) => toKey(print(parse(text)))));
  return {
    findText: (hash) => texts.get(hash),
    rule: (context: ValidationContext): ASTVisitor => ({
      Document: (document) => {
        if (trusted.has(toKey(print(document)))) return;
        context.reportError(toGraphQLError(new CodedError('FORBIDDEN', { message: NOT_LISTED }), 400));
      },
    }),
  };
}

/** A document that is not on the list: nobody did what its role may not do. */
export function isNotListed({ code, message }: CodedError): boolean {
  return code === 'FORBIDDEN' && message === NOT_LISTED;
}

const NOT_LISTED = 'This server takes only the operations of its list, and this is none of them.';

/** Of the document as graphql-js prints it: white space and comments make no difference. */
function toKey(printed: string): string {
  return createHash('sha256').update(printed).digest('base64');
}
