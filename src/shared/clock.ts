// Time as an argument, so that tests and the simulator can move it.

export interface Clock {
  /** Milliseconds since the UNIX epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
