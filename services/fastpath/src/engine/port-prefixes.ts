import type { PortRange } from './rule.ts';

/** A port value of which the leading `length` bits of 16 count. */
export interface PortPrefix {
  readonly value: number;
  readonly length: number;
}

/** The fewest prefixes (30 at most) that cover exactly the range. */
export function portPrefixes({ min, max }: PortRange): PortPrefix[] {
  const prefixes: PortPrefix[] = [];
  for (let port = min; port <= max; ) {
    let size = port === 0 ? 0x10000 : port & -port;
    while (port + size - 1 > max) size >>= 1;
    prefixes.push({ value: port, length: Math.clz32(size) - 15 });
    port += size;
  }
  return prefixes;
}
