import type { Logger } from 'pino';
import { RuleBook } from '../../engine/rule-book.ts';
import { AppError } from '../../errors.ts';
import type { PortConfig } from '../port-config.ts';
import { claimDataPort } from '../udp/claim-port.ts';
import { AfxdpPort } from './afxdp-port.ts';
import { describeMode } from './describe-mode.ts';
import { interfaceAddresses } from './interface-addresses.ts';
import { KernelGuard } from './kernel-guard.ts';
import { Lane } from './lane.ts';
import { chooseNumaNode, laneOptions } from './lane-options.ts';
import { checkMachine, type Machine, unlessRefused } from './requirements.ts';

/**
 * Opens AF_XDP on XDP_INTERFACE.
 * @throws AppError `mode_unavailable` that says what is missing and what helps; `port_in_use` or `start_failed`, which
 * no other mode would mend
 */
export async function openAfxdpPort(config: PortConfig, log: Logger): Promise<AfxdpPort> {
  const { xdp, dataHosts } = config;
  return unlessRefused(xdp, async () => {
    const machine = checkMachine(xdp);
    const addresses = () => interfaceAddresses(xdp.interface, dataHosts);
    const found = addresses();
    const dataPort = await claimDataPort(config, found);
    if (dataPort === 0) {
      throw new AppError(
        'start_failed',
        `DATA_PORT=0: ${xdp.interface} has no address to find a free port on`,
      );
    }
    const { guard, lanes, mode } = await openParts(
      config,
      machine,
      dataPort,
      found.map(({ address }) => address),
    );
    const reason = describeMode(config, mode, chooseNumaNode(xdp, machine), lanes);
    return new AfxdpPort({ reason, guard, lanes, dataPort, addresses }, found, log);
  });
}

/** First the sockets, because a queue that somebody else has shows there; the program that feeds them last. */
async function openParts(
  config: PortConfig,
  machine: Machine,
  dataPort: number,
  addresses: readonly string[],
) {
  const undo: { close(): void }[] = [];
  try {
    const guard = openGuard(config, dataPort);
    undo.push(guard);
    const lanes: Lane[] = [];
    for (const options of laneOptions(config.xdp, machine)) {
      const lane = await Lane.open(options);
      undo.push(lane);
      lanes.push(lane);
      guard.setSocket(lane.queue, lane.socket);
    }
    guard.useAddresses(addresses);
    return { guard, lanes, mode: guard.attach().mode };
  } catch (error) {
    for (const part of undo.reverse()) part.close();
    throw error;
  }
}

function openGuard({ xdp, maxRules, flowTableSize }: PortConfig, dataPort: number): KernelGuard {
  return new KernelGuard({
    interface: xdp.interface,
    mode: xdp.mode,
    scope: xdp.scope,
    dataPort,
    ruleSlots: RuleBook.slotCapacity(maxRules),
    flowTableSize,
  });
}
