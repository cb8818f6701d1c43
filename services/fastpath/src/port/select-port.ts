import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Mode, Port, WorkerPort, WorkerPortContext } from './port.ts';
import { UdpPort } from './udp/udp-port.ts';
import { UdpWorkerPort } from './udp/udp-worker-port.ts';

const NO_AFXDP = 'the AF_XDP port is not part of this build';

/**
 * The port for FASTPATH_MODE. What was asked for is what runs: only `auto` chooses.
 * @throws AppError `mode_unavailable` that says what is missing.
 */
export function selectPort(
  config: Pick<Config, 'mode' | 'dataPort' | 'dataHosts' | 'workers'>,
  log: Logger,
): Port {
  switch (config.mode) {
    case 'afxdp':
      throw new AppError('mode_unavailable', `FASTPATH_MODE=afxdp: ${NO_AFXDP}; use auto or udp`);
    case 'udp':
      return new UdpPort(config, 'FASTPATH_MODE=udp asks for it', log);
    case 'auto':
      return new UdpPort(config, `FASTPATH_MODE=auto, and ${NO_AFXDP}`, log);
  }
}

/** The worker half that belongs to the port in force. */
export function createWorkerPort(mode: Mode, context: WorkerPortContext): WorkerPort {
  if (mode === 'udp') return new UdpWorkerPort(context);
  throw new AppError('mode_unavailable', NO_AFXDP);
}
