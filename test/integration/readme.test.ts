import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type Gateway } from '../support/gateway.js';

interface Step {
  readonly body: string;
  readonly printed: string;
}

describe('the session in the README', () => {
  let gateway: Gateway;
  let steps: Step[];
  beforeAll(async () => {
    gateway = await startGateway();
    steps = toSteps(await readFile('README.md', 'utf8'));
  });
  afterAll(() => gateway.stop());

  test('is what the commands print, but for ids and times', async () => {
    expect(steps).toHaveLength(4);
    const known = new Map<string, string>();
    for (const { body, printed } of steps) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: [...known].reduce((text, [old, now]) => text.replaceAll(old, now), body),
      });
      const answer = await response.text();
      const [oldReference] = /TXNOTP\d+/.exec(printed) ?? [];
      const [newReference] = /TXNOTP\d+/.exec(answer) ?? [];
      if (oldReference && newReference) known.set(oldReference, newReference);
      expect(JSON.parse(mask(answer))).toEqual(JSON.parse(mask(printed)));
    }
  });
});

/** `$ curl … -d '<body>'`, and the line it prints. */
function toSteps(readme: string): Step[] {
  return [...readme.matchAll(/```console\n\$ curl .* -d '(.*)'\n(.*)\n```/g)].map(
    ([, body = '', printed = '']) => ({
      body,
      printed,
    }),
  );
}

function mask(text: string): string {
  return text
    .replace(/TXNOTP\d+/g, 'TXNOTP')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/"(tid|bankReference)":"\d+"/g, '"$1":"DIGITS"');
}
