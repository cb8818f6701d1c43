import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DropReason, receivedDrops } from '../../engine/counters.ts';
import { snapshot } from '../../plane/stats.ts';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { FrameSender } from '../../testing/frame-sender.ts';
import { changed, type UdpFrame, udpFrame } from '../../testing/frames.ts';
import { createVethPair, needNamespace, type VethPair } from '../../testing/veth.ts';

const WAIT = { interval: 10 };
const ETHERNET = 14;
const UDP_IN_IPV4 = ETHERNET + 20;
const UDP_IN_IPV6 = ETHERNET + 40;
const TIMES = 50;

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

async function start(mode: string, env: Record<string, string> = {}) {
  const pair = createVethPair(2);
  close.push(() => pair.close());
  const { plane, dataPort } = await createAfxdpPlane(pair, { XDP_MODE: mode, ...env });
  await plane.start();
  close.push(() => plane.stop());
  const sender = new FrameSender(pair);
  close.push(() => sender.close());
  const frame = (fields: Partial<UdpFrame> = {}) =>
    udpFrame(pair, { family: 4, srcPort: 9, dstPort: dataPort, payload: new Uint8Array(40), ...fields });
  return { pair, plane, sender, frame, dataPort };
}

type Frame = (fields?: Partial<UdpFrame>) => Uint8Array;
/** What becomes of a frame: an answer, a drop for this reason, or it goes its way to the stack. */
type Fate = 'answered' | 'ignored' | DropReason;
const flip = (byte: number) => byte ^ 0xff;

/** Shortens the IPv4 packet to `length` bytes by its own header, with a checksum that is right again. */
function withIpv4Length(frame: Uint8Array, length: number): Uint8Array {
  const before = (frame[ETHERNET + 2] << 8) | frame[ETHERNET + 3];
  const sum = ((frame[ETHERNET + 10] << 8) | frame[ETHERNET + 11]) + before - length;
  const checksum = (sum & 0xffff) + (sum < 0 ? -1 : sum >> 16);
  const bytes = { 2: length >> 8, 3: length & 0xff, 10: checksum >> 8, 11: checksum & 0xff };
  return changed(
    frame,
    Object.fromEntries(
      Object.entries(bytes).map(([at, value]) => [ETHERNET + Number(at), () => value & 0xff]),
    ),
  );
}

const FRAMES: [string, Fate, (frame: Frame, pair: VethPair) => Uint8Array][] = [
  ['a right one', 'answered', (frame) => frame()],
  ['IPv6', 'answered', (frame) => frame({ family: 6 })],
  ['with padding behind the packet', 'answered', (frame) => Uint8Array.of(...frame(), ...new Uint8Array(20))],
  ['in a VLAN', 'answered', (frame) => frame({ vlans: [7] })],
  ['in two VLANs, IPv6', 'answered', (frame) => frame({ vlans: [7, 8], family: 6 })],
  ['in three VLANs', 'ignored', (frame) => frame({ vlans: [7, 8, 9] })],
  [
    'no UDP checksum',
    'answered',
    (frame) => changed(frame(), { [UDP_IN_IPV4 + 6]: () => 0, [UDP_IN_IPV4 + 7]: () => 0 }),
  ],
  ['wrong UDP checksum', 'bad_checksum', (frame) => changed(frame(), { [UDP_IN_IPV4 + 6]: flip })],
  [
    'wrong UDP checksum, IPv6',
    'bad_checksum',
    (frame) => changed(frame({ family: 6 }), { [UDP_IN_IPV6 + 6]: flip }),
  ],
  ['wrong byte in the payload', 'bad_checksum', (frame) => changed(frame(), { [UDP_IN_IPV4 + 20]: flip })],
  ['wrong IPv4 header checksum', 'bad_checksum', (frame) => changed(frame(), { [ETHERNET + 10]: flip })],
  [
    'UDP length beyond the packet',
    'malformed',
    (frame) => changed(frame(), { [UDP_IN_IPV4 + 5]: (byte) => byte + 1 }),
  ],
  ['UDP length below its header', 'malformed', (frame) => changed(frame(), { [UDP_IN_IPV4 + 5]: () => 7 })],
  ['IPv4 packet that ends in the UDP header', 'ignored', (frame) => withIpv4Length(frame(), 24)],
  ['IPv4 length beyond the frame', 'ignored', (frame) => withIpv4Length(frame(), 200)],
  ['frame that ends in the IPv4 header', 'ignored', (frame) => frame().slice(0, ETHERNET + 12)],
  ['frame that ends after the Ethernet header', 'ignored', (frame) => frame().slice(0, ETHERNET + 1)],
  ['first fragment', 'unsupported', (frame) => changed(frame(), { [ETHERNET + 6]: () => 0x20 })],
  [
    'later fragment',
    'ignored',
    (frame) => changed(frame(), { [ETHERNET + 6]: () => 0, [ETHERNET + 7]: () => 9 }),
  ],
  ['from the port it goes to', 'reply_loop', (frame) => frame({ srcPort: portOf(frame()) })],
  ['another port', 'ignored', (frame) => frame({ dstPort: portOf(frame()) ^ 1 })],
  ['another address', 'ignored', (frame) => frame({ to: '203.0.113.1' })],
  ['a group MAC address', 'ignored', (frame) => changed(frame(), { 0: (byte) => byte | 1 })],
  ['from a group MAC address', 'reply_loop', (frame) => changed(frame(), { 6: (byte) => byte | 1 })],
  [
    'our IPv4 address in IPv6',
    'ignored',
    (frame, { here }) => frame({ family: 6, to: `::ffff:${here.ipv4}` }),
  ],
];

function portOf(frame: Uint8Array): number {
  return (frame[UDP_IN_IPV4 + 2] << 8) | frame[UDP_IN_IPV4 + 3];
}

describe.each(['native', 'generic'])('%s', (mode) => {
  test('each kind of frame has its fate, and all are counted', async () => {
    const { pair, plane, sender, frame } = await start(mode);
    const ignoredBefore = snapshot(plane).ignoredPackets;
    for (const [name, fate, make] of FRAMES) {
      const before = snapshot(plane).total;
      await sender.send([make(frame, pair)], TIMES);
      if (fate === 'ignored') continue; // the interface has other traffic of that kind: looked at below
      const counted = () => {
        const { total } = snapshot(plane);
        return fate === 'answered'
          ? total.txPackets - before.txPackets
          : total.drops[fate] - before.drops[fate];
      };
      await expect.poll(counted, { ...WAIT, message: name }).toBe(TIMES);
    }
    const { total, ignoredPackets } = snapshot(plane);
    const handled = FRAMES.filter(([, fate]) => fate !== 'ignored').length * TIMES;
    expect(total.rxPackets).toBe(handled);
    expect(total.txPackets + receivedDrops(total)).toBe(handled);
    expect(total.drops.socket_buffer).toBe(0);
    expect(ignoredPackets - ignoredBefore).toBeGreaterThanOrEqual(FRAMES.length * TIMES - handled);
  });

  test('a flood of good and bad frames is accounted for, to the packet', async () => {
    const { pair, plane, sender, frame } = await start(mode, { XDP_RING_SIZE: '64', XDP_SLOTS: '128' });
    const counted = FRAMES.filter(([, fate]) => fate !== 'ignored').map(([, , make]) => make(frame, pair));
    const times = 1_500;
    await sender.send(counted, times);
    await expect
      .poll(() => {
        const { total } = snapshot(plane);
        const lost = total.drops.socket_buffer;
        return [total.rxPackets + lost, total.txPackets + receivedDrops(total) + lost];
      }, WAIT)
      .toEqual([counted.length * times, counted.length * times]);
  });
});
