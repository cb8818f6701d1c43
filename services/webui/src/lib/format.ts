const LOCALE = 'en-US';

const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const timestamp = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

/** 12345678 → "12,345,678". */
export function formatCount(value: number): string {
  return integer.format(value);
}

const SI_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];

/** Three significant digits and an SI prefix (powers of 1000): 1234 → { value: "1.23", prefix: "k" }. */
export function toSi(value: number): { value: string; prefix: string } {
  const magnitude = Math.abs(value);
  if (magnitude < 999.5) {
    return {
      value: magnitude < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0),
      prefix: '',
    };
  }
  let scaled = value;
  let index = 0;
  // 999.5 would print as 1000 with no decimals: the next prefix takes it.
  while (Math.abs(scaled) >= 999.5 && index < SI_PREFIXES.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  const size = Math.abs(scaled);
  const digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return { value: scaled.toFixed(digits), prefix: SI_PREFIXES[index] ?? '' };
}

/** 1234567 with unit "b/s" → "1.23 Mb/s". */
export function formatSi(value: number, unit: string): string {
  const si = toSi(value);
  return `${si.value} ${si.prefix}${unit}`;
}

const RELATIVE_STEPS: [limitS: number, unitS: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [30 * 86_400, 86_400, 'day'],
  [365 * 86_400, 30 * 86_400, 'month'],
  [Number.POSITIVE_INFINITY, 365 * 86_400, 'year'],
];

/** "3 minutes ago", "in 2 hours"; under five seconds "just now". `now` is Unix time in milliseconds. */
export function formatRelative(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 5) return 'just now';
  const [, unitS, unit] = RELATIVE_STEPS.find(([limitS]) => distance < limitS) ?? [0, 1, 'second' as const];
  return relative.format(Math.trunc(seconds / unitS), unit);
}

/** The local date and time, to the second. */
export function formatTimestamp(iso: string): string {
  return timestamp.format(new Date(iso));
}

const PROTOCOL_NAMES: Record<number, string> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** IANA protocol number → its name, else the number itself. */
export function formatProtocol(protocol: number): string {
  return PROTOCOL_NAMES[protocol] ?? `IP ${protocol}`;
}

/** Address and port as written in a URL: an IPv6 address is bracketed when a port follows. */
export function formatEndpoint(address: string, port: number | null | undefined): string {
  if (port === null || port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
