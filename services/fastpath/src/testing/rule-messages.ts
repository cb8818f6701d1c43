import { randomUUID } from 'node:crypto';
import type { Rule } from '../grpc/gen/fastpath/v1/Rule.ts';

/** A rule as a client sends it: drops everything, but for what the test says. */
export function ruleMessage(fields: Rule = {}): Rule {
  return {
    id: randomUUID(),
    enabled: true,
    priority: 100,
    action: 'ACTION_DROP',
    protocol: 'PROTOCOL_ANY',
    ...fields,
  };
}
