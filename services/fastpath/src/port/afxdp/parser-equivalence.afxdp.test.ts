import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parsed } from '../../engine/packet-parser.ts';
import { packetArb } from '../../engine/testing/arbitraries.ts';
import type { KernelTotals } from './kernel-counters.ts';
import type { KernelGuard } from './kernel-guard.ts';
import { type Judged, judgeFrame } from './testing/frame-oracle.ts';
import { buildFrame, shapeArb } from './testing/frames.ts';
import { openGuard, Xdp } from './testing/guard-under-test.ts';
import { canLoadGuard } from './testing/kernel-tests.ts';

const RUNS = 40_000;
const SNAP_LENGTH = 2048;
const OPTIONS = { scope: 'interface', port: 7000, addresses: new Set<string>() } as const;

/** Frames whose headers make sense, with several bytes of them changed. */
const mutatedArb = fc
  .tuple(
    packetArb,
    shapeArb,
    fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
  )
  .map(([packet, shape, changes]) => {
    const frame = buildFrame(packet, shape);
    for (const [at, value] of changes) frame[12 + (at % (frame.length - 12))] = value;
    return frame;
  });

/** Anything behind an EtherType, the first byte of the IP header likely. */
const randomArb = fc
  .tuple(
    fc.constantFrom([0x08, 0x00], [0x86, 0xdd], [0x81, 0x00, 0, 1, 0x08, 0x00]),
    fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0x6f),
    fc.uint8Array({ maxLength: 160, size: 'max' }),
  )
  .map(
    ([type, first, bytes]) => new Uint8Array([...new Array<number>(12).fill(2), ...type, first, ...bytes]),
  );

/** Length fields of random bytes nearly always claim too much: write what is there. */
const lengthenedArb = randomArb.map((frame) => {
  const ip = frame[12] === 0x81 ? 18 : 14;
  const view = new DataView(frame.buffer);
  const isIpv4 = frame[ip - 2] === 0x08;
  if (frame.length < ip + (isIpv4 ? 4 : 6)) return frame;
  view.setUint16(ip + (isIpv4 ? 2 : 4), Math.max(0, frame.length - ip - (isIpv4 ? 0 : 40)));
  return frame;
});

/** What became of one frame, from the counters, and as it was captured. */
function run(guard: KernelGuard, frame: Uint8Array) {
  const before = guard.kernelTotals();
  const { action } = guard.program.testRun(frame, 1);
  const after = guard.kernelTotals();
  const moved = (name: keyof KernelTotals) => after[name] - before[name];
  return { action, moved, packets: guard.drainDrops().packets };
}

function compare(guard: KernelGuard, frame: Uint8Array, judged: Judged | null): void {
  const { action, moved, packets } = run(guard, frame);
  if (!judged) {
    expect([action, moved('ignored'), packets]).toEqual([Xdp.pass, 1, []]);
    return;
  }
  expect(moved('judgedBytes')).toBe(judged.ipLength);
  if (judged.parsed > Parsed.fragment) {
    const reason = judged.parsed === Parsed.unsupported ? 'unsupported' : 'malformed';
    expect([action, moved(reason), packets]).toEqual([Xdp.drop, 1, []]);
    return;
  }
  expect([action, moved('passed'), packets.length]).toEqual([Xdp.pass, 1, 1]);
  const [{ key, originalLength, data }] = packets;
  expect(key).toEqual(judged.key);
  expect(originalLength).toBe(judged.ipLength);
  expect(Buffer.from(frame).includes(Buffer.from(data))).toBe(true);
  expect(data.length).toBe(judged.ipLength);
}

describe.runIf(canLoadGuard())('the parser in the kernel and the TypeScript parser', () => {
  test.each([
    { what: 'mutated frames', frames: mutatedArb, seed: 4, classes: Object.values(Parsed) },
    { what: 'random bytes', frames: randomArb, seed: 5, classes: [Parsed.truncated, Parsed.malformed] },
    {
      what: 'random bytes of the right length',
      frames: lengthenedArb,
      seed: 6,
      classes: [Parsed.complete, Parsed.fragment, Parsed.truncated, Parsed.malformed],
    },
  ])(
    'agree on class and key of 40,000 $what',
    ({ frames, seed, classes }) => {
      const guard = openGuard('interface');
      const seen = new Map<Parsed, number>();
      try {
        guard.captureDrops(SNAP_LENGTH);
        fc.assert(
          fc.property(frames, (frame) => {
            const judged = judgeFrame(frame, OPTIONS);
            compare(guard, frame, judged);
            if (judged) seen.set(judged.parsed, (seen.get(judged.parsed) ?? 0) + 1);
          }),
          { numRuns: RUNS, seed },
        );
      } finally {
        guard.close();
      }
      for (const parsed of classes) expect([parsed, (seen.get(parsed) ?? 0) > 100]).toEqual([parsed, true]);
    },
    300_000,
  );
});
