import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classify } from './classify.ts';
import { packetArb, rulesArb } from './testing/arbitraries.ts';
import { compileNow } from './testing/compile-now.ts';
import { keyOf, naiveClassify } from './testing/naive-classifier.ts';

const RULE_SETS = 10_000;
const PACKETS = 4;

test('the tuple space decides as first match does, for 10,000 random rule sets and 40,000 packets', () => {
  const seen = { cases: 0, hits: 0, shadowed: 0, withoutPorts: 0, ipv6: 0 };
  fc.assert(
    fc.property(
      rulesArb(24),
      fc.array(packetArb, { minLength: PACKETS, maxLength: PACKETS }),
      (rules, packets) => {
        const compiled = compileNow(rules);
        for (const packet of packets) {
          const expected = naiveClassify(rules, packet);
          const rank = classify(compiled, keyOf(packet), 0);
          expect(rank < 0 ? null : rules[compiled.slots[rank]].id).toBe(expected?.id ?? null);
          seen.cases++;
          if (expected) seen.hits++;
          if (expected && rank > 0) seen.shadowed++;
          if (packet.srcPort === null) seen.withoutPorts++;
          if (packet.src.family === 6) seen.ipv6++;
        }
      },
    ),
    { numRuns: RULE_SETS, seed: 2 },
  );
  // Without these the test could pass because nothing ever matched.
  expect(seen.cases).toBe(RULE_SETS * PACKETS);
  expect(seen.hits / seen.cases).toBeGreaterThan(0.4);
  expect(seen.shadowed / seen.cases).toBeGreaterThan(0.15);
  expect(seen.withoutPorts / seen.cases).toBeGreaterThan(0.2);
  expect(seen.ipv6 / seen.cases).toBeGreaterThan(0.3);
});
