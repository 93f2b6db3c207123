// JSON of records that hold paise: a bigint is written as its digits, and read back from any `…Paise` key.

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
}

/** Throws SyntaxError for text that is not JSON. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (key, item: unknown) =>
    key.endsWith('Paise') && typeof item === 'string' ? BigInt(item) : item,
  );
}
