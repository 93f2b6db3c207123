// Tells the processes on one database apart: each holds a number that no other holds, for as long as it is connected.
import { randomInt } from 'node:crypto';
import type pg from 'pg';

/** The first half of the advisory lock's key; the second is the lane. Any number, the same in every version of this program. */
const LANE_LOCK = 1_215_340_119;

/**
 * Holds a lane, 0 to `lanes` - 1, with this connection; null when others hold them all. The search begins anywhere, so
 * that a process rarely follows one that was killed into its lane.
 */
export async function claimLane(client: pg.Client, lanes: number): Promise<number | null> {
  const { rows } = await client.query<{ lane: number }>(
    `SELECT (try + $2::int) % $3::int AS lane FROM generate_series(0, $3::int - 1) try
     WHERE pg_try_advisory_lock($1, (try + $2::int) % $3::int) LIMIT 1`,
    [LANE_LOCK, randomInt(lanes), lanes],
  );
  return rows[0]?.lane ?? null;
}
