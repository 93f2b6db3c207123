import { Initial1795000000000 } from './1795000000000-initial.js';
import { StatusChannel1795300000000 } from './1795300000000-status-channel.js';

/** Oldest first. */
export const migrations = [Initial1795000000000, StatusChannel1795300000000];
