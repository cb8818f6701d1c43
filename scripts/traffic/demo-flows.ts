import type { TrafficFlow } from './traffic-sender.ts';

/** Fixed, so that rules can name a demo flow (seed/mock-data.ts does). */
export const DEMO_SOURCE_PORTS = { video: 17_001, voice: 17_002, telemetry: 17_003, names: 17_004 };

const SHAPES = [
  { name: 'video', rate: 40, size: 1200 },
  { name: 'voice', rate: 25, size: 160 },
  { name: 'telemetry', rate: 10, size: 96 },
  { name: 'names', rate: 4, size: 48 },
] as const;

/** A few flows at rates that a laptop does not notice, dealt out over the targets. */
export function demoFlows(targets: string[], durationS?: number): TrafficFlow[] {
  return SHAPES.map((shape, i) => ({
    ...shape,
    target: targets[i % targets.length]!,
    durationS,
    srcPort: DEMO_SOURCE_PORTS[shape.name],
    srcPortOptional: true,
  }));
}
