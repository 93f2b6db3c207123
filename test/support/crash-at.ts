// Loaded before the program by the tests of crash points: the process dies, as by kill -9, at the milestone that
// CRASH_AT names.
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { MILESTONE_CHANNEL } from '../../src/shared/milestones.js';

subscribe(MILESTONE_CHANNEL, (milestone) => {
  if (milestone !== process.env['CRASH_AT']) return;
  writeSync(2, `crashed: ${String(milestone)}\n`);
  process.kill(process.pid, 'SIGKILL');
});
