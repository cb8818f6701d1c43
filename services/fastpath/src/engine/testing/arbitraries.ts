import fc from 'fast-check';
import { type Address, parseAddress, parseCidr } from '../address.ts';
import { Action, type Cidr, type Family, type PortRange, type Rule } from '../rule.ts';
import type { Packet } from './naive-classifier.ts';

/*
 * Rules and packets drawn from few addresses and ports that lie on each other's borders, so that most packets meet
 * several rules. Addresses: a small pool per family whose members share prefixes of every length.
 */

const IPV4 = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.1.1', '10.128.0.1', '192.0.2.255', '255.255.255.255'];
const IPV6 = [
  '2001:db8::',
  '2001:db8::1',
  '2001:db8::1:0:0',
  '2001:db8:0:1::1',
  '2001:db8:8000::1',
  'fe80::1',
  '::1',
];
const PORTS = [0, 1, 53, 79, 80, 81, 443, 1023, 1024, 32_767, 32_768, 65_534, 65_535];

const familyArb = fc.constantFrom<Family>(4, 6);
const textArb = (family: Family) => fc.constantFrom(...(family === 4 ? IPV4 : IPV6));
const portArb = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...PORTS) },
  fc.integer({ min: 0, max: 65_535 }),
);

const addressArb = (family: Family): fc.Arbitrary<Address> =>
  fc.oneof(
    { weight: 9, arbitrary: textArb(family).map((text) => parseAddress(text)!) },
    fc
      .array(fc.integer({ min: 0, max: 0xffffffff }), {
        minLength: family === 4 ? 1 : 4,
        maxLength: family === 4 ? 1 : 4,
      })
      .map((words) => ({ family, words })),
  );

const cidrArb = (family: Family): fc.Arbitrary<Cidr> => {
  const longest = family === 4 ? 32 : 128;
  const length = fc.oneof(
    fc.constantFrom(0, 1, 8, 9, 24, 31, 32, 33, 63, 64, 65, 127, 128).map((bits) => Math.min(bits, longest)),
    fc.integer({ min: 0, max: longest }),
  );
  return fc.tuple(textArb(family), length).map(([text, bits]) => parseCidr(`${text}/${bits}`)!);
};

const rangeArb: fc.Arbitrary<PortRange> = fc.oneof(
  fc.tuple(portArb, portArb).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  portArb.map((port) => ({ min: port, max: port })),
  fc.constant({ min: 0, max: 65_535 }),
);

const optional = <T>(arbitrary: fc.Arbitrary<T>, weightOfNull: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: weightOfNull, arbitrary: fc.constant(null) }, { weight: 10, arbitrary });

/** Ids are given by `rulesArb`; few priorities, so that ties are common. */
const ruleArb: fc.Arbitrary<Rule> = familyArb.chain((family) =>
  fc.record({
    id: fc.uuid(),
    enabled: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    priority: fc.constantFrom(0, 1, 2, 3, 4, 100, 0xffffffff),
    action: fc.constantFrom<Action>(Action.allow, Action.drop, Action.rateLimit),
    protocol: fc.constantFrom('any', 'any', 'tcp', 'udp', 'icmp'),
    src: optional(cidrArb(family), 10),
    dst: optional(cidrArb(family), 10),
    srcPorts: optional(rangeArb, 30),
    dstPorts: optional(rangeArb, 15),
    ratePps: fc.integer({ min: 1, max: 10_000_000 }),
    burst: fc.integer({ min: 1, max: 1000 }),
  }),
);

/** A rule set with distinct ids. */
export const rulesArb = (maxLength: number): fc.Arbitrary<Rule[]> =>
  fc.uniqueArray(ruleArb, { selector: ({ id }) => id, maxLength, size: 'max' });

/** TCP, UDP and ICMP packets, fragments without ports, and protocols that no rule names. */
export const packetArb: fc.Arbitrary<Packet> = familyArb.chain((family) =>
  fc
    .record({
      src: addressArb(family),
      dst: addressArb(family),
      protocol: fc.constantFrom(6, 6, 6, 17, 17, 17, 1, 58, 47, 132),
      ports: optional(fc.tuple(portArb, portArb), 2),
    })
    .map(({ src, dst, protocol, ports }) => {
      const has = ports !== null && (protocol === 6 || protocol === 17);
      return { src, dst, protocol, srcPort: has ? ports[0] : null, dstPort: has ? ports[1] : null };
    }),
);
