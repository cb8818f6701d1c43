import { isXdpError, type ProbeReport, probe } from 'xdp-socket-native';
import type { XdpConfig } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { guardProblems } from './guard-object.ts';

/** What this machine has for AF_XDP on one interface. */
export interface Machine {
  readonly nodes: ProbeReport['nodes'];
  readonly rxQueues: number;
  /** Bytes. */
  readonly mtu: number;
  /** Of the NIC; null = on none. */
  readonly numaNode: number | null;
}

/** AF_XDP is impossible here; `problem` says why and what helps. */
export function unavailable({ interface: name }: XdpConfig, problem: string, cause?: unknown): AppError {
  return new AppError('mode_unavailable', `AF_XDP on XDP_INTERFACE=${name}: ${problem}`, { cause });
}

/**
 * Finds out what this machine and the interface can do.
 * @throws AppError `mode_unavailable` with everything that is missing, and the remedies
 */
export function checkMachine(xdp: XdpConfig): Machine {
  const { afxdp, nodes, interface: nic } = probe(xdp.interface);
  // As a set, because both builds may have missed the same compiler.
  const problems = new Set([
    ...afxdp.problems.map(({ reason, remedy }) => `${reason} (${remedy})`),
    ...guardProblems().map(({ what, remedy }) => `${what} (${remedy})`),
  ]);
  if (problems.size > 0) throw unavailable(xdp, [...problems].join('; '));
  if (nic?.mtu == null) throw unavailable(xdp, 'the kernel does not say its MTU');
  return { nodes, rxQueues: nic.queues.rx, mtu: nic.mtu, numaNode: nic.numaNode };
}

/** What the kernel refuses while AF_XDP is being opened, as an AppError. Bugs stay what they are. */
export async function unlessRefused<Result>(xdp: XdpConfig, open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    if (!isXdpError(error)) throw error;
    throw unavailable(xdp, error.message, error);
  }
}
