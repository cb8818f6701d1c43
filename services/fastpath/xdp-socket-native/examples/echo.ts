// Echoes UDP to a port of an interface: sudo node examples/echo.ts eth0 7000
// One queue only: `ethtool -L eth0 combined 1` first, or steer the port to queue 0.
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { BufferPool, UdpExchange, XdpProgram, XdpSocket } from 'xdp-socket-native';

const [name = 'eth0', port = '7000'] = process.argv.slice(2);
const program = new XdpProgram({
  file: new URL('../build/udp-to-xsk.bpf.o', import.meta.url),
  program: 'udp_to_xsk',
  constants: { port: new Uint8Array(Uint16Array.of(Number(port)).buffer) },
});
const pool = new BufferPool({ slots: 4096, slotSize: 2048 });
const socket = new XdpSocket({ pool, interface: name, queue: 0 });
const { mode } = program.attach({ interface: name });
program.setSocket('xsks', 0, socket);
const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
const control = new UdpExchange({ socket, mtu });
const exchange = UdpExchange.attach(control.handle);
process.on('SIGINT', () => process.exit(0));
console.log(`echo on ${name}, port ${port}: ${mode} XDP, ${socket.zeroCopy ? 'zero-copy' : 'copy'}`);

const { length, replyLength } = exchange;
for (let turns = 1; ; turns++) {
  const packets = exchange.turn(10);
  for (let row = 0; row < packets; row++) replyLength[row] = length[row]!;
  if (packets === 0 || turns % 256 === 0) await setImmediate();
}
