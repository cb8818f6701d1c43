import { Workflow } from 'lucide-react';
import { useRuleNames } from '../../api/rule-names.ts';
import { cn } from '../../lib/cn.ts';
import { formatCount, formatEndpoint, formatProtocol, formatSi } from '../../lib/format.ts';
import { ActionBadge } from '../../ui/action-badge.tsx';
import { Cell, DataTable, HeaderCell, HeaderRow, Row } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import type { Flow } from './flows-query.ts';

/** Flows with the verdict on their newest packet. */
export function FlowTable({ flows }: { flows: Flow[] }) {
  const ruleName = useRuleNames(flows.flatMap(({ verdict }) => verdict.rule_id ?? []));
  if (flows.length === 0) {
    return (
      <EmptyState icon={Workflow} title="No flows yet">
        As soon as packets arrive at the fast path, the largest flows stand here.
      </EmptyState>
    );
  }
  return (
    <DataTable label="Flows">
      <HeaderRow>
        <HeaderCell>Source</HeaderCell>
        <HeaderCell>Destination</HeaderCell>
        <HeaderCell>Protocol</HeaderCell>
        <HeaderCell numeric>Packets</HeaderCell>
        <HeaderCell numeric>Bytes</HeaderCell>
        <HeaderCell numeric>Dropped</HeaderCell>
        <HeaderCell>Verdict</HeaderCell>
        <HeaderCell>Last packet</HeaderCell>
      </HeaderRow>
      <tbody>
        {flows.map((flow) => (
          <Row key={keyOf(flow)}>
            <Cell className="mono whitespace-nowrap">{formatEndpoint(flow.src_addr, flow.src_port)}</Cell>
            <Cell className="mono whitespace-nowrap">{formatEndpoint(flow.dst_addr, flow.dst_port)}</Cell>
            <Cell>{formatProtocol(flow.protocol)}</Cell>
            <Cell numeric>{formatCount(flow.packets)}</Cell>
            <Cell numeric title={`${formatCount(flow.bytes)} bytes`}>
              {formatSi(flow.bytes, 'B')}
            </Cell>
            <Cell numeric className={cn(flow.dropped_packets > 0 && 'text-danger')}>
              {formatCount(flow.dropped_packets)}
            </Cell>
            <Cell className="whitespace-nowrap">
              <span className="flex items-center gap-2">
                <ActionBadge action={flow.verdict.action} />
                <span className="max-w-40 truncate text-quiet">
                  {flow.verdict.rule_id ? ruleName(flow.verdict.rule_id) : 'no rule'}
                </span>
              </span>
            </Cell>
            <Cell>
              <RelativeTime value={flow.last_seen_at} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </DataTable>
  );
}

function keyOf({ instance, src_addr, src_port, dst_addr, dst_port, protocol }: Flow): string {
  return [instance, src_addr, src_port, dst_addr, dst_port, protocol].join('|');
}
