import type { TrafficFlow } from './traffic-sender.ts';

const KEYS = ['name', 'target', 'rate', 'size', 'count', 'duration', 'src_port'];

/**
 * Reads `name=web,rate=100,size=64,duration=5` (also target=, count=, src_port=). A flow without a target goes to each
 * of `targets`, from a source port of its own for each.
 */
export function parseFlow(text: string, targets: string[]): TrafficFlow[] {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([key, value]) => !key || !KEYS.includes(key) || !value);
  if (wrong) throw new Error(`--flow ${text}: "${wrong.join('=')}" is not one of ${KEYS.join('=, ')}=`);
  const given = Object.fromEntries(pairs) as Record<string, string>;
  const number = (key: string) => {
    if (given[key] === undefined) return undefined;
    const value = Number(given[key]);
    if (!(Number.isFinite(value) && value >= 0)) throw new Error(`--flow ${text}: ${key} is not a number`);
    return value;
  };
  const flow = {
    name: given.name ?? 'flow',
    rate: number('rate') ?? 100,
    size: number('size'),
    count: number('count'),
    durationS: number('duration'),
    srcPort: number('src_port'),
  };
  if (given.target) return [{ ...flow, target: given.target }];
  return targets.map((target) => ({
    ...flow,
    name: targets.length > 1 ? `${flow.name}@${target}` : flow.name,
    target,
  }));
}
