/** What the peer is told to send; see peer.ts. */
export interface Sending {
  family: 4 | 6;
  /** A socket is bound to each of these; datagrams are sent from them in turn. */
  sourcePorts: number[];
  /** Payload bytes, 4 at least. */
  size: number;
  count: number;
  /** Some will not come back. Without it the peer waits for every one, however slow the machine is. */
  lossy: boolean;
}

/** What came of it. */
export interface Received {
  sent: number;
  /** Datagrams that came back, all of them. */
  replies: number;
  /** Of these, different ones. */
  distinct: number;
  /** Came later than one that was sent after it, from the same port. */
  reordered: number;
  /** Other bytes than those that were sent, or to another port. */
  wrong: number;
}
