import type { RuleFields, StoredRule } from '../../src/rules/rule.ts';
import { createRandom, pick, pickWeighted, stableId } from './random.ts';

const DAYS_MS = 300 * 86_400_000;

const ACTIONS: readonly (readonly [RuleFields['action'], number])[] = [
  ['drop', 80],
  ['allow', 12],
  ['rate_limit', 8],
];
const PROTOCOLS: readonly (readonly [RuleFields['protocol'], number])[] = [
  ['any', 50],
  ['tcp', 30],
  ['udp', 18],
  ['icmp', 2],
];
const PORTS = [22, 53, 80, 123, 443, 445, 3306, 5432, 7000, 8080];
const REASONS = ['scanner', 'botnet', 'abuse report', 'partner', 'office', 'lab', 'amplifier', 'spam'];

/** Rules by number: mostly blocks of addresses, some with ports and limits, many of the default priority. */
export function createRuleMaker(now: number, run: string): (n: number) => StoredRule {
  return (n) => {
    const random = createRandom(n * 0x85ebca6b + 7);
    const action = pickWeighted(random, ACTIONS);
    const protocol = pickWeighted(random, PROTOCOLS);
    const withPort = (protocol === 'tcp' || protocol === 'udp') && random() < 0.8;
    const port = withPort ? pick(random, PORTS) : null;
    const at = Math.floor(now - random() * DAYS_MS);
    return {
      id: stableId(`rule ${run} ${n}`, at),
      name: `${pick(random, REASONS)} ${run}${n}`,
      description: random() < 0.3 ? `Seen ${Math.floor(random() * 1000)} times` : '',
      enabled: random() < 0.95,
      priority: random() < 0.4 ? 1000 : Math.floor(random() * 100_000),
      action,
      protocol,
      src_cidr: cidr(n, random),
      dst_cidr: null,
      src_port_min: null,
      src_port_max: null,
      dst_port_min: port,
      dst_port_max: port,
      rate_pps: action === 'rate_limit' ? 100 * Math.ceil(random() * 100) : null,
      burst: null,
      version: 1,
      created_at: at,
      updated_at: at,
    };
  };
}

/** 10.0.0.0/8 in blocks: a /32 or /28 for most, some larger. */
function cidr(n: number, random: () => number): string {
  const length = random() < 0.7 ? 32 : random() < 0.9 ? 28 : 24;
  const address = ((n * 2_654_435_761) >>> 8) & 0xffffff;
  const masked = address & (0xffffffff << (32 - length)) & 0xffffff;
  return `10.${masked >>> 16}.${(masked >>> 8) & 255}.${masked & 255}/${length}`;
}
