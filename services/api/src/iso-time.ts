const DAY_MS = 86_400_000;
/** The last that Date knows. */
const LAST_MS = 8_640_000_000_000_000;
/** Dates of rows are of few days: those of a year are remembered. */
const MAX_DAYS = 366;
const days = new Map<number, string>();

const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const THREE = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/**
 * As new Date(ms).toISOString(), in a tenth of its time: that alone was four fifths of what a list of 20 rows costs
 * between its query and its JSON.
 * @throws RangeError for what is no time.
 */
export function isoTime(ms: number): string {
  // Before 1970, after the last instant, and what is not whole or not a number: for Date to judge.
  if (!Number.isInteger(ms) || ms < 0 || ms > LAST_MS) return new Date(ms).toISOString();
  const day = Math.floor(ms / DAY_MS);
  const rest = ms - day * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${dateOf(day)}T${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${THREE[rest % 1000]}Z`;
}

function dateOf(day: number): string {
  let date = days.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, -'T00:00:00.000Z'.length);
    if (days.size >= MAX_DAYS) days.clear();
    days.set(day, date);
  }
  return date;
}
