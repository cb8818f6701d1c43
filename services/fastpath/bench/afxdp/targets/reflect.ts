import { readFileSync } from 'node:fs';
import { BufferPool, UdpExchange, XdpSocket } from 'xdp-socket-native';
import { openGuard } from './open-guard.ts';
import { reportCounters } from './report-counters.ts';

/* The addon's native reflector, no JavaScript per packet: node reflect.ts INTERFACE ADDRESS PORT RULES */

const SLOTS = 4_096;
const SLOT_SIZE = 2_048;
const TIMEOUT_MS = 1_000;
const BURSTS = 1 << 20;
const COALESCE_US = 20; // as in the engine, by default

const [xdpInterface, address, port, rules] = process.argv.slice(2);
const guard = await openGuard(xdpInterface, address, Number(port), Number(rules));
const pool = new BufferPool({ slots: SLOTS, slotSize: SLOT_SIZE });
const socket = new XdpSocket({ pool, interface: xdpInterface, queue: 0, copyMode: 'copy' });
guard.setSocket(0, socket);
const mtu = Number(readFileSync(`/sys/class/net/${xdpInterface}/mtu`, 'utf8'));
const owner = new UdpExchange({ socket, mtu, coalesceUs: COALESCE_US });
const exchange = UdpExchange.attach(owner.handle);
let running = true;

reportCounters(
  () => {
    const { txPackets, bursts } = owner.counters();
    const { rxDropped, rxRingFull } = socket.stats();
    return { packets: txPackets, bursts, kernel_dropped: rxDropped + rxRingFull };
  },
  () => {
    running = false;
  },
);
// It comes back when the event loop has something to do, here: a signal.
while (running) {
  exchange.reflect(TIMEOUT_MS, BURSTS);
  await new Promise(setImmediate);
}
exchange.detach();
guard.close();
owner.close();
socket.close();
pool.close();
