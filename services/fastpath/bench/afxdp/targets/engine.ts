import { readConfig } from '../../../src/config.ts';
import { createContext } from '../../../src/context.ts';
import { createLogger } from '../../../src/log.ts';
import { snapshot } from '../../../src/plane/stats.ts';
import type { Counters } from '../contender.ts';
import { benchRules } from './bench-rules.ts';
import { reportCounters } from './report-counters.ts';

/*
 * The whole AF_XDP fast path, as main.ts starts it but for HTTP and gRPC:
 * node engine.ts echo|drop INTERFACE PORT QUEUES RULES [XDP_COALESCE_US]
 */

const [handler, xdpInterface, port, queues, rules, coalesceUs] = process.argv.slice(2);
const config = readConfig({
  APP_ENV: 'development',
  FASTPATH_SECRET: 'development-secret-of-the-benchmark',
  FASTPATH_MODE: 'afxdp',
  XDP_INTERFACE: xdpInterface,
  XDP_MODE: 'native',
  XDP_QUEUES: Array.from({ length: Number(queues) }, (_, queue) => queue).join(','),
  XDP_ZERO_COPY: 'off',
  XDP_COALESCE_US: coalesceUs,
  DATA_PORT: port,
});
const log = createLogger('error');
const dropHandler = new URL('./drop-handler.ts', import.meta.url);
const { plane } = await createContext(
  config,
  handler === 'drop' ? { log, handlerModule: dropHandler } : { log },
);
await plane.start();
await plane.apply({ source_id: 'bench', revision: 1 }, () => benchRules(Number(rules)));

reportCounters(readCounters, () => plane.stop());

function readCounters(): Counters {
  const { total } = snapshot(plane);
  return {
    packets: total.txPackets + total.consumedPackets,
    bursts: total.bursts,
    kernel_dropped: total.drops.socket_buffer,
  };
}
