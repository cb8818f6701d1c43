import { patient } from '../../scripts/processes/patience.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import type { FlowReport } from '../../scripts/traffic/flow-socket.ts';
import {
  createTrafficSender,
  type TrafficFlow,
  type TrafficReport,
} from '../../scripts/traffic/traffic-sender.ts';

const SAMPLE_MS = 4;
/** More than a flow has at one moment between the counter of what was sent and the kernel. */
const UNCOUNTED = 10;

/** Running traffic, and when its replies arrived on the clock of the receiver: performance.now() of this process. */
export interface Traffic {
  /** Counters now. */
  flow(name: string): FlowReport;
  /** Sends 100 more packets of the flow; fails when one of them, all sent after this call, is answered. */
  staysSilent(flow: string): Promise<void>;
  /** Waits for so many more replies to the flow. */
  isAnswered(flow: string, replies: number, deadlineMs?: number): Promise<void>;
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
      const { sent } = flow(name);
      await waitUntil(`100 more packets of ${name}`, () => flow(name).sent >= sent + 100);
      const { received } = flow(name);
      if (received > sent + UNCOUNTED)
        throw new Error(`${name} is answered: ${received} replies to ${sent} packets`);
    },
    async isAnswered(name, replies, deadlineMs) {
      const { received } = flow(name);
      await waitUntil(`replies to ${name}`, () => flow(name).received >= received + replies, { deadlineMs });
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
