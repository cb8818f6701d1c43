import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createLogger } from './log.ts';
import { Captures } from './plane/captures.ts';
import { DataPlane } from './plane/data-plane.ts';
import { openPort } from './port/open-port.ts';

/** Who this process is, for operators. */
export type Identity = {
  readonly version: string;
  readonly instanceId: string;
  readonly hostname: string;
  readonly startedAtMs: number;
};

export type Context = {
  readonly config: Config;
  readonly log: Logger;
  readonly identity: Identity;
  readonly plane: DataPlane;
  readonly captures: Captures;
};

const HANDLER_MODULE = new URL('./handlers/create-packet-handler.ts', import.meta.url);

/** Builds everything the servers need, on a port that is open; no worker runs yet. @throws what `openPort` throws */
export async function createContext(
  config: Config,
  overrides: { log?: Logger; handlerModule?: URL } = {},
): Promise<Context> {
  const log = overrides.log ?? createLogger(config.logLevel);
  const { maxRules, flowTableSize } = config;
  const handlerModule = overrides.handlerModule ?? HANDLER_MODULE;
  const options = { maxRules, flowTableSize, handlerModule };
  const plane = new DataPlane(await openPort(config, log), options, log);
  return { config, log, identity: identify(), plane, captures: new Captures(plane) };
}

function identify(): Identity {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return { version, instanceId: randomUUID(), hostname: hostname(), startedAtMs: Date.now() };
}
