// The commands of the model and how often each is tried. After each one, every law has to hold.
import fc from 'fast-check';
import { describeFault } from './coverage.js';
import { EKO_STATES } from './eko-ledger.js';
import { FOREIGN, LOST_ANSWERS, MUDDLED, REFUSALS } from './eko-replies.js';
import {
  answersAtOnce,
  CALLBACKS,
  closeReview,
  deliverCallback,
  moveAtEko,
  renumberAtEko,
  storeAgain,
} from './events.js';
import type { Fault } from './gate.js';
import type { Aftermath } from './healing.js';
import { letTimePass, refresh } from './inquiries.js';
import { assertLaws } from './laws.js';
import type { DebitPlan, Mood } from './model-eko.js';
import type { LifecycleModel } from './model.js';
import { initiate, initiateAgain, initiateTwice, REPETITIONS, sendOtp, type Scene } from './requests.js';
import { POLICIES } from './server-process.js';
import type { LifecycleSystem } from './system.js';

type Command = fc.AsyncCommand<LifecycleModel, LifecycleSystem>;

/** More would only be slower: what transfers do to each other needs two. */
const MAX_TRANSFERS = 4;

interface Kind<Given> {
  readonly given: fc.Arbitrary<Given>;
  readonly isPossible: (model: Readonly<LifecycleModel>) => boolean;
  readonly act: (scene: Scene, given: Given) => unknown;
}

const anything = () => true;
const hasRoom = ({ transfers }: Readonly<LifecycleModel>) => transfers.length < MAX_TRANSFERS;
const hasRows = ({ recorded }: Readonly<LifecycleModel>) => recorded.length > 0;

const index = fc.nat({ max: 11 });
const keysOf = <Table extends object>(table: Table) => Object.keys(table) as (keyof Table)[];
const ekoState = fc.constantFrom(...EKO_STATES);
/** What a debit comes to: more often something from which much can follow. */
const firstState = fc.constantFrom(...EKO_STATES, 2, 5, 5, 4);
const isHeld = fc.oneof(
  { weight: 4, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

const lost = fc.constantFrom(...keysOf(LOST_ANSWERS));
const plan: fc.Arbitrary<DebitPlan> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ becomes: firstState, answer: fc.constant('the truth' as const), isHeld }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      becomes: fc.constantFrom('never', 'later', 'later', 'later'),
      answer: lost,
      isHeld,
    }),
  },
  { weight: 3, arbitrary: fc.record({ becomes: firstState, answer: lost, isHeld }) },
  {
    weight: 2,
    arbitrary: fc.record({
      becomes: ekoState,
      answer: fc.constantFrom(...keysOf(FOREIGN), ...keysOf(MUDDLED), 'tid of another' as const),
      isHeld,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      becomes: fc.constant('never' as const),
      answer: fc.constantFrom(...keysOf(REFUSALS), 'unreachable' as const),
      isHeld,
    }),
  },
);

const ODD_ANSWERS = [
  'tid denied',
  'tid denied, another failed',
  'awaited',
  'taken back',
  'second tid',
  'tid of another',
  'unnamed',
] as const;
const truth = fc.constant('the truth' as const);
const mood: fc.Arbitrary<Mood> = fc.record({
  answer: fc.oneof(
    { weight: 6, arbitrary: truth },
    { weight: 4, arbitrary: fc.constant('not found' as const) },
    { weight: 2, arbitrary: lost },
    { weight: 2, arbitrary: fc.constantFrom(...keysOf(FOREIGN)) },
    { weight: 6, arbitrary: fc.constantFrom(...ODD_ANSWERS) },
  ),
  isHeld,
});

const toFaults = (...moments: readonly Fault['moment'][]): readonly Fault[] => [
  // One that is suspended while it reads is as one that comes later.
  { moment: 'reading', side: 'before', kind: 'error' },
  { moment: 'reading', side: 'before', kind: 'crash' },
  ...moments.flatMap((moment) =>
    (['before', 'after'] as const).flatMap((side) =>
      (['crash', 'suspend', 'error', 'outage'] as const).map((kind) => ({ moment, side, kind })),
    ),
  ),
];
const debitFaults = toFaults('intent', 'outcome');
const inquiryFaults = toFaults('claim', 'outcome');
/** Every way in which a process and its database are made to fail. */
export const FAULTS: readonly string[] = [...new Set([...debitFaults, ...inquiryFaults].map(describeFault))];
const debitFault = fc.option(fc.constantFrom(...debitFaults), { freq: 3 });
const inquiryFault = fc.option(fc.constantFrom(...inquiryFaults), { freq: 3 });

const process = fc.nat({ max: 1 });
const PAUSES_MS = [500, 3_000, 11_000, 65_000, 300_000, 3_600_000];

function define<Given>(kind: Kind<Given>): Kind<Given> {
  return kind;
}

export const COMMANDS = {
  sendOtp: define({
    given: fc.record({ process, terms: index }),
    isPossible: hasRoom,
    act: sendOtp,
  }),
  initiate: define({
    given: fc.record({ process, terms: index, hasReference: fc.boolean(), plan, fault: debitFault }),
    isPossible: hasRoom,
    act: initiate,
  }),
  initiateTwice: define({
    given: fc.record({
      processes: fc.tuple(process, process),
      terms: index,
      hasReference: fc.boolean(),
      plan,
    }),
    isPossible: hasRoom,
    act: initiateTwice,
  }),
  answersAtOnce: define({
    given: fc.record({ terms: index, hasReference: fc.boolean(), becomes: firstState, move: index }),
    isPossible: hasRoom,
    act: answersAtOnce,
  }),
  initiateAgain: define({
    given: fc.record({ transfer: index, process, repetition: fc.constantFrom(...REPETITIONS) }),
    isPossible: ({ requested }) => requested.length > 0,
    act: initiateAgain,
  }),
  refresh: define({
    given: fc.record({ transfer: index, process, mood, fault: inquiryFault }),
    isPossible: hasRows,
    act: refresh,
  }),
  letTimePass: define({
    given: fc.record({
      process,
      rounds: fc.integer({ min: 1, max: 8 }),
      moods: fc.array(mood, { minLength: 1, maxLength: 2 }),
      fault: inquiryFault,
    }),
    isPossible: hasRows,
    act: letTimePass,
  }),
  pause: define({
    given: fc.record({ ms: fc.constantFrom(...PAUSES_MS) }),
    isPossible: anything,
    act: ({ system }, { ms }) => system.passTime(ms),
  }),
  moveAtEko: define({
    given: fc.record({ booking: index, to: index }),
    isPossible: hasRows,
    act: moveAtEko,
  }),
  renumberAtEko: define({
    given: fc.record({ booking: index }),
    isPossible: hasRows,
    act: renumberAtEko,
  }),
  deliverCallback: define({
    given: fc.record({ transfer: index, process, kind: fc.constantFrom(...CALLBACKS), state: ekoState }),
    isPossible: hasRows,
    act: deliverCallback,
  }),
  resume: define({
    given: fc.record({ which: index }),
    isPossible: anything,
    act: ({ system }, { which }) => (system.openCount > 0 ? system.resume(which) : undefined),
  }),
  resumeAll: define({
    given: fc.constant({}),
    isPossible: anything,
    act: ({ system }) => system.resumeAll(),
  }),
  crash: define({
    given: fc.record({ process }),
    isPossible: anything,
    act: ({ system }, given) => system.crash(system.getProcess(given.process)),
  }),
  closeReview: define({
    given: fc.record({ transfer: index, process }),
    isPossible: hasRows,
    act: closeReview,
  }),
  storeAgain: define({
    given: fc.record({ told: index, process }),
    isPossible: hasRows,
    act: (scene, given) => (scene.system.told.length > 0 ? storeAgain(scene, given) : undefined),
  }),
};
export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** As often as the commands that are not listed together need to lead anywhere. */
const WEIGHTS: Partial<Record<CommandName, number>> = {
  initiate: 7,
  letTimePass: 7,
  moveAtEko: 4,
  refresh: 3,
  resume: 3,
  resumeAll: 2,
  deliverCallback: 2,
  initiateAgain: 2,
  storeAgain: 3,
};

export const policy = fc.constantFrom(...POLICIES);

/** What Eko still does when nothing goes wrong any more. */
export const aftermath: fc.Arbitrary<Aftermath> = fc.record({
  late: index,
  moves: fc.array(index, { minLength: 2, maxLength: 2 }),
});

/** Sequences of commands, long ones included. */
export function toCommands(constraints: fc.CommandsContraints): fc.Arbitrary<Iterable<Command>> {
  const arbitraries = COMMAND_NAMES.flatMap((name) => {
    const arbitrary = toCommand(name, COMMANDS[name] as Kind<unknown>);
    return Array.from({ length: WEIGHTS[name] ?? 1 }, () => arbitrary);
  });
  return fc.commands(arbitraries, constraints);
}

function toCommand(name: string, { given, isPossible, act }: Kind<unknown>): fc.Arbitrary<Command> {
  return given.map((chosen) => ({
    check: isPossible,
    run: async (model, system) => {
      system.surroundings.coverage.add(name);
      await system.passTime(1);
      await act({ model, system }, chosen);
      await assertLaws(model, system);
    },
    toString: () => `${name}(${JSON.stringify(chosen)})`,
  }));
}
