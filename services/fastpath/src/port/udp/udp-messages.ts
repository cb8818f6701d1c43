import type { LocalAddress } from './local-addresses.ts';

/** What the control half tells a worker: bind these, and close those. */
export type BindMessage = {
  readonly port: number;
  /** Several workers bind the same addresses (SO_REUSEPORT). */
  readonly shared: boolean;
  readonly bind: readonly LocalAddress[];
  readonly release: readonly string[];
};

/** Addresses that could not be bound, with the reason of the kernel. */
export type BindReply = { readonly failed: readonly { address: string; code: string }[] };
