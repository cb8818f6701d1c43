import { DataPlane } from '../../plane/data-plane.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { openUdpSender } from '../../testing/udp-sender.ts';
import { describePort } from '../port-contract.ts';
import { UdpPort } from './udp-port.ts';

const handlerModule = new URL('../../handlers/create-packet-handler.ts', import.meta.url);

describePort('udp', '', async ({ workers, dataPort }) => {
  const options = { dataPort, dataHosts: ['127.0.0.1', '::1'], workers };
  const port = await new UdpPort(options, 'the contract suite asks', silentLog).open();
  const plane = new DataPlane(port, { maxRules: 100, flowTableSize: 1_024, handlerModule }, silentLog);
  return {
    plane,
    get dataPort() {
      return Number(port.addresses()[0].split(':').at(-1));
    },
    judgesFirst: false,
    maxPayload: { 4: 65_507, 6: 65_487 },
    openSender: (family) => openUdpSender(family, Number(port.addresses()[0].split(':').at(-1))),
  };
});
