import { randomUUID } from 'node:crypto';
import { Action, type Rule } from '../engine/rule.ts';

/** A rule that matches every packet and drops it, but for what the test says. */
export function rule(fields: Partial<Rule> = {}): Rule {
  return {
    id: randomUUID(),
    enabled: true,
    priority: 100,
    action: Action.drop,
    protocol: 'any',
    src: null,
    dst: null,
    srcPorts: null,
    dstPorts: null,
    ratePps: 1,
    burst: 1,
    ...fields,
  };
}

/** The packets of one sender. */
export function fromPort(port: number): Pick<Rule, 'protocol' | 'srcPorts'> {
  return { protocol: 'udp', srcPorts: { min: port, max: port } };
}
