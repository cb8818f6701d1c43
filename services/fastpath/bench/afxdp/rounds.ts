import type { Contender } from './contender.ts';
import { type GeneratorReport, generate, type Load } from './generator.ts';
import { droppedReplies, type Link } from './link.ts';

/** A program under test on its link. */
export interface Entry {
  readonly name: string;
  readonly contender: Contender;
  readonly link: Link;
  readonly load: Load;
  /** Whether it answers (else it drops). */
  readonly echoes: boolean;
}

/** One round of one program. */
export interface Result {
  readonly packetsPerSecond: number;
  /** CPU nanoseconds of its process per packet handled. */
  readonly cpuNs: number;
  /** The same with the generator's process, where the XDP program runs. */
  readonly systemNs: number;
  readonly userShare: number;
  /** Packets per turn. */
  readonly batch: number;
  /** Of the CPU it is pinned to. */
  readonly busy: number;
  /** Dropped by the kernel, before the program or on the way back. */
  readonly lost: number;
  readonly rttP50: number;
  readonly rttP99: number;
}

/**
 * Lets the programs run by turns, each round beginning with another one, so that a slow moment of the machine hits all
 * of them. The first round warms up and is not in the result: results[entry][round].
 */
export async function runRounds(programs: string, entries: readonly Entry[], rounds: number) {
  const results: Result[][] = entries.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const index = (turn + round) % entries.length;
      const result = await runOnce(programs, entries[index]);
      if (round > 0) results[index].push(result);
    }
  }
  return results;
}

async function runOnce(programs: string, entry: Entry): Promise<Result> {
  const droppedBefore = droppedReplies(entry.link);
  const before = await entry.contender.start();
  const report = await generate(programs, entry.link, entry.load);
  const after = await entry.contender.end(before, report.sent - report.link_dropped);
  const packets = after.packets - before.packets;
  const lost = after.kernel_dropped - before.kernel_dropped;
  const notReturned = droppedReplies(entry.link) - droppedBefore;
  checkHandled(entry, report, packets, lost, notReturned);
  const cpu = after.cpuNs - before.cpuNs;
  const user = after.userSeconds - before.userSeconds;
  const system = after.systemSeconds - before.systemSeconds;
  return {
    packetsPerSecond: packets / report.seconds,
    cpuNs: cpu / packets,
    systemNs: (cpu + report.cpu_seconds * 1e9) / packets,
    userShare: user / (user + system || 1),
    batch: packets / (after.bursts - before.bursts),
    busy: cpu / (report.seconds * 1e9),
    lost: lost + notReturned,
    rttP50: report.rtt_ns?.p50 ?? 0,
    rttP99: report.rtt_ns?.p99 ?? 0,
  };
}

/**
 * Every packet that was sent is one that the program says it handled, or one that the kernel counted as dropped; every
 * packet that was answered came back, or was counted as dropped by the link.
 */
function checkHandled(
  entry: Entry,
  report: GeneratorReport,
  packets: number,
  lost: number,
  notReturned: number,
): void {
  const say = (what: string) => {
    const counts = JSON.stringify({ packets, lost, notReturned, ...report });
    throw new Error(`${entry.name}: ${what}: ${counts}`);
  };
  if (packets + lost !== report.sent - report.link_dropped) say('packets are unaccounted for');
  if (entry.echoes && report.replies + notReturned !== packets)
    say('not every packet handled came back as a reply');
  if (packets < report.sent / 100) say('it handled next to nothing');
  if (!entry.load.roundTrips) return;
  if (report.checked !== report.sent || report.wrong || report.repeated) say('not every reply is right');
}
