import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import type { Port } from './port.ts';
import type { PortConfig } from './port-config.ts';
import { UdpPort } from './udp/udp-port.ts';

/**
 * Opens the port for FASTPATH_MODE. What was asked for is what runs: only `auto` chooses, and says why.
 * @throws AppError `mode_unavailable` that says what AF_XDP lacks here, `port_in_use` or `start_failed`.
 */
export async function openPort(config: PortConfig, log: Logger): Promise<Port> {
  const udp = (reason: string) => new UdpPort(config, reason, log).open();
  if (config.mode === 'udp') return udp('FASTPATH_MODE=udp asks for it');
  if (config.xdp.interface === '') return udp('FASTPATH_MODE=auto, and XDP_INTERFACE names no interface');
  const { openAfxdpPort } = await import('./afxdp/open-afxdp-port.ts');
  try {
    return await openAfxdpPort(config, log);
  } catch (error) {
    if (config.mode === 'afxdp' || !(error instanceof AppError) || error.code !== 'mode_unavailable')
      throw error;
    log.warn({ reason: error.message }, 'AF_XDP cannot be used; the data plane runs on ordinary UDP sockets');
    return udp(`FASTPATH_MODE=auto, and ${error.message}`);
  }
}
