// A real server between a PostgreSQL that fails as a test says and a scripted Eko, and callers that keep calling.
import { expect } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { startDatabaseProxy, type DatabaseProxy } from './database-proxy.js';
import { runSql, type GraphQLAnswer } from './gateway.js';
import { startRealServer, type RealServer } from './real-server.js';
import { startScriptedEko, type ScriptedEko } from './scripted-eko.js';
import { createTestDatabase } from './test-database.js';

export interface OutageScene {
  readonly eko: ScriptedEko;
  readonly proxy: DatabaseProxy;
  readonly server: RealServer;
  /** Past the relay: PostgreSQL itself is always there. */
  sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  /** The status of `/readyz` or `/livez`. */
  health(path: 'readyz' | 'livez'): Promise<number>;
  stop(): Promise<void>;
}

export async function startOutageScene(settings: Readonly<Record<string, string>>): Promise<OutageScene> {
  const eko = await startScriptedEko();
  const database = await createTestDatabase();
  const proxy = await startDatabaseProxy(database.url);
  const server = await startRealServer({ databaseUrl: proxy.url, ekoUrl: eko.url, settings });
  return {
    eko,
    proxy,
    server,
    sql: (text) => runSql(database.url, text),
    health: async (path) => (await fetch(`${server.url}/${path}`)).status,
    stop: async () => {
      server.process.kill('SIGKILL');
      await server.process.exited();
      await proxy.stop();
      await eko.stop();
      await database.drop();
    },
  };
}

export type Answer = GraphQLAnswer<Readonly<Record<string, unknown>>>;
export type Calls<Kind extends string> = Readonly<Record<Kind, () => Promise<Answer>>>;

/** One call of each kind every `everyMs`, whether those before have been answered or not. */
export function keepCalling<Kind extends string>(
  calls: Calls<Kind>,
  everyMs: number,
): { stop(): Promise<Record<Kind, Answer[]>> } {
  const kinds = Object.keys(calls) as Kind[];
  const giveUp = new AbortController();
  const answers: { readonly kind: Kind; readonly answer: Promise<Answer> }[] = [];
  const ended = (async () => {
    while (!giveUp.signal.aborted) {
      for (const kind of kinds) {
        const answer = calls[kind]();
        answer.catch(() => undefined); // `stop` rejects
        answers.push({ kind, answer });
      }
      await delay(everyMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      giveUp.abort();
      await ended;
      const found = await Promise.all(
        answers.map(async ({ kind, answer }) => ({ kind, answer: await answer })),
      );
      const of = (kind: Kind) => found.filter((one) => one.kind === kind).map(({ answer }) => answer);
      return Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Record<Kind, Answer[]>;
    },
  };
}

/** Each is refused with a code that tells the caller to send the same again, and with nothing else. */
export function expectComeAgain(answers: readonly Answer[]): void {
  expect(answers).not.toHaveLength(0);
  for (const { httpStatus, data, errors } of answers) {
    expect(httpStatus).toBe(200);
    expect(Object.values(data ?? {}).filter((field) => field !== null)).toEqual([]);
    expect(errors).toHaveLength(1);
    const { code, retry, requestId } = errors?.[0]?.extensions ?? {};
    expect(['INTERNAL_SERVER_ERROR', 'OVERLOADED']).toContain(code);
    expect(retry).toBe('SAME_REQUEST_LATER');
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  }
}
