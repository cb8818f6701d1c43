/** What a rule does with a packet. The numbers are those of `fastpath.v1.Action`. */
export const Action = { allow: 1, drop: 2, rateLimit: 3 } as const;
export type Action = (typeof Action)[keyof typeof Action];

export type Family = 4 | 6;

/** `icmp` means ICMP in IPv4 packets and ICMPv6 in IPv6 packets. */
export type RuleProtocol = 'any' | 'tcp' | 'udp' | 'icmp';

/** An address prefix. `words` holds 1 (IPv4) or 4 (IPv6) unsigned 32-bit words, host bits zero. */
export interface Cidr {
  readonly family: Family;
  readonly words: readonly number[];
  readonly prefixLength: number;
}

/** Inclusive on both ends. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** A rule as the engine takes it: parsed and valid. `null` means any. */
export interface Rule {
  /** Lower-case UUID: rules of equal priority match in ascending order of it. */
  readonly id: string;
  readonly enabled: boolean;
  /** Smaller matches first; an unsigned 32-bit integer. */
  readonly priority: number;
  readonly action: Action;
  readonly protocol: RuleProtocol;
  readonly src: Cidr | null;
  readonly dst: Cidr | null;
  readonly srcPorts: PortRange | null;
  readonly dstPorts: PortRange | null;
  /** Packets per second and bucket depth in packets, both at least 1; read for `Action.rateLimit` only. */
  readonly ratePps: number;
  readonly burst: number;
}

/** A rule set that cannot be enforced. The message is for the operator who sent it. */
export class RuleSetError extends Error {
  override readonly name = 'RuleSetError';
}
