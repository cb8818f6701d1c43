/** Lateness up to this long is caught up in one burst; more of it is spread over later ticks. */
const BURST_MS = 4;

/**
 * When each packet of a flow is due: packet n at n / rate seconds after the start. The schedule is absolute, so a late
 * tick never lowers the rate in the long run, and a long stall is followed by bounded bursts, not by one flood.
 */
export class Schedule {
  private released = 0;
  private readonly maxBurst: number;
  private readonly rate: number;
  private readonly limit: number;

  /** `rate` in packets per second; `limit` is the number of packets to send in all, Infinity for no end. */
  constructor(rate: number, limit: number) {
    this.rate = rate;
    this.limit = limit;
    this.maxBurst = Math.max(1, Math.ceil((rate * BURST_MS) / 1000));
  }

  /** How many packets to send now, `elapsedMs` after the start. Each is answered for once. */
  take(elapsedMs: number): number {
    // The first packet is due at 0, hence the + 1; the tiny addition keeps n / rate * rate from falling short of n.
    const dueByNow = Math.min(this.limit, Math.floor((elapsedMs * this.rate) / 1000 + 1e-9) + 1);
    const now = Math.min(dueByNow - this.released, this.maxBurst);
    this.released += now;
    return now;
  }

  /** Milliseconds after the start at which the next packet is due; Infinity when all are sent. */
  nextDueMs(): number {
    return this.released >= this.limit ? Infinity : (this.released * 1000) / this.rate;
  }
}
