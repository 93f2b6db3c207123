// A JavaScript value as it is written inside a GraphQL document.

/** Written as it stands: an enum value, a number in a form of its own, anything that JSON has no word for. */
export class Verbatim {
  constructor(readonly text: string) {}
}

export function toLiteral(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${name}: ${toLiteral(field)}`).join(', ')}}`;
}
