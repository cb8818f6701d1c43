import type { PacketBatch, PacketHandler } from '../handlers/packet-handler.ts';
import type { Burst } from './burst.ts';
import type { CaptureTap } from './capture-tap.ts';
import type { CompiledRules } from './compiled-rules.ts';
import type { Action } from './rule.ts';

export interface HandlerStageOptions {
  readonly rules: CompiledRules;
  readonly handler: PacketHandler;
  /** Told of everything that the handler throws; the packets are counted already. */
  readonly onHandlerError: (error: unknown) => void;
}

/** What every data worker does, wherever its packets are judged: it knows the rules, feeds captures, calls the handler. */
export class HandlerStage {
  protected rules: CompiledRules;
  protected readonly report: (error: unknown) => void;
  readonly #handler: PacketHandler;
  readonly #taps = new Map<number, CaptureTap>();

  constructor({ rules, handler, onHandlerError }: HandlerStageOptions) {
    this.rules = rules;
    this.#handler = handler;
    this.report = onHandlerError;
  }

  /** Takes these rules from the next burst on. */
  useRules(rules: CompiledRules): void {
    this.rules = rules;
  }

  addTap(id: number, tap: CaptureTap): void {
    this.#taps.set(id, tap);
  }

  removeTap(id: number): void {
    this.#taps.delete(id);
  }

  /** Whether anybody captures. Ask before each `offer`: its iterator would be garbage for every packet. */
  protected get isTapped(): boolean {
    return this.#taps.size > 0;
  }

  /** Shows packet `i` to all captures, before the handler may write over it. */
  protected offer(burst: Burst, i: number, action: Action, serial: number, dropped: boolean): void {
    for (const tap of this.#taps.values()) tap.offer(burst, i, action, serial, dropped);
  }

  /** @returns null, or what the handler threw */
  protected tryHandler(batch: PacketBatch): { error: unknown } | null {
    try {
      this.#handler.handle(batch);
      return null;
    } catch (error) {
      return { error };
    }
  }
}
