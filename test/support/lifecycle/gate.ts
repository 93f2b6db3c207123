// The way of one modelled process to the database. At a named moment it can die there, be suspended there, or meet a
// database error, before or after what it does; once dead, it never touches the database again.
import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** What a process is doing at the database. */
export type Moment = 'reading' | 'intent' | 'claim' | 'outcome' | 'other';

/** By the name of the statement. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  commit_intent: 'intent',
  claim_inquiry: 'claim',
  write_outcome: 'outcome',
};

/** A query object of node-postgres, which tells its sender by a callback. */
interface SentQuery extends pg.Submittable {
  readonly name?: string;
  callback: (error: Error | null) => void;
}

interface Driver {
  readonly master: pg.Pool;
}

export interface Fault {
  readonly moment: Moment;
  /** An error after an intent or an outcome is a commit whose acknowledgement is lost. */
  readonly side: 'before' | 'after';
  /** In an outage what is tried next fails as well. */
  readonly kind: 'crash' | 'suspend' | 'error' | 'outage';
}

/** PostgreSQL's "terminating connection due to administrator command": worth another try. */
const CONNECTION_LOST = Object.assign(new Error('the connection was lost'), { code: '57P01' });
/** An error that nothing tries again after: what a dead process was still doing ends there. */
const ENDED = Object.assign(new Error('this process has ended'), { code: '42000' });

export function isDatabaseFault(fault: Fault | null): boolean {
  return fault?.kind === 'error' || fault?.kind === 'outage';
}

export class Gate {
  #fault: { readonly fault: Fault; readonly onStall: (goOn: () => void) => void } | null = null;
  #isOut = false;
  #isDead = false;
  #isEnded = false;
  readonly #suspended = new Set<() => void>();
  readonly #forgotten: ((error: Error) => void)[] = [];

  constructor(private readonly dataSource: DataSource) {}

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Once, at the next such moment. When nothing goes on from there, `onStall` is told, and how to let it go on. */
  arm(fault: Fault, onStall: (goOn: () => void) => void): void {
    this.#fault = { fault, onStall };
  }

  /** True when the fault has happened. */
  disarm(): boolean {
    const hasHappened = this.#fault === null;
    this.#fault = null;
    this.#isOut = false;
    return hasHappened;
  }

  kill(): void {
    this.#isDead = true;
  }

  /** Kills it, and lets everything that still waits come to its end without touching the database. */
  end(): void {
    this.kill();
    this.#isEnded = true;
    for (const goOn of this.#suspended) goOn();
    for (const reject of this.#forgotten.splice(0)) reject(ENDED);
  }

  /** The same database through this gate. */
  toDataSource(): DataSource {
    return new Proxy(this.dataSource, {
      get: (target, key) => {
        if (key === 'transaction' || key === 'query') {
          const call = target[key].bind(target) as (...args: unknown[]) => Promise<unknown>;
          return (...args: unknown[]) => this.#pass('other', () => call(...args));
        }
        if (key === 'getRepository') {
          return (entity: Parameters<DataSource['getRepository']>[0]) =>
            this.#toRepository(target.getRepository(entity));
        }
        if (key === 'driver') return { master: this.#toPool((target.driver as unknown as Driver).master) };
        return Reflect.get(target, key) as unknown;
      },
    });
  }

  /** What statements are run on, each by itself or in a transaction, which is passed whole. */
  #toPool(pool: pg.Pool): Pick<pg.Pool, 'connect'> {
    const connect = async () => {
      const client = await pool.connect();
      let isOpen = false;
      const control = async (text: string) => {
        if (text.startsWith('BEGIN')) await this.#enter('other');
        await client.query(text);
        isOpen = text.startsWith('BEGIN');
        if (text === 'COMMIT') await this.#leave('other');
      };
      const send = (statement: SentQuery) => {
        const tell = statement.callback;
        const run = () =>
          new Promise<void>((resolve, reject) => {
            statement.callback = (error) => (error ? reject(error) : resolve());
            client.query(statement);
          });
        this.#pass(MOMENTS[statement.name ?? ''] ?? 'reading', run).then(() => tell(null), tell);
      };
      const query = (statement: SentQuery | string) => {
        if (typeof statement === 'string') return control(statement);
        return isOpen ? client.query(statement) : send(statement);
      };
      return { query, release: () => client.release(isOpen) };
    };
    return { connect } as unknown as pg.Pool;
  }

  #toRepository<Repository extends object>(repository: Repository): Repository {
    return new Proxy(repository, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          this.#pass('reading', () => Reflect.apply(member, target, args) as Promise<unknown>);
      },
    });
  }

  async #pass<Result>(moment: Moment, work: () => Promise<Result>): Promise<Result> {
    await this.#enter(moment);
    const result = await work();
    await this.#leave(moment);
    return result;
  }

  async #enter(moment: Moment): Promise<void> {
    if (this.#isDead) return this.#forget();
    if (this.#isOut) {
      this.#isOut = false;
      throw CONNECTION_LOST;
    }
    await this.#meet(moment, 'before');
  }

  async #leave(moment: Moment): Promise<void> {
    if (this.#isDead) return this.#forget();
    await this.#meet(moment, 'after');
  }

  async #meet(moment: Moment, side: Fault['side']): Promise<void> {
    if (this.#fault?.fault.moment !== moment || this.#fault.fault.side !== side) return;
    const { fault, onStall } = this.#fault;
    this.#fault = null;
    if (isDatabaseFault(fault)) {
      this.#isOut = fault.kind === 'outage';
      throw CONNECTION_LOST;
    }
    if (fault.kind === 'crash') {
      this.kill();
      onStall(() => {});
    } else {
      await new Promise<void>((resolve) => {
        this.#suspended.add(resolve);
        onStall(resolve);
      });
    }
    if (this.#isDead) return this.#forget();
  }

  /** What comes after the death of a process: nothing, until the run is over. */
  #forget(): Promise<never> {
    if (this.#isEnded) return Promise.reject(ENDED);
    return new Promise((_resolve, reject) => this.#forgotten.push(reject));
  }
}
