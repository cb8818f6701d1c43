import { RuleBook } from '../../../src/engine/rule-book.ts';
import { KernelGuard } from '../../../src/port/afxdp/kernel-guard.ts';
import { benchRules } from './bench-rules.ts';

// As the fast path has them by default: FLOW_TABLE_SIZE, MAX_RULES.
const FLOW_TABLE_SIZE = 65_536;
const MAX_RULES = 100_000;

/** The XDP program of the fast path on an interface, with rules in force: the same for every program under test. */
export async function openGuard(xdpInterface: string, address: string, port: number, rules: number) {
  const guard = new KernelGuard({
    interface: xdpInterface,
    mode: 'native',
    dataPort: port,
    scope: 'data_port',
    ruleSlots: RuleBook.slotCapacity(MAX_RULES),
    flowTableSize: FLOW_TABLE_SIZE,
  });
  const book = new RuleBook({
    maxRules: MAX_RULES,
    counters: guard.ruleCounters,
    buckets: guard.buckets,
  });
  const compiled = await book.prepare(benchRules(rules));
  await guard.useRules(compiled);
  book.commit(compiled);
  guard.useAddresses([address]);
  guard.attach();
  return guard;
}
