// Indian Standard Time, which Eko's zone-less timestamps and calendar months are read in.

/** UTC+5:30, all year. */
const IST_OFFSET_MS = 5.5 * 60 * 60 * 1000;

/** `2026-07-23 15:16:35`, without a zone, as inquiry and callback print it. */
export function toIndianTimestamp(ms: number): string {
  return toIndianIso(ms).slice(0, 19).replace('T', ' ');
}

/** `2026-07`: the calendar month a limit is counted in. */
export function toIndianMonth(ms: number): string {
  return toIndianIso(ms).slice(0, 7);
}

function toIndianIso(ms: number): string {
  return new Date(ms + IST_OFFSET_MS).toISOString();
}
