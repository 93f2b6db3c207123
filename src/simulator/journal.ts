// The ledger's memory over restarts: one JSON line per change, each holding the whole record as it then was.
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { parseJson, toJson } from './paise-json.js';

export interface Journal<T> {
  /** Records of former runs, oldest first; the last of an id is the valid one. */
  open(): T[];
  /** Written before it returns, so that a killed process has lost nothing it has answered. */
  append(record: T): void;
  close(): void;
}

export function createJournal<T>(file: string | undefined): Journal<T> {
  let descriptor: number | null = null;
  return {
    open: () => {
      if (file === undefined) return [];
      const records = existsSync(file) ? readRecords<T>(file) : [];
      descriptor = openSync(file, 'a');
      return records;
    },
    append: (record) => {
      if (descriptor !== null) writeSync(descriptor, `${toJson(record)}\n`);
    },
    close: () => {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

/** What follows the last line feed was torn by a crash: it is cut off the file, or the next line would join it. */
function readRecords<T>(file: string): T[] {
  const bytes = readFileSync(file);
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  if (wholeBytes < bytes.length) truncateSync(file, wholeBytes);
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1);
  return lines.map((line) => parseJson(line) as T);
}
