import { Parsed } from '../../../engine/packet-parser.ts';
import { Action } from '../../../engine/rule.ts';
import { TOTAL_CELLS } from '../guard-layout.ts';
import type { KernelTotals } from '../kernel-counters.ts';
import { type Judged, judgeFrame, type OracleOptions } from './frame-oracle.ts';
import { Xdp } from './guard-under-test.ts';

type Drop = 'rule' | 'rateLimit' | 'malformed' | 'unsupported' | 'noSocket';

/** The rule that decides, by its slot; tokens for rate_limit ones are there or not. */
export interface Verdict {
  readonly slot: number;
  readonly action: Action;
  readonly hasToken: boolean;
}

export interface Outcome {
  readonly xdpAction: number;
  readonly judged: Judged | null;
  readonly verdict: Verdict | null;
  readonly drop: Drop | null;
}

/**
 * What the BPF program must do with frames and count about them, where no queue has a socket. Flow counts are left
 * out: they depend on the flow table.
 */
export class ExpectedGuard {
  readonly totals = Object.fromEntries(TOTAL_CELLS.map((name) => [name, 0])) as KernelTotals;
  readonly #options: OracleOptions;
  readonly #packets: number[];

  constructor(options: OracleOptions, ruleSlots: number) {
    this.#options = options;
    this.#packets = new Array<number>(ruleSlots).fill(0);
  }

  /** Packets that the rule of this slot has decided. */
  packets(slot: number): number {
    return this.#packets[slot];
  }

  /** @param decide asked for frames that the rules get to see */
  take(frame: Uint8Array, decide: (judged: Judged) => Verdict | null): Outcome {
    const judged = judgeFrame(frame, this.#options);
    if (!judged) {
      this.totals.ignored++;
      return { xdpAction: Xdp.pass, judged, verdict: null, drop: null };
    }
    this.totals.judgedPackets++;
    this.totals.judgedBytes += judged.ipLength;
    const isClassified = judged.parsed <= Parsed.fragment;
    const verdict = isClassified ? decide(judged) : null;
    if (isClassified) this.#countRule(verdict, judged.ipLength);
    const drop = dropOf(judged, verdict);
    this.totals.decidedPackets++;
    this.totals.decidedBytes += judged.ipLength;
    this.totals[drop ?? 'passed']++;
    return { xdpAction: drop ? Xdp.drop : Xdp.pass, judged, verdict, drop };
  }

  #countRule(verdict: Verdict | null, bytes: number): void {
    if (verdict) {
      this.#packets[verdict.slot]++;
      return;
    }
    this.totals.unmatchedPackets++;
    this.totals.unmatchedBytes += bytes;
  }
}

function dropOf({ parsed, ours }: Judged, verdict: Verdict | null): Drop | null {
  if (parsed === Parsed.unsupported) return 'unsupported';
  if (parsed > Parsed.fragment) return 'malformed';
  if (verdict?.action === Action.drop) return 'rule';
  if (verdict?.action === Action.rateLimit && !verdict.hasToken) return 'rateLimit';
  if (!ours) return null;
  return parsed === Parsed.fragment ? 'unsupported' : 'noSocket';
}
