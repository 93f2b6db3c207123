// The wrong designs of the campaign are edits of the sources: each still finds the one place that it is about.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { WRONG_DESIGNS } from '../chaos/wrong-designs.js';

test('there are twelve', () => {
  expect(new Set(WRONG_DESIGNS.map(({ name }) => name)).size).toBe(12);
});

test.each(WRONG_DESIGNS.map((design) => [design.name, design] as const))('%s', (_name, { edits }) => {
  const sources = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const source = sources.get(file) ?? readFileSync(file, 'utf8');
    expect({ file, find, times: source.split(find).length - 1 }).toEqual({ file, find, times: 1 });
    sources.set(
      file,
      source.replace(find, () => replace),
    );
  }
});
