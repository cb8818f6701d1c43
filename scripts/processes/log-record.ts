/** One line that a service wrote: a pino record, or `undefined` fields where the line was not JSON. */
export interface LogRecord {
  /** The line as it was written. */
  line: string;
  level: string;
  msg: string;
  /** Every field of the JSON object; empty for a plain line. */
  fields: Record<string, unknown>;
}

const PINO_LEVELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Reads a line of service output; anything that is no JSON object is an `info` record with the line as its message. */
export function parseLogLine(line: string): LogRecord {
  const fields = parseObject(line);
  if (!fields) return { line, level: 'info', msg: line, fields: {} };
  const level = typeof fields.level === 'number' ? PINO_LEVELS[fields.level] : fields.level;
  return { line, level: String(level ?? 'info'), msg: String(fields.msg ?? ''), fields };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Cut off by a crash, or not ours: shown as it is.
    return undefined;
  }
}
