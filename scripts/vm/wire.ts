// The wire between the two network cards of an emulated machine.
import { closeSync, openSync } from 'node:fs';
import { inRepository } from '../repository.ts';

export interface Wire {
  /** RX queues of the card under test. */
  queues: number;
  /** Program and arguments in front of qemu's; it must not fork. */
  launcher: string[];
  /** qemu's ends of the wire: `-netdev` of the card under test and of its peer. */
  card: string;
  peer: string;
}

/** Inside of qemu: needs nothing, one queue. */
export const HUB: Wire = {
  queues: 1,
  launcher: [],
  card: 'hubport,id=card,hubid=0',
  peer: 'hubport,id=peer,hubid=0',
};

/** Two taps on a bridge, in a network namespace that ends with qemu: a tap has several queues. */
const TAPS: Wire = {
  queues: 2,
  launcher: [inRepository('scripts/in-network-namespace.sh'), inRepository('scripts/vm/with-taps.sh')],
  // Without virtio's own headers no packet is left half done for a card to finish: XDP sees whole checksums.
  card: 'tap,id=card,ifname=card,queues=2,script=no,downscript=no,vhost=off,vnet_hdr=off',
  peer: 'tap,id=peer,ifname=peer,script=no,downscript=no,vhost=off,vnet_hdr=off',
};

/** The wire with the most queues that can be had here. */
export function widestWire(): Wire {
  try {
    closeSync(openSync('/dev/net/tun', 'r+'));
    if (process.getuid?.() === 0) return TAPS;
    console.log('vm: one queue only: more need root');
  } catch (error) {
    console.log(`vm: one queue only: ${(error as Error).message}`);
  }
  return HUB;
}
