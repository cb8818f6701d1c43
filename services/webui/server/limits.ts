/**
 * What one client, or one broken upstream, may cost. Constants, not configuration: nobody has tuned them yet.
 * Times in ms, sizes in bytes.
 */
export const LIMITS = Object.freeze({
  /** Request line and headers, incoming and from the API; beyond it 431 or 502. */
  maxHeaderBytes: 16 * 1024,
  /** Slowloris: all headers must be here in this time. */
  headersTimeoutMs: 10_000,
  /** A whole request with its body. Long, for slow uploads; stalled ones end sooner, by their pace. */
  requestTimeoutMs: 15 * 60_000,
  /** How often the two above are enforced. */
  checkIntervalMs: 1_000,
  /** Longer than the 60 s of the usual load balancer, so that the balancer is the one who hangs up. */
  keepAliveTimeoutMs: 65_000,
  /** A connection outside /api on which nothing moves. Under /api the pace below decides. */
  idleTimeoutMs: 60_000,
  /** A client that could go on must move this much in each window, both ways: see client-pace.ts. */
  paceWindowMs: 30_000,
  paceMinBytes: 4 * 1024,
  tcpProbeMs: 30_000,
  maxConnections: 10_000,
  /** Requests open towards the API at once, event streams included. */
  maxProxied: 2_000,
  /** Of these for one client address: one client must not be able to take all places. */
  maxProxiedPerClient: 200,
  /**
   * A connection to the API that nobody uses is closed after this. Shorter than a stopping API still serves (its
   * SHUTDOWN_DELAY_MS): what the API then closes as idle was closed here before, and no request can be on its way.
   */
  upstreamFreeMs: 1_000,
  upstreamConnectMs: 5_000,
  /** No byte in either direction before the API has begun its answer. */
  upstreamIdleMs: 60_000,
  /** After this the drain of a shutdown cuts what is left; below the 30 s grace period of Kubernetes. */
  drainMs: 20_000,
});

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;
