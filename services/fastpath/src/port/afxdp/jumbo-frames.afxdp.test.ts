import { afterEach, beforeEach, expect, test } from 'vitest';
import { snapshot } from '../../plane/stats.ts';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { PeerSenders } from '../../testing/peer-sender.ts';
import { createVethPair, ip, needNamespace } from '../../testing/veth.ts';

const MTU = 9_000;
const HEADERS = { 4: 28, 6: 48 } as const;
const WAIT = { interval: 10 };

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

test.each([4, 6] as const)('packets of several buffers are answered whole, IPv%i', async (family) => {
  const pair = createVethPair(1);
  close.push(() => pair.close());
  const { here, peer, namespace } = pair;
  ip('link', 'set', here.interface, 'mtu', `${MTU}`);
  ip('-n', namespace, 'link', 'set', peer.interface, 'mtu', `${MTU}`);
  const senders = new PeerSenders(pair);
  close.push(() => senders.close());
  const { plane, dataPort } = await createAfxdpPlane(pair, { XDP_MODE: 'native' });
  await plane.start();
  close.push(() => plane.stop());

  const sender = await senders.open(family, dataPort);
  // Around the end of a buffer of 4 KiB, whatever the kernel keeps free in front of it, and the largest of all.
  const sizes = [1_472, 3_000, 3_500, 3_800, 4_000, 4_096, 8_000, MTU - HEADERS[family]];
  for (const [index, size] of sizes.entries()) {
    const payload = Uint8Array.from({ length: size }, (_, at) => at + index);
    await sender.send(payload);
    await expect.poll(() => sender.received.length, { ...WAIT, message: `${size} bytes` }).toBe(index + 1);
    expect(Buffer.from(sender.received[index]).equals(payload)).toBe(true);
  }
  const bytes = sizes.reduce((sum, size) => sum + size + HEADERS[family], 0);
  await expect
    .poll(() => snapshot(plane).total, WAIT)
    .toMatchObject({ rxPackets: sizes.length, txPackets: sizes.length, rxBytes: bytes, txBytes: bytes });
});
