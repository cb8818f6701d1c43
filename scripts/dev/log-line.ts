import { styleText } from 'node:util';
import type { LogRecord } from '../processes/log-record.ts';

type Style = Parameters<typeof styleText>[0];

const SERVICE_STYLES: Record<string, Style> = {
  api: 'cyan',
  fastpath: 'magenta',
  webui: 'green',
  tripod: 'yellow',
};
const LEVEL_STYLES: Record<string, Style> = {
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
  debug: 'dim',
  trace: 'dim',
};
/** Said by every line anyway, or noise to a reader. */
const HIDDEN_FIELDS = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'service',
  'msg',
  'v',
  'err',
  'req',
  'res',
]);
const LONGEST_VALUE = 160;

/** `12:00:01 api      warn  message  key=value`, followed by the stack of an error on lines of their own. */
export function formatLogLine(service: string, record: LogRecord, now = new Date()): string {
  const time = record.fields.time === undefined ? now : new Date(record.fields.time as number | string);
  const head = [
    styleText('dim', time.toTimeString().slice(0, 8)),
    styleText(SERVICE_STYLES[service] ?? 'white', service.padEnd(8)),
    styleText(LEVEL_STYLES[record.level] ?? 'reset', record.level.padEnd(5)),
  ].join(' ');
  const fields = Object.entries(record.fields)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => styleText('dim', `${key}=${short(value)}`));
  return [`${head} ${[requestOf(record) ?? record.msg, ...fields].join('  ')}`, ...stackOf(record)].join(
    '\n',
  );
}

/** Requests that went well: the bulk of all lines, and nothing to act on. */
export function isQuietRequest({ level, fields }: LogRecord): boolean {
  const status = (fields.res as { statusCode?: number } | undefined)?.statusCode;
  return status !== undefined && status < 400 && level === 'info';
}

function requestOf({ fields, msg }: LogRecord): string | undefined {
  const req = fields.req as { method?: string; url?: string } | undefined;
  const res = fields.res as { statusCode?: number } | undefined;
  if (!req?.method || !res?.statusCode) return undefined;
  return `${req.method} ${req.url} → ${res.statusCode} ${msg}`;
}

function stackOf({ fields, msg, level }: LogRecord): string[] {
  const err = fields.err as { message?: string; stack?: string } | undefined;
  if (!err) return [];
  // A warning names its reason; only what is broken shows where.
  if (level !== 'error' && level !== 'fatal')
    return err.message && !msg.includes(err.message) ? [`    ${err.message}`] : [];
  return (err.stack ?? err.message ?? '').split('\n').map((line) => `    ${line}`);
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
