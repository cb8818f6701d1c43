import { fileURLToPath } from 'node:url';
import { type Ring, XdpProgram, type XdpSocket } from 'xdp-socket-native';
import type { CompiledRules } from '../../engine/compiled-rules.ts';
import { createCounters, readTotals, type Totals } from '../../engine/counters.ts';
import type { FlowRecord } from '../../engine/flow-table.ts';
import { BUCKETS_PER_SLOT } from '../../engine/token-bucket.ts';
import type { KernelGuardPort } from '../port.ts';
import { addressKey } from './address-key.ts';
import { chooseLanes } from './counter-lanes.ts';
import {
  Control,
  GUARD_PROGRAM,
  GuardConstant,
  GuardMap,
  MAX_SNAP_LENGTH,
  SCOPES,
  type Scope,
} from './guard-layout.ts';
import { GUARD_OBJECT } from './guard-object.ts';
import { type KernelCaptured, parseCaptured } from './kernel-capture.ts';
import { KernelRuleCounters, type KernelTotals, readKernelTotals } from './kernel-counters.ts';
import { KernelFlows } from './kernel-flows.ts';
import { RuleImages } from './rule-images.ts';

const FLOW_IDLE_MS = 60_000;
const CAPTURE_RING_BYTES = 4 << 20;
/** Not more often than this: the flow table is read whole. */
const FLOW_COUNT_MS = 5000;

export interface KernelGuardOptions {
  readonly interface: string;
  readonly mode: 'auto' | 'native' | 'generic';
  /** UDP port of the data plane. */
  readonly dataPort: number;
  readonly scope: Scope;
  /** Counter slots, see RuleBook.slotCapacity. */
  readonly ruleSlots: number;
  /** Flows that the table holds. */
  readonly flowTableSize: number;
  /** The BPF object; for tests. */
  readonly file?: URL;
  /** Bytes of the capture's ring buffer, a power of two and a multiple of the page size; for tests. */
  readonly captureRingBytes?: number;
}

/**
 * The XDP program and its maps, on the control thread: rules, counters, flows and captures in the kernel. It exists
 * loaded, without rules, and judges packets from `attach` on. Maps are shared memory, so reading them costs no
 * system call, but for the flows.
 */
export class KernelGuard implements KernelGuardPort {
  readonly ruleCounters: KernelRuleCounters;
  /** In the program's own map: not to be used after `close`. */
  readonly buckets: BigInt64Array<ArrayBuffer>;
  readonly flowCapacity: number;
  readonly program: XdpProgram;
  readonly #options: KernelGuardOptions;
  readonly #control: Uint32Array;
  readonly #images: RuleImages;
  readonly #flows: KernelFlows;
  readonly #ring: Ring;
  readonly #drained: Uint8Array<ArrayBuffer>;
  #totals: BigUint64Array;
  #addresses = new Map<string, Uint8Array>();
  #snapLength = MAX_SNAP_LENGTH;
  #flowCount = { stored: 0, active: 0, at: Number.NEGATIVE_INFINITY };
  #closed = false;

  /** @throws what XdpProgram throws when the program cannot be loaded: what is missing and what to do about it */
  constructor(options: KernelGuardOptions) {
    this.#options = options;
    this.flowCapacity = options.flowTableSize;
    const ringBytes = options.captureRingBytes ?? CAPTURE_RING_BYTES;
    this.program = openProgram(options, ringBytes);
    try {
      this.program.load();
      const memory = (map: string) => this.program.memory(map);
      this.ruleCounters = new KernelRuleCounters(
        new BigUint64Array(memory(GuardMap.ruleCounters)),
        options.ruleSlots,
      );
      this.buckets = new BigInt64Array(memory(GuardMap.buckets));
      this.#totals = new BigUint64Array(memory(GuardMap.totals));
      this.#control = new Uint32Array(memory(GuardMap.control));
      this.#images = new RuleImages(this.program, this.#control);
      this.#flows = new KernelFlows(this.flowCapacity, FLOW_IDLE_MS, (keys, values, entries) =>
        this.program.hashRead(GuardMap.flows, keys, values, entries),
      );
      this.#ring = this.program.openRing(GuardMap.captured);
    } catch (error) {
      this.program.close();
      throw error;
    }
    this.#drained = new Uint8Array(ringBytes);
    this.#control[Control.scope] = SCOPES.indexOf(options.scope);
    this.#control[Control.port] = options.dataPort;
  }

  /** Attaches beside what is on the interface already; leftovers of a process that died are replaced. */
  attach(): ReturnType<XdpProgram['attach']> {
    return this.program.attach({ interface: this.#options.interface, mode: this.#options.mode });
  }

  /** Lets no further packet through to any socket. Counters stay. */
  detach(): void {
    this.program.detach();
  }

  /** Packets of this RX queue for our port go to this socket. */
  setSocket(queue: number, socket: XdpSocket): void {
    this.program.setSocket(GuardMap.sockets, queue, socket);
  }

  /** Sets our own addresses, IPv4 and IPv6: packets to others are not for us, whatever their port. */
  useAddresses(addresses: readonly string[]): void {
    const wanted = new Map(addresses.map((text) => [text, addressKey(text)]));
    const one = new Uint8Array([1]);
    for (const [text, key] of wanted) {
      if (!this.#addresses.has(text)) this.program.hashSet(GuardMap.addresses, key, one);
    }
    const kept = new Set([...wanted.values()].map(String));
    for (const [text, key] of this.#addresses) {
      if (!wanted.has(text) && !kept.has(String(key))) this.program.hashDelete(GuardMap.addresses, key);
    }
    this.#addresses = wanted;
  }

  useRules(rules: CompiledRules): Promise<void> {
    return this.#images.use(rules);
  }

  totals(): Totals {
    const kernel = this.kernelTotals();
    const totals = readTotals(createCounters(0));
    const { stored, active } = this.#countFlows();
    return {
      ...totals,
      rxPackets: kernel.decidedPackets,
      rxBytes: kernel.decidedBytes,
      passedPackets: kernel.passed,
      unmatchedPackets: kernel.unmatchedPackets,
      unmatchedBytes: kernel.unmatchedBytes,
      flowsActive: active,
      flowsEvicted: Math.max(0, kernel.flowsInserted - stored),
      drops: {
        ...totals.drops,
        rule: kernel.rule,
        rate_limit: kernel.rateLimit,
        malformed: kernel.malformed,
        unsupported: kernel.unsupported,
        no_socket: kernel.noSocket,
      },
    };
  }

  /** All that the program counts, for packets given to workers too. */
  kernelTotals(): KernelTotals {
    return readKernelTotals(this.#totals);
  }

  ignoredPackets(): number {
    return this.kernelTotals().ignored;
  }

  flows(limit: number, order: 'bytes' | 'packets'): FlowRecord[] {
    return this.#closed ? [] : this.#flows.top(limit, order);
  }

  /** In scope `interface`, packets that were passed on to the network stack are kept, too. */
  captureDrops(snapLength: number): void {
    if (snapLength > 0) this.#snapLength = Math.min(snapLength, MAX_SNAP_LENGTH);
    this.#control[Control.snapLength] = Math.min(snapLength, MAX_SNAP_LENGTH);
  }

  drainDrops(): { readonly packets: KernelCaptured[]; readonly lost: number } {
    const bytes = this.#closed ? 0 : this.#ring.drain(this.#drained);
    const packets = parseCaptured(this.#drained.subarray(0, bytes), this.#snapLength);
    return { packets, lost: this.kernelTotals().captureLost };
  }

  /** Detaches and unloads. Totals and rule counters stay readable. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.program.detach();
    this.ruleCounters.freeze();
    this.#totals = this.#totals.slice();
    this.#closed = true;
    this.#ring.close();
    this.#images.close();
    this.program.close();
  }

  #countFlows(): { stored: number; active: number } {
    const now = performance.now();
    if (!this.#closed && now - this.#flowCount.at > FLOW_COUNT_MS) {
      this.#flowCount = { ...this.#flows.count(), at: now };
    }
    return this.#flowCount;
  }
}

function openProgram(options: KernelGuardOptions, captureRingBytes: number): XdpProgram {
  const { lanes, shared } = chooseLanes();
  return new XdpProgram({
    file: fileURLToPath(options.file ?? GUARD_OBJECT),
    program: GUARD_PROGRAM,
    maps: {
      [GuardMap.buckets]: BUCKETS_PER_SLOT * options.ruleSlots,
      [GuardMap.ruleCounters]: lanes * options.ruleSlots,
      [GuardMap.totals]: lanes,
      [GuardMap.flows]: options.flowTableSize,
      [GuardMap.captured]: captureRingBytes,
    },
    constants: {
      [GuardConstant.lanes]: word(lanes),
      [GuardConstant.lanesAreShared]: word(shared ? 1 : 0),
      [GuardConstant.ruleSlots]: word(options.ruleSlots),
    },
  });
}

const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);
