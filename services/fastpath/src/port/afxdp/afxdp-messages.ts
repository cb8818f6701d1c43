/** What the control half gives to a worker that has just started. */
export type ServeMessage = {
  /** Of the UdpExchange of its queue. */
  readonly exchange: number;
  /** CPUs that it may run on. */
  readonly cpus: readonly number[];
};

/** Where the worker runs now. `problem`: why it could not be pinned; then it runs anywhere. */
export type ServeReply = { readonly cpus: readonly number[]; readonly problem: string | null };
