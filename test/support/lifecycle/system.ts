// One run of the model: two server processes on one database, one Eko, and a clock that only the commands move.
import { randomInt } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { InquiryPolicy } from '../../../src/transfers/index.js';
import type { ScriptedEko } from '../scripted-eko.js';
import { describeFault, type Coverage } from './coverage.js';
import type { Fault } from './gate.js';
import { ModelEko, type Exchange, type Held } from './model-eko.js';
import type { KnownTransfer, LifecycleModel } from './model.js';
import { closeRows } from './rows.js';
import { ServerProcess, TIMES, type ToldOutcome } from './server-process.js';
import { toVerdict } from './verdict.js';

/** Shared by all runs. */
export interface Surroundings {
  readonly dataSource: DataSource;
  readonly server: ScriptedEko;
  readonly closedUrl: string;
  readonly coverage: Coverage;
}

export type Answer<Result> =
  | { readonly kind: 'result'; readonly value: Result }
  | { readonly kind: 'error'; readonly error: unknown }
  /** Its process died. */
  | { readonly kind: 'dropped' };

/** Something that a process is asked to do about one transfer. */
export interface Task<Result> {
  readonly process: ServerProcess;
  readonly transfer: KnownTransfer;
  readonly call: 'debit' | 'inquiry';
  readonly fault: Fault | null;
  readonly work: () => Promise<Result>;
  readonly finish: (answer: Answer<Result>) => void;
}

/** A task that waits: Eko holds its answer, or its process is suspended there. */
interface OpenTask {
  readonly task: Task<unknown>;
  readonly settled: Promise<Answer<unknown>>;
  readonly exchanges: readonly Exchange[];
  readonly held: Held | null;
  readonly goOn: () => void;
  /** Requests that wait for this one in the same process. */
  readonly joined: { readonly task: Task<unknown>; readonly settled: Promise<Answer<unknown>> }[];
}

interface Stall {
  readonly held: Held | null;
  readonly goOn: () => void;
}

const BEGINS_AT_MS = Date.parse('2026-01-01T00:00:00Z');

export class LifecycleSystem {
  readonly customerId = `6${String(randomInt(1e9)).padStart(9, '0')}`;
  readonly told: ToldOutcome[] = [];
  readonly eko: ModelEko;
  readonly #processes: ServerProcess[];
  readonly #ended: ServerProcess[] = [];
  readonly #settled: Promise<unknown>[] = [];
  #open: OpenTask[] = [];
  #nowMs = BEGINS_AT_MS;

  constructor(
    readonly surroundings: Surroundings,
    readonly policy: InquiryPolicy,
    model: LifecycleModel,
  ) {
    this.eko = new ModelEko({
      server: surroundings.server,
      nowMs: () => this.#nowMs,
      transferTimeoutMs: TIMES.transferTimeoutMs,
      inquiryTimeoutMs: TIMES.inquiryTimeoutMs,
      findRecorded: (clientRefId) => model.findByReference(clientRefId)?.toRecorded() ?? null,
      findOtherTid: (clientRefId) =>
        model.recorded.find(({ row }) => row?.clientRefId !== clientRefId && row?.tid !== null)?.row?.tid ??
        null,
    });
    this.#processes = [this.#startProcess(), this.#startProcess()];
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get openCount(): number {
    return this.#open.length;
  }

  getProcess(index: number): ServerProcess {
    return this.#processes[index % this.#processes.length]!;
  }

  isOpen(transfer: KnownTransfer): boolean {
    return this.#open.some(({ task }) => task.transfer === transfer);
  }

  /** Does it, until it has ended, waits, or has died. */
  async perform<Result>(task: Task<Result>): Promise<void> {
    const { process, transfer, fault } = task;
    const first = this.#open.find(
      (open) =>
        open.task.process === process && open.task.transfer === transfer && open.task.call === 'debit',
    );
    if (first !== undefined && task.call === 'debit') {
      first.joined.push({ task: task as Task<unknown>, settled: this.#begin(task) });
      return;
    }
    const from = this.eko.exchanges.length;
    const suspended = new Promise<Stall>((resolve) => {
      if (fault !== null) process.gate.arm(fault, (goOn) => resolve({ held: null, goOn }));
    });
    const held = this.#nextHold();
    const settled = this.#begin(task);
    const ended = await Promise.race([settled, suspended, held]);
    if (process.gate.disarm() && fault !== null) this.surroundings.coverage.add(describeFault(fault));
    const exchanges = this.eko.exchanges.slice(from);
    const base = { task: task as Task<unknown>, settled, exchanges, joined: [] };
    if ('kind' in ended) await this.#finish({ ...base, held: null, goOn: () => {} }, ended);
    else if (process.gate.isDead) this.#replace(process, { ...base, ...ended });
    else this.#wait({ ...base, ...ended });
  }

  /** Lets one waiting task go on, and waits for its end. */
  async resume(index: number): Promise<void> {
    const open = this.#open[index % this.#open.length];
    if (open !== undefined) await this.#end(open, open.goOn);
  }

  /** Everything that waits goes on at the same moment, and waits nowhere again. */
  async resumeAll(): Promise<void> {
    const waiting = this.#open.splice(0);
    const from = this.eko.exchanges.length;
    this.eko.onHold = (held) => held.release();
    for (const { goOn } of waiting) goOn();
    const answers = await Promise.all(waiting.map(({ settled }) => settled));
    const later = this.eko.exchanges.slice(from);
    const ended = waiting.map((open) => ({
      ...open,
      exchanges: [...open.exchanges, ...later.filter((exchange) => isOf(open.task, exchange))],
    }));
    for (const [index, open] of ended.entries()) {
      const atOnce = ended.filter(({ task }) => task.transfer === open.task.transfer);
      await this.#finish(
        open,
        answers[index]!,
        atOnce.flatMap(({ exchanges }) => exchanges),
      );
    }
  }

  /** The process dies now, and another takes its place. */
  crash(process: ServerProcess): void {
    process.gate.kill();
    this.#replace(process);
  }

  /** Moves the clock; calls that are under way for longer than their deadline end without an answer. */
  async passTime(ms: number): Promise<void> {
    this.#nowMs += ms;
    const overdue = this.#open.filter(({ held }) => held !== null && held.endsAtMs <= this.#nowMs);
    for (const open of overdue) await this.#end(open, () => open.held?.cut());
  }

  /** Ends everything that still waits, without letting it touch the database, and leaves nothing to inquire after. */
  async stop(): Promise<void> {
    for (const process of [...this.#processes, ...this.#ended]) process.gate.end();
    for (const { held } of this.#open) held?.cut();
    await Promise.all(this.#settled);
    await closeRows(this.surroundings.dataSource, this.customerId);
  }

  /** The promise never rejects. */
  #begin<Result>({ work }: Task<Result>): Promise<Answer<Result>> {
    const settled = work().then(
      (value): Answer<Result> => ({ kind: 'result', value }),
      (error: unknown): Answer<Result> => ({ kind: 'error', error }),
    );
    this.#settled.push(settled);
    return settled;
  }

  #startProcess(): ServerProcess {
    const { dataSource, server, closedUrl } = this.surroundings;
    return new ServerProcess({
      dataSource,
      clock: { nowMs: () => this.#nowMs },
      policy: this.policy,
      ekoUrl: server.url,
      closedUrl,
      isUnreachable: (otpRefId) => this.eko.getPlan(otpRefId).answer === 'unreachable',
      onTold: (told) => this.told.push(told),
    });
  }

  #wait(open: OpenTask): void {
    this.#open.push(open);
    this.#note(open, { isCertain: false });
  }

  /** Lets a waiting task go on to its end, or to the next place where it waits. */
  async #end(open: OpenTask, act: () => void): Promise<void> {
    this.#open = this.#open.filter((other) => other !== open);
    const from = this.eko.exchanges.length;
    const stalled = this.#nextHold();
    act();
    const ended = await Promise.race([open.settled, stalled]);
    const takeExchanges = () => [...open.exchanges, ...this.eko.exchanges.slice(from)];
    if (!('kind' in ended)) return this.#wait({ ...open, ...ended, exchanges: takeExchanges() });
    await Promise.all(open.joined.map((one) => one.settled));
    await this.#finish({ ...open, exchanges: takeExchanges() }, ended);
  }

  #nextHold(): Promise<Stall> {
    return new Promise((resolve) => {
      this.eko.onHold = (held) => resolve({ held, goOn: held.release });
    });
  }

  #replace(dead: ServerProcess, dying?: OpenTask): void {
    const dropped = [...this.#open.filter(({ task }) => task.process === dead), ...(dying ? [dying] : [])];
    this.#open = this.#open.filter(({ task }) => task.process !== dead);
    for (const open of dropped) {
      open.held?.cut();
      this.#note(open, { isCertain: false });
      for (const { task } of [open, ...open.joined]) task.finish({ kind: 'dropped' });
    }
    this.#ended.push(dead);
    this.#processes[this.#processes.indexOf(dead)] = this.#startProcess();
  }

  /** Of a task and of those that waited for it. `atOnce`: everything that was said of the transfer meanwhile. */
  async #finish(open: OpenTask, answer: Answer<unknown>, atOnce: readonly Exchange[] = []): Promise<void> {
    this.#note(open, { isCertain: answer.kind === 'result', atOnce });
    open.task.finish(answer);
    for (const { task, settled } of open.joined) task.finish(await settled);
  }

  /** What was said has been heard: for certain, when the task has come to a good end. */
  #note(
    { task: { transfer }, exchanges }: OpenTask,
    { isCertain, atOnce = [] }: { isCertain: boolean; atOnce?: readonly Exchange[] },
  ): void {
    for (const exchange of exchanges) {
      const { askedAtMs, answeredAtMs } = exchange;
      if (answeredAtMs === null) continue;
      const isImmediate = isCertain && !transfer.told.has(exchange) && answeredAtMs === askedAtMs;
      const verdict = toVerdict(transfer, { exchange, exchanges, atOnce, isImmediate });
      transfer.told.set(exchange, { isCertain });
      transfer.judge(verdict === 'yes' && !isCertain ? 'maybe' : verdict);
    }
  }
}

/** Whether the exchange is one that the task had. */
function isOf({ transfer, call }: Task<unknown>, { debit, clientRefId }: Exchange): boolean {
  if (call === 'debit') return debit?.otpRefId === transfer.otpRefId;
  return debit === null && clientRefId === transfer.row?.clientRefId;
}
