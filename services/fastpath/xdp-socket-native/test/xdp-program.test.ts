import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildBpf } from '../src/build/build.ts';
import { XdpProgram, type XdpProgramOptions } from '../src/xdp-program.ts';
import { defaultProgram, PACKAGE, u16 } from './default-program.ts';
import { attachedProgram, createVethPair, needNamespace } from './veth.ts';

const DROP = 1;
const PASS = 2;
const TX = 3;

const folder = mkdtempSync(join(tmpdir(), 'xdp-program-'));
const file = join(folder, 'program.bpf.o');
const open: { close(): void }[] = [];

beforeAll(() => {
  const { problems } = buildBpf(join(PACKAGE, 'core/test/program-under-test.bpf.c'), file);
  expect(problems).toEqual([]);
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(needNamespace);

afterEach(() => {
  for (const resource of open.splice(0).reverse()) resource.close();
});

function create(options: Partial<XdpProgramOptions> = {}): XdpProgram {
  const program = new XdpProgram({
    file,
    program: 'xsn_test_filter',
    constants: { port: u16(7000) },
    ...options,
  });
  open.push(program);
  return program;
}

function loaded(options: Partial<XdpProgramOptions> = {}): XdpProgram {
  const program = create(options);
  program.load();
  return program;
}

/** Ethernet, IPv4, UDP to a port. */
function packet(port: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set([8, 0, 0x45], 12);
  bytes[23] = 17;
  new DataView(bytes.buffer).setUint16(36, port);
  return bytes;
}

const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const u64 = (...values: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);

describe('loading', () => {
  test('constants are set and a test run answers', () => {
    const program = loaded();
    expect(program.testRun(packet(7000))).toMatchObject({ action: DROP });
    const { action, durationNs } = program.testRun(packet(7001), 1000);
    expect(action).toBe(PASS);
    expect(durationNs).toBeGreaterThanOrEqual(0);
  });

  test('what the verifier refuses is thrown with the end of its log', () => {
    const program = create({ program: 'xsn_test_refused', constants: {} });
    expect(() => program.load()).toThrow(
      expect.objectContaining({
        code: 'EACCES',
        operation: 'load_program',
        message: expect.stringMatching(/invalid access to packet/),
      }),
    );
  });

  test.each<[string, Partial<XdpProgramOptions>, RegExp]>([
    ['file', { file: '/nowhere.bpf.o' }, /\/nowhere\.bpf\.o.*ENOENT: .*built by build\.ts/s],
    ['program', { program: 'nothing' }, /no program named nothing.*ENOENT/s],
    ['map', { maps: { nothing: 4 } }, /no map named nothing.*ENOENT/s],
    ['constant', { constants: { nothing: u16(1) } }, /no constant .* named nothing.*ENOENT/s],
    ['size of a constant', { constants: { port: u32(1) } }, /port has 2 bytes, not 4.*EINVAL/s],
  ])('a %s that does not exist is named', (_, options, message) => {
    expect(() => create(options)).toThrow(message);
  });

  test('options are checked', () => {
    expect(() => create({ maps: { table: 0 } })).toThrow(RangeError);
    expect(() => create({ constants: { port: 7000 as unknown as Uint8Array } })).toThrow(TypeError);
    expect(() => create({ file: 7 as unknown as string })).toThrow(TypeError);
  });

  test('there are no maps before it is loaded', () => {
    expect(() => create().memory('counters')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('shared memory', () => {
  test('is what the program writes', () => {
    const program = loaded();
    const counters = new BigUint64Array(program.memory('counters'));
    program.testRun(packet(7000));
    program.testRun(packet(1), 5);
    expect([...counters]).toEqual([1n, 5n]);
    expect(program.memory('counters')).toBe(program.memory('counters'));
  });

  test('has the size that was asked for, values at multiples of 8 bytes', () => {
    const program = loaded({ maps: { odds: 10 } });
    expect(program.memory('odds').byteLength).toBe(160);
  });

  test('of a map that is not shared is refused', () => {
    const program = loaded();
    expect(() => program.memory('unshared')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => program.memory('nothing')).toThrow(/map nothing: ENOENT/);
  });

  test('close makes it unreachable', () => {
    const program = loaded();
    const memory = program.memory('counters');
    program.close();
    program.close();
    expect(memory.byteLength).toBe(0);
    expect(() => program.memory('counters')).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => program.testRun(packet(1))).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

describe('hash maps', () => {
  test('entries are set, read and deleted', () => {
    const program = loaded();
    program.hashSet('table', u32(7), u64(70n));
    program.hashSet('table', u32(8), u64(80n));
    program.hashSet('table', u32(8), u64(81n));
    const [keys, values] = [new Uint32Array(4096), new BigUint64Array(4096)];
    const count = program.hashRead('table', new Uint8Array(keys.buffer), new Uint8Array(values.buffer), 4096);
    const entries = Array.from({ length: count }, (_, index) => [keys[index], values[index]]);
    expect(new Map(entries as [number, bigint][])).toEqual(
      new Map([
        [7, 70n],
        [8, 81n],
      ]),
    );
    program.hashDelete('table', u32(7));
    program.hashDelete('table', u32(7));
    expect(program.hashRead('table', new Uint8Array(4), new Uint8Array(8), 1)).toBe(1);
    expect(program.hashRead('table', new Uint8Array(0), new Uint8Array(0), 0)).toBe(0);
  });

  test('keys, values and buffers of another size are refused', () => {
    const program = loaded();
    expect(() => program.hashSet('table', u64(1n), u64(1n))).toThrow(
      /key has 8 bytes; in map table it has 4/,
    );
    expect(() => program.hashSet('table', u32(1), u32(1))).toThrow(
      /value has 4 bytes; in map table it has 8/,
    );
    expect(() => program.hashDelete('table', new Uint8Array(0))).toThrow(RangeError);
    expect(() => program.hashRead('table', new Uint8Array(7), new Uint8Array(16), 2)).toThrow(RangeError);
    expect(() => program.hashRead('table', new Uint8Array(8), new Uint8Array(15), 2)).toThrow(RangeError);
    expect(() => program.hashSet('counters', u32(0), u64(1n))).toThrow(/EINVAL/);
  });

  test('a full map says so', () => {
    const program = loaded({ maps: { table: 1 } });
    program.hashSet('table', u32(1), u64(1n));
    expect(() => program.hashSet('table', u32(2), u64(1n))).toThrow(
      expect.objectContaining({ code: 'E2BIG' }),
    );
  });
});

describe('inner maps', () => {
  test('are filled first, then seen by the program, then replaced', () => {
    const program = loaded({ program: 'xsn_test_generation', constants: {} });
    const run = (): number => program.testRun(packet(1)).action;
    expect(run()).toBe(TX);
    const [first, second] = [program.createInner('generations', 6), program.createInner('generations', 9)];
    open.push(first, second);
    // Elements of 12 bytes lie 16 bytes apart; the program answers word 2 of element 5.
    new Uint32Array(first.memory)[5 * 4 + 2] = DROP;
    new Uint32Array(second.memory)[5 * 4 + 2] = PASS;
    program.setInner('generations', 0, first);
    expect(run()).toBe(DROP);
    program.setInner('generations', 0, second);
    first.close();
    first.close();
    expect(first.memory.byteLength).toBe(0);
    expect(run()).toBe(PASS);
    program.setInner('generations', 0, null);
    program.setInner('generations', 0, null);
    expect(run()).toBe(TX);
    expect(() => program.setInner('generations', 0, first)).toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
    expect(() => program.setInner('generations', 2, second)).toThrow(
      expect.objectContaining({ code: 'E2BIG' }),
    );
  });

  test('live on in the kernel when both sides close in any order', () => {
    const program = loaded();
    const inner = program.createInner('generations', 4);
    program.setInner('generations', 1, inner);
    program.close();
    expect(new Uint8Array(inner.memory)).toHaveLength(64);
    inner.close();
    expect(inner.memory.byteLength).toBe(0);
  });
});

describe('ring buffer', () => {
  const record = (length: number, discard = 0): Uint8Array =>
    Uint8Array.from({ length: 64 }, (_, index) => (index === 0 ? length : index === 1 ? discard : index));

  test('whole records are drained in order, those that do not fit stay', () => {
    const program = loaded({ program: 'xsn_test_record', constants: {} });
    const ring = program.openRing('records');
    open.push(ring);
    const out = new Uint8Array(64);
    expect(ring.drain(out)).toBe(0);
    for (const length of [20, 9, 50]) program.testRun(record(length));
    program.testRun(record(5, 1));
    expect(ring.drain(out)).toBe(24 + 16);
    expect(new DataView(out.buffer).getUint32(0, true)).toBe(20);
    expect(out[4 + 19]).toBe(19);
    expect(new DataView(out.buffer).getUint32(24, true)).toBe(9);
    expect(() => ring.drain(new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }));
    expect(ring.drain(out)).toBe(56);
    expect(ring.drain(out)).toBe(0);
    program.close();
    expect(ring.drain(out)).toBe(0);
    ring.close();
    ring.close();
    expect(() => ring.drain(out)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

describe('attaching', () => {
  test.each(['auto', 'native', 'generic'] as const)('mode %s, and off again', (mode) => {
    const pair = createVethPair();
    open.push(pair);
    const program = defaultProgram();
    open.push(program);
    const attachment = program.attach({ interface: pair.here.interface, mode });
    expect(attachment).toMatchObject({ mode: mode === 'generic' ? 'generic' : 'native', replaced: 0 });
    expect(attachedProgram(pair.here.interface)).not.toBeNull();
    expect(() => program.attach({ interface: pair.here.interface })).toThrow(
      expect.objectContaining({ code: 'EALREADY' }),
    );
    program.detach();
    program.detach();
    expect(attachedProgram(pair.here.interface)).toBeNull();
    program.attach({ interface: pair.here.interface, mode });
    program.close();
    expect(attachedProgram(pair.here.interface)).toBeNull();
  });

  test('an interface that does not exist, and one whose program has an owner', () => {
    const pair = createVethPair();
    open.push(pair);
    const [first, second] = [defaultProgram(), defaultProgram()];
    open.push(first, second);
    expect(() => first.attach({ interface: 'nowhere' })).toThrow(
      /nowhere: ENODEV: there is no such interface/,
    );
    expect(() => first.attach({ interface: 'a-name-of-16-bytes' })).toThrow(RangeError);
    first.attach({ interface: pair.here.interface });
    expect(() => second.attach({ interface: pair.here.interface })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
  });
});
