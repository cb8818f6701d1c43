import { waitUntil } from '../../scripts/processes/wait-until.ts';
import type { FlowReport } from '../../scripts/traffic/flow-socket.ts';
import {
  createTrafficSender,
  type TrafficFlow,
  type TrafficReport,
} from '../../scripts/traffic/traffic-sender.ts';

const SAMPLE_MS = 4;

/** Running traffic, and when its replies arrived on the clock of the receiver: performance.now() of this process. */
export interface Traffic {
  /** Counters now. */
  flow(name: string): FlowReport;
  /** Replies to the flow in this time, to a few milliseconds; fails when it has not been observed. */
  replies(flow: string, fromMs: number, toMs: number): number;
  /** When the newest reply came; -Infinity when none did. */
  lastReply(flow: string): number;
  /** Waits until this moment lies in the past. */
  observed(untilMs: number): Promise<unknown>;
  /** Ends all flows and answers the final counters. */
  stop(): Promise<TrafficReport>;
}

interface Sample {
  atMs: number;
  received: Map<string, number>;
}

/** Starts these flows and waits until each has been answered. */
export async function startTraffic(flows: TrafficFlow[]): Promise<Traffic> {
  const sender = await createTrafficSender({ flows, settleMs: 300 });
  const samples: Sample[] = [];
  const sample = () => {
    const received = new Map(sender.report().flows.map((flow) => [flow.name, flow.received]));
    samples.push({ atMs: performance.now(), received });
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  sender.start();

  const upTo = (flow: string, atMs: number) => {
    const missing = atMs - samples.at(-1)!.atMs;
    if (missing > 0) throw new Error(`not observed yet: ${missing} ms to go`);
    const next = samples.findIndex((each) => each.atMs > atMs);
    return samples.at(next < 0 ? -1 : Math.max(0, next - 1))!.received.get(flow)!;
  };
  const traffic: Traffic = {
    flow: (name) => sender.report().flows.find((each) => each.name === name)!,
    replies: (flow, fromMs, toMs) => upTo(flow, toMs) - upTo(flow, fromMs),
    lastReply: (flow) => {
      const total = samples.at(-1)!.received.get(flow)!;
      return total === 0 ? -Infinity : samples.find((each) => each.received.get(flow) === total)!.atMs;
    },
    observed: (untilMs) =>
      waitUntil('the time observed', () => samples.at(-1)!.atMs >= untilMs, { deadlineMs: 60_000 }),
    stop: () => {
      clearInterval(timer);
      return sender.stop();
    },
  };
  await waitUntil('every flow is answered', () => sender.report().flows.every((flow) => flow.received > 10));
  return traffic;
}
