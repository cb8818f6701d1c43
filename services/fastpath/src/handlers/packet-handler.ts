/** What `replyLength` says until the handler sets it: 0 is a reply like any other, an empty one. */
export const NO_REPLY = 0xffffffff;

/**
 * The packets of one burst that the rules let through, as columns: packet `i` is the `length[i]` bytes of
 * `memory` from `offset[i]` on. The arrays are reused by the next burst: keep copies, not references.
 */
export interface PacketBatch {
  readonly count: number;
  /** Payloads (what UDP carries), without headers. Those of other packets are in here too: mind the bounds. */
  readonly memory: Uint8Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  /** Bytes that a reply may use from `offset[i]` on; at least `length[i]`. */
  readonly capacity: Uint32Array;
  /** NO_REPLY when the handler is called. Set it to send that many bytes from `offset[i]` back to the sender. */
  readonly replyLength: Uint32Array;
  /** Which packet of the port's burst this is. */
  readonly index: Uint32Array;
}

/** What the fast path does with the packets that its rules let through: the file that a team replaces. */
export interface PacketHandler {
  /**
   * Called once for each burst, on the data worker's thread; whatever time it takes, packets wait. Reply in place
   * by writing the payload and setting `replyLength[i]`; a packet left at NO_REPLY is consumed. When it throws, or asks
   * for a reply beyond `capacity`, the packets concerned are counted as drops of reason `handler_error`. A reply to
   * a packet whose source and destination port are the same is not sent: a drop of reason `reply_loop`.
   */
  handle(batch: PacketBatch): void;
}
