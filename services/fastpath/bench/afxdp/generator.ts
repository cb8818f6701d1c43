import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DATA_PORT, type Link, PEER_NAMESPACE } from './link.ts';

const GENERATOR_CPU = 0;
// Ends sooner when every reply is back.
const LINGER_MS = 500;
const TIMEOUT_MS = 300_000;

/** What build/bench/generator prints at the end; see generator.c. */
export interface GeneratorReport {
  readonly sent: number;
  readonly seconds: number;
  readonly replies: number;
  readonly link_dropped: number;
  readonly unfinished: number;
  readonly invalid: number;
  /** CPU time of sending: on veth the receive path of the other end is part of it. */
  readonly cpu_seconds: number;
  readonly checked?: number;
  readonly wrong?: number;
  readonly repeated?: number;
  readonly rtt_ns?: { readonly p50: number; readonly p99: number };
}

export interface Load {
  readonly packets: number;
  readonly flows: number;
  /** Bytes of a frame from the Ethernet header on. */
  readonly size: number;
  readonly queues: number;
  /** Packets/s; 0 = as fast as it goes. */
  readonly rate: number;
  readonly replies: boolean;
  /** Check every reply and measure its time. */
  readonly roundTrips: boolean;
}

/**
 * Sends one round of packets over a link.
 * @throws when the kernel refused or kept some of them
 */
export async function generate(programs: string, link: Link, load: Load): Promise<GeneratorReport> {
  const args = ['--interface', link.peerInterface, '--dst-mac', link.mac];
  args.push('--src', link.peerAddress, '--dst', link.address, '--port', `${DATA_PORT}`);
  args.push('--count', `${load.packets}`, '--flows', `${load.flows}`, '--size', `${load.size}`);
  args.push('--rate', `${load.rate}`, '--queues', `${load.queues}`, '--linger-ms', `${LINGER_MS}`);
  if (!load.replies) args.push('--no-replies', '--linger-ms', '0');
  if (load.roundTrips) args.push('--rtt');
  const pinned = ['taskset', '--cpu-list', `${GENERATOR_CPU}`, `${programs}generator`, ...args];
  const command = ['netns', 'exec', PEER_NAMESPACE, ...pinned];
  const { stdout } = await promisify(execFile)('ip', command, { timeout: TIMEOUT_MS });
  const report = JSON.parse(stdout) as GeneratorReport;
  if (report.unfinished > 0 || report.invalid > 0 || report.sent !== load.packets) {
    throw new Error(`the generator could not send everything: ${stdout}`);
  }
  return report;
}
