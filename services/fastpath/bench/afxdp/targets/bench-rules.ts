import { parseCidr } from '../../../src/engine/address.ts';
import type { Rule } from '../../../src/engine/rule.ts';
import { rule } from '../../../src/testing/rules.ts';

const MASKS = 8;

/**
 * Rules over 8 masks (source prefixes /17 to /24, each with an exact source port), none of which matches a packet of
 * the generator: every packet is looked up under every mask. Ports are in the key, so that each flow reads other
 * cells of the tables than the next.
 */
export function benchRules(count: number): Rule[] {
  return Array.from({ length: count }, (_, index) => {
    const [mask, number] = [index % MASKS, Math.floor(index / MASKS)];
    const [port, network] = [1024 + (number % 60_000), Math.floor(number / 60_000)];
    return rule({
      protocol: 'udp',
      src: parseCidr(`172.${16 + network}.0.0/${17 + mask}`),
      srcPorts: { min: port, max: port },
    });
  });
}
