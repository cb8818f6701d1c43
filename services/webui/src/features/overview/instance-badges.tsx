import type { FastPathInstance } from '../../api/fastpath.ts';
import { modeName } from '../../lib/mode-name.ts';
import { Badge } from '../../ui/badge.tsx';

/** Mode and state of one fast-path instance. */
export function InstanceBadges({ instance }: { instance: FastPathInstance }) {
  return (
    <span className="flex flex-wrap gap-2">
      {instance.mode && <Badge tone="primary">{modeName(instance.mode)}</Badge>}
      {!instance.reachable && <Badge tone="danger">Unreachable</Badge>}
      {instance.reachable && (
        <Badge tone={instance.in_sync ? 'ok' : 'gold'}>{instance.in_sync ? 'In sync' : 'Not in sync'}</Badge>
      )}
    </span>
  );
}
