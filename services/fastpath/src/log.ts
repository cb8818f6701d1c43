import { type Logger, pino } from 'pino';

/** JSON lines on stdout. Secrets are never given to it; the paths below are the second line of defence. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { service: 'fastpath' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'secret', '*.secret', 'token', '*.token'],
  });
}
