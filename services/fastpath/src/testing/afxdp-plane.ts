import { readConfig } from '../config.ts';
import { DataPlane } from '../plane/data-plane.ts';
import { openPort } from '../port/open-port.ts';
import { silentLog } from './silent-log.ts';
import { TEST_SECRET } from './test-server.ts';
import type { VethPair } from './veth.ts';

const REFLECTOR = new URL('../handlers/create-packet-handler.ts', import.meta.url);

export interface AfxdpPlane {
  readonly plane: DataPlane;
  readonly dataPort: number;
}

/** A data plane over AF_XDP on our end of the pair, with all of its queues; not started. */
export async function createAfxdpPlane(
  pair: VethPair,
  env: Record<string, string> = {},
  handlerModule: URL = REFLECTOR,
): Promise<AfxdpPlane> {
  const config = readConfig({
    APP_ENV: 'test',
    FASTPATH_SECRET: TEST_SECRET,
    FASTPATH_MODE: 'afxdp',
    XDP_INTERFACE: pair.here.interface,
    DATA_PORT: '0',
    ...env,
  });
  const port = await openPort(config, silentLog);
  const plane = new DataPlane(port, { maxRules: 100, flowTableSize: 1_024, handlerModule }, silentLog);
  return { plane, dataPort: Number(port.addresses()[0].split(':').at(-1)) };
}
