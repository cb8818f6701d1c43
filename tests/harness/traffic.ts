import { patient } from '../../scripts/processes/patience.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import type { FlowReport } from '../../scripts/traffic/flow-socket.ts';
import {
  createTrafficSender,
  type TrafficFlow,
  type TrafficReport,
} from '../../scripts/traffic/traffic-sender.ts';

const SAMPLE_MS = 4;
/** At the rates of the tests more than a second and a half. */
const SILENT_PACKETS = 500;

/** Running traffic, and when its replies arrived on the clock of the receiver: performance.now() of this process. */
export interface Traffic {
  /** Counters now. */
  flow(name: string): FlowReport;
  /** Waits for 500 more packets of the flow, of at least 4 bytes; fails when one that is sent after this call is answered. */
  staysSilent(flow: string): Promise<void>;
  /** Waits for one more reply to the flow. */
  isAnswered(flow: string, deadlineMs?: number): Promise<void>;
  /** Replies to the flow in the last `windowMs`, to a few milliseconds. */
  repliesInTheLast(windowMs: number, flow: string): number;
  /** Ends all flows and answers the final counters. */
  stop(): Promise<TrafficReport>;
}

interface Sample {
  atMs: number;
  received: Map<string, number>;
}

/** Starts these flows and waits until each has been answered. */
export async function startTraffic(flows: TrafficFlow[]): Promise<Traffic> {
  const sender = await createTrafficSender({ flows, settleMs: patient(300) });
  const samples: Sample[] = [];
  const sample = () => {
    const received = new Map(sender.report().flows.map((flow) => [flow.name, flow.received]));
    samples.push({ atMs: performance.now(), received });
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  sender.start();

  const flow = (name: string) => sender.report().flows.find((each) => each.name === name)!;
  const traffic: Traffic = {
    flow,
    async staysSilent(name) {
      const { next_number: first, sent } = flow(name);
      await waitUntil(`more packets of ${name}`, () => flow(name).sent >= sent + SILENT_PACKETS);
      const { newest_reply: newest } = flow(name);
      if (newest >= first) throw new Error(`${name} is answered: packet ${newest}, sent after ${first}`);
    },
    async isAnswered(name, deadlineMs) {
      const { received } = flow(name);
      await waitUntil(`a reply to ${name}`, () => flow(name).received > received, { deadlineMs });
    },
    repliesInTheLast(windowMs, name) {
      const last = samples.at(-1)!;
      const before = samples.findLast(({ atMs }) => atMs <= last.atMs - windowMs) ?? samples[0]!;
      return last.received.get(name)! - before.received.get(name)!;
    },
    stop: () => {
      clearInterval(timer);
      return sender.stop();
    },
  };
  await waitUntil('every flow is answered', () =>
    sender.report().flows.every(({ received }) => received > 10),
  );
  return traffic;
}
