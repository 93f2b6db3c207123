// Valid documents, so that a client's operation is parsed and validated once: the ones used last, up to a bound in their text.
import type { DocumentNode } from 'graphql';
import { HTTP } from '../config/limits.js';

/** What Apollo Server asks of a store of documents. */
export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** Apollo Server's own counts 30 MiB of JSON, which are 130 MiB of heap: a parsed document keeps every word of it. */
export function createDocumentStore(): DocumentStore {
  const documents = new Map<string, DocumentNode>();
  let characters = 0;
  const remove = (key: string) => {
    characters -= toLength(documents.get(key));
    return documents.delete(key);
  };
  return {
    get: (key) => {
      const found = documents.get(key);
      if (found !== undefined) {
        documents.delete(key);
        documents.set(key, found); // the one used last
      }
      return Promise.resolve(found);
    },
    set: (key, document) => {
      remove(key);
      documents.set(key, document);
      characters += toLength(document);
      for (const oldest of documents.keys()) {
        if (characters <= HTTP.maxStoredCharacters) break;
        remove(oldest);
      }
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(remove(key)),
  };
}

function toLength(document: DocumentNode | undefined): number {
  return document?.loc?.source.body.length ?? 0;
}
