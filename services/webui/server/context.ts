import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { LIMITS, type Limits } from './limits.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export interface Context {
  config: Config;
  limits: Limits;
  log: Logger;
  metrics: Metrics;
  /** Flips once, when the shutdown begins. */
  state: { shuttingDown: boolean };
  /** Folder of the built web app, with a trailing slash. */
  dist: URL;
}

export interface ContextOverrides {
  limits?: Partial<Limits>;
  logTo?: DestinationStream;
  dist?: URL;
}

export function createContext(config: Config, overrides: ContextOverrides = {}): Context {
  return {
    config,
    limits: { ...LIMITS, ...overrides.limits },
    log: createLogger(config.LOG_LEVEL, overrides.logTo),
    metrics: createMetrics(),
    state: { shuttingDown: false },
    dist: overrides.dist ?? new URL('../dist/', import.meta.url),
  };
}

/** JSON lines on stdout (or `destination`), the level as a word. */
export function createLogger(level: Config['LOG_LEVEL'], destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: 'webui' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
