import { afterEach, beforeEach } from 'vitest';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { PeerSenders } from '../../testing/peer-sender.ts';
import { createVethPair, needNamespace, type VethPair } from '../../testing/veth.ts';
import { describePort } from '../port-contract.ts';

const close: (() => unknown)[] = [];
let links: { pair: VethPair; senders: PeerSenders } | null = null;

beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
  links = null;
});

/** One pair for each test, so that a second port of the same test finds the interface of the first. */
function link(queues: number) {
  if (links !== null) return links;
  const pair = createVethPair(queues);
  const senders = new PeerSenders(pair);
  close.push(() => pair.close());
  close.push(() => senders.close());
  links = { pair, senders };
  return links;
}

for (const mode of ['native', 'generic'] as const) {
  describePort('afxdp', `${mode}, `, async ({ workers, dataPort }) => {
    const { pair, senders } = link(workers);
    const env = { XDP_MODE: mode, DATA_PORT: String(dataPort) };
    const { plane, dataPort: port } = await createAfxdpPlane(pair, env);
    return {
      plane,
      dataPort: port,
      judgesFirst: true,
      maxPayload: { 4: 1_472, 6: 1_452 },
      openSender: (family) => senders.open(family, port),
    };
  });
}
