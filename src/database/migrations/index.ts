import { Initial1795000000000 } from './1795000000000-initial.js';

/** Oldest first. */
export const migrations = [Initial1795000000000];
