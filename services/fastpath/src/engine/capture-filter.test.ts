import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rule as dropRule } from '../testing/rules.ts';
import { parseCidr } from './address.ts';
import { type CaptureFilter, passesFilter } from './capture-filter.ts';
import { Action, type Cidr, type Rule } from './rule.ts';
import { packetArb } from './testing/arbitraries.ts';
import { keyOf, matches, type Packet } from './testing/naive-classifier.ts';

const NONE: CaptureFilter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false };
const passes = (filter: Partial<CaptureFilter>, packet: Packet, serial = 0, dropped = false) =>
  passesFilter({ ...NONE, ...filter }, keyOf(packet), 0, serial, dropped);

const anything: Rule = dropRule({ action: Action.allow });

test('host and port match either direction, protocol as in rules', () => {
  const hosts = ['10.0.0.0/8', '10.0.0.1/32', '0.0.0.0/0', '2001:db8::/33', '::/0', 'fe80::1/128'].map(
    (text) => parseCidr(text) as Cidr,
  );
  let passed = 0;
  fc.assert(
    fc.property(
      packetArb,
      fc.constantFrom(...hosts),
      fc.constantFrom('tcp', 'udp', 'icmp'),
      fc.constantFrom(0, 53, 80, 443),
      (packet, host, protocol, port) => {
        const rule = (part: Partial<Rule>) => matches({ ...anything, ...part }, packet);
        const range = { min: port, max: port };
        expect(passes({}, packet)).toBe(true);
        expect(passes({ host }, packet)).toBe(rule({ src: host }) || rule({ dst: host }));
        expect(passes({ protocol }, packet)).toBe(rule({ protocol }));
        expect(passes({ port }, packet)).toBe(rule({ srcPorts: range }) || rule({ dstPorts: range }));
        const all = passes({ host, protocol, port }, packet);
        expect(all).toBe(
          passes({ host }, packet) && passes({ protocol }, packet) && passes({ port }, packet),
        );
        if (all) passed++;
      },
    ),
    { numRuns: 3_000, seed: 3 },
  );
  expect(passed).toBeGreaterThan(15);
});

test('rule and verdict', () => {
  const address = { family: 4 as const, words: [1] };
  const packet: Packet = { src: address, dst: address, protocol: 17, srcPort: 1, dstPort: 2 };
  expect(passes({ serial: 7 }, packet, 7)).toBe(true);
  expect(passes({ serial: 7 }, packet, 8)).toBe(false);
  expect(passes({ serial: -1 }, packet, 0)).toBe(false);
  expect(passes({ droppedOnly: true }, packet, 7, false)).toBe(false);
  expect(passes({ droppedOnly: true }, packet, 7, true)).toBe(true);
});
