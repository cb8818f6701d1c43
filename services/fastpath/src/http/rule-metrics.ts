import { Counter, Gauge, type Registry } from 'prom-client';
import { maskCount } from '../engine/compiled-rules.ts';
import type { DataPlane } from '../plane/data-plane.ts';

// Three series for each rule: at the largest rule set that would be 300,000 in one scrape, more than a Prometheus
// should take from one target. The first rules in the order given keep theirs from scrape to scrape; the rest are
// in ListRuleCounters, and fastpath_rules_without_series says how many they are.
const MAX_RULES_WITH_SERIES = 1_000;

/** Metrics of the rule set in force. */
export function collectRuleMetrics(plane: DataPlane, registry: Registry): void {
  const counter = (name: string, help: string, field: 'packets' | 'bytes' | 'droppedPackets') =>
    new Counter({
      name,
      help,
      labelNames: ['rule_id'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { id, slot } of plane.rules.rules.slice(0, MAX_RULES_WITH_SERIES)) {
          this.inc({ rule_id: id }, plane.ruleCounters.read(slot)[field]);
        }
      },
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  counter('fastpath_rule_packets_total', 'Packets that the rule decided.', 'packets');
  counter('fastpath_rule_bytes_total', 'IP packet bytes that the rule decided.', 'bytes');
  counter('fastpath_rule_dropped_packets_total', 'Packets that the rule dropped.', 'droppedPackets');
  gauge(
    'fastpath_rules',
    'Rules of the set in force, disabled ones included.',
    () => plane.rules.rules.length,
  );
  gauge('fastpath_rules_without_series', 'Rules too many to have series of their own.', () =>
    Math.max(0, plane.rules.rules.length - MAX_RULES_WITH_SERIES),
  );
  gauge('fastpath_rule_masks', 'Distinct masks of the tuple space.', () => maskCount(plane.rules.current));
  gauge('fastpath_rules_revision', 'Revision of the rule set in force.', () => plane.version.revision);
  gauge('fastpath_rules_generation', 'Rule set swaps of this process.', () => plane.rules.current.generation);
}
