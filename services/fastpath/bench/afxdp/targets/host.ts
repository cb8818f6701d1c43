import { openGuard } from './open-guard.ts';
import { reportCounters } from './report-counters.ts';

/* Holds the XDP program of the fast path for a program in C: node host.ts INTERFACE ADDRESS PORT RULES */

const [xdpInterface, address, port, rules] = process.argv.slice(2);
const guard = await openGuard(xdpInterface, address, Number(port), Number(rules));
const keepAlive = setInterval(() => {}, 1 << 30);

// It handles no packet itself.
reportCounters(
  () => ({ packets: 0, bursts: 0, kernel_dropped: 0 }),
  () => {
    clearInterval(keepAlive);
    guard.close();
  },
);
