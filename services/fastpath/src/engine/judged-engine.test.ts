import { expect, test } from 'vitest';
import { NO_REPLY, type PacketHandler } from '../handlers/packet-handler.ts';
import { Reflector } from '../handlers/reflector.ts';
import { rule } from '../testing/rules.ts';
import { Burst } from './burst.ts';
import { CaptureTap } from './capture-tap.ts';
import { JudgedEngine } from './judged-engine.ts';
import { writeUdpHeaders } from './packet-build.ts';
import { Action } from './rule.ts';
import { compileNow } from './testing/compile-now.ts';
import { keyOf } from './testing/naive-classifier.ts';

const SLOT = 256;
const PAYLOAD = 10;
const filter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false } as const;

/** Packets as they lie in a port's memory, headers included; the source port is the number of the packet. */
function packets(count: number) {
  const memory = new Uint8Array(count * SLOT);
  const burst = new Burst(count, memory);
  for (let i = 0; i < count; i++) {
    const [src, dst] = [{ family: 4, words: [i] } as const, { family: 4, words: [9] } as const];
    const key = keyOf({ src, dst, protocol: 17, srcPort: i, dstPort: 7_000 });
    const payload = new Uint8Array(PAYLOAD).fill(i + 1);
    const headers = writeUdpHeaders(key, 0, payload);
    memory.set(headers, i * SLOT);
    memory.set(payload, i * SLOT + headers.length);
    burst.ipOffset[i] = i * SLOT;
    burst.ipLength[i] = headers.length + PAYLOAD;
    burst.offset[i] = i * SLOT + headers.length;
    burst.length[i] = PAYLOAD;
    burst.space[i] = SLOT - headers.length;
  }
  const { offset, length, space: capacity } = burst;
  const replyLength = new Uint32Array(count).fill(NO_REPLY);
  const index = Uint32Array.from({ length: count }, (_, i) => i);
  return { burst, batch: { count, memory, offset, length, capacity, replyLength, index } };
}

function setUp(handler: PacketHandler = new Reflector()) {
  const errors: unknown[] = [];
  const limited = rule({
    action: Action.rateLimit,
    srcPorts: { min: 1, max: 1 },
    protocol: 'udp',
    priority: 1,
  });
  const options = {
    rules: compileNow([limited]),
    handler,
    onHandlerError: (error: unknown) => errors.push(error),
  };
  return { engine: new JudgedEngine(options), errors };
}

test('gives packets to the handler as they are', () => {
  const { engine, errors } = setUp();
  const { burst, batch } = packets(3);
  expect(engine.handle(burst, batch)).toBe(true);
  expect([...batch.replyLength]).toEqual([PAYLOAD, PAYLOAD, PAYLOAD]);
  expect(errors).toEqual([]);
});

test('a handler that throws is reported, and the batch has failed', () => {
  const broken = new Error('broken');
  const { engine, errors } = setUp({
    handle() {
      throw broken;
    },
  });
  const { burst, batch } = packets(1);
  expect(engine.handle(burst, batch)).toBe(false);
  expect(errors).toEqual([broken]);
});

test('a capture sees packets as they came, and which rule let them through', () => {
  const { engine } = setUp({ handle: (batch) => void batch.memory.fill(0) });
  const tap = new CaptureTap({ filter, snapLength: 0, ringPackets: 10, ringBytes: 1_000 });
  engine.addTap(1, tap);
  const { burst, batch } = packets(2);
  const before = batch.memory.slice();
  engine.handle(burst, batch);
  const seen = tap.drain();
  expect(seen).toMatchObject([
    { dropped: false, serial: 0, action: Action.allow, originalLength: 28 + PAYLOAD },
    { dropped: false, serial: 1, action: Action.rateLimit },
  ]);
  expect(seen[1].data).toEqual(before.subarray(SLOT, SLOT + 28 + PAYLOAD));
  expect(Math.abs(seen[0].timeUs / 1_000 - Date.now())).toBeLessThan(60_000);
  engine.removeTap(1);
  engine.handle(burst, batch);
  expect(tap.drain()).toEqual([]);
});
