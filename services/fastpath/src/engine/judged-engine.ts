import type { PacketBatch } from '../handlers/packet-handler.ts';
import { type Burst, nowUs } from './burst.ts';
import { classify } from './classify.ts';
import { HandlerStage } from './handler-stage.ts';
import { KEY_STRIDE } from './packet-key.ts';
import { PacketParser } from './packet-parser.ts';
import { Action } from './rule.ts';

/**
 * What a data worker does with packets that the kernel has judged, checked and counted: nothing but the handler's
 * own work, as long as nobody captures. For captures it finds out which rule let a packet through.
 */
export class JudgedEngine extends HandlerStage {
  readonly #parser = new PacketParser();

  /**
   * Gives the packets to the handler. `burst` is the same packets with their IP headers; its keys and time are
   * filled here, and only for a capture.
   * @returns false when the handler failed: then no reply of the batch may be sent.
   */
  handle(burst: Burst, batch: PacketBatch): boolean {
    if (this.isTapped) this.#show(burst, batch.count);
    const failure = this.tryHandler(batch);
    if (failure === null) return true;
    this.report(failure.error);
    return false;
  }

  #show(burst: Burst, count: number): void {
    burst.count = count;
    burst.timeUs = nowUs();
    for (let i = 0; i < count; i++) {
      const start = burst.ipOffset[i];
      const at = i * KEY_STRIDE;
      this.#parser.parse(burst.memory, start, start + burst.ipLength[i], burst.keys, at);
      const rank = classify(this.rules, burst.keys, at);
      if (rank < 0) this.offer(burst, i, Action.allow, 0, false);
      else this.offer(burst, i, this.rules.actions[rank] as Action, this.rules.serials[rank], false);
    }
  }
}
