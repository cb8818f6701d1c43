import type { Context } from '../../context.ts';
import { maskCount } from '../../engine/compiled-rules.ts';
import type { GetStatusResponse } from '../gen/fastpath/v1/GetStatusResponse.ts';

/** What runs, in which mode and why, and which rule set is enforced. */
export function getStatus({ config, identity, plane }: Context) {
  return (): GetStatusResponse => ({
    version: identity.version,
    instance_id: identity.instanceId,
    hostname: identity.hostname,
    started_at_ms: identity.startedAtMs,
    mode: plane.port.mode === 'udp' ? 'MODE_UDP' : 'MODE_AFXDP',
    mode_reason: plane.port.reason,
    data_addresses: [...plane.port.addresses()],
    workers: plane.workers.length,
    rules: plane.version,
    rule_count: plane.rules.current.ruleCount,
    mask_count: maskCount(plane.rules.current),
    generation: plane.rules.current.generation,
    max_rules: config.maxRules,
  });
}
