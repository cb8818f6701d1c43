import { fileURLToPath } from 'node:url';
import { native } from './native.ts';
import type { NativeInnerMap, NativeProgram, NativeProgramOptions, NativeRing } from './native-addon.ts';
import { integer, interfaceName, oneOf } from './validate.ts';
import { nativeSocket, type XdpSocket } from './xdp-socket.ts';

const ATTACH_MODES = ['auto', 'native', 'generic'] as const;
const U32_MAX = 0xffffffff;

export interface XdpProgramOptions {
  /** BPF object file. */
  readonly file: string | URL;
  /** Name of the program's function in it. */
  readonly program: string;
  /** Entries of maps whose size is chosen at run time. */
  readonly maps?: Readonly<Record<string, number>>;
  /** Values of `const volatile` variables, as the bytes that they have in C. */
  readonly constants?: Readonly<Record<string, Uint8Array>>;
}

export interface AttachOptions {
  readonly interface: string;
  /** `auto` (default): native where the driver has it, else generic. */
  readonly mode?: (typeof ATTACH_MODES)[number];
}

export interface Attachment {
  /** As the kernel reports it. */
  readonly mode: 'native' | 'generic';
  /** Attached through libxdp's dispatcher: other programs may live beside it. */
  readonly dispatcher: boolean;
  /** Programs of the same name that a killed process had left behind. */
  readonly replaced: number;
}

function nativeOptions(options: XdpProgramOptions): NativeProgramOptions {
  const { file, program, maps = {}, constants = {} } = options;
  return {
    file: file instanceof URL ? fileURLToPath(file) : file,
    program,
    maps: Object.entries(maps).map(([name, entries]) => ({
      name,
      entries: integer(`maps.${name}`, entries, 1, U32_MAX),
    })),
    constants: Object.entries(constants).map(([name, value]) => ({ name, value })),
  };
}

/**
 * Programs that are attached. Holding them here keeps the garbage collector from taking one off, and lets the end of
 * the process do it: Node runs no cleanup hooks of addons on process.exit() and on uncaught errors.
 */
const attachedPrograms = new Set<NativeProgram>();

function detachAll(): void {
  for (const program of attachedPrograms) program.detach();
}

function remember(program: NativeProgram): void {
  if (attachedPrograms.size === 0) process.once('exit', detachAll);
  attachedPrograms.add(program);
}

function forget(program: NativeProgram): void {
  if (attachedPrograms.delete(program) && attachedPrograms.size === 0) process.off('exit', detachAll);
}

let nativeInner: (map: InnerMap) => NativeInnerMap;

/** An inner array of an array of maps, made by XdpProgram.createInner. It can be filled before any program sees it. */
export class InnerMap {
  readonly #native: NativeInnerMap;
  #memory: ArrayBuffer | null = null;

  /** @internal */
  constructor(inner: NativeInnerMap) {
    this.#native = inner;
  }

  static {
    nativeInner = (map) => map.#native;
  }

  /** The entries one after the other, each rounded up to 8 bytes; length 0 after close. */
  get memory(): ArrayBuffer {
    this.#memory ??= this.#native.memory();
    return this.#memory;
  }

  /** Idempotent. The kernel keeps the map as long as a program can reach it. */
  close(): void {
    this.#native.close();
    this.#memory ??= new ArrayBuffer(0);
  }
}

/** The reading side of a BPF ring buffer, made by XdpProgram.openRing. */
export class Ring {
  readonly #native: NativeRing;

  /** @internal */
  constructor(ring: NativeRing) {
    this.#native = ring;
  }

  /**
   * Copies whole records into `out`: the length in 32 bits (the machine's byte order), the bytes, padding to 8. What
   * does not fit stays. @returns bytes written @throws Error with code EMSGSIZE when not even one record fits
   */
  drain(out: Uint8Array): number {
    return this.#native.drain(out);
  }

  /** Idempotent. */
  close(): void {
    this.#native.close();
  }
}

/**
 * A BPF object with an XDP program, and its maps. It belongs to the thread that made it. Maps exist once it is loaded,
 * by attach() or load().
 */
export class XdpProgram {
  readonly #native: NativeProgram;

  /** Opens the object. @throws TypeError, RangeError; Error with code ENOENT, EINVAL, EPERM, … */
  constructor(options: XdpProgramOptions) {
    const { XdpProgram: Native } = native();
    this.#native = new Native(nativeOptions(options));
  }

  /** Loads it without attaching it. @throws Error whose message ends with what the verifier said */
  load(): void {
    this.#native.load();
  }

  /**
   * Loads it, unless it is, and attaches it beside others. A program of the same name that a dead process left behind
   * is replaced without a gap. @throws Error with code EBUSY, EADDRINUSE, EOPNOTSUPP, ENODEV, EPERM, …
   */
  attach({ interface: name, mode = 'auto' }: AttachOptions): Attachment {
    const attached = this.#native.attach(interfaceName(name), oneOf('mode', mode, ATTACH_MODES));
    const { dispatcher, replaced } = attached;
    remember(this.#native);
    return { mode: attached.native ? 'native' : 'generic', dispatcher, replaced };
  }

  detach(): void {
    this.#native.detach();
    forget(this.#native);
  }

  /**
   * Memory of an array map with BPF_F_MMAPABLE, shared with the program: values one after the other, each rounded up to
   * 8 bytes. The same ArrayBuffer each time; length 0 after close.
   */
  memory(map: string): ArrayBuffer {
    return this.#native.memory(map);
  }

  /** Puts a socket at its queue in an XSKMAP. */
  setSocket(map: string, queue: number, socket: XdpSocket): void {
    this.#native.setSocket(map, queue, nativeSocket(socket));
  }

  /** Keys and values have exactly the sizes of the map. @throws RangeError; Error with code E2BIG when it is full */
  hashSet(map: string, key: Uint8Array, value: Uint8Array): void {
    this.#native.hashSet(map, key, value);
  }

  /** Deleting what is not there is fine. */
  hashDelete(map: string, key: Uint8Array): void {
    this.#native.hashDelete(map, key);
  }

  /** Copies up to `entries` keys and values, one after the other. @returns how many */
  hashRead(map: string, keys: Uint8Array, values: Uint8Array, entries: number): number {
    return this.#native.hashRead(map, keys, values, entries);
  }

  /** An inner array for an array of maps, after the template in the object. */
  createInner(outer: string, entries: number): InnerMap {
    const { InnerMap: Native } = native();
    return new InnerMap(new Native(this.#native, outer, integer('entries', entries, 1, U32_MAX)));
  }

  /** Puts `inner` at `index`; null empties it. Returns when no program reads what was there before. */
  setInner(outer: string, index: number, inner: InnerMap | null): void {
    this.#native.setInner(outer, index, inner === null ? null : nativeInner(inner));
  }

  openRing(map: string): Ring {
    const { Ring: Native } = native();
    return new Ring(new Native(this.#native, map));
  }

  /**
   * Runs the loaded program on a packet (from its Ethernet header on), as BPF_PROG_TEST_RUN.
   * @returns what it answered (XDP_ABORTED 0, XDP_DROP 1, XDP_PASS 2, XDP_TX 3, XDP_REDIRECT 4) and the mean time of a run
   */
  testRun(packet: Uint8Array, repeat = 1): { action: number; durationNs: number } {
    return this.#native.testRun(packet, repeat);
  }

  /** Idempotent: detaches, unloads, and makes the maps' memory unreachable. */
  close(): void {
    this.#native.close();
    forget(this.#native);
  }
}
